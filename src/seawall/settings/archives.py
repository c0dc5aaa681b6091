"""Options of the Debian archives: those of the settings, and this machine's own."""

import ipaddress
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from seawall.doors.archive.archives import TIMESTAMP, ArchiveOptions
from seawall.doors.archive.forms import plain_host, split_address
from seawall.doors.archive.suites.acceptance import AcceptanceOptions
from seawall.doors.archive.suites.keyring import KeyringOptions
from seawall.errors import InputError, SettingsError
from seawall.kit.units import parse_bytes, parse_seconds
from seawall.settings.keys import ArchiveTable, File
from seawall.settings.machine import Machine, read_machine
from seawall.supply.freshness import FreshnessOptions
from seawall.transfer.patience import Patience, PatienceOptions, choose_patience
from seawall.transfer.sources.caps import CapOptions
from seawall.transfer.sources.website import SiteAccess

PATIENCE = PatienceOptions(ceiling_s=20.0)
"""apt itself gives up after 30 s without a byte: another mirror is tried before."""

_HOLD_S = 5.0
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104
_IPV4 = 4


def find_machine(file: File, apt: Path, listen: tuple[str, int]) -> Machine:
    """Look for the archives that this machine's apt uses, unless that is off."""
    for name, table in file.archives.items():
        _check_addresses(name, table)
    if not file.machine_archives:
        return Machine()
    return read_machine(apt, known=file.archives, is_own=_own_addresses(listen))


def make_archives(tables: Mapping[str, ArchiveTable]) -> dict[str, ArchiveOptions]:
    """Check what the settings say of archives, and give it to those who act on it.

    Raises:
        SettingsError: Some value makes no sense; the message names its key.
    """
    return {name: _make_archive(name, table) for name, table in tables.items()}


def _make_archive(name: str, table: ArchiveTable) -> ArchiveOptions:
    key = f"[archives.{name}]"
    if not _NAME.fullmatch(name) or name == "localhost":
        raise SettingsError(
            f"{key}: an archive's name has lower-case letters, digits and hyphens"
        )
    if not table.mirrors:
        raise SettingsError(f"{key} mirrors: name at least one address")
    _check_addresses(name, table)
    if min(table.fresh_s, table.negative_s, table.refresh_s) < 0:
        raise SettingsError(f"{key} times must not be negative")
    try:
        stale_max_s = parse_seconds(table.stale_max)
    except InputError as exc:
        raise SettingsError(f"{key} stale_max: {exc}") from exc
    return ArchiveOptions(
        name=name,
        mirrors=tuple(url.rstrip("/") for url in table.mirrors),
        aliases=table.aliases,
        snapshot=table.snapshot,
        keyring=KeyringOptions(table.keyring, table.keys, table.signers),
        generations=table.generations,
        refresh_s=table.refresh_s,
        freshness=FreshnessOptions(
            fresh_s=table.fresh_s,
            stale_max_s=stale_max_s,
            negative_s=table.negative_s,
            # archives take suites away at the end of their life: that breaks no build
            keep_deleted=True,
            hold_s=_HOLD_S,
        ),
        acceptance=AcceptanceOptions(table.check_suite, table.check_valid_until),
        access=SiteAccess(
            name,
            table.redirects,
            _make_patience(key, table),
            _make_caps(key, table),
        ),
    )


def _check_addresses(name: str, table: ArchiveTable) -> None:
    places = {"mirrors": table.mirrors, "aliases": table.aliases}
    if table.snapshot:
        places["snapshot"] = (table.snapshot.replace(TIMESTAMP, "0"),)
        if table.snapshot.count(TIMESTAMP) != 1:
            raise SettingsError(
                f"[archives.{name}] snapshot: {TIMESTAMP} stands once in its address"
            )
    for place, urls in places.items():
        for url in urls:
            try:
                split_address(url)
            except InputError as exc:
                raise SettingsError(f"[archives.{name}] {place}: {exc}") from exc


def _make_patience(key: str, table: ArchiveTable) -> Patience:
    chosen = table.patience
    if chosen is None:
        return choose_patience(PATIENCE)
    waits = [chosen.floor_s, chosen.ceiling_s]
    waits += [s for s in (chosen.fixed_s, chosen.manifest_s) if s is not None]
    if any(not 0 < wait_s <= 3600 for wait_s in waits):  # noqa: PLR2004  an hour
        raise SettingsError(f"{key} patience: seconds between 0 and 3600 expected")
    if chosen.floor_s > chosen.ceiling_s:
        raise SettingsError(f"{key} patience: floor_s is above ceiling_s")
    return choose_patience(
        PatienceOptions(
            chosen.floor_s, chosen.ceiling_s, chosen.fixed_s, chosen.manifest_s
        )
    )


def _make_caps(key: str, table: ArchiveTable) -> dict[str, CapOptions]:
    known = {url.rstrip("/") for url in table.mirrors}
    caps = {}
    for url, bounds in table.bounds.items():
        place = url.rstrip("/")
        if place not in known:
            raise SettingsError(f"{key} bounds: {place} is none of its mirrors")
        try:
            speed = parse_bytes(bounds.bandwidth) if bounds.bandwidth else 0
        except InputError as exc:
            raise SettingsError(f"{key} bounds, bandwidth: {exc}") from exc
        caps[place] = CapOptions(bounds.off, bounds.connections, speed)
    return caps


def _own_addresses(listen: tuple[str, int]) -> Callable[[str], bool]:
    """Give what tells whether an address leads back to Seawall itself.

    No name is looked up for it but this machine's own. What still leads back (another
    name of it, a proxy in front) is told by the requests that come back.
    """
    host, port = listen
    name = socket.gethostname().lower()
    names = {*_LOOPBACK, f"[{host}]" if ":" in host else host, name}
    own = {plain_host(f"{one}:{port}") for one in names}
    own_port = _read_port(plain_host(f"h:{port}"))

    def is_own(url: str) -> bool:
        place = split_address(url)[0]
        if place in own or _read_port(place) != own_port:
            return place in own
        target = urlsplit(f"//{place}").hostname or ""
        if host in _EVERYWHERE and _is_here(target):
            return True
        return target.startswith(f"{name}.") and target == socket.getfqdn().lower()

    return is_own


def _read_port(place: str) -> int | None:
    return urlsplit(f"//{place}").port


def _is_here(host: str) -> bool:
    """Whether an IP address is this machine's: it reaches itself from there."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    family = socket.AF_INET if address.version == _IPV4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((host, 9))  # which sends nothing
            own = ipaddress.ip_address(probe.getsockname()[0])
    except OSError:
        return False
    return address.is_loopback or own == address
