"""Frozen options for every package, made and checked from the settings file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from seawall.doors.archive.archives import ArchiveOptions
from seawall.doors.connection import WebOptions
from seawall.doors.registry.clients import ClientOptions
from seawall.doors.registry.door import DoorOptions
from seawall.errors import InputError, SettingsError
from seawall.kit.units import parse_bytes, parse_seconds
from seawall.oci.reference import parse_registry
from seawall.settings.archives import find_machine, make_archives
from seawall.settings.keys import (
    ClientsTable,
    CredentialTable,
    File,
    RegistryTable,
    SourceTable,
    TracingTable,
)
from seawall.settings.machine import APT, Machine
from seawall.supply.freshness import FreshnessOptions
from seawall.transfer.auth.credentials import CredentialOptions
from seawall.transfer.engine import EngineOptions
from seawall.transfer.flight import FlightOptions
from seawall.transfer.network.connecting import TransportOptions
from seawall.transfer.patience import PatienceOptions, choose_patience
from seawall.transfer.plan import PlanOptions
from seawall.transfer.sources.caps import CapOptions
from seawall.transfer.sources.registry import RegistryAccess, SourceOptions
from seawall.transfer.standing.circuit import CircuitOptions
from seawall.transfer.stripes import StripeOptions

_LONGEST_SLEEP_S = 3600.0
_TRACES = "/v1/traces"  # OTLP/HTTP, "Request"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it as a URL has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class TracingOptions:
    """Where spans are sent, and the share of traces that are kept."""

    endpoint: str
    sample: float


@dataclass(frozen=True)
class RegistryOptions:
    """One registry's options, for the packages that act on it."""

    access: RegistryAccess
    sources: tuple[SourceOptions, ...]
    freshness: FreshnessOptions
    has_credentials: bool


@dataclass(frozen=True)
class Settings:
    """All settings of one process.

    Attributes:
        file: What was read, and found on this machine, for `--print-settings`.
        path: Where from, for a reload; `None` without a file.
        max_bytes: Eviction starts here; `None` is 80 % of what is free.
        archives: Debian archives by name, this machine's own among them.
        machine: What this machine's apt sources said.
    """

    file: File
    path: Path | None
    listen: Address
    mirror_listen: Address | None
    data: Path
    max_bytes: int | None
    registries: Mapping[str, RegistryOptions]
    default_registry: str | None
    archives: Mapping[str, ArchiveOptions]
    machine: Machine
    web: WebOptions
    door: DoorOptions
    engine: EngineOptions
    transport: TransportOptions
    tracing: TracingOptions | None


def make_settings(file: File, path: Path | None = None, *, apt: Path = APT) -> Settings:
    """Check what the file says, and give each package its part.

    Args:
        file: What the file says, and what overrides it.
        path: Where it was read.
        apt: The folder of this machine's apt, whose sources are read, too.

    Raises:
        SettingsError: Some value makes no sense; the message names its key.
    """
    if file.version != 1:
        raise SettingsError(
            f"version = {file.version}: this Seawall reads settings of version 1"
        )
    listen = parse_address(file.listen, key="listen")
    mirror = (
        parse_address(file.mirror_listen, key="mirror_listen")
        if file.mirror_listen
        else None
    )
    _check_choices(file)
    for address in (listen, mirror):
        _check_trust(address, file.trust)
    machine = find_machine(file, apt, (listen.host, listen.port))
    file = msgspec.structs.replace(file, archives={**file.archives, **machine.archives})
    limits = file.limits
    return Settings(
        file=file,
        path=path,
        listen=listen,
        mirror_listen=mirror,
        data=Path(file.data),
        max_bytes=_bytes("max_size", file.max_size) if file.max_size else None,
        registries={
            name: _make_registry(name, table) for name, table in file.registries.items()
        },
        default_registry=_find_default(file),
        archives=make_archives(file.archives),
        machine=machine,
        web=WebOptions(
            header_s=limits.header_s,
            slow_s=limits.slow_s,
            connections=limits.connections,
            drain_s=limits.drain_s,
        ),
        door=_make_door(file.clients, mirror),
        engine=EngineOptions(
            orphan_flights=limits.orphan_flights,
            orphan_bytes=_bytes("limits.orphan_bytes", limits.orphan_bytes),
            plan=PlanOptions(hold_s=_hold(file.clients)),
            circuit=CircuitOptions(lie_s=limits.lie_s),
            flight=FlightOptions(stripes=StripeOptions(legs=limits.stripes)),
        ),
        tracing=_make_tracing(file.tracing),
        transport=TransportOptions(ca_file=file.ca_file, per_host=limits.per_host),
    )


def _hold(table: ClientsTable) -> float:
    hold_s = _seconds("clients.hold_max", table.hold_max)
    if not 0 < hold_s <= _LONGEST_SLEEP_S:
        raise SettingsError("clients.hold_max: between 0 and 1h expected")
    return hold_s


def _make_door(table: ClientsTable, mirror: Address | None) -> DoorOptions:
    return DoorOptions(
        mirror_port=mirror.port if mirror else 0,
        clients=ClientOptions(
            cri_o_s=table.cri_o_s,
            containerd_s=table.containerd_s,
            containerd_before_s=table.containerd_before_s,
            cri_dockerd_s=table.cri_dockerd_s,
            unknown_s=table.unknown_s,
        ),
        headers_s=table.headers_s,
        fallback_s=table.fallback_s,
    )


def _make_tracing(table: TracingTable) -> TracingOptions | None:
    """Complete the collector's address with the path that the protocol has."""
    if not table.endpoint:
        return None
    parts = urlsplit(table.endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise SettingsError("tracing.endpoint: expected http://HOST:PORT")
    if "@" in parts.netloc:
        raise SettingsError(
            "tracing.endpoint: a credential does not belong into an address; set"
            " OTEL_EXPORTER_OTLP_HEADERS in the environment"
        )
    path = parts.path.rstrip("/") or _TRACES
    return TracingOptions(parts._replace(path=path).geturl(), table.sample)


def parse_address(text: str, *, key: str) -> Address:
    """Read ``HOST:PORT``; IPv6 in brackets.

    Raises:
        SettingsError: It is none.

    >>> str(parse_address("[::1]:5000", key="listen"))
    '[::1]:5000'
    """
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        port, parts = None, urlsplit("")
    plain = not (parts.path or parts.query or parts.username)
    if port is None or not parts.hostname or not plain:
        raise SettingsError(f"{key} = {text!r}: expected HOST:PORT")
    return Address(parts.hostname, port)


def _check_choices(file: File) -> None:
    for key, value, choices in (
        ("trust", file.trust, ("loopback", "network")),
        ("log", file.log, ("text", "json")),
        ("log_level", file.log_level, ("debug", "info", "warning")),
    ):
        if value not in choices:
            expected = " or ".join(repr(c) for c in choices)
            raise SettingsError(f"{key} = {value!r}: expected {expected}")
    if bool(file.tls.certificate) != bool(file.tls.key):
        raise SettingsError("tls: certificate and key go together")
    limits = file.limits
    if min(limits.connections, limits.per_host, limits.stripes) < 1:
        raise SettingsError(
            "limits: connections, per_host and stripes must be at least 1"
        )


def _check_trust(address: Address | None, trust: str) -> None:
    if address is not None and not address.is_loopback and trust != "network":
        raise SettingsError(
            f'listening on {address} lets others in: write trust = "network" to serve'
            " them what is public (private content stays on loopback), or listen on"
            " 127.0.0.1"
        )


def _find_default(file: File) -> str | None:
    chosen = [name for name, table in file.registries.items() if table.default]
    if len(chosen) > 1:
        raise SettingsError(
            f"more than one default registry: {', '.join(sorted(chosen))}"
        )
    return chosen[0] if chosen else None


def _make_registry(name: str, table: RegistryTable) -> RegistryOptions:
    key = f"registries.{name!r}"
    try:
        plain = parse_registry(name)
    except InputError as exc:
        raise SettingsError(f"[{key}]: {exc}") from exc
    if plain != name or "." not in name:
        raise SettingsError(f"[{key}]: a registry's name is a host name with a dot")
    if table.hosted:
        raise SettingsError(
            f"[{key}] hosted = true: this version pulls through only; push elsewhere"
        )
    sources = tuple(
        SourceOptions(_check_url(key, source.url), source.names, _caps(key, source))
        for source in table.sources
    ) or (SourceOptions(f"https://{name}"),)
    hosts = {urlsplit(source.url).netloc.lower() for source in sources}
    credentials = tuple(_make_credential(key, one) for one in table.credentials)
    access = RegistryAccess(
        registry=name,
        realms=table.realms or tuple(sorted(hosts)),
        redirects=table.redirects,
        credentials=credentials,
        patience=choose_patience(_make_patience(key, table)),
    )
    return RegistryOptions(
        access,
        sources,
        _make_freshness(key, table),
        has_credentials=any(not one.is_empty for one in credentials),
    )


def _caps(key: str, table: SourceTable) -> CapOptions:
    speed = _bytes(f"[{key}] bandwidth", table.bandwidth) if table.bandwidth else 0
    return CapOptions(table.off, table.connections, speed)


def _make_credential(key: str, table: CredentialTable) -> CredentialOptions:
    if table.from_ not in ("", "docker-config"):
        raise SettingsError(
            f"[{key}] credentials.from = {table.from_!r}: expected 'docker-config'"
        )
    return CredentialOptions(
        table.from_,
        table.username,
        table.password_env,
        table.token_env,
        table.repositories,
    )


def _make_patience(key: str, table: RegistryTable) -> PatienceOptions:
    patience = table.patience
    waits = [patience.floor_s, patience.ceiling_s]
    waits += [s for s in (patience.fixed_s, patience.manifest_s) if s is not None]
    if any(not 0 < wait_s <= _LONGEST_SLEEP_S for wait_s in waits):
        raise SettingsError(f"[{key}] patience: seconds between 0 and 3600 expected")
    if patience.floor_s > patience.ceiling_s:
        raise SettingsError(f"[{key}] patience: floor_s is above ceiling_s")
    return PatienceOptions(
        patience.floor_s, patience.ceiling_s, patience.fixed_s, patience.manifest_s
    )


def _make_freshness(key: str, table: RegistryTable) -> FreshnessOptions:
    for pattern in (*table.immutable_tags, *table.fresh_by_tag):
        try:
            re.compile(pattern)
        except re.error as exc:
            raise SettingsError(f"[{key}] {pattern!r} is no pattern: {exc}") from exc
    if min((table.fresh_s, table.negative_s, *table.fresh_by_tag.values())) < 0:
        raise SettingsError(f"[{key}] times must not be negative")
    return FreshnessOptions(
        fresh_s=table.fresh_s,
        fresh_by_tag=dict(table.fresh_by_tag),
        immutable_tags=table.immutable_tags,
        stale_max_s=_seconds(f"[{key}] stale_max", table.stale_max),
        refused_max_s=_seconds(f"[{key}] stale_private_max", table.stale_private_max),
        negative_s=table.negative_s,
        keep_deleted=table.keep_deleted,
        stretch_max=table.stretch_max,
    )


def _check_url(key: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise SettingsError(
            f"[{key}] source {url!r}: expected https://host (or http://host,"
            " where plain HTTP is meant)"
        )
    if parts.username or parts.password:
        raise SettingsError(
            f"[{key}] a source has a credential in its URL: use"
            " credentials = {{ username, password_env }}"
        )
    return url.rstrip("/")


def _bytes(key: str, value: str | int) -> int:
    try:
        return value if isinstance(value, int) else parse_bytes(value)
    except InputError as exc:
        raise SettingsError(f"{key}: {exc}") from exc


def _seconds(key: str, value: str | float) -> float:
    try:
        return parse_seconds(value)
    except InputError as exc:
        raise SettingsError(f"{key}: {exc}") from exc
