"""Spans are delivered or counted, never waited for, and hold no secret."""

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from seawall.app.tracing.spans import Spans, open_spans
from seawall.doors.web import Reply, Request
from seawall.errors import BrokenReplyError
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.records import NameKey
from seawall.transfer.budget.spending import Spent
from seawall.transfer.history import events
from seawall.transfer.history.events import tell_trouble
from seawall.transfer.standing.ranking import Placing

URL = "http://collector.example/v1/traces"
DIGEST = Digest.of(b"x")
KEY = NameKey(RepositoryName("up.example", "app"), "1", Kind.INDEX)
SECRET = "hunter2" + "0123456789abcdef"


@dataclass
class Shelf:
    """A collector in memory; it may be closed, or break."""

    spans: list[ReadableSpan] = field(default_factory=list)
    opened: threading.Event = field(default_factory=threading.Event)
    broken: bool = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep them, once it is open."""
        self.opened.wait(10)
        if self.broken:
            raise OSError("gone")
        self.spans += spans
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Let go of whoever waits."""
        self.opened.set()


def _spans(
    shelf: Shelf, ends: Counter[str], *, ratio: float = 1.0
) -> AbstractContextManager[Spans]:
    return open_spans(URL, ratio, lambda how, n: ends.update({how: n}), exporter=shelf)


@pytest.mark.parametrize(
    ("broken", "end"), [(False, "sent"), (True, "failed")], ids=["well", "broken"]
)
def test_every_span_comes_to_an_end(*, broken: bool, end: str) -> None:
    """Sent, or failed: each is counted once."""
    shelf, ends = Shelf(broken=broken), Counter[str]()
    shelf.opened.set()
    with _spans(shelf, ends) as s:
        for _ in range(3):
            s.happened(DIGEST, Spent("r", "h", "manifest", "GET", 200))

    assert {end: 3} == ends


def test_what_does_not_fit_is_dropped_and_counted() -> None:
    """A collector that takes nothing costs no more than the queue's room."""
    shelf, ends = Shelf(), Counter[str]()
    with _spans(shelf, ends) as s:
        for _ in range(10_000):
            s.happened(DIGEST, Spent("r", "h", "manifest", "GET", 200))
        dropped = ends["dropped"]

    assert dropped >= 10_000 - 4096 - 512
    assert 10_000 == ends.total()


def test_a_share_of_traces_is_kept() -> None:
    """None, where none are to be kept; a client's word counts more."""
    shelf, ends = Shelf(), Counter[str]()
    shelf.opened.set()
    sampled = b"00-0123456789abcdef0123456789abcdef-00f067aa0ba902b7-01"
    with _spans(shelf, ends, ratio=0.0) as s:
        for headers in ([], [(b"traceparent", sampled)]):
            request = Request("GET", "/v2/", "", headers, "127.0.0.1", 5000)
            s.began(request)
            s.answered(request, Reply(200, []), 0)

    assert {"sent": 1} == ends


_LEAKS = st.sampled_from(
    [
        f"https://me:{SECRET}@mirror.example/v2/",
        f"https://cdn.example/blob?X-Amz-Signature={SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"password={SECRET}",
        f"ghp_{SECRET}",
    ]
)


@settings(max_examples=50)
@given(_LEAKS)
def test_no_span_holds_a_secret(leak: str) -> None:
    """Whatever paths, hosts, causes and notes contain (invariant 7)."""
    shelf = Shelf()
    shelf.opened.set()
    trouble = tell_trouble(BrokenReplyError(leak))
    order = (Placing(leak, 0, is_origin=False, grade="well", left_s=1, finish_s=1),)
    request = Request("GET", f"/v2/{leak}", leak, [], "127.0.0.1", 5000)
    reply = Reply(500, [], notes={"outcome": leak, "source": leak, "cause": leak})
    with open_spans(URL, 1.0, lambda *_: None, exporter=shelf) as spans:
        spans.began(request)
        spans.happened(KEY, events.NameAsked(leak, None))
        spans.happened(KEY, events.NameUnanswered(leak, trouble))
        spans.happened(KEY, events.NameFailed(1.0, trouble))
        spans.happened(DIGEST, events.FlightBegun(leak, leak, 1, 0, order))
        spans.happened(DIGEST, events.SourceLeft(leak, 0, 1, 1.0, leak))
        spans.happened(
            DIGEST, events.FlightEnded("failed", 1, 0, ((leak, 1),), 1.0, 0, trouble)
        )
        spans.happened(DIGEST, Spent(leak, leak, "manifest", "GET", 0, leak))
        spans.answered(request, reply, 0)

    assert 5 == len(shelf.spans)
    assert not any(SECRET in span.to_json() for span in shelf.spans)
