"""Which file of which archive a request asks for, in each form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.doors.archive.forms import Addresses, Asked, read_form, split_address
from seawall.errors import InputError, UnknownArchiveError

ADDRESSES = Addresses(
    {
        "debian": ["http://deb.example/debian", "https://mirror.example:8443/pub/deb/"],
        "security": ["http://deb.example/debian-security", "http://sec.example"],
        "own": ["http://[::1]:8080/~own/"],
    }
)
RELEASE = Asked("debian", "dists/stable/InRelease")


@pytest.mark.parametrize(
    ("authority", "path", "expected"),
    [
        ("", "/debian/debian/dists/stable/InRelease", RELEASE),
        ("", "/debian//debian//dists/./stable/InRelease", RELEASE),
        ("", "/debian/security", Asked("security", "")),
        ("deb.example", "/debian/dists/stable/InRelease", RELEASE),
        ("deb.example:80", "//debian/dists/stable/InRelease", RELEASE),
        ("mirror.example:8443", "/pub/deb/dists/stable/InRelease", RELEASE),
        ("deb.example", "/debian-security/x", Asked("security", "x")),
        ("sec.example", "/dists/x", Asked("security", "dists/x")),
        ("sec.example", "/", Asked("security", "")),
        ("[::1]:8080", "/%7Eown/./Packages.gz", Asked("own", "Packages.gz")),
        ("", "/HTTPS///deb.example/debian/dists/stable/InRelease", RELEASE),
        ("", "/https///deb.example/debian/dists/stable/InRelease", RELEASE),
        ("https", "///deb.example/debian/dists/stable/InRelease", RELEASE),
        ("https:80", "///deb.example/debian/dists/stable/InRelease", RELEASE),
        ("", "/v2/", None),
        ("", "/debianish", None),
        ("", "*", None),
    ],
)
def test_forms_are_read(authority: str, path: str, expected: Asked | None) -> None:
    """Each form leads to the same archive and path; other requests to none."""
    assert expected == read_form(authority, path, ADDRESSES)


@pytest.mark.parametrize(
    ("authority", "path"),
    [
        ("", "/debian/ubuntu/dists/x"),
        ("", "/debian/"),
        ("deb.example", "/ubuntu/dists/x"),
        ("deb.example:8080", "/debian/dists/x"),
        ("deb.example.evil.example", "/debian/dists/x"),
        ("evil.example", "/debian/debian/dists/x"),
        ("", "/HTTPS///evil.example/debian/dists/x"),
        ("", "/HTTPS///"),
        ("https", "/deb.example/debian/x"),
        ("mirror.example", "/pub/deb/x"),
        ("deb.example", "/%2Fdebian/x"),
    ],
)
def test_unknown_archives_are_refused(authority: str, path: str) -> None:
    """What the settings do not name is refused, whichever form asks for it."""
    with pytest.raises(UnknownArchiveError, match=r"archives\.NAME"):
        read_form(authority, path, ADDRESSES)


@given(
    authority=st.sampled_from(["", "deb.example", "https", "evil.example"]),
    parts=st.lists(
        st.sampled_from(["debian", "HTTPS", "", "..", ".", "%2e%2e", "deb.example"])
        | st.text(max_size=8)
    ),
)
def test_only_known_archives_come_out(authority: str, parts: list[str]) -> None:
    """Whatever is asked for belongs to an archive of the settings, or is refused."""
    try:
        asked = read_form(authority, "/" + "/".join(parts), ADDRESSES)
    except UnknownArchiveError:
        return

    assert asked is None or asked.archive in ADDRESSES.names


@pytest.mark.parametrize(
    "url", ["ftp://deb.example/", "deb.example/debian", "http://", "http://u:p@h/"]
)
def test_addresses_are_checked(url: str) -> None:
    """An archive's address is a plain http or https one."""
    with pytest.raises(InputError):
        split_address(url)


def test_the_first_archive_keeps_an_address() -> None:
    """Two archives at one address: the settings' first one answers for it."""
    addresses = Addresses({"a": ["http://h.example/x"], "b": ["https://h.example/x/"]})

    assert Asked("a", "y") == addresses.find("h.example", "/x/y")
