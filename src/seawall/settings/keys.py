"""The shape of the settings file: every key, its default, and why that default."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Words = Annotated[str, Meta(max_length=4096)]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the file; unknown keys in it are errors."""


class SourceTable(Table, frozen=True):
    """One place where a registry's contents can be read.

    Attributes:
        url: `https://host`, or `http://host` written out where plain HTTP is meant.
        names: Whether a mirror's word on tags is taken; false, as mirrors lag.
        off: A switch: it is not asked at all; names then go stale, mirrors go on.
        connections: Requests to it at once; 0: `limits.per_host` is the only bound.
            Of two or more, one is kept for what is not a body.
        bandwidth: Of all bodies from it together, per second, such as "20MiB"; empty:
            as fast as it goes.
    """

    url: Words
    names: bool = False
    off: bool = False
    connections: Annotated[int, Meta(ge=0, le=4096)] = 0
    bandwidth: str | int = ""


class CredentialTable(Table, frozen=True, rename={"from_": "from"}):
    """Where a registry's credential comes from; secrets never stand in the file.

    Attributes:
        from_: "docker-config" uses what `docker login` wrote; empty, since a cache
            should not send a person's credentials unasked.
        username: Goes with `password_env`.
        password_env: The environment variable that holds the password.
        token_env: The environment variable that holds an identity token.
        repositories: Patterns of paths that it is for, such as "team/*"; none: for
            all that no other credential names.
    """

    from_: Words = ""
    username: Words = ""
    password_env: Words = ""
    token_env: Words = ""
    repositories: tuple[Words, ...] = ()


class PatienceTable(Table, frozen=True):
    """How long silence from a registry's sources is tolerated.

    Attributes:
        floor_s: No wait is shorter; 2 s is beyond a healthy registry's slowest answer.
        ceiling_s: No wait is longer; 120 s lets scanners that hold a body back finish.
        fixed_s: One wait for every phase instead; by default each is learnt, source
            by source.
        manifest_s: The least patience with a manifest, beyond the ceiling too, for
            registries that build them when asked.
    """

    floor_s: float = 2.0
    ceiling_s: float = 120.0
    fixed_s: float | None = None
    manifest_s: float | None = None


class RegistryTable(Table, frozen=True):
    """One logical registry.

    Attributes:
        sources: Mirrors in the order they are asked, then the origin; a plain string
            is a source, too. Empty: https:// and the registry's own name.
        realms: Hosts that may give tokens; only the registry's own hosts, by default.
        redirects: Private hosts that redirects may lead to; public https is allowed.
        default: The registry that bare paths mean.
        hosted: Whether Seawall itself is the origin; not in this version.
        fresh_s: Seconds for which a tag's answer holds; 5 minutes is what people who
            push expect to wait.
        fresh_by_tag: Other times for tags that match a pattern.
        immutable_tags: Patterns of tags that never move; none, as any tag can.
        stale_max: How old an answer may be when nobody can be asked; 30 days outlive
            any outage.
        stale_private_max: The same for private content after 401 or 403; 10 minutes,
            as access may have been withdrawn.
        negative_s: Seconds for which the origin's 404 is remembered.
        keep_deleted: Answer a tag's last content although the origin says 404.
        stretch_max: Tags hold up to so many times longer while less than half of what
            the registry allows is left; 12 makes an hour of 5 minutes, 1 does nothing.
        credentials: Where its credential comes from; a list if several tenants have
            accounts. Of those that fit, the one with most of its quota left is used.
        patience: How long its sources may be silent.
    """

    sources: tuple[SourceTable, ...] = ()
    realms: tuple[Words, ...] = ()
    redirects: tuple[Words, ...] = ()
    default: bool = False
    hosted: bool = False
    fresh_s: float = 300.0
    fresh_by_tag: dict[str, float] = {}
    immutable_tags: tuple[Words, ...] = ()
    stale_max: str | float = "30d"
    stale_private_max: str | float = "10m"
    negative_s: float = 30.0
    keep_deleted: bool = False
    stretch_max: Annotated[float, Meta(ge=1, le=1000)] = 12.0
    credentials: tuple[CredentialTable, ...] = ()
    patience: PatienceTable = PatienceTable()


class BoundsTable(Table, frozen=True):
    """What one mirror of an archive is granted.

    Attributes:
        off: A switch: it is not asked at all; the other mirrors go on.
        connections: Requests to it at once; 0: `limits.per_host` is the only bound.
            Of two or more, one is kept for what is not a body.
        bandwidth: Of all bodies from it together, per second, such as "20MiB"; empty:
            as fast as it goes.
    """

    off: bool = False
    connections: Annotated[int, Meta(ge=0, le=4096)] = 0
    bandwidth: str | int = ""


class ArchiveTable(Table, frozen=True):
    """One archive of Debian packages.

    Attributes:
        mirrors: Addresses where it can be read, in the order they are asked. Plain
            http:// is usual: what comes is verified by the archive's own keys.
        aliases: More addresses by which clients may ask for it; they are not dialled.
        keyring: Files, or folders of files, with the keys that sign its suites; empty,
            or "machine" among them: the keyrings that this machine's apt trusts.
        keys: More such keys, as armored text.
        signers: Fingerprints; if there are any, no other key counts.
        snapshot: An archive of old states, asked last of all; `{timestamp}` stands for
            the moment of the suite that names the file.
        redirects: Private hosts its redirects may lead to; public https is allowed.
        fresh_s: Seconds for which a suite's answer holds; a refresh is one small
            request, and most archives change four times a day.
        refresh_s: Suites that were asked for within a week are looked after this
            often, so that an outage finds a young one; 0: only when clients ask.
        stale_max: How old a suite may be when nobody can be asked; apt itself minds
            `Valid-Until`, where there is one.
        negative_s: Seconds for which a 404 of all mirrors is remembered.
        generations: States of a suite that are kept, so that updates that began
            earlier end well; four a day make two days.
        check_suite: Refuse a suite that is not the one that was asked for.
        check_valid_until: Refuse a suite that has expired when it is first seen.
        patience: How long its mirrors may be silent; by default it is learnt from
            each, and 20 s at most, as apt itself gives up after 30 s.
        bounds: What single mirrors are granted, by their addresses; all, by default.
    """

    mirrors: tuple[Words, ...] = ()
    aliases: tuple[Words, ...] = ()
    keyring: tuple[Words, ...] = ()
    keys: tuple[Annotated[str, Meta(max_length=262144)], ...] = ()
    signers: tuple[Words, ...] = ()
    snapshot: Words = ""
    redirects: tuple[Words, ...] = ()
    fresh_s: float = 120.0
    refresh_s: float = 3600.0
    stale_max: str | float = "365d"
    negative_s: float = 30.0
    generations: Annotated[int, Meta(ge=1, le=100)] = 8
    check_suite: bool = True
    check_valid_until: bool = True
    patience: PatienceTable | None = None
    bounds: dict[str, BoundsTable] = {}


class TlsTable(Table, frozen=True):
    """The certificate that Seawall shows; empty is plain HTTP, right on loopback.

    Attributes:
        certificate: A PEM file, with the chain.
        key: Its PEM key.
    """

    certificate: Words = ""
    key: Words = ""


class TracingTable(Table, frozen=True):
    """Spans for OpenTelemetry, sent by OTLP over HTTP.

    Attributes:
        endpoint: The collector's address, such as `http://127.0.0.1:4318`; empty:
            none are made, and nothing that they need is loaded.
        sample: The share of traces that are kept, where a client's own `traceparent`
            says nothing; 1 is all, which a collector can thin out better.
    """

    endpoint: Words = ""
    sample: Annotated[float, Meta(ge=0, le=1)] = 1.0


class LimitsTable(Table, frozen=True):
    """Bounds on clients and on work.

    Attributes:
        connections: From clients, at once; more get 503.
        header_s: Seconds for a request's head to arrive; slow ones hold a place.
        slow_s: A client that has not taken 256 KiB within so many seconds is cut.
        drain_s: A stop waits so long for answers under way; under systemd's 30 s.
        orphan_flights: Fetches that go on after their last reader left.
        orphan_bytes: What these may still have ahead of them, together.
        per_host: Connections to one upstream host, at once; a quarter is for questions.
        stripes: Connections to a source that bring one large content, where more of
            them are faster than one; 1 for never.
        lie_s: A source that gave wrong bytes is the last resort for so many seconds;
            a day, since what makes a source lie is seldom over within minutes.
    """

    connections: int = 4096
    header_s: float = 30.0
    slow_s: float = 300.0
    drain_s: int = 25
    orphan_flights: int = 32
    orphan_bytes: str | int = "32GiB"
    per_host: int = 64
    stripes: int = 4
    lie_s: float = 86400.0


class ClientsTable(Table, frozen=True):
    """What clients can bear; a time of 0 says that such a client waits for ever.

    Attributes:
        hold_max: A last source that keeps silent is waited for so long, while clients
            are kept alive; then they are cut. 2 minutes let scanners finish that hold
            a body back; a node that pulls one image at a time waits no longer.
        headers_s: An answer whose size is known begins by then, unless its sources
            are known to be bad; containerd 2.3 waits 30 s for headers.
        fallback_s: A client that can ask the registry itself (`ns`, `mirror_listen`)
            is told to after so long; one that knows the source to be bad, at once.
        cri_o_s: CRI-O's `pull_progress_timeout`; 10 s is what 1.30 to 1.32 had.
        containerd_s: containerd's `image_pull_progress_timeout` from 2.1 on, which
            wants a mebibyte within that time; 5 minutes is its own default.
        containerd_before_s: The same up to 2.0, where a byte will do; 1 minute was the
            shortest default.
        cri_dockerd_s: What cri-dockerd waits for a line of progress: 1 minute.
        unknown_s: What others are believed to wait for a byte: the shortest known.
    """

    hold_max: str | float = "2m"
    headers_s: Annotated[float, Meta(gt=0, le=3600)] = 20.0
    fallback_s: Annotated[float, Meta(gt=0, le=3600)] = 20.0
    cri_o_s: Annotated[float, Meta(ge=0, le=86400)] = 10.0
    containerd_s: Annotated[float, Meta(ge=0, le=86400)] = 300.0
    containerd_before_s: Annotated[float, Meta(ge=0, le=86400)] = 60.0
    cri_dockerd_s: Annotated[float, Meta(ge=0, le=86400)] = 60.0
    unknown_s: Annotated[float, Meta(ge=0, le=86400)] = 10.0


class File(Table, frozen=True):
    """The whole file.

    Attributes:
        version: Of the file's format.
        listen: Another address than loopback needs `trust = "network"`.
        mirror_listen: A second address that serves only the default registry's bare
            paths, for Docker's `registry-mirrors`.
        data: Where everything rests; below the working directory, to be seen.
        max_size: Eviction starts here; empty is 80 % of what is free.
        trust: "loopback": private content is served to this machine, and nobody else
            is served at all. "network": others get what is public.
        offline: Never ask anybody.
        known_registries: Whether the built-in list of public registries is used.
        machine_archives: Whether the Debian archives of this machine's own apt sources
            are served, too; true, as its clients use most likely the same ones.
        ca_file: More certificate authorities (PEM), for registries inside.
        log: "text" for people, "json" for machines.
        log_level: "info", or "debug" for every request to a source, too; "warning"
            leaves out what went well.
        access_log: One line per request.
        watchdog_s: A process that hangs or is stopped for so long is ended by a second
            one; clients then fall back. 0: it is not, as under a debugger.
        tls: What clients are shown.
        limits: Bounds on clients and on work.
        clients: What clients can bear while a source is silent.
        tracing: Where spans are sent.
        registries: By name.
        archives: By name, which is a part of the paths that clients use.
        policy: What `seawall check` is told; the service does not look at it.
    """

    version: int = 1
    listen: Words = "127.0.0.1:5000"
    mirror_listen: Words = ""
    data: Words = "seawall-data"
    max_size: str | int = ""
    trust: Words = "loopback"
    offline: bool = False
    known_registries: bool = True
    machine_archives: bool = True
    ca_file: Words = ""
    log: Words = "text"
    log_level: Words = "info"
    access_log: bool = True
    watchdog_s: Annotated[float, Meta(ge=0)] = 8.0
    tls: TlsTable = TlsTable()
    limits: LimitsTable = LimitsTable()
    clients: ClientsTable = ClientsTable()
    tracing: TracingTable = TracingTable()
    registries: dict[str, RegistryTable] = {}
    archives: dict[str, ArchiveTable] = {}
    policy: dict[str, Any] = {}
