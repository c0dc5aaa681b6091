"""Lists of sources: both styles mean the same, and odd ones are refused whole."""

import pytest

from seawall.debian.aptsources import (
    MAX_LIST_CHARS,
    AptSource,
    parse_list,
    parse_sources,
)
from seawall.errors import ArchiveSyntaxError

URI = "http://deb.example/debian"
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabcd\n-----END PGP PUBLIC KEY BLOCK-----"
FINGERPRINT = "0123456789ABCDEF" * 2 + "01234567"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"deb {URI} sid main", AptSource(("deb",), (URI,), ("sid",), ("main",))),
        (
            f"deb-src\t{URI}  sid  main contrib # both",
            AptSource(("deb-src",), (URI,), ("sid",), ("main", "contrib")),
        ),
        (f"deb {URI} ./", AptSource(("deb",), (URI,), ("./",))),
        (
            f"deb [ arch=amd64,arm64 lang=en ] {URI} sid main",
            AptSource(("deb",), (URI,), ("sid",), ("main",), ("amd64", "arm64")),
        ),
        (
            f"deb [signed-by=/a.gpg,/b.gpg] {URI} sid main",
            AptSource(
                ("deb",), (URI,), ("sid",), ("main",), signed_by=("/a.gpg", "/b.gpg")
            ),
        ),
        (
            f"deb [trusted=yes Signed-By={FINGERPRINT}!]{URI} sid main",
            AptSource(
                ("deb",),
                (URI,),
                ("sid",),
                ("main",),
                signers=(f"{FINGERPRINT}!",),
                trusted=True,
            ),
        ),
        (
            "deb cdrom:[Disc #1 amd64]/ sid main",
            AptSource(("deb",), ("cdrom:[Disc #1 amd64]/",), ("sid",), ("main",)),
        ),
    ],
)
def test_a_line_is_a_source(line: str, expected: AptSource) -> None:
    """Options stand in brackets, comments after a hash sign."""
    assert [expected] == parse_list(f"# deb x y z\n\n  {line}\r\n#\n")


def test_a_paragraph_is_a_source() -> None:
    """It may name several archives and suites at once."""
    text = f"""\
# comment
Types: deb deb-src
# comment
URIs: {URI} http://archive.example/debian
Suites: sid sid-updates
Components: main
  contrib
Architectures: amd64
Signed-By: /usr/share/keyrings/sample.gpg {FINGERPRINT.lower()}
Trusted: no

X-Other: 1
Enabled: no
Types: deb
Suites: ./
URIs: {URI}
"""
    expected = [
        AptSource(
            ("deb", "deb-src"),
            (URI, "http://archive.example/debian"),
            ("sid", "sid-updates"),
            ("main", "contrib"),
            ("amd64",),
            ("/usr/share/keyrings/sample.gpg",),
            signers=(FINGERPRINT.lower(),),
        ),
        AptSource(("deb",), (URI,), ("./",), enabled=False),
    ]

    assert expected == parse_sources(text)


def test_a_key_may_stand_in_the_entry() -> None:
    """A full stop stands for an empty line."""
    lines = KEY.replace("\n\n", "\n.\n").replace("\n", "\n ")
    text = (
        f"Types: deb\nURIs: {URI}\nSuites: sid\nComponents: main\nSigned-By:\n {lines}"
    )
    (source,) = parse_sources(text)

    assert KEY == source.signed_by_keys
    assert () == source.signed_by == source.signers


def test_nothing_is_a_list_of_nothing() -> None:
    """Machines have such files."""
    assert [] == parse_list("") == parse_sources("") == parse_sources("# x\n\n")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("deb", "line 2 is no source"),
        (f"deb {URI}", "names no URI or no suite"),
        (f"rpm {URI} sid main", "neither deb nor deb-src"),
        (f"deb [arch=amd64 {URI} sid main", "line 2 is no source"),
        (f"deb [arch] {URI} sid main", "option without a value"),
        (f"deb [arch=a Architectures=b] {URI} sid main", "option twice"),
        (f"deb [types=x] {URI} sid main", "option twice"),
        (f"deb [trusted=maybe] {URI} sid main", "neither yes nor no for trusted"),
        (f"deb [signed-by=a.gpg] {URI} sid main", "neither a path, a key nor"),
        (f"deb [signed-by=/a,12345678] {URI} sid main", "neither a path, a key nor"),
        (f"deb {URI}\x1b[2J sid main", "no source"),
    ],
)
def test_odd_lines_are_refused(line: str, why: str) -> None:
    """The message says which line, and why; guessing could mean trusting too much."""
    with pytest.raises(ArchiveSyntaxError, match=why):
        parse_list(f"deb {URI} sid main\n{line}\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x", "line 1 is no field"),
        (f"URIs: {URI}\nSuites: sid", "paragraph 1 is neither deb nor deb-src"),
        ("Types: deb\nSuites: sid", "names no URI or no suite"),
        (f"Types: deb\nURIs: {URI}\n\n", "names no URI or no suite"),
        (f"Types: deb\nTypes: deb\nURIs: {URI}", "has already"),
        (f"Types: deb\nURIs: {URI}\nSuites: x\nEnabled: maybe", "for enabled"),
    ],
)
def test_odd_paragraphs_are_refused(text: str, why: str) -> None:
    """The message says which paragraph, and why."""
    with pytest.raises(ArchiveSyntaxError, match=why):
        parse_sources(text)


def test_lists_are_bounded() -> None:
    """No machine has so many sources."""
    for parse in (parse_list, parse_sources):
        with pytest.raises(ArchiveSyntaxError, match="is none"):
            parse("#" * (MAX_LIST_CHARS + 1))
