"""Challenges are read as registries write them, and hostile ones do no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.auth.challenge import (
    Basic,
    Bearer,
    choose_challenge,
    parse_challenges,
)

REALM = "https://auth.example/token"
READINGS = {
    'Bearer realm="https://auth.example/token",service="reg",scope="r:a/b:pull"': [
        Bearer(REALM, "reg", "r:a/b:pull")
    ],
    'bearer REALM = "https://auth.example/token" , Service=reg': [Bearer(REALM, "reg")],
    'Basic realm="x", Bearer realm="https://auth.example/token"': [
        Basic("x"),
        Bearer(REALM),
    ],
    'Bearer realm="https://auth.example/token", Basic': [Bearer(REALM), Basic()],
    "Negotiate, Basic": [Basic()],
    "Negotiate YWJj==, Basic realm=x": [Basic("x")],
    'Basic realm="a \\"quoted\\", comma"': [Basic('a "quoted", comma')],
    'Bearer realm="https://auth.example/token",realm="https://evil.example"': [
        Bearer(REALM)
    ],
    'Bearer realm="https://auth.example/token",error="insufficient_scope"': [
        Bearer(REALM, error="insufficient_scope")
    ],
    'Bearer service="no realm"': [],
    'Bearer realm="unclosed': [],
    'Bearer realm="line\nbreak"': [],
    'realm="x"': [],
    "": [],
    ",,, ,": [],
    "Bearer": [],
    'Digest realm="x", nonce="y"': [],
}


@pytest.mark.parametrize(("text", "expected"), READINGS.items())
def test_challenges_are_read(text: str, expected: list[Bearer | Basic]) -> None:
    """Schemes, quoting, order and junk are read as RFC 9110 has them."""
    assert tuple(expected) == parse_challenges(text)


def test_a_token_is_preferred_to_a_password() -> None:
    """Where both are offered, the token is chosen, whatever their order."""
    text = f'Basic realm="x", Bearer realm="{REALM}"'

    assert Bearer(REALM) == choose_challenge(text)
    assert Basic("x") == choose_challenge('Basic realm="x"')
    assert choose_challenge("Negotiate") is None


def test_an_endless_challenge_is_not_read() -> None:
    """Beyond 8 KiB nothing is read."""
    assert () == parse_challenges(f'Bearer realm="{REALM}",service="{"x" * 9000}"')


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    """Whatever a server sends, reading it raises nothing."""
    parse_challenges(text)


@given(st.text(alphabet='Bearer Basic=",\\realm \t', max_size=200))
def test_no_near_challenge_breaks_it(text: str) -> None:
    """The same for texts made of what challenges are made of."""
    for challenge in parse_challenges(text):
        assert not isinstance(challenge, Bearer) or challenge.realm


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@given(realm=printable.filter(bool), service=printable, scope=printable)
def test_what_is_written_is_read(realm: str, service: str, scope: str) -> None:
    """Any printable values survive quoting."""

    def quote(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = f"Bearer realm={quote(realm)},service={quote(service)},scope={quote(scope)}"

    assert (Bearer(realm, service, scope),) == parse_challenges(text)
