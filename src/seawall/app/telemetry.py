"""What happens, as metrics and log lines: requests, flights, upstream trouble."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from seawall.app.meters import Figure, Figures, Meters
from seawall.doors.web import Reply, Request
from seawall.errors import SeawallError
from seawall.kit.ranges import Span
from seawall.kit.redact import redact_text, redact_url
from seawall.oci.digest import Digest
from seawall.store.records import NameKey
from seawall.transfer.budget.desk import Key
from seawall.transfer.budget.spending import Purpose, Spent
from seawall.transfer.flight import ContentSource, Flight, Want


def _where(path: str) -> str:
    """Name the kind of thing a path asks for: few words, whatever clients send."""
    for part in ("manifests", "blobs", "tags", "referrers"):
        if f"/{part}/" in path:
            return part
    return "other"


class Telemetry:
    """Counts and tells; every observer of the process in one place."""

    def __init__(self, *, access_log: bool) -> None:
        self.registry = CollectorRegistry()
        self._access_log = access_log
        self._log: Any = structlog.get_logger("seawall")
        self._access: Any = structlog.get_logger("seawall.access").bind()
        self._children: dict[tuple[str, ...], tuple[Any, Any]] = {}
        self._meters = Meters(self.registry)

    # doors.web.AccessObserver

    def answered(
        self, request: Request, reply: Reply, sent_bytes: int, duration_s: float
    ) -> None:
        """Count an answer, and write its access line."""
        archive, thing = reply.notes.get("archive"), reply.notes.get("thing", "")
        kind = thing or _where(request.path)
        outcome = reply.notes.get("outcome", "")
        if archive:
            self._meters.archives.labels(archive, thing, outcome).inc()
        key = (kind, str(reply.status), outcome)
        children = self._children.get(key)
        if children is None:
            children = self._children[key] = (
                self._meters.requests.labels(*key),
                self._meters.duration.labels(kind),
            )
        children[0].inc()
        children[1].observe(duration_s)
        self._meters.sent.inc(sent_bytes)
        if outcome == "stale":
            self._meters.stale.labels(reply.notes.get("cause", "none")).inc()
        if self._access_log:
            self._write_access(request, reply, sent_bytes, duration_s)

    def _write_access(
        self, request: Request, reply: Reply, sent_bytes: int, duration_s: float
    ) -> None:
        path = request.path
        if request.query or "@" in path:
            path = redact_url(f"{path}?{request.query}")
        self._access.info(
            "access",
            client=request.client,
            method=request.method,
            path=path,
            status=reply.status,
            bytes=sent_bytes,
            ms=round(duration_s * 1000, 1),
            **reply.notes,
        )

    def crashed(self, request: Request, error: BaseException) -> None:
        """Tell of a bug, with its trace."""
        self._meters.crashes.inc()
        self._log.error(
            "bug", path=redact_url(request.path), exc_info=error, kind=type(error)
        )

    # transfer.engine.Observer

    def flight_stored(self, flight: Flight) -> None:
        """Count a content that is verified and durable."""
        self._meters.flights.labels("stored").inc()
        self._meters.received.labels(flight.source).inc(flight.size or 0)

    def flight_failed(self, flight: Flight, error: SeawallError) -> None:
        """Tell of a content that did not come."""
        self._meters.flights.labels("failed").inc()
        self._tell("flight failed", error, digest=str(flight.want.digest))

    def source_failed(self, source: ContentSource, error: SeawallError) -> None:
        """Count what went wrong at a source."""
        cause = error.cause.name if error.cause else type(error).__name__
        self._meters.failures.labels(source.label, cause).inc()
        self._tell("source failed", error, source=source.label)

    def source_lied(
        self, source: ContentSource, want: Want, wrong: Sequence[Span]
    ) -> None:
        """Tell who gave other bytes than a content has, and where."""
        self._meters.lies.labels(source.label).inc()
        self._log.error(
            "source lied",
            source=source.label,
            digest=str(want.digest),
            repository=str(want.repository),
            ranges=[f"{span.start}-{span.stop - 1}" for span in wrong[:8]],
            bytes=sum(map(len, wrong)),
        )

    def passage_opened(self, want: Want) -> None:
        """Tell that the disk is full."""
        self._meters.passages.inc()
        self._log.warning("disk full: serving straight through", want=str(want.digest))

    # kit.chores and doors.archive

    def chore_failed(self, error: SeawallError) -> None:
        """Tell of something in the background that did not work."""
        self._tell("not made ready", error)

    # supply.resolver.NameObserver

    def origin_failed(self, key: NameKey, error: SeawallError) -> None:
        """Tell that a name's origin did not answer well."""
        cause = error.cause.name if error.cause else type(error).__name__
        self._meters.failures.labels(getattr(error, "host", "") or "?", cause).inc()
        self._tell("name not confirmed", error, name=f"{key.repository}:{key.tag}")

    def name_changed(self, key: NameKey, was: Digest | None, now: Digest) -> None:
        """Tell that a tag moved."""
        self._meters.moves.inc()
        name = f"{key.repository}:{key.tag}"
        self._log.info("name changed", name=name, was=str(was), now=str(now))

    # transfer.budget.spending.OnSpent

    def spent(self, spent: Spent) -> None:
        """Count a request that was sent upstream."""
        labels = (spent.registry, spent.kind, spent.method, str(spent.status))
        self._meters.upstream.labels(*labels).inc()

    # transfer.budget.desk.OnWithheld

    def withheld(self, key: Key, purpose: Purpose) -> None:
        """Count a request that was not sent, since what is left is kept."""
        account = key.account or "anonymous"
        self._meters.withheld.labels(key.registry, account, purpose.value).inc()

    def watch(self, figures: Callable[[], Iterable[Figure]]) -> None:
        """Show gauges that are read when somebody looks."""
        self.registry.register(Figures(figures))

    def _tell(self, what: str, error: SeawallError, **more: str) -> None:
        cause = error.cause.name if error.cause else ""
        self._log.warning(what, cause=cause, error=redact_text(str(error)), **more)
