"""Generations are written down and read again."""

import pytest

from seawall.doors.archive.suites.generation import Generation, Part, parse_generation
from seawall.errors import ArchiveSyntaxError
from seawall.oci.digest import Digest

IN_RELEASE, INDEX, TABLE = (Part(Digest.of(b"%d" % n), n) for n in range(3))
GENERATION = Generation(
    directory="dists/stable",
    suite="stable",
    codename="",
    date=1.5,
    valid_until=100.0,
    signers=("AA", "BB"),
    text="00",
    by_hash=True,
    files={"InRelease": IN_RELEASE},
    indexes={"main/binary-amd64/Packages.xz": INDEX, "copy/Packages.xz": INDEX},
    tables={"main/binary-amd64/Packages": TABLE},
)


def test_what_is_written_is_read() -> None:
    """A generation survives being written, and is written the same each time."""
    body = GENERATION.encode()

    assert parse_generation(body) == GENERATION
    assert body == parse_generation(body).encode()


def test_every_part_is_named_once() -> None:
    """All contents that belong to it are kept with it; none is named twice."""
    parts = GENERATION.parts

    assert sorted(part.digest for part in parts) == [part.digest for part in parts]
    assert {p.digest for p in (IN_RELEASE, INDEX, TABLE)} == {p.digest for p in parts}
    assert 3 == len(parts)


def test_validity_runs_out() -> None:
    """How long a suite holds is known, if it says so at all."""
    assert 40.0 == GENERATION.left_s(60.0)
    assert -1.0 == GENERATION.left_s(101.0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        GENERATION.encode().replace(b"sha256", b"sha1"),
        GENERATION.encode()[:-1],
        GENERATION.encode().replace(b'"size":1', b'"size":"1"'),
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    """A damaged document is no generation."""
    with pytest.raises(ArchiveSyntaxError):
        parse_generation(body)
