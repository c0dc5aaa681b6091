"""Where redirects may lead, decided without any network."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import ForeignHostError
from seawall.transfer.network.redirect import (
    Origin,
    RedirectRule,
    check_hop,
    is_public,
    keep_headers,
    matches_listed,
)

HUB = Origin.of("https://registry-1.docker.io")
BOX = Origin.of("http://box:5000")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x", ("https", "a.example", 443)),
        ("HTTP://A.Example:80/x", ("http", "a.example", 80)),
        ("https://a.example./x", ("https", "a.example", 443)),
        ("https://u:p@a.example:8443", ("https", "a.example", 8443)),
        ("https://[::1]:5/x", ("https", "::1", 5)),
    ],
)
def test_origins_are_compared_as_they_are_meant(
    url: str, expected: tuple[str, str, int]
) -> None:
    """Case, userinfo, a final dot and the usual port make no difference."""
    origin = Origin.of(url)

    assert expected == (origin.scheme, origin.host, origin.port)


@pytest.mark.parametrize(
    "url", ["", "/x", "ftp://a/x", "https:///x", "https://a:99999/x", "https://[x/"]
)
def test_other_addresses_have_no_origin(url: str) -> None:
    """What is not an http or https address is refused."""
    with pytest.raises(ForeignHostError):
        Origin.of(url)


@pytest.mark.parametrize(
    ("entry", "url", "expected"),
    [
        ("minio", "https://minio/x", True),
        ("minio", "https://minio:9000/x", True),
        ("minio", "http://minio:9000/x", False),
        ("minio:9000", "https://minio:9000/x", True),
        ("minio:9000", "https://minio/x", False),
        ("http://minio:9000", "http://minio:9000/x", True),
        ("http://minio:9000", "https://minio:9000/x", False),
        ("http://minio", "http://minio:9000/x", False),
        ("https://minio/", "https://minio/x", True),
        ("MinIO", "https://minio/x", True),
        ("minio", "https://evil-minio/x", False),
        ("[::1]:5", "https://[::1]:5/x", True),
        ("10.0.0.1", "https://10.0.0.1/x", True),
        ("a:b:c", "https://a/x", False),
        ("", "https://a/x", False),
    ],
)
def test_entries_mean_what_they_say(entry: str, url: str, *, expected: bool) -> None:
    """A host, a host with port, or a whole origin; plain HTTP only if written out."""
    assert expected is matches_listed(entry, Origin.of(url))


def test_hops_to_public_hosts_are_checked_when_connecting() -> None:
    """An unlisted https host may be followed, but its address is then guarded."""
    target = Origin.of("https://cdn.example")

    assert check_hop(RedirectRule(), start=HUB, target=target)
    assert not check_hop(RedirectRule(("cdn.example",)), start=HUB, target=target)
    assert not check_hop(RedirectRule(), start=BOX, target=BOX)


@pytest.mark.parametrize(
    "target",
    [
        "http://cdn.example",
        "https://10.0.0.1",
        "https://localhost",
        "https://x.localhost",
    ],
)
def test_hops_that_cannot_be_right_are_refused(target: str) -> None:
    """Plain HTTP, private addresses and this machine need to be listed."""
    with pytest.raises(ForeignHostError, match="redirects"):
        check_hop(RedirectRule(), start=HUB, target=Origin.of(target))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104  the address, not a socket
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("239.1.1.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff0e::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("2002:0a00:0001::", False),
        ("2002:0808:0808::", True),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::8.8.8.8", True),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("no address", False),
    ],
)
def test_public_means_public_for_everybody(address: str, *, expected: bool) -> None:
    """Every special range is private, also dressed up as IPv6."""
    assert expected is is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_in_ipv6_dress_is_the_same(address: ipaddress.IPv4Address) -> None:
    """An IPv4 address is judged alike plain, mapped and translated."""
    plain = is_public(str(address))

    assert plain == is_public(f"::ffff:{address}")
    assert plain == is_public(f"64:ff9b::{address}")


def test_secrets_stay_at_their_origin() -> None:
    """Another origin gets all headers but those that prove who asks."""
    headers = {"AUTHORIZATION": "x", "Cookie": "x", "Range": "bytes=0-"}
    other = Origin.of("https://registry-1.docker.io:444")

    assert headers == keep_headers(headers, source=HUB, target=HUB)
    assert {"Range": "bytes=0-"} == keep_headers(headers, source=HUB, target=other)
