"""What is written once for every protocol names none of those that use it."""

import re
from pathlib import Path

import pytest
from tests.meta.generated import SOURCE

GENERAL = ("transfer", "store", "supply", "oci", "kit")
"""Packages that must work for any protocol's names and contents."""

FORBIDDEN = {
    "apt",
    "aptitude",
    "deb",
    "debs",
    "debian",
    "debootstrap",
    "dpkg",
    "dsc",
    "pdiff",
    "suite",
    "suites",
    "ubuntu",
    "udeb",
}
"""Words of one protocol alone; in any case, and as a part of an identifier."""

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
WHOLE = re.compile(r"in-?release|by-hash|deb822|sources\.list", re.IGNORECASE)
MODULES = [
    path for package in GENERAL for path in sorted((SOURCE / package).rglob("*.py"))
]


def find_words(text: str) -> set[str]:
    """Find the words of a text that one protocol alone uses."""
    words = {word.lower() for word in WORD.findall(text)}
    return (words & FORBIDDEN) | {found.lower() for found in WHOLE.findall(text)}


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(SOURCE))
)
def test_what_is_general_names_no_protocol(path: Path) -> None:
    """Neither code nor comment nor message knows what an archive is made of."""
    assert set() == find_words(f"{path.stem}\n{path.read_text()}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a Debian archive", {"debian"}),
        ("def ask_apt() -> DebSource:", {"apt", "deb"}),
        ("APT's", {"apt"}),
        ("dists/x/InRelease", {"inrelease"}),
        ("adapt the debt of a chapter, release it", set()),
    ],
)
def test_words_are_found_wherever_they_hide(text: str, words: set[str]) -> None:
    """A word is one in prose, in snake case and in camel case; a part of one is not."""
    assert words == find_words(text)
