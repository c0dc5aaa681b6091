"""Forms in which charts emit pull secrets, and shapes in which pods were forgotten.

Each shape is one that users told the makers of charts about; the texts are our own.
"""

import pytest
from tests.unit.policy.casebook import encode, find
from tests.unit.policy.reading.test_packed import pack

_CHART = "apiVersion: v2\nname: {}\nversion: 1.0.0\n"
_VALUES = "imagePullSecrets: []\nimage: {repository: quay.io/a/b, tag: 1.2.3}\n"
_POD = """\
apiVersion: {api}
kind: {kind}
metadata:
  name: {{{{ .Release.Name }}}}-{name}{more}
spec:
  template:
    spec:
{block}      containers:
        - name: {name}
          image: "{{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag }}}}"
"""
_HOOK = "\n  annotations:\n    helm.sh/hook: pre-upgrade\n"


def _pod(
    name: str, block: str = "", *, kind: str = "Deployment", more: str = ""
) -> str:
    api = "batch/v1" if kind == "Job" else "apps/v1"
    return _POD.format(
        api=api, kind=kind, name=name, block=block, more=more.rstrip("\n")
    )


def _hook(name: str, block: str = "") -> str:
    return _pod(name, block, kind="Job", more=_HOOK)


_WITH = """\
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
"""
_HELPERS = """\
{{- define "shop.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
{{- define "shop.names" -}}
{{- range .Values.imagePullSecrets }}
- name: {{ . }}
{{- end }}
{{- end -}}
"""
_LIBRARY = b"""\
{{- define "common.images.pullSecrets" -}}
  {{- $found := list }}
  {{- range ((.global).imagePullSecrets) -}}
    {{- $found = append $found . -}}
  {{- end -}}
  {{- if $found }}
imagePullSecrets:
    {{- range $found | uniq }}
  - name: {{ . }}
    {{- end }}
  {{- end }}
{{- end -}}
"""
_PACKED = pack(
    {
        "common/Chart.yaml": _CHART.format("common").encode(),
        "common/templates/_images.tpl": _LIBRARY,
    }
)
_FORMS = {
    "with": _WITH,
    "with a default": """\
      {{- with (default .Values.imagePullSecrets .Values.global.imagePullSecrets) }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
""",
    "one line": "      imagePullSecrets: {{ .Values.imagePullSecrets | toJson }}\n",
    "behind the key": """\
      imagePullSecrets: {{- toYaml .Values.imagePullSecrets | nindent 8 }}
""",
    "at the margin": """\
      imagePullSecrets:
{{ toYaml .Values.imagePullSecrets | indent 8 }}
""",
    "a loop": """\
      {{- if .Values.imagePullSecrets }}
      imagePullSecrets:
      {{- range .Values.imagePullSecrets }}
        - name: {{ . }}
      {{- end }}
      {{- end }}
""",
    "a loop at the margin": """\
{{- if .Values.imagePullSecrets }}
      imagePullSecrets:
{{- range .Values.imagePullSecrets }}
        - name: {{ . }}
{{- end }}
{{- end }}
""",
    "templates in values": """\
      imagePullSecrets:
        {{- tpl (toYaml .Values.imagePullSecrets) . | nindent 8 }}
""",
    "a helper": '      {{- include "shop.pullSecrets" . | nindent 6 }}\n',
    "a helper of the entries": """\
      imagePullSecrets:
        {{- include "shop.names" . | nindent 8 }}
""",
    "a library's helper": """\
      {{- include "common.images.pullSecrets" (dict "a" .Values) | nindent 6 }}
""",
}
_CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: sweep
spec:
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: sweep
              image: {{ .Values.image.repository }}:1.2.3
"""


def _chart(**templates: str) -> dict[str, bytes]:
    files = {
        "shop/Chart.yaml": _CHART.format("shop"),
        "shop/values.yaml": _VALUES,
        "shop/templates/_helpers.tpl": _HELPERS,
        **{f"shop/templates/{name}.yaml": text for name, text in templates.items()},
    }
    return {**encode(files), "shop/charts/common-2.0.0.tgz": _PACKED}


def _bare(**templates: str) -> dict[str, bytes]:
    """Write a chart without any value for pull secrets."""
    files = _chart(**templates)
    del files["shop/templates/_helpers.tpl"], files["shop/charts/common-2.0.0.tgz"]
    values = _VALUES.replace("imagePullSecrets: []\n", "")
    return {**files, "shop/values.yaml": values.encode()}


@pytest.mark.parametrize("label", _FORMS)
def test_each_form_is_understood_and_copied(label: str) -> None:
    """A pod with it is silent; one without gets the same lines, where its keys are."""
    block = _FORMS[label]

    (found,) = find("PUL010", _chart(web=_pod("web", block), job=_hook("job")))

    assert "shop/templates/job.yaml" == found.place.path
    assert found.fix is not None
    assert block.encode() == b"".join(edit.new for edit in found.fix.edits)


@pytest.mark.parametrize("label", ["with", "a helper", "a library's helper"])
def test_a_copy_is_as_far_in_as_its_keys(label: str) -> None:
    """In a CronJob all is four columns further in, what is printed included."""
    files = _chart(web=_pod("web", _FORMS[label]), cron=_CRON)

    (found,) = find("PUL010", files)

    assert found.fix is not None
    lines = _FORMS[label].splitlines(keepends=True)
    wanted = "".join(f"    {line}" for line in lines)
    wanted = wanted.replace("nindent 8", "nindent 12").replace(
        "nindent 6", "nindent 10"
    )
    assert wanted.encode() == found.fix.edits[0].new


def test_a_schema_alone_makes_a_value() -> None:
    """What the schema takes is a value, though it has no default."""
    files = _bare(job=_hook("job"))
    assert [] == find("PUL010", files)
    files["shop/values.schema.json"] = (
        b'{"type": "object", "properties": {"image": {"type": "object", "properties":'
        b' {"pullSecrets": {"type": "array"}}}}}'
    )

    (found,) = find("PUL010", files)

    assert "image.pullSecrets" in found.message


def test_what_is_global_is_for_charts_below() -> None:
    """A chart that others need has to consume what is given to all of them."""
    below = _bare(job=_hook("job"))
    files = {f"all/charts/{name}": data for name, data in below.items()}
    files["all/Chart.yaml"] = _CHART.format("all").encode()
    files["all/values.yaml"] = b"global:\n  imagePullSecrets: []\nshop: {}\n"

    (found,) = find("PUL010", files)

    assert "all/charts/shop/templates/job.yaml" == found.place.path
    assert "global.imagePullSecrets" in found.message
    block = _WITH.replace(".Values", ".Values.global")
    files["all/charts/shop/templates/job.yaml"] = _hook("job", block).encode()
    assert [] == find("PUL010", files)


_TEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-ping
  annotations:
    helm.sh/hook: test
spec:
  containers:
    - name: ping
      image: quay.io/a/ping:1.2.3
"""
_ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}-manager
"""
_ACCOUNT_LIST = _WITH.replace("      ", "").replace(
    "  {{- toYaml . | nindent 8", "  {{- toYaml . | nindent 2"
)
_OF_ACCOUNT = "      serviceAccountName: {{ .Release.Name }}-manager\n"
_PER_NODE = """\
{{- define "shop.job" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .name }}
spec:
  template:
    spec:
      containers:
        - name: check
          image: {{ .root.Values.image.repository }}:1.2.3
{{- end }}
"""
_WEB = _pod("web", _WITH)

FORGOTTEN = {
    "the hook that upgrades": ({"web": _WEB, "upgrade": _hook("upgrade")}, "upgrade"),
    "the test pod": ({"web": _WEB, "tests/ping": _TEST}, "tests/ping"),
    "the Job that sets all up": (
        {"web": _WEB, "api": _pod("api", _WITH), "setup": _pod("setup", kind="Job")},
        "setup",
    ),
    "the hook that cleans up, under a condition": (
        {
            "web": _WEB,
            "clean": f"{{{{- if .Values.clean }}}}\n{_hook('c')}{{{{- end }}}}\n",
        },
        "clean",
    ),
    "the Job that verifies, made by a helper": (
        {
            "web": _WEB,
            "jobs": _PER_NODE
            + '{{ include "shop.job" (dict "name" "verify" "root" $) }}\n',
        },
        "jobs",
    ),
    "an account of which the hook has another": (
        {
            "web": _pod("web", _OF_ACCOUNT),
            "account": _ACCOUNT + _ACCOUNT_LIST,
            "hook": _hook("hook", _OF_ACCOUNT.replace("manager", "hooks")),
        },
        "hook",
    ),
    "a second Deployment": ({"web": _WEB, "agent": _pod("agent")}, "agent"),
    "a DaemonSet of a loop": (
        {
            "web": _WEB,
            "agents": "{{- range .Values.agents }}\n---\n"
            + _pod("agent", kind="DaemonSet").replace(".Values", "$.Values")
            + "{{- end }}\n",
        },
        "agents",
    ),
}


@pytest.mark.parametrize("label", FORGOTTEN)
def test_who_was_forgotten_is_found(label: str) -> None:
    """The main workload gets the pull secrets, and one other pod does not."""
    templates, where = FORGOTTEN[label]

    (found,) = find("PUL010", _chart(**templates))

    assert f"shop/templates/{where}.yaml" == found.place.path


def test_who_has_it_by_the_account_was_not_forgotten() -> None:
    """The makers answered that the account has it already: they are right."""
    templates = {
        "web": _pod("web", _OF_ACCOUNT),
        "account": _ACCOUNT + _ACCOUNT_LIST,
        "hook": _hook("hook", _OF_ACCOUNT),
    }

    assert [] == find("PUL010", _chart(**templates))


def test_a_hook_of_a_chart_without_a_value_is_told_once() -> None:
    """Where no value is for it, nobody was forgotten: all are."""
    files = _bare(hook=_hook("hook"), other=_hook("other"))

    assert [] == find("PUL010", files)
    (found,) = find("PUL014", files)
    assert "and 1 more" in found.message
