"""A request's target, in each form that clients and proxies' clients send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.doors.connection import split_target


@pytest.mark.parametrize(
    ("method", "target", "authority", "origin_form"),
    [
        (b"GET", b"/v2/", "", b"/v2/"),
        (b"GET", b"//deb.example/a", "", b"//deb.example/a"),
        (b"OPTIONS", b"*", "", b"*"),
        (b"GET", b"http://Deb.Example/a?b", "deb.example", b"/a?b"),
        (b"GET", b"HTTPS://deb.example:8443/a", "deb.example:8443", b"/a"),
        (b"GET", b"http://deb.example", "deb.example", b"/"),
        (b"GET", b"http://deb.example?b", "deb.example", b"/?b"),
        (b"GET", b"http://[::1]:80/a", "[::1]:80", b"/a"),
        (b"GET", b"http://HTTPS///deb.example/a", "https", b"///deb.example/a"),
        (b"GET", b"http://deb.example/a#b", "deb.example", b"/a"),
        (b"CONNECT", b"deb.example:443", "deb.example:443", b"/"),
    ],
)
def test_targets_are_split(
    method: bytes, target: bytes, authority: str, origin_form: bytes
) -> None:
    """Whose path it is goes apart from the path; origin-form stays as it came."""
    assert (authority, origin_form) == split_target(method, target)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        (b"GET", b"a"),
        (b"GET", b""),
        (b"GET", b"ftp://deb.example/a"),
        (b"GET", b"http:///a"),
        (b"GET", b"http://user:password@deb.example/a"),
        (b"GET", b"http://deb.example:80:80/a"),
        (b"GET", b"http://deb example/a"),
        (b"CONNECT", b"/"),
        (b"CONNECT", b"http://deb.example/"),
    ],
)
def test_nonsense_is_refused(method: bytes, target: bytes) -> None:
    """What is none of the forms is refused, a credential in it is not repeated."""
    with pytest.raises(ValueError, match=r"target|credentials") as caught:
        split_target(method, target)

    assert "password" not in str(caught.value)


@given(target=st.binary(max_size=300))
def test_any_target_is_split_or_refused(target: bytes) -> None:
    """Whatever comes, the path begins with a slash or there is none."""
    try:
        authority, origin_form = split_target(b"GET", target)
    except ValueError:
        return

    assert origin_form == b"*" or origin_form.startswith(b"/")
    assert authority == authority.lower()
    assert authority or target == origin_form
