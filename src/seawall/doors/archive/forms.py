"""The three forms in which clients ask: a mirror's path, a proxy's, and HTTPS///."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from seawall.errors import InputError, UnknownArchiveError
from seawall.kit.redact import show_input

MIRROR = "/debian/"
"""Where the mirrors' form begins: the next part is an archive's name."""

TUNNELLED = "HTTPS///"
"""What stands in place of ``https://`` where a client cannot say that to a proxy."""

_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Asked:
    """A file of an archive, as a client asked for it.

    Attributes:
        archive: Its name.
        path: Below the archive's root; still quoted, no slash at its ends.
    """

    archive: str
    path: str


class Addresses:
    """Which archive an address belongs to: those of mirrors, and their other names.

    >>> addresses = Addresses({"debian": ["http://deb.example/debian"]})
    >>> addresses.find("deb.example:80", "/debian/dists/stable/InRelease")
    Asked(archive='debian', path='dists/stable/InRelease')
    """

    def __init__(self, archives: Mapping[str, Iterable[str]]) -> None:
        """Take the addresses of each archive; the first archive that has one keeps it.

        Raises:
            InputError: One is no http or https address.
        """
        self.names = frozenset(archives)
        self._roots: dict[str, dict[tuple[str, ...], str]] = {}
        for name, urls in archives.items():
            for url in urls:
                host, root = split_address(url)
                self._roots.setdefault(host, {}).setdefault(root, name)

    def find(self, host: str, path: str) -> Asked:
        """Find the archive that lies at this host and path, the deepest one.

        Raises:
            UnknownArchiveError: None does; nobody there is dialled.
        """
        roots = self._roots.get(plain_host(host), {})
        parts = split_path(path)
        plain = tuple(unquote(part) for part in parts)
        for depth in range(len(parts), -1, -1):
            name = roots.get(plain[:depth])
            if name is not None:
                return Asked(name, "/".join(parts[depth:]))
        raise UnknownArchiveError(
            f"the settings know no archive at {host}: add it as a mirror or an alias"
            " under [archives.NAME] to allow it"
        )


def read_form(authority: str, path: str, addresses: Addresses) -> Asked | None:
    """Read whichever form a request has; `None` if it asks for no archive.

    Args:
        authority: Which host a proxy is asked for; empty in other requests.
        path: Still quoted, with its first slash.
        addresses: Of the known archives.

    Raises:
        UnknownArchiveError: The settings do not know that archive.
    """
    if authority:
        host, _, port = authority.partition(":")
        if host == "https" and port in ("", "80") and path.startswith("///"):
            return _find_tunnelled(path[3:], addresses)
        return addresses.find(authority, path)
    if path[1 : len(TUNNELLED) + 1].upper() == TUNNELLED:
        return _find_tunnelled(path[len(TUNNELLED) + 1 :], addresses)
    if not path.startswith(MIRROR):
        return None
    parts = split_path(path.removeprefix(MIRROR))
    if not parts or parts[0] not in addresses.names:
        known = ", ".join(sorted(addresses.names)) or "none"
        raise UnknownArchiveError(
            f"the settings know no archive {'/'.join(parts[:1])!r} (known: {known});"
            " add [archives.NAME] to allow it"
        )
    return Asked(parts[0], "/".join(parts[1:]))


def split_address(url: str) -> tuple[str, tuple[str, ...]]:
    """Take an archive's address apart: a host without usual port, and its folders.

    Whether it is http or https makes no difference.

    Raises:
        InputError: It is no http or https address.

    >>> split_address("HTTPS://Deb.Example:443/debian/")
    ('deb.example', ('debian',))
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in _SCHEMES or not host or "@" in parts.netloc:
        shown = show_input(url)
        if "@" in shown:  # what stands before it may be a password
            shown = f"'…{shown.rpartition('@')[2]}"
        raise InputError(
            f"not an archive's address: {shown}; expected http://host/path, without a"
            " user's name or password"
        )
    folders = tuple(unquote(part) for part in split_path(parts.path))
    return plain_host(parts.netloc), folders


def plain_host(authority: str) -> str:
    """Write a host and port in one way: in lower case, without the usual port."""
    plain = authority.lower()
    for usual in (":80", ":443"):
        plain = plain.removesuffix(usual)
    return plain


def split_path(path: str) -> list[str]:
    """Split a quoted path; empty parts and single dots say nothing, as servers see it.

    Flat suites are asked for as ``./InRelease``.
    """
    return [part for part in path.split("/") if part not in ("", ".")]


def _find_tunnelled(rest: str, addresses: Addresses) -> Asked:
    host, _, path = rest.partition("/")
    return addresses.find(host, path)
