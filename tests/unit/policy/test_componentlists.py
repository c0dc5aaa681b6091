"""PUL010 in charts whose components have a list of pull secrets each."""

from tests.unit.policy.casebook import find

from seawall.policy.finding import Finding

_PART = "{}:\n  image: {{repository: quay.io/team/{}, tag: 1.2.3, pullSecrets: []}}\n"
_BARE = "{}:\n  image: {{repository: quay.io/team/{}, tag: 1.2.3}}\n"
_POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: %s}
spec:
  template:
    spec:
%s      containers:
        - name: a
          image: "{{ .Values.%s.image.repository }}:{{ .Values.%s.image.tag }}"
"""
_LINES = """\
      {{- with .Values.%s }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
"""


def _pod(name: str, part: str, knob: str = "") -> str:
    return _POD % (name, _LINES % knob if knob else "", part, part)


def _find(values: str, **templates: str) -> Finding:
    files = {"Chart.yaml": b"apiVersion: v2\nname: shop\nversion: 1.0.0\n"}
    files["values.yaml"] = values.encode()
    files |= {f"templates/{k}.yaml": v.encode() for k, v in templates.items()}
    (found,) = find("PUL010", files)
    return found


_VALUES = _PART.format("web", "web") + _PART.format("db", "db")
_TWO = {
    "db": _pod("db", "db", "db.image.pullSecrets"),
    "web": _pod("web", "web", "web.image.pullSecrets"),
}


def test_the_list_of_its_own_component_is_named() -> None:
    """With the sibling that emits it, and its lines."""
    found = _find(_VALUES, **_TWO, job=_pod("job", "web"))

    assert "the value web.image.pullSecrets, as Deployment/web does" in found.message
    assert found.fix is not None
    (edit,) = found.fix.edits
    assert b".Values.web.image.pullSecrets" in edit.new


def test_a_component_without_a_list_is_told_without_a_fix() -> None:
    """Another component's list is no sibling's, and may be for another registry."""
    values = _VALUES + _BARE.format("tool", "tool")
    found = _find(values, **_TWO, job=_pod("job", "tool"))

    assert "other components of its chart have a list of their own" in found.message
    assert found.fix is None


def test_a_list_for_all_counts_for_each() -> None:
    """Whatever lists components have besides."""
    both = _pod("web", "web", "imagePullSecrets")
    templates = {"db": _TWO["db"], "web": both, "job": _pod("job", "tool")}
    found = _find(_VALUES + "imagePullSecrets: []\n", **templates)

    assert "the value imagePullSecrets, as Deployment/web does" in found.message
    assert found.fix is not None


def test_a_helper_that_names_no_list_is_for_all() -> None:
    """It knows where to look."""
    line = '      {{- include "shop.pullSecrets" . | nindent 6 }}\n'
    helper = (
        '{{- define "shop.pullSecrets" -}}\nimagePullSecrets: {{ .Values.db.image'
        ".pullSecrets }} {{ .Values.web.image.pullSecrets }}\n{{- end -}}\n"
    )
    web = _POD % ("web", line, "web", "web")
    found = _find(_VALUES, _app=helper, web=web, job=_pod("job", "tool"))

    assert "as Deployment/web does" in found.message
    assert found.fix is not None
