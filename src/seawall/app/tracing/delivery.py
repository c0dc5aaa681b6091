"""Brings spans to a collector in its own thread: bounded, never waited for, counted."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExportResult

QUEUE = 4096
_BATCH = 512
_EVERY_S = 1.0
_STOP_S = 2.0


class Exporter(Protocol):
    """Sends spans; may take long, and may fail."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them."""
        ...

    def shutdown(self) -> None:
        """Give up what is under way."""
        ...


class Delivery(SpanProcessor):
    """Takes spans that ended, at once, and sends them when there is time.

    A collector that is slow, refuses or is gone costs a thread's patience and the
    spans that do not fit into the queue: those are dropped, and counted.

    Args:
        exporter: Sends them.
        on_ended: Told how many came to which end: sent, failed or dropped.
        limit: How many wait at most.
    """

    def __init__(
        self,
        exporter: Exporter,
        on_ended: Callable[[str, int], None],
        *,
        limit: int = QUEUE,
    ) -> None:
        self._exporter = exporter
        self._on_ended = on_ended
        self._limit = limit
        self._waiting: deque[ReadableSpan] = deque()
        self._due = threading.Event()
        self._stopping = self._over = False
        # the exporter tells of every failure; here they are counted
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
        self._thread = threading.Thread(
            target=self._run, name="seawall-spans", daemon=True
        )
        self._thread.start()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing to do yet."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span, or drop it."""
        context = span.get_span_context()
        if context is None or not context.trace_flags.sampled:
            return
        if self._stopping or len(self._waiting) >= self._limit:
            self._on_ended("dropped", 1)
            return
        self._waiting.append(span)
        if len(self._waiting) >= _BATCH:
            self._due.set()

    def shutdown(self) -> None:
        """Send what waits, within some seconds; what is left is dropped."""
        self._stopping = True
        self._due.set()
        self._thread.join(_STOP_S)
        self._over = True
        self._exporter.shutdown()
        self._thread.join(_STOP_S / 2)
        if self._waiting:
            self._on_ended("dropped", len(self._waiting))

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nobody waits for spans."""
        del timeout_millis
        return not self._waiting

    def _run(self) -> None:
        while not self._stopping:
            self._due.wait(_EVERY_S)
            self._due.clear()
            self._send_all()

    def _send_all(self) -> None:
        while self._waiting and not self._over:
            count = min(len(self._waiting), _BATCH)
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                sent = self._exporter.export(batch) is SpanExportResult.SUCCESS
            except Exception:  # noqa: BLE001  whatever it is, no span is worth a thread
                sent = False
            self._on_ended("sent" if sent else "failed", count)
