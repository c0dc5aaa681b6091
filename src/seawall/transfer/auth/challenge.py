"""WWW-Authenticate, as registries and strangers write it."""

import re
from dataclasses import dataclass

MAX_CHALLENGE_CHARS = 8192
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  RFC 9110, 5.6.2
_GAP = re.compile(r"[ \t,]*")
_PARAMETER = re.compile(
    rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}|[^\s",]+))', re.DOTALL
)
_SCHEME = re.compile(rf"({_TOKEN})(?=[ \t,]|$)")
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9\-._~+/]+=*[ \t]*(?=,|$)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Ask the realm for a token of this service and scope."""

    realm: str
    service: str = ""
    scope: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Basic:
    """Send user name and password with each request."""

    realm: str = ""


def parse_challenges(text: str) -> tuple[Bearer | Basic, ...]:
    """Read the challenges that can be met, in their order; never raises.

    Unknown schemes, a Bearer without a realm and whatever follows the first
    syntax error are left out: a challenge only tells how to ask better.

    >>> parse_challenges('Bearer realm="https://a.example/token",service="a"')
    (Bearer(realm='https://a.example/token', service='a', scope='', error=''),)
    """
    if len(text) > MAX_CHALLENGE_CHARS:
        return ()
    known = (_known(scheme, values) for scheme, values in _split(text))
    return tuple(challenge for challenge in known if challenge is not None)


def choose_challenge(text: str) -> Bearer | Basic | None:
    """Choose the challenge to meet: a token if one is offered, else a password."""
    found = parse_challenges(text)
    bearers = (one for one in found if isinstance(one, Bearer))
    return next(bearers, found[0] if found else None)


def _split(text: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    at = 0
    while True:
        at = _end(_GAP.match(text, at), at)
        parameter = _PARAMETER.match(text, at)
        if parameter and found:
            name, quoted, plain = parameter.groups()
            value = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
            found[-1][1].setdefault(name.lower(), value)
            at = parameter.end()
            continue
        scheme = _SCHEME.match(text, at)
        if scheme is None:
            return found
        found.append((scheme[1].lower(), {}))
        at = _end(_TOKEN68.match(text, scheme.end()), scheme.end())


def _known(scheme: str, values: dict[str, str]) -> Bearer | Basic | None:
    clean = {name: value for name, value in values.items() if value.isprintable()}
    if scheme == "basic":
        return Basic(clean.get("realm", ""))
    if scheme == "bearer" and clean.get("realm"):
        return Bearer(
            clean["realm"],
            clean.get("service", ""),
            clean.get("scope", ""),
            clean.get("error", ""),
        )
    return None


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise
