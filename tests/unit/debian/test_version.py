"""Versions sort as dpkg sorts them, and nothing else is one."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.debian.version import Version
from seawall.errors import ArchiveSyntaxError

numbers = st.sampled_from(["", "0", "00", "1", "01", "9", "10", "123"])
words = st.sampled_from(
    ["", ".", "~", "~~", "a", "A", "z", "+", "rc", "+b", "~rc", "."]
)
tails = st.lists(st.tuples(words, numbers).map("".join), max_size=3).map("".join)
upstreams = st.builds("{}{}".format, st.sampled_from("0129"), tails)
epochs = st.sampled_from(["", "", "0:", "1:", "10:"])
revisions = st.sampled_from(["", "-0", "-1", "-1~bpo12+1", "-1+deb12u1", "-0.1", "-a"])
versions = st.builds("{}{}{}".format, epochs, upstreams, revisions)

ASCENDING = [
    *("0~~", "0~", "0", "0a", "0+1", "0.1", "0.1-1", "1~rc1-1", "1~rc1-2", "1"),
    *("1-0.1", "1-1~bpo12+1", "1-1", "1-1+b1", "1-1+deb12u1", "1-1.1", "1.2-1"),
    *("1.10", "1.10a", "1.10+dfsg", "1.10+dfsg1", "1.10.1", "2-1-1", "20200101"),
    *("1:0", "1:0.1", "2:0"),
]


def test_versions_are_ordered() -> None:
    """Tildes come before nothing, nothing before letters, letters before signs."""
    parsed = [Version.parse(text) for text in ASCENDING[::-1]]

    assert ASCENDING == [str(version) for version in sorted(parsed)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "0:1"), ("1", "1-0"), ("1.0", "1.00"), ("1.01-1", "1.1-01"), ("1.", "1.0")],
)
def test_what_is_written_in_two_ways_is_one_version(one: str, other: str) -> None:
    """Zeros that mean nothing make no difference, not as keys of a set either."""
    assert Version.parse(one) == Version.parse(other)
    assert 1 == len({Version.parse(one), Version.parse(other)})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1:2.36-9+deb12u7", (1, "2.36", "9+deb12u7")),
        ("1.2-3-4", (0, "1.2-3", "4")),
        ("2:1:0-1", (2, "1:0", "1")),
        ("0:1:0", (0, "1:0", "")),
        ("7", (0, "7", "")),
    ],
)
def test_a_version_has_three_parts(text: str, parts: tuple[int, str, str]) -> None:
    """The first colon ends the epoch, the last hyphen begins the revision."""
    version = Version.parse(text)

    assert parts == (version.epoch, version.upstream, version.revision)
    assert text == str(version)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a1", ":1", "1:", "1-", "-1", "1:-1", "a:1", "-1:1", "1_0", "1 0", "1\n"),
        *(
            "99999999999:1",
            "4294967296:1",
            "1é",
            "\u0661",
            "1-é",
            "~1",
            "1/2",
            "9" * 513,
        ),
    ],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    """A version begins with a digit, and has no empty part."""
    with pytest.raises(ArchiveSyntaxError, match="not a version"):
        Version.parse(text)


def test_a_version_equals_nothing_else() -> None:
    """A text is no version, though it may be written the same."""
    assert Version.parse("1") != "1"


@given(versions)
def test_a_version_survives_writing(text: str) -> None:
    """What is written reads as the same."""
    version = Version.parse(text)

    assert version == Version.parse(str(version))


@given(versions, versions, versions)
def test_the_order_is_total(a: str, b: str, c: str) -> None:
    """One of two is the earlier, or they are the same; and that carries over."""
    x, y, z = sorted(map(Version.parse, (a, b, c)))

    assert x <= y <= z
    assert x <= z
    assert 1 == (x < z) + (x > z) + (x == z)
    assert (x == z) == (hash(x) == hash(z))


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="there is no dpkg here")
@settings(max_examples=150)
@given(versions, versions)
def test_dpkg_agrees(one: str, other: str) -> None:
    """The order is the one that dpkg has."""
    a, b = Version.parse(one), Version.parse(other)
    relation = "lt" if a < b else "gt" if a > b else "eq"
    command = ["dpkg", "--compare-versions", one, relation, other]

    assert 0 == subprocess.run(command, check=False, capture_output=True).returncode
