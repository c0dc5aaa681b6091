"""IMG007 in charts' values: whole images, and what templates put before them."""

import pytest
from tests.unit.policy.casebook import find, gather

from seawall.policy.facts.images import ImageUse
from seawall.policy.finding import Severity
from seawall.policy.fix import FixKind

_CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
_USE = "image: %s{{ .Values.sidecarImage }}\n"
_VALUES = "sidecarImage: team/app:1\n"
_RANGE = "{{- range .Values.versions }}\nimage: %s{{ .natsImage }}\n{{- end }}\n"
_LIST = "versions:\n  - natsImage: nats:2.8.1\n"


def _files(template: str, values: str, chart: str = _CHART) -> dict[str, bytes]:
    return {
        "shop/Chart.yaml": chart.encode(),
        "shop/values.yaml": values.encode(),
        "shop/templates/a.yaml": template.encode(),
    }


@pytest.mark.parametrize(
    ("template", "values", "line"),
    [(_USE % "", _VALUES, 1), (_RANGE % "", _LIST, 2)],
    ids=["by its path", "in a list"],
)
def test_a_whole_name_is_told_like_a_pods(
    template: str, values: str, line: int
) -> None:
    """Templates pass it on as it is; so the fix means the same to everybody."""
    (found,) = find("IMG007", _files(template, values))

    assert (line, Severity.WARNING) == (found.place.line, found.severity)
    assert found.fix is not None
    assert FixKind.SAFE is found.fix.kind


@pytest.mark.parametrize(
    ("template", "values"),
    [
        (_USE % "quay.io/", _VALUES),
        (_USE % "{{ .Values.mine }}/", _VALUES),
        ('image: {{ printf "%s/%s" .Values.mine .Values.sidecarImage }}\n', _VALUES),
        (_RANGE % "{{ $.Values.mine }}/", _LIST),
        ('{{- $image := index . 1 }}{{ printf "%s/%s" $r $image }}\n' + _USE, _VALUES),
        (_USE % "", "hub: ''\n" + _VALUES),
        (_USE % "", "global: {imageRegistry: ''}\n" + _VALUES),
        ("image: nothing\n", _VALUES),
        ("image: {{ .Values.db.image }}\n", "db: {image: 'postgres:17.1'}\n"),
        (
            'image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n',
            "image: {repository: team/app, tag: 1.2.3}\n",
        ),
    ],
)
def test_what_something_may_come_before_is_left_out(template: str, values: str) -> None:
    """A registry in a template, or in a value; who uses it nobody knows; in parts."""
    needs = _CHART + "dependencies: [{name: db, version: 1.x.x}]\n"

    assert [] == find("IMG007", _files(template.replace("%s{", "{"), values, needs))


def test_values_outside_of_charts_are_left_out() -> None:
    """Their templates are somewhere else."""
    assert [] == find("IMG007", {"values.yaml": _VALUES.encode()})


def test_what_templates_put_before_a_whole_name_is_its_registry() -> None:
    """A literal one is known; one that only the chart's user knows is not."""
    known = gather(_files(_USE % "quay.io/", _VALUES)).all(ImageUse)
    unknown = gather(_files(_USE % "{{ .Values.mine }}/", _VALUES)).all(ImageUse)

    assert "quay.io/team/app:1" in {str(use.reference) for use in known}
    assert {None} == {use.reference for use in unknown if use.owner == "sidecarImage"}
