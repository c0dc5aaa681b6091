"""Structured log lines to standard error, written off the event loop."""

import atexit
import queue
import sys
import threading
from typing import Any

import msgspec
import structlog

_WAITING = 20_000  # lines; more are counted and dropped, never waited for


class LineWriter:
    """Takes lines at once and writes them in its own thread.

    A terminal or pipe that does not read must not hold up a pull: when too many
    lines wait, new ones are dropped, and their number is told later.
    """

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._dropped = 0
        self._thread = threading.Thread(
            target=self._run, name="seawall-log", daemon=True
        )
        self._thread.start()
        atexit.register(self.close)

    def msg(self, line: bytes | str) -> None:
        """Take one line."""
        if self._lines.qsize() > _WAITING:
            self._dropped += 1
            return
        self._lines.put(line.encode() if isinstance(line, str) else line)

    log = debug = info = warn = warning = error = critical = fatal = msg
    failure = err = exception = msg

    def close(self) -> None:
        """Write what is left, within a second."""
        self._lines.put(None)
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        out = sys.stderr.buffer
        while (line := self._lines.get()) is not None:
            batch = [line]
            while not self._lines.empty() and len(batch) < 512:  # noqa: PLR2004
                more = self._lines.get()
                if more is None:
                    self._lines.put(None)
                    break
                batch.append(more)
            if self._dropped:
                batch.append(b'{"event":"lines dropped","lines":%d}' % self._dropped)
                self._dropped = 0
            try:
                out.write(b"\n".join(batch) + b"\n")
                out.flush()
            except (OSError, ValueError):
                return  # nobody reads any more


def set_up_logs(form: str, level: str = "info") -> None:
    """Send the process's log lines to standard error.

    Args:
        form: text or json.
        level: What is less important than this is left out.
    """
    writer = LineWriter()
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = _render_text
    if form == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_encode)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=True,
    )


def _encode(event: dict[str, Any], **_: object) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)


def _render_text(_: object, __: str, event: dict[str, Any]) -> str:
    """One plain line: time, level, event, then the rest as key=value."""
    time = event.pop("timestamp", "")
    level = event.pop("level", "")
    what = event.pop("event", "")
    trace = event.pop("exception", "")
    rest = " ".join(f"{k}={_show(v)}" for k, v in event.items() if v not in ("", None))
    line = f"{time} {level:<7} {what} {rest}".rstrip()
    return f"{line}\n{trace}" if trace else line


def _show(value: object) -> str:
    text = str(value)
    if not text.isprintable():
        text = ascii(text)[1:-1]
    return f'"{text}"' if " " in text else text
