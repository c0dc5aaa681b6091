"""Files are known for what they are in any encoding that has a mark."""

import pytest

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats

POD = """\
kind: Pod
apiVersion: v1
metadata: {name: a}
spec: {containers: [{name: a, image: quay.io/a/b:1}]}
"""
DOCKERFILE = "FROM quay.io/a/b:1\n"


def _unfold(fact: Fact) -> list[Fact]:
    return [fact, *(inner for part in fact.parts() for inner in _unfold(part))]


def _read(path: str, data: bytes) -> list[Fact]:
    found = formats.read_file(path, data, LimitOptions())
    return [fact for outer in found for fact in _unfold(outer)]


@pytest.mark.parametrize(
    ("path", "data", "editable"),
    [
        ("pod.yaml", f"\ufeff{POD}".encode(), True),
        ("Dockerfile", f"\ufeff{DOCKERFILE}".encode(), True),
        ("pod.yaml", f"\ufeff{POD}".encode("utf-16-le"), False),
        ("pod.yaml", f"\ufeff{POD}".encode("utf-16-be"), False),
    ],
    ids=["YAML", "Dockerfile", "little-endian", "big-endian"],
)
def test_a_mark_hides_nothing(path: str, data: bytes, *, editable: bool) -> None:
    """What stands behind it is read; only what is in UTF-8 can be edited."""
    assert formats.sniffs(path, data)
    (use,) = [fact for fact in _read(path, data) if isinstance(fact, ImageUse)]

    assert "quay.io/a/b:1" == str(use.reference)
    assert editable is (use.editable is not None)
    if editable:
        assert b"quay.io/a/b:1" == data[use.start : use.stop]


def test_what_no_build_reads_is_a_trouble() -> None:
    """A Dockerfile in UTF-16 is told; what ends in the middle of a letter is let be."""
    found = _read("pod.yaml", f"\ufeff{POD}".encode("utf-16-le")[:-1])
    plain = _read("Dockerfile", DOCKERFILE.encode("utf-16"))

    assert [] == [fact for fact in found if isinstance(fact, ImageUse)]
    assert [Obstacle.BROKEN] == [f.obstacle for f in plain if isinstance(f, Trouble)]
