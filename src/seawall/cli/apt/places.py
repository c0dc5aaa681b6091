"""What the settings say of archives, and where clients reach the server."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from seawall.cli.apt.choosing import KnownArchive
from seawall.debian.aptconfig import Wall
from seawall.debian.aptsources import AptSource
from seawall.errors import InputError

if TYPE_CHECKING:
    from seawall.settings.effective import Settings
    from seawall.settings.keys import ArchiveTable

_FILE = re.compile(r"\.(?:gpg|asc)$")  # apt names keyring files, and no folders
# Listening there is listening everywhere; only this machine can connect to it.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def find_wall(
    settings: "Settings", address: str | None, *, from_outside: bool = False
) -> Wall:
    """Find out where the server is reached.

    Args:
        settings: They say where it listens.
        address: Where it is reached instead, if that was said.
        from_outside: Whether clients on other machines are to use it.

    Raises:
        SettingsError: The address is none.
        InputError: It listens everywhere, and nobody said which name clients use.
    """
    from seawall.settings.effective import parse_address

    place = settings.listen
    if address is not None:
        place = parse_address(address, key="--address")
    if place.host in _EVERYWHERE:
        if from_outside:
            raise InputError(
                f"{place} is every address of this machine: say with --address"
                " HOST:PORT which one clients use"
            )
        place = replace(place, host=_EVERYWHERE[place.host])
    return Wall(
        place.host,
        place.port,
        is_local=place.is_loopback,
        has_tls=bool(settings.file.tls.certificate),
    )


def list_known(settings: "Settings") -> list[KnownArchive]:
    """List every archive that the server serves with these settings."""
    return [
        _describe(name, table, settings.machine.sources.get(name, ()))
        for name, table in settings.file.archives.items()
    ]


def _describe(
    name: str, table: "ArchiveTable", sources: tuple[AptSource, ...]
) -> KnownArchive:
    urls = (*table.aliases, *table.mirrors)
    own = [
        # an entry may name other archives as well
        replace(source, uris=tuple(u for u in source.uris if u.rstrip("/") in urls))
        for source in sources
    ]
    pattern = AptSource(("deb",), urls[:1], (), signers=table.signers)
    if len(table.keys) == 1 and not table.keyring:
        pattern = replace(pattern, signed_by_keys=table.keys[0])
    elif not table.keys and all(map(_FILE.search, table.keyring)):
        pattern = replace(pattern, signed_by=table.keyring)
    return KnownArchive(
        name,
        pattern,
        tuple(
            it if it.uris else source for it, source in zip(own, sources, strict=True)
        ),
    )
