"""Where a redirect may lead: https, public or listed hosts, no credential abroad."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from seawall.errors import ForeignHostError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: carries an IPv4 address


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what a credential is meant for."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """Read the origin of an absolute URL; userinfo is never part of it.

        Raises:
            ForeignHostError: Not an http or https URL with a host.

        >>> str(Origin.of("https://User:x@Example.com/a?b"))
        'example.com'
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            # The URL may carry a signature, so neither it nor its error is shown.
            raise _foreign("an unreadable address") from None
        scheme = parts.scheme.lower()
        if scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise _foreign("an address that is neither https nor http")
        host = parts.hostname.rstrip(".")
        return cls(scheme, host, _DEFAULT_PORTS[scheme] if port is None else port)

    def __str__(self) -> str:
        """Give the host, and the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _DEFAULT_PORTS[self.scheme]
        return host if usual else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class RedirectRule:
    """What one registry's redirects may lead to, beyond https to public addresses.

    Attributes:
        allowed_hosts: `host` (any port), `host:port`, or `http://host:port` if plain
            HTTP is meant; these may have private addresses.
        max_hops: How many redirects are followed; with 0 none is.
    """

    allowed_hosts: tuple[str, ...] = ()
    max_hops: int = 5

    def lists(self, target: Origin) -> bool:
        """Whether the settings name this very place."""
        return any(matches_listed(entry, target) for entry in self.allowed_hosts)


def matches_listed(entry: str, target: Origin) -> bool:
    """Whether a settings entry means this origin; without a scheme it means https.

    >>> matches_listed("minio.internal", Origin.of("https://minio.internal:9000/x"))
    True
    >>> matches_listed("minio.internal:9000", Origin.of("http://minio.internal:9000"))
    False
    """
    scheme, separator, rest = entry.lower().rpartition("://")
    try:
        parts = urlsplit(f"//{rest.rstrip('/')}")
        port = parts.port
    except ValueError:
        return False
    if (scheme if separator else "https") != target.scheme:
        return False
    if separator and port is None:
        port = _DEFAULT_PORTS[target.scheme]
    return parts.hostname == target.host and port in (None, target.port)


def check_hop(rule: RedirectRule, *, start: Origin, target: Origin) -> bool:
    """Allow one hop, and say whether its address must be checked when connecting.

    Args:
        rule: What the settings list.
        start: Where the first request went: the settings name it, so it may.
        target: Where the redirect leads.

    Returns:
        True if only public addresses may be connected to.

    Raises:
        ForeignHostError: The hop must not be followed.
    """
    if target == start or rule.lists(target):
        return False
    if target.scheme != "https":
        raise _foreign(f"{target} over plain http", start)
    if target.host == "localhost" or target.host.endswith(".localhost"):
        raise _foreign(f"{target}, which is this machine", start)
    if _is_address(target.host) and not is_public(target.host):
        raise _foreign(f"{target}, which is not a public address", start)
    return True


def is_public(address: str) -> bool:
    """Whether anybody on the internet means the same host by this address.

    >>> is_public("192.0.2.1"), is_public("::ffff:10.0.0.1"), is_public("1.1.1.1")
    (False, False, True)
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if inner is None and parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        if parsed.teredo is not None or parsed.is_site_local:
            return False
    return parsed.is_global and not parsed.is_multicast


def keep_headers(
    headers: Mapping[str, str], *, source: Origin, target: Origin
) -> dict[str, str]:
    """Choose the headers for a hop: secrets stay where they were meant for."""
    if source == target:
        return dict(headers)
    return {k: v for k, v in headers.items() if k.lower() not in _SECRET_HEADERS}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _foreign(where: str, start: Origin | None = None) -> ForeignHostError:
    by = f"{start} redirected" if start else "A redirect or realm led"
    return ForeignHostError(
        f"{by} to {where}, which the settings do not allow; it was not followed. "
        "If it is meant, list it under the registry's redirects.",
        cause="policy.foreign_host",
        host=str(start) if start else "",
    )
