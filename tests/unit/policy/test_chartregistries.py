"""Registries that templates of charts write before images whose values have none."""

import pytest
from tests.unit.policy.casebook import find, gather

from seawall.policy.facts.images import ImageUse

_IMAGE = "image: {repository: team/app, tag: latest}\n"
_ONE = '  image: "%s{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n'
_DICT = (
    '{{- define "app.image" -}}\n'
    "{{- $registry := .global | default .image.registry -}}\n"
    "%s\n{{- end -}}\n"
)
_PRINTS = '{{- printf "%s/%s:%s" $registry .image.repository .image.tag -}}'


def _labels(template: str, values: str = _IMAGE) -> set[str]:
    """Name the image of the chart as it is understood, and say if it is the Hub's."""
    files = {
        "app/Chart.yaml": b"apiVersion: v2\nname: app\nversion: 1.0.0\n",
        "app/values.yaml": values.encode(),
        "app/templates/_app.tpl": template.encode(),
    }
    told = {one.place.line for one in find("REG001", files)}
    uses = gather(files).all(ImageUse)
    known = {str(use.reference) for use in uses if use.owner == "image"} - {"None"}
    return known | ({"hub"} if 1 in told else set())


@pytest.mark.parametrize(
    ("front", "values", "seen"),
    [
        ("", "", {"hub", "docker.io/team/app:latest"}),
        ("quay.io/", "", {"quay.io/team/app:latest"}),
        ("{{ .Values.images.registry }}/", "images: {registry: ghcr.io}\n", "ghcr.io"),
        (
            "{{ .Values.image.registry | default .Values.images.registry }}/",
            "images: {registry: ghcr.io}\n",
            "ghcr.io",
        ),
        (
            "{{ default .Values.images.registry .Values.image.registry }}/",
            "images: {registry: ghcr.io}\n",
            "ghcr.io",
        ),
        ('{{ .Values.image.registry | default "quay.io" }}/', "", "quay.io"),
        ("{{ .Values.image.registry }}/", "", set()),
        ("{{ .Values.hub }}/", "hub: quay.io\n", set()),
        ("{{ .Values.image.registry | lower }}/", "", set()),
    ],
)
def test_what_stands_before_a_repository_is_its_registry(
    front: str, values: str, seen: set[str] | str
) -> None:
    """Literal, or by values; whatever else is written there is not known."""
    if isinstance(seen, str):
        seen = {f"{seen}/team/app:latest"}

    assert seen == _labels(_ONE % front, _IMAGE + values)


def test_templates_that_differ_say_nothing() -> None:
    """Two registries, or one and none: it is not told which."""
    assert set() == _labels(_ONE % "quay.io/" + _ONE % "ghcr.io/")
    assert set() == _labels(_ONE % "quay.io/" + _ONE % "")


def test_a_registry_in_the_repository_stays() -> None:
    """What is written in the values is what is judged."""
    values = "image: {repository: ghcr.io/team/app, tag: latest}\n"

    assert {"ghcr.io/team/app:latest"} == _labels(_ONE % "", values)
    assert {"ghcr.io/team/app:latest"} == _labels(_ONE % "quay.io/", values)


def test_a_path_of_files_is_no_image() -> None:
    """What looks like a folder or an address does not count."""
    folder = "  path: /srv/{{ .Values.image.repository }}\n"
    address = "  url: https://x/{{ .Values.image.repository }}\n"

    seen = _labels(folder + address + _ONE % "quay.io/")
    assert {"quay.io/team/app:latest"} == seen


@pytest.mark.parametrize(
    "text",
    [_PRINTS, "{{ $registry }}/{{ .image.repository }}:{{ .image.tag }}"],
    ids=["printf", "joined"],
)
def test_helpers_take_the_only_registry_of_the_values(text: str) -> None:
    """One that is no image's own; of several, nobody knows which."""
    helper = _DICT.replace("%s\n{{- end", text + "\n{{- end")
    one = _IMAGE + "global: {imageRegistry: ghcr.io}\n"
    several = one + "images: {registry: quay.io}\n"
    others = _IMAGE + "db: {image: {registry: quay.io, repository: x/y, tag: 1.2.3}}\n"

    assert {"ghcr.io/team/app:latest"} == _labels(helper, one)
    assert set() == _labels(helper, several)
    assert set() == _labels(helper, others)
    assert {"hub", "docker.io/team/app:latest"} == _labels(helper)

    bare = '{{- printf "%s:%s" .image.repository .image.tag -}}\n'
    assert {"hub", "docker.io/team/app:latest"} == _labels(bare + helper, others)
    assert set() == _labels(bare + helper, one)


def test_other_files_of_values_have_the_default_ones_beneath() -> None:
    """A file for one cluster is put over `values.yaml`; a chart's own files count."""
    files = {
        "app/Chart.yaml": b"apiVersion: v2\nname: app\nversion: 1.0.0\n",
        "app/values.yaml": b"images: {registry: ghcr.io}\n",
        "app/values-eu.yaml": _IMAGE.encode(),
        "app/templates/a.yaml": (_ONE % "{{ .Values.images.registry }}/").encode(),
        "other/Chart.yaml": b"apiVersion: v2\nname: other\nversion: 1.0.0\n",
        "other/values.yaml": _IMAGE.encode(),
    }

    told = [one.place.path for one in find("REG001", files)]
    assert ["other/values.yaml"] == told
    known = {str(use.reference) for use in gather(files).all(ImageUse)}
    assert "ghcr.io/team/app:latest" in known


def test_printf_with_values() -> None:
    """Its terms are values as well."""
    text = '{{ printf "%s/%s" .Values.images.registry .Values.image.repository }}\n'
    values = _IMAGE + "images: {registry: quay.io}\n"

    assert {"quay.io/team/app:latest"} == _labels(text, values)


def _owners(values: str, template: str = "") -> dict[str, str]:
    """Say what each image of a chart's values is, by its owner."""
    files = {
        "app/Chart.yaml": b"apiVersion: v2\nname: app\nversion: 1.0.0\n",
        "app/values.yaml": values.encode(),
        "app/templates/_app.tpl": template.encode(),
    }
    uses = gather(files).all(ImageUse)
    return {use.owner: str(use.reference or use.repository) for use in uses}


def test_a_registry_may_be_called_a_repository() -> None:
    """It is no image; it stands before what is beside it, and, by a helper, below."""
    values = (
        "repository: ghcr.io\nimage: team/app\nimageTag: 1.2.3\n"
        "fetcher: {image: team/fetcher, imageTag: 1.2.3}\n"
    )
    helper = (
        '{{- $image := index . 1 -}}{{- printf "%s/%s:%s" $repository $image $tag -}}\n'
    )
    top = {"image": "ghcr.io/team/app:1.2.3"}

    assert top | {"fetcher.image": "ghcr.io/team/fetcher:1.2.3"} == _owners(
        values, helper
    )
    assert top | {"fetcher.image": "docker.io/team/fetcher:1.2.3"} == _owners(values)
    assert {} == _owners("repository: ghcr.io\nimagePullPolicy: Always\n")


def test_a_repository_beside_a_whole_image_is_none_itself() -> None:
    """Without a tag, nothing makes an image of it; the other one says all."""
    values = "repository: ghcr.io/team/app\nimage: ghcr.io/team/app:1.2.3\n"

    seen = _owners(values + "imagePullPolicy: Always\n")
    assert {"image": "ghcr.io/team/app:1.2.3"} == seen


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ("operatorImageRepository: team/operator\n", "docker.io/team/operator"),
        ("operatorImageRepo: ghcr.io/team/operator\n", "ghcr.io/team/operator"),
        (
            "operatorImageRepository: team/operator\noperatorImageTag: 1.2.3\n",
            "docker.io/team/operator:1.2.3",
        ),
        ("operatorImageRepository: ghcr.io/team\n", None),
        ("defaultImageRepository: ghcr.io/team/project\n", None),
        ("operatorImageRepository: team/operator\nhub: ghcr.io\n", None),
    ],
)
def test_a_component_has_a_repository_in_one_key(values: str, seen: str | None) -> None:
    """Its tag stands beside it or is the chart's version; places for many are none."""
    assert ([seen] if seen else []) == list(_owners(values).values())


def test_a_name_whose_registry_is_left_open_is_counted() -> None:
    """Templates choose it, by site or by provider: nobody is told of it, nor misled."""
    values = "agents:\n  image: {name: agent, tag: 7.81.1, repository: }\n"
    files = {"values.yaml": values.encode()}
    (use,) = gather(files).all(ImageUse)

    assert gather(files).is_open(use)
    assert [] == [one for rule in ("REG001", "IMG007") for one in find(rule, files)]
