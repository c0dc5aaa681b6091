"""What happens, as metrics and log lines: requests, flights, upstream trouble."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import structlog
from prometheus_client import CollectorRegistry

from seawall.app.meters import Figure, Figures, Meters
from seawall.app.narration import Narrator
from seawall.doors.web import Reply, Request
from seawall.errors import SeawallError
from seawall.kit.clock import Clock
from seawall.kit.redact import redact_url
from seawall.transfer.budget.desk import Key
from seawall.transfer.budget.spending import Purpose, Spent
from seawall.transfer.history.events import Event, Withheld, tell_trouble
from seawall.transfer.history.journal import Journal
from seawall.transfer.history.subject import SUBJECT, Subject


def _where(path: str) -> str:
    """Name the kind of thing a path asks for: few words, whatever clients send."""
    for part in ("manifests", "blobs", "tags", "referrers"):
        if f"/{part}/" in path:
            return part
    return "other"


class Tracing(Protocol):
    """Who makes spans of what happens, where that is wanted."""

    def began(self, request: Request) -> None:
        """A request's head is here."""
        ...

    def answered(self, request: Request, reply: Reply, sent_bytes: int) -> None:
        """Its answer ended, or was cut."""
        ...

    def happened(self, subject: Subject | None, event: Event) -> None:
        """Something happened to a name or a content."""
        ...


class Telemetry:
    """Counts and tells; every observer of the process in one place.

    Attributes:
        journal: What happened lately to each name and content.
        spans: Who makes spans, if anybody does.
    """

    spans: Tracing | None = None

    def __init__(self, clock: Clock, *, access_log: bool) -> None:
        self.registry = CollectorRegistry()
        self.journal = Journal(clock)
        self._access_log = access_log
        self._log: Any = structlog.get_logger("seawall")
        self._access: Any = structlog.get_logger("seawall.access").bind()
        self._children: dict[tuple[str, ...], tuple[Any, Any]] = {}
        self._meters = Meters(self.registry)
        self._narrator = Narrator(self._meters)

    # doors.web.AccessObserver

    def began(self, request: Request) -> None:
        """Open a span, where spans are wanted."""
        if self.spans is not None:
            self.spans.began(request)

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
        if self.spans is not None:
            self.spans.answered(request, reply, sent_bytes)
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

    # transfer.history.subject.Witness

    def happened(self, subject: Subject | None, event: Event) -> None:
        """Remember, count and tell what happened to a name or a content."""
        if subject is not None:
            self.journal.note(subject, event)
        self._narrator.happened(subject, event)
        if self.spans is not None:
            self.spans.happened(subject, event)

    # kit.chores and doors.archive

    def chore_failed(self, error: SeawallError) -> None:
        """Tell of something in the background that did not work."""
        trouble = tell_trouble(error)
        self._log.warning("not made ready", cause=trouble.cause, error=trouble.text)

    # transfer.budget.spending.OnSpent

    def spent(self, spent: Spent) -> None:
        """Tell of a request that was sent upstream."""
        self.happened(SUBJECT.get(), spent)

    # transfer.budget.desk.OnWithheld

    def withheld(self, key: Key, purpose: Purpose) -> None:
        """Tell of a request that was not sent, since what is left is kept."""
        kept = Withheld(key.registry, key.host, key.account, purpose.value)
        self.happened(SUBJECT.get(), kept)

    def spans_ended(self, result: str, count: int) -> None:
        """Count spans that were sent, could not be, or did not fit; from any thread."""
        self._meters.spans.labels(result).inc(count)

    def watch(self, figures: Callable[[], Iterable[Figure]]) -> None:
        """Show gauges that are read when somebody looks."""
        self.registry.register(Figures(figures))
