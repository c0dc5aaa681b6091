"""PUL010: a chart takes pull secrets, and a pod of it does not get them."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.fix import FixKind

_CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
_VALUES = """\
image:
  repository: registry.example/shop/web
  tag: 1.4.2
imagePullSecrets: []
"""
_BLOCK = """\
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
"""
_WEB = f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{{{ include "shop.fullname" . }}}}
spec:
  template:
    spec:
{_BLOCK}      containers:
        - name: web
          image: {{{{ include "shop.image" . }}}}
"""
_HOOK = """\
{{- if .Values.migrate }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "shop.fullname" . }}-migrate
  annotations:
    "helm.sh/hook": pre-upgrade,post-install
spec:
  template:
    spec:
      restartPolicy: Never
      # runs once
      containers:
        - name: migrate
          image: {{ include "shop.image" . }}
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
"""
_TEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: "{{ .Release.Name }}-ping"
  annotations: {helm.sh/hook: test}
spec:
  containers:
    - name: ping
      image: busybox:1.37
"""
_ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ template "shop.account" . }}
{{- include "shop.pullSecrets" . | nindent 0 }}
"""
_HELPERS = """\
{{/* imagePullSecrets: for all pods */}}
{{- define "shop.pullSecrets" -}}
{{- if .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml .Values.imagePullSecrets | nindent 2 }}
{{- end }}
{{- end -}}
{{- define "shop.account" -}}{{ .Release.Name }}{{- end -}}
"""
_POD = """\
{{- define "shop.pod" -}}
containers:
  - name: web
    image: {{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end -}}
"""
_CALLER = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      {{- include "shop.pod" . | nindent 6 }}
"""


_PLAIN = _WEB.replace('{{ include "shop.fullname" . }}', "web").replace(
    '{{ include "shop.image" . }}', "registry.example/shop/web:1"
)


def _files(**templates: str) -> dict[str, str]:
    """Make a chart of some templates."""
    named = {f"shop/templates/{name}.yaml": text for name, text in templates.items()}
    return {"shop/Chart.yaml": _CHART, "shop/values.yaml": _VALUES, **named}


def _with(text: str, files: dict[str, str]) -> dict[str, str]:
    """Put a file of helpers to others."""
    return {**files, "shop/templates/_helpers.tpl": text}


def _as(text: str) -> str:
    """Give a hook the service account."""
    line = '      serviceAccountName: {{ include "shop.account" . }}\n'
    return text.replace("      restartPolicy", f"{line}      restartPolicy")


_PATCHED = """\
{{- define "shop.settings" }}
patched: true
pod:
  spec:
    containers:
      - name: proxy
        image: {{ .Values.image.repository }}
{{- end }}
"""

MUST_FIRE = {
    "a pod beside a word about patches": Case(
        {
            "shop/Chart.yaml": _CHART,
            "shop/values.yaml": _VALUES,
            "shop/templates/web.yaml": _WEB,
            "shop/templates/_settings.tpl": _PATCHED,
        },
        ("shop/templates/_settings.tpl:5",),
    ),
    "a hook Job": Case(
        _files(web=_WEB, hook=_HOOK),
        ("shop/templates/hook.yaml:13",),
        "Job/*-migrate does not get the pull secrets of the value imagePullSecrets, as"
        " Deployment/* does",
    ),
    "a test pod": Case(
        _files(web=_WEB, **{"tests/ping": _TEST}), ("shop/templates/tests/ping.yaml:7",)
    ),
    "nobody gets them": Case(
        _files(hook=_HOOK), ("shop/templates/hook.yaml:13",), "nor does any other pod"
    ),
    "a value below another, which only the sibling says": Case(
        {
            "shop/templates/web.yaml": _WEB.replace(
                ".Values.imagePullSecrets", ".Values.image.pullSecrets"
            ),
            "shop/templates/hook.yaml": _HOOK,
        },
        ("shop/templates/hook.yaml:13",),
        "image.pullSecrets",
    ),
    "only another account has them": Case(
        _with(_HELPERS, _files(account=_ACCOUNT, hook=_HOOK)),
        ("shop/templates/hook.yaml:13",),
    ),
    "a pod that a helper makes": Case(
        _with(_POD, _files(web=_CALLER)), ("shop/templates/_helpers.tpl:2",), "shop.pod"
    ),
    "a comment is no list": Case(
        _files(
            web=_WEB,
            hook=_HOOK.replace("# runs once", "# imagePullSecrets: none are needed"),
        ),
        ("shop/templates/hook.yaml:13",),
    ),
    "a value that nobody uses, beside one that all do": Case(
        {
            **_files(web=_PLAIN),
            "shop/values.yaml": _VALUES
            + "jobs:\n  image:\n    tag: 1\n    pullSecrets: []\n",
            "shop/templates/note.yaml": "a: {{ .Values.jobs.image.tag }}\n",
        },
        ("shop/values.yaml:8",),
        "no template of the chart uses its value jobs.image.pullSecrets",
    ),
    "without actions": Case(
        _files(web=_WEB, ping=_TEST.replace('"{{ .Release.Name }}-ping"', "ping")),
        ("shop/templates/ping.yaml:7",),
    ),
}


def _more(line: str) -> dict[str, str]:
    """Make a chart with another list, and a line that may use it."""
    return {
        **_files(web=_PLAIN),
        "shop/templates/_a.tpl": '{{ define "shop.account" }}a{{ end }}',
        "shop/values.yaml": f"{_VALUES}account:\n  imagePullSecrets: []\n",
        "shop/templates/note.yaml": line,
    }


_PATCH = """\
{{- define "shop.settings" }}
proxy:
  patch:
    type: StrategicMerge
    value:
      spec:
        template:
          spec:
            containers:
              - name: proxy
                imagePullPolicy: {{ .Values.image.policy }}
{{- end }}
"""

MUST_NOT_FIRE = {
    "a patch of a pod that something else makes": Case(
        {
            "shop/Chart.yaml": _CHART,
            "shop/values.yaml": _VALUES,
            "shop/templates/web.yaml": _WEB,
            "shop/templates/_settings.tpl": _PATCH,
        }
    ),
    "a value that something uses": Case(
        _more("a: {{ $.Values.account.imagePullSecrets }}\n")
    ),
    "a value below one that is handed on": Case(
        _more('a: {{ include "shop.account" .Values.account }}\n')
    ),
    "all values at once": Case(
        _more('a: {{ index .Values "account" "imagePullSecrets" }}\n')
    ),
    "a value that the helper of another chart uses": Case(
        {
            **_more('a: {{ include "lib.secrets" . }}\n'),
            "lib/Chart.yaml": "name: lib\ntype: library\n",
            "lib/templates/_a.tpl": '{{ define "lib.secrets" }}'
            "{{ .Values.account.imagePullSecrets }}{{ end }}\n",
        }
    ),
    "a helper that nobody knows": Case(_more('a: {{ include "common.secrets" . }}\n')),
    "a value for a chart below": Case(
        {
            **_more("a: b\n"),
            "shop/Chart.yaml": f"{_CHART}dependencies: [{{name: account}}]\n",
        }
    ),
    "all get them": Case(
        _files(
            web=_WEB,
            hook=_HOOK.replace("      # runs", f"{_BLOCK}      # runs"),
        )
    ),
    "there is no such value": Case(
        {"shop/templates/hook.yaml": _HOOK, "shop/Chart.yaml": _CHART}
    ),
    "a helper emits them": Case(
        _with(
            _HELPERS,
            _files(
                web=_WEB,
                hook=_HOOK.replace(
                    "      # runs once\n",
                    '      {{- include "shop.pullSecrets" . | nindent 6 }}\n',
                ),
            ),
        )
    ),
    "a helper of a library that is not here": Case(
        _files(
            web=_WEB,
            hook=_HOOK.replace(
                "      # runs once\n",
                '      {{- include "common.renderPullSecrets" . | nindent 6 }}\n',
            ),
        )
    ),
    "the account's name is the same, with what it is by default": Case(
        _with(
            _HELPERS,
            _files(
                account=_ACCOUNT.replace(
                    '{{ template "shop.account" . }}', "{{ $shop.name }}-account"
                ),
                hook=_as(_HOOK).replace(
                    '{{ include "shop.account" . }}',
                    '{{ $shop.name | default "shop" | quote }}-account',
                ),
            ),
        )
    ),
    "a pod of which nobody knows all": Case(
        _files(
            web=_WEB,
            hook=_HOOK.replace(
                "      # runs once\n",
                "      {{- toYaml .Values.podSpec | nindent 6 }}\n",
            ),
        )
    ),
    "its account has them": Case(
        _with(_HELPERS, _files(account=_ACCOUNT, hook=_as(_HOOK)))
    ),
    "whoever includes the helper emits them": Case(
        _with(
            _POD,
            _files(
                web=_CALLER.replace("      {{- include", f"{_BLOCK}      {{{{- include")
            ),
        )
    ),
    "the value of a chart that it needs": Case(
        {
            "shop/Chart.yaml": _CHART + "dependencies:\n  - name: redis\n",
            "shop/values.yaml": "redis:\n  imagePullSecrets: []\n",
            "shop/templates/hook.yaml": _HOOK,
        }
    ),
    "words about pods": Case(
        _files(
            web=_WEB,
            crd=_TEST.replace("kind: Pod", "kind: CustomResourceDefinition"),
        )
    ),
    "text of a script": Case(
        _files(
            web=_WEB.replace(
                "          image:",
                "          args:\n            - |\n              spec:\n"
                "          image:",
            )
        )
    ),
}

FIXES = {
    "the same block above the containers and their comment": Mend(
        _files(web=_WEB, hook=_HOOK),
        {
            "shop/templates/hook.yaml": _HOOK.replace(
                "      # runs once\n", f"{_BLOCK}      # runs once\n"
            )
        },
        FixKind.UNSAFE,
    ),
    "as far in as its keys are": Mend(
        _files(web=_WEB, ping=_TEST),
        {
            "shop/templates/ping.yaml": _TEST.replace(
                "  containers:\n",
                "  {{- with .Values.imagePullSecrets }}\n"
                "  imagePullSecrets:\n"
                "    {{- toYaml . | nindent 4 }}\n"
                "  {{- end }}\n"
                "  containers:\n",
            )
        },
        FixKind.UNSAFE,
    ),
    "a helper's line; lines end as they did": Mend(
        _with(
            _HELPERS,
            _files(
                web=_WEB.replace(
                    _BLOCK, '      {{- include "shop.pullSecrets" . | nindent 6 }}\n'
                ),
                ping=_TEST.replace("\n", "\r\n"),
            ),
        ),
        {
            "shop/templates/ping.yaml": _TEST.replace(
                "  containers:\n",
                '  {{- include "shop.pullSecrets" . | nindent 2 }}\n  containers:\n',
            ).replace("\n", "\r\n")
        },
        FixKind.UNSAFE,
    ),
    "nothing where the dot is another": Mend(
        _files(
            web=_WEB,
            hook=_HOOK.replace(
                "{{- if .Values.migrate }}", "{{- range .Values.jobs }}"
            ),
        ),
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
}
