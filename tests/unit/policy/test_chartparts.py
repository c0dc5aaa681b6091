"""Which pods get a chart's pull secrets, where it has several parts that are alike."""

import pytest
from tests.unit.policy.casebook import Mend, encode, find, mend

from seawall.policy.fix import FixKind

_CHART = "apiVersion: v2\nname: {}\nversion: 1.0.0\n"
_BLOCK = """\
      {{- with .Values.global.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
"""
_POD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: %s
spec:
  template:
    spec:
%s      containers:
        - name: main
          image: {{ .Values.image }}
"""
_LIST = """\
      volumes:
      - name: data
        emptyDir: {}
      {{- with .Values.%s }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
"""
_SECRETS = "imagePullSecrets:\n  {{- toYaml $.Values.imagePullSecrets | nindent 2 }}\n"


def _below() -> dict[str, str]:
    """Make a chart with two below it, one of which takes the secrets for all."""
    return {
        "shop/Chart.yaml": _CHART.format("shop"),
        "shop/values.yaml": "global:\n  imagePullSecrets: []\n",
        "shop/charts/web/Chart.yaml": _CHART.format("web"),
        "shop/charts/web/templates/web.yaml": _POD % ("web", _BLOCK),
        "shop/charts/job/Chart.yaml": _CHART.format("job"),
        "shop/charts/job/templates/job.yaml": _POD % ("job", ""),
    }


def _loop(name: str, secrets: str = "") -> dict[str, str]:
    """Make the account and the pods of a part of which there may be several."""
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n"
    account += "  name: {{ $.Release.Name }}-{{ .name }}\n"
    line = "      serviceAccountName: {{ $.Release.Name }}-{{ .name }}\n"
    loop = "{{- range .Values.%s }}\n---\n%s{{- end }}\n"
    return {
        f"templates/{name}-account.yaml": loop % (name, account + secrets),
        f"templates/{name}-pods.yaml": loop % (name, _POD % (name, line)),
    }


def test_charts_side_by_side_get_the_same_values() -> None:
    """A sibling is named that stands in another chart, and its lines are put in."""
    (told,) = find("PUL010", encode(_below()))

    assert "shop/charts/job/templates/job.yaml" == told.place.path
    assert "global.imagePullSecrets, as Deployment/web does" in told.message
    after = {"shop/charts/job/templates/job.yaml": _POD % ("job", _BLOCK)}
    wanted = Mend(_below(), after, FixKind.UNSAFE)
    assert encode(_below() | after) == mend("PUL010", wanted)


def test_accounts_in_loops_are_told_apart_by_their_files() -> None:
    """Both are called by the name in their own loop, which is the same as text."""
    chart = {
        "Chart.yaml": _CHART.format("shop"),
        "values.yaml": "imagePullSecrets: []\n",
    }
    some = chart | _loop("ingress", _SECRETS) | _loop("egress")
    both = chart | _loop("ingress", _SECRETS) | _loop("egress", _SECRETS)

    (told,) = find("PUL010", encode(some))
    assert "templates/egress-pods.yaml" == told.place.path
    assert [] == find("PUL010", encode(both))


def test_values_that_make_a_list_longer_hide_nothing() -> None:
    """Items may stand as far out as keys: what the value is called tells them apart."""
    chart = {
        "Chart.yaml": _CHART.format("shop"),
        "values.yaml": "imagePullSecrets: []\n",
    }
    more = chart | {"templates/a.yaml": _POD % ("a", _LIST % "extraVolumes")}
    keys = chart | {"templates/a.yaml": _POD % ("a", _LIST % "extraPodSpec")}

    assert ["PUL010"] == [one.rule for one in find("PUL010", encode(more))]
    assert [] == [
        one for one in find("PUL010", encode(keys)) if "Deployment" in one.message
    ]


def _account(name: str, secrets: str = "", *, around: str = "%s") -> dict[str, str]:
    """Make an account, and a pod that has it."""
    text = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n"
    text += f"  name: {{{{ .Release.Name }}}}-{name}\n"
    line = f"      serviceAccountName: {{{{ .Release.Name }}}}-{name}\n"
    return {
        f"templates/{name}-account.yaml": around % (text + secrets),
        f"templates/{name}-pods.yaml": _POD % (name, line),
    }


@pytest.mark.parametrize(
    "around", ["%s", "{{- if .Values.on }}\n%s{{- end }}\n"], ids=["plain", "if"]
)
def test_an_account_gets_what_its_siblings_have(around: str) -> None:
    """Where pods get their secrets by accounts, the fix is the account's, too."""
    lines = "{{- with .Values.imagePullSecrets }}\nimagePullSecrets:\n"
    lines += "  {{- toYaml . | nindent 2 }}\n{{- end }}\n"
    chart = {
        "Chart.yaml": _CHART.format("shop"),
        "values.yaml": "imagePullSecrets: []\n",
    }
    before = chart | _account("web", lines, around=around)
    after = before | _account("job", lines, around=around)
    before |= _account("job", around=around)

    (told,) = find("PUL010", encode(before))
    assert "templates/job-pods.yaml" == told.place.path
    assert encode(after) == mend("PUL010", Mend(before, after, FixKind.UNSAFE))


def test_nothing_is_put_into_an_account_in_a_loop() -> None:
    """The dot is another there, and so would the lines be."""
    chart = {
        "Chart.yaml": _CHART.format("shop"),
        "values.yaml": "imagePullSecrets: []\n",
    }
    lines = _SECRETS.replace("$", "")
    before = chart | _account("web", lines) | _loop("egress")

    assert encode(before) == mend("PUL010", Mend(before, {}, FixKind.UNSAFE))
