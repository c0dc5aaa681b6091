"""Paths of archives: what they name, and the tricks that are refused."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.debian import paths
from seawall.debian.paths import ByHash
from seawall.errors import ArchiveSyntaxError

segments = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="/\\\ufffd"
    ),
    min_size=1,
    max_size=9,
).filter(lambda segment: segment not in {".", ".."})
good_paths = st.lists(segments, min_size=1, max_size=6).map("/".join)


@given(good_paths, st.sampled_from(["", "/", "//"]))
def test_a_path_survives_a_url(path: str, slashes: str) -> None:
    """What a client quotes, in whichever way, is the path that the archive has."""
    assert path == paths.parse_path(slashes + quote(path) + slashes)
    assert path == paths.parse_path(quote(path, safe="/~+:"))
    assert path == paths.normalise_filename(f"./{path}")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("dists//bookworm/InRelease", "dists/bookworm/InRelease"),
        ("pool/g%2B%2b_1%3a2~rc%7e1_all.deb", "pool/g++_1:2~rc~1_all.deb"),
        ("pool/100%25.deb", "pool/100%.deb"),
        ("pool/%252e%252e/x", "pool/%2e%2e/x"),
        ("pool/.../x", "pool/.../x"),
        ("pool/%C3%A9_1.deb", "pool/é_1.deb"),
        ("a" * 1024, "a" * 1024),
    ],
)
def test_paths_are_decoded_once(raw: str, expected: str) -> None:
    """What is encoded twice stays encoded once, and empty segments go."""
    assert expected == paths.parse_path(raw)


@pytest.mark.parametrize(
    "raw",
    [
        *("", "/", "///", "..", "a/../b", "../etc/passwd", "a/..", "a/./b", "./a", "."),
        *("%2e%2e/x", "a/%2E./b", ".%2e", "a%2fb", "a%2F..%2Fb", "a%5cb", "a\\..\\b"),
        *("a%00.deb", "a\x00b", "a%0ab", "a\nb", "a%7fb", "a%1b[2J", "a%C2%85b"),
        *("a%", "a%2", "a%zz", "a%u0041", "%ff", "a%c0%ae", "%ED%A0%80", "\ud800"),
        *(
            "a" * 1025,
            "%61" * 1025,
            "x/" * 600,
            "a" * 99999,
            "a%e2%80%a8b",
            "a%EF%BF%BDb",
        ),
    ],
)
def test_tricks_are_refused(raw: str) -> None:
    """Nothing climbs, hides a slash, or holds what nobody prints."""
    with pytest.raises(ArchiveSyntaxError, match="not a path of an archive, it"):
        paths.parse_path(raw)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./hello.deb", "hello.deb"),
        ("././hello.deb", "hello.deb"),
        ("/pool//hello.deb", "pool/hello.deb"),
        ("pool/h%65llo.deb", "pool/h%65llo.deb"),
        ("pool/a b.deb", "pool/a b.deb"),
    ],
)
def test_file_names_are_normalised(text: str, expected: str) -> None:
    """Flat archives begin theirs with a dot; nothing is decoded."""
    assert expected == paths.normalise_filename(text)


@pytest.mark.parametrize("text", ["", ".", "./", "./../x", "a/../x", "a/./b", "a\\b"])
def test_file_names_do_not_climb(text: str) -> None:
    """An index is no less suspicious than a client."""
    with pytest.raises(ArchiveSyntaxError):
        paths.normalise_filename(text)


HEX = "0123456789abcdef" * 8


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"d/by-hash/SHA256/{HEX[:64]}", ByHash("d", "SHA256", HEX[:64])),
        (f"a/b/by-hash/SHA512/{HEX}", ByHash("a/b", "SHA512", HEX)),
        (f"by-hash/SHA1/{HEX[:40]}", ByHash("", "SHA1", HEX[:40])),
        (f"d/by-hash/MD5Sum/{HEX[:32]}", ByHash("d", "MD5Sum", HEX[:32])),
        (f"d/by-hash/SHA256/{HEX[:64].upper()}", None),
        (f"d/by-hash/SHA256/{HEX[:63]}", None),
        (f"d/by-hash/SHA256/{HEX[:64]}/x", None),
        (f"d/by-hash/sha256/{HEX[:64]}", None),
        (f"d/by-hash/SHA1/{HEX[:64]}", None),
        (f"xby-hash/SHA1/{HEX[:40]}", None),
        ("d/by-hash/", None),
    ],
)
def test_files_are_asked_for_by_hash(path: str, expected: ByHash | None) -> None:
    """Algorithm and length belong together, and hex is in lower case."""
    assert expected == paths.parse_by_hash(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dists/sid/InRelease", ("dists/sid", "InRelease")),
        ("dists/sid/updates/Release.gpg", ("dists/sid/updates", "Release.gpg")),
        ("Release", ("", "Release")),
        ("dists/sid/main/binary-amd64/Packages", None),
        ("dists/sid/NotRelease", None),
    ],
)
def test_files_that_make_a_suite(path: str, expected: tuple[str, str] | None) -> None:
    """Three files do, wherever they lie."""
    assert expected == paths.release_file(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dists/sid/main/binary-amd64/Packages.xz", ["dists/sid"]),
        ("dists/sid/main/source/Sources", ["dists/sid"]),
        ("dists/sid/main/i18n/by-hash/SHA1/abc", ["dists/sid"]),
        ("dists/a/updates/main/dep11/x", ["dists/a/updates", "dists/a"]),
        ("dists/sid/Contents-amd64.gz", ["dists/sid"]),
        ("dists/sid/main/Contents-amd64.gz", ["dists/sid/main", "dists/sid"]),
        ("dists/sid/main/binary-all/Packages.diff/Index", ["dists/sid"]),
        ("dists/Packages", []),
        ("Packages.gz", [""]),
        ("repo/x86_64/Packages", ["repo/x86_64", "repo", ""]),
        ("by-hash/SHA1/abc", [""]),
        (
            "1/2/3/4/5/6/7/8/Packages",
            ["1/2/3/4/5/6/7/8"[:n] for n in (15, 13, 11, 9, 7, 5)],
        ),
    ],
)
def test_suites_that_may_name_a_path(path: str, expected: list[str]) -> None:
    """The directories above it, from near to far, and not too many."""
    assert expected == paths.candidate_suites(path)
