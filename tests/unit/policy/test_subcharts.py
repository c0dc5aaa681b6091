"""What a chart says of the charts that it needs counts, packed or not."""

import pytest
from tests.unit.policy.casebook import find
from tests.unit.policy.reading.test_packed import pack

_CHART = b"apiVersion: v2\nname: %b\nversion: 1.0.0\n"
_NEEDS = b"dependencies:\n  - {name: db, version: 1.0.0%b}\n"
_VALUES = b"image:\n  registry: docker.io\n  repository: team/db\n  tag: nightly\n"
_DB = {"db/Chart.yaml": _CHART % b"db", "db/values.yaml": _VALUES}


def _files(values: bytes, *, packed: bool, alias: bytes = b"") -> dict[str, bytes]:
    needs = _NEEDS % (b", alias: " + alias if alias else b"")
    files = {"shop/Chart.yaml": _CHART % b"shop" + needs, "shop/values.yaml": values}
    if packed:
        return files | {"shop/charts/db-1.0.0.tgz": pack(_DB)}
    return files | {f"shop/charts/{name}": data for name, data in _DB.items()}


def _find(rule: str, files: dict[str, bytes]) -> list[tuple[str, int]]:
    return [(one.place.path, one.place.line) for one in find(rule, files)]


@pytest.mark.parametrize("packed", [False, True])
def test_a_tag_from_above_is_the_one_that_counts(packed: bool) -> None:  # noqa: FBT001
    """The tag of the chart above is judged, with the name of the one below."""
    below = "shop/charts/db-1.0.0.tgz!/db" if packed else "shop/charts/db"
    plain = _files(b"x: 1\n", packed=packed)
    ((path, _),) = _find("IMG004", plain)
    assert f"{below}/values.yaml" == path

    fixed = _files(b"db:\n  image:\n    tag: 1.4.2\n", packed=packed)
    assert [] == _find("IMG004", fixed)
    moving = _files(b"db:\n  image:\n    tag: edge\n", packed=packed)
    assert [("shop/values.yaml", 3)] == _find("IMG004", moving)
    (told,) = find("IMG004", moving)
    assert "docker.io/team/db:edge" in told.message
    assert None is told.fix


def test_an_alias_is_what_it_is_called() -> None:
    """Values stand below the alias, not below the name."""
    right = _files(b"store:\n  image: {tag: 1.4.2}\n", packed=True, alias=b"store")
    wrong = _files(b"db:\n  image: {tag: 1.4.2}\n", packed=True, alias=b"store")

    assert [] == _find("IMG004", right)
    assert 1 == len(_find("IMG004", wrong))


@pytest.mark.parametrize(
    "values",
    [
        b"db:\n  image:\n    registry: mirror.example\n",
        b"global:\n  imageRegistry: mirror.example\n",
    ],
    ids=["its own", "global"],
)
def test_a_registry_from_above_counts(values: bytes) -> None:
    """What comes from another registry is not pulled from Docker Hub."""
    assert 1 == len(_find("REG001", _files(b"x: 1\n", packed=True)))
    assert [] == _find("REG001", _files(values, packed=True))
    assert 1 == len(_find("IMG004", _files(values, packed=True)))


def test_an_image_in_one_piece_is_overridden_as_one() -> None:
    """A value that is the whole image takes the place of all of it."""
    files = _files(b"db:\n  image: registry.example/db:1.4.2\n", packed=False)
    files["shop/charts/db/values.yaml"] = b"image: team/db:nightly\n"

    assert [] == _find("IMG004", files)


def test_the_outermost_chart_says_it_last() -> None:
    """Of two charts above, the outer one's values are put over the inner one's."""
    files = _files(b"db:\n  image:\n    tag: edge\n", packed=False)
    files = {f"all/charts/{name}": data for name, data in files.items()}
    files["all/Chart.yaml"] = _CHART % b"all"
    files["all/values.yaml"] = b"shop:\n  db:\n    image:\n      tag: 1.4.2\n"

    assert [] == _find("IMG004", files)
