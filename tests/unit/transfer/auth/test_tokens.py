"""Which realms may be asked for tokens."""

import pytest

from seawall.errors import ForeignHostError
from seawall.transfer.auth.challenge import Bearer
from seawall.transfer.auth.tokens import TokenWish, check_realm
from seawall.transfer.network.redirect import Origin

HUB = "https://registry-1.docker.io"
BOX = "http://box:5000"

ALLOWED = [
    (HUB, "https://auth.docker.io/token", ("auth.docker.io",)),
    (HUB, "https://auth.docker.io/token", ("auth.docker.io:443",)),
    (HUB, "https://registry-1.docker.io/token", ()),
    (HUB, "http://auth.box:80/token", ("http://auth.box",)),
    (BOX, "http://box:5000/token", ()),
    (BOX, "http://auth.box:5001/token", ("auth.box:5001",)),
]
REFUSED = [
    (HUB, "https://auth.docker.io/token", ()),
    (HUB, "http://auth.docker.io/token", ("auth.docker.io",)),
    (HUB, "https://auth.docker.io.evil.example/token", ("auth.docker.io",)),
    (HUB, "https://auth.docker.io@evil.example/token", ("auth.docker.io",)),
    (HUB, "https://auth.docker.io:8443/token", ("auth.docker.io:443",)),
    (HUB, "https://127.0.0.1/token", ("auth.docker.io",)),
    (HUB, "file:///etc/passwd", ("auth.docker.io",)),
    (HUB, "/token", ("auth.docker.io",)),
    (BOX, "http://box:5001/token", ()),
]


def wish(source: str, realm: str, realms: tuple[str, ...]) -> TokenWish:
    """Wish for a token of this realm."""
    return TokenWish("x.io", Origin.of(source), realms, Bearer(realm), "", None)


@pytest.mark.parametrize(("source", "realm", "realms"), ALLOWED)
def test_listed_realms_are_allowed(
    source: str, realm: str, realms: tuple[str, ...]
) -> None:
    """The source itself and what the settings list may give tokens."""
    check_realm(wish(source, realm, realms))


@pytest.mark.parametrize(("source", "realm", "realms"), REFUSED)
def test_other_realms_are_refused(
    source: str, realm: str, realms: tuple[str, ...]
) -> None:
    """Any other host, port or scheme gets no request and no credential."""
    with pytest.raises(ForeignHostError):
        check_realm(wish(source, realm, realms))
