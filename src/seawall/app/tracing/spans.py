"""Requests, names, flights and what is asked of sources, as spans of one trace."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from seawall.app.tracing.delivery import Delivery, Exporter
from seawall.doors.web import Reply, Request
from seawall.kit.recent import Recent
from seawall.kit.redact import redact_text, redact_url
from seawall.oci.digest import Digest
from seawall.transfer.budget.spending import Spent
from seawall.transfer.history import events
from seawall.transfer.history.events import Event
from seawall.transfer.history.subject import Subject

_OPEN = 10_000
_TIMEOUT_S = 5.0
_ATTRIBUTES = 32
_SERVER_ERROR = 500
_BODIES = ("blob", "content")
_PARENTS = (b"traceparent", b"tracestate")
_REQUEST: ContextVar[Span | None] = ContextVar("request", default=None)
"""The span of the request that this task answers, from its head to its end."""
_SPAN: ContextVar[Span | None] = ContextVar("span", default=None)
"""The span that this task is at work in; tasks inherit it from whoever starts them."""

_NOTED: tuple[type[Event], ...] = (
    events.SourcesRanked,
    events.SourceSilent,
    events.SourceLied,
    events.SourceFailed,
    events.SecondWon,
    events.SecondDropped,
    events.Switched,
    events.Spread,
    events.PassageOpened,
    events.ReaderPulsed,
    events.NameUnanswered,
    events.NameChanged,
    events.NameStale,
    events.Withheld,
)


@dataclass(slots=True)
class _Open:
    """A span of a name or flight, with the last status of each source in it."""

    span: Span
    statuses: dict[str, int] = field(default_factory=dict)


class Spans:
    """Makes spans of what happens; nothing of them is ever sent to a source.

    A request's `traceparent` is its span's parent (W3C Trace Context).
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()
        self._open: Recent[Subject, _Open] = Recent(_OPEN)

    def began(self, request: Request) -> None:
        """Open a request's span."""
        carrier = {
            name.decode("ascii"): value.decode("latin-1")
            for name, value in request.headers
            if name in _PARENTS
        }
        parent = self._propagator.extract(carrier, Context())
        span = self._tracer.start_span(
            f"{request.method} request", parent, SpanKind.SERVER
        )
        _REQUEST.set(span)
        _SPAN.set(span)

    def answered(self, request: Request, reply: Reply, sent_bytes: int) -> None:
        """Close a request's span."""
        span = _REQUEST.get()
        _REQUEST.set(None)
        if span is None or not span.is_recording():
            return
        span.set_attributes(
            _plain(
                {
                    "http.request.method": request.method,
                    "url.path": redact_url(request.path),
                    "http.response.status_code": int(reply.status),
                    "http.response.body.size": sent_bytes,
                    "seawall.door": _name_door(request, reply),
                    "seawall.outcome": str(reply.notes.get("outcome", "")),
                    "seawall.source": str(reply.notes.get("source", "")),
                    "seawall.cause": str(reply.notes.get("cause", "")),
                }
            )
        )
        if reply.status >= _SERVER_ERROR or "cut" in reply.notes:
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def happened(self, subject: Subject | None, event: Event) -> None:
        """Open, close or annotate the span that an event belongs to."""
        match event:
            case events.FlightBegun() | events.NameAsked():
                self._begin(subject, event)
            case events.FlightEnded() | events.NameAnswered() | events.NameFailed():
                self._end(subject, event)
            case events.SourceLeft():
                self._tell_source(subject, event)
            case Spent():
                self._tell_request(subject, event)
            case _ if isinstance(event, _NOTED):
                span = self._find(subject)
                if span is not None and span.is_recording():
                    span.add_event(type(event).__name__, _write(event))

    def _begin(
        self, subject: Subject | None, event: events.FlightBegun | events.NameAsked
    ) -> None:
        if subject is None:
            return
        what = "flight" if isinstance(event, events.FlightBegun) else "name"
        span = self._start(what, _name(subject) | _write(event))
        self._open.put(subject, _Open(span))
        _SPAN.set(span)

    def _end(self, subject: Subject | None, event: Event) -> None:
        opened = None if subject is None else self._open.get(subject)
        if subject is None or opened is None:
            return
        self._open.drop(subject)
        opened.span.set_attributes(_write(event))
        if getattr(event, "trouble", None) is not None:
            opened.span.set_status(Status(StatusCode.ERROR))
        opened.span.end()

    def _tell_source(self, subject: Subject | None, event: events.SourceLeft) -> None:
        opened = None if subject is None else self._open.get(subject)
        status = 0
        if opened is not None:
            hosts = (h for h in opened.statuses if event.source.startswith(h))
            status = max((opened.statuses[h] for h in hosts), default=0)
        facts = _write(event) | ({"seawall.status": status} if status else {})
        failed = bool(event.cause)
        self._tell("source", facts, event.seconds, failed=failed, subject=subject)

    def _tell_request(self, subject: Subject | None, event: Spent) -> None:
        """A body's request is told with the body; others are told when answered."""
        opened = None if subject is None else self._open.get(subject)
        if event.kind in _BODIES and isinstance(subject, Digest) and opened is not None:
            opened.statuses[event.host] = event.status
            return
        text = f"{event.method} {event.kind}"
        failed = not event.status or event.status >= _SERVER_ERROR
        self._tell(text, _write(event), event.wait_s, failed=failed, subject=subject)

    def _tell(
        self,
        name: str,
        facts: Mapping[str, Any],
        took_s: float,
        *,
        failed: bool,
        subject: Subject | None,
    ) -> None:
        """Make the span of something that is over already."""
        now_ns = time.time_ns()
        parent = self._find(subject)
        span = self._tracer.start_span(
            name,
            _below(parent),
            SpanKind.CLIENT,
            facts,
            start_time=now_ns - int(took_s * 1e9),
        )
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(now_ns)

    def _start(self, name: str, facts: Mapping[str, Any]) -> Span:
        """Open a span below the one that this task is in."""
        parent = _SPAN.get()
        return self._tracer.start_span(name, _below(parent), attributes=facts)

    def _find(self, subject: Subject | None) -> Span | None:
        opened = None if subject is None else self._open.get(subject)
        return _SPAN.get() if opened is None else opened.span


@contextmanager
def open_spans(
    endpoint: str,
    ratio: float,
    on_ended: Callable[[str, int], None],
    *,
    exporter: Exporter | None = None,
) -> Iterator[Spans]:
    """Send spans to a collector until the block ends; asks nobody before the first.

    Args:
        endpoint: The OTLP/HTTP address for traces, in full.
        ratio: The share of traces that are kept, where the client says nothing.
        on_ended: Told how many spans came to which end: sent, failed or dropped.
        exporter: Sends them; by default, one for that address.
    """
    limits = SpanLimits(max_span_attributes=_ATTRIBUTES, max_attribute_length=1024)
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        resource=Resource.create({"service.name": "seawall"}),
        span_limits=limits,
        shutdown_on_exit=False,
    )
    sender = exporter or OTLPSpanExporter(endpoint, timeout=_TIMEOUT_S)
    provider.add_span_processor(Delivery(sender, on_ended))
    try:
        yield Spans(provider.get_tracer("seawall"))
    finally:
        provider.shutdown()


def _below(parent: Span | None) -> Context:
    return Context() if parent is None else set_span_in_context(parent, Context())


def _name(subject: Subject) -> dict[str, str]:
    if isinstance(subject, Digest):
        return {"seawall.digest": str(subject)}
    return {"seawall.name": f"{subject.repository}:{subject.tag}"}


def _name_door(request: Request, reply: Reply) -> str:
    if "archive" in reply.notes:
        return "archive"
    if not request.client:
        return "management"
    return "registry" if request.path.startswith("/v2") else "probes"


def _write(event: Event) -> dict[str, Any]:
    """Give an event's figures as attributes: plain ones, and of trouble its cause."""
    facts: dict[str, Any] = {}
    for one in fields(event):
        value = getattr(event, one.name)
        if isinstance(value, events.Trouble):
            facts["seawall.cause"] = value.cause
        elif isinstance(value, tuple):
            facts[f"seawall.{one.name}"] = [_label(item) for item in value]
        elif value is not None:
            plain = isinstance(value, bool | int | float)
            facts[f"seawall.{one.name}"] = value if plain else str(value)
    return _plain(facts)


def _label(item: Any) -> str:
    """Write one of several: a source in its order, or a source with its bytes."""
    source = getattr(item, "source", None)
    return str(source) if source is not None else "=".join(map(str, item))


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty; texts lose what looks like a secret."""
    plain: dict[str, Any] = {}
    for key, value in facts.items():
        if isinstance(value, str):
            value = redact_text(value)  # noqa: PLW2901
        elif isinstance(value, list):
            value = [redact_text(item) for item in value]  # noqa: PLW2901
        if value not in ("", []):
            plain[key] = value
    return plain
