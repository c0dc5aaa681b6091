"""Many readers in one thread: raw sockets, first byte, pace, and how each one ended."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.processes import BenchError

_BUFFER_BYTES = 256 * 1024
_TICK_S = 0.01


@dataclass
class Reader:
    """One GET: what came of it, in seconds since the crowd began."""

    port: int
    path: str
    started_s: float = 0.0
    first_byte_s: float = 0.0
    ended_s: float = 0.0
    heard_s: float = 0.0
    longest_gap_s: float = 0.0
    status: int = 0
    promised: int = 0
    received: int = 0
    head: bytes = field(default=b"", repr=False)

    @property
    def complete(self) -> bool:
        """Whether the whole body came."""
        return self.status == 200 and self.received == self.promised


@dataclass(frozen=True, slots=True)
class Pace:
    """How a crowd reads.

    Attributes:
        at_once: Readers at a time; the others wait for their turn.
        bytes_per_s: What one reader takes at most; 0 is no limit.
        seconds: After so long whoever still reads hangs up; 0 is never.
        wait_s: A crowd that takes longer than this has failed.
    """

    at_once: int = 64
    bytes_per_s: int = 0
    seconds: float = 0.0
    wait_s: float = 120.0


class Crowd:
    """Readers at one time; `read` blocks until all of them have ended."""

    def __init__(self, readers: Sequence[Reader], pace: Pace) -> None:
        self._waiting = deque(readers)
        self._readers = list(readers)
        self._pace = pace
        self._selector = selectors.DefaultSelector()
        self._sockets: dict[socket.socket, Reader] = {}
        self._paused: dict[socket.socket, Reader] = {}
        self._buffer = bytearray(_BUFFER_BYTES)
        self._began = 0.0

    def read(self) -> float:
        """Let all of them read; give the seconds that took.

        Raises:
            BenchError: It did not end in time.
        """
        self._began = time.perf_counter()
        try:
            while self._waiting or self._sockets:
                self._admit()
                now = self._now()
                if self._pace.seconds and now > self._pace.seconds:
                    break
                if now > self._pace.wait_s:
                    stuck = sum(not r.ended_s for r in self._readers)
                    raise BenchError(f"{stuck} readers did not end")
                self._resume(now)
                for key, _ in self._selector.select(_TICK_S):
                    self._take(key.fileobj, key.data)  # type: ignore[arg-type]
        finally:
            for one in list(self._sockets):
                self._leave(one)
            self._selector.close()
        return self._now()

    def _now(self) -> float:
        return time.perf_counter() - self._began

    def _admit(self) -> None:
        while self._waiting and len(self._sockets) < self._pace.at_once:
            reader = self._waiting.popleft()
            one = socket.create_connection(("127.0.0.1", reader.port))
            reader.started_s = self._now()
            one.sendall(
                f"GET {reader.path} HTTP/1.1\r\nHost: 127.0.0.1:{reader.port}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            one.setblocking(False)  # noqa: FBT003  its only argument
            self._sockets[one] = reader
            self._selector.register(one, selectors.EVENT_READ, reader)

    def _resume(self, now: float) -> None:
        for one, reader in list(self._paused.items()):
            if self._may_read(reader, now):
                del self._paused[one]
                self._selector.register(one, selectors.EVENT_READ, reader)

    def _may_read(self, reader: Reader, now: float) -> bool:
        rate = self._pace.bytes_per_s
        since = now - (reader.first_byte_s or now)
        return not rate or reader.received <= rate * since + _BUFFER_BYTES

    def _take(self, one: socket.socket, reader: Reader) -> None:
        try:
            count = one.recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self._leave(one)
            return
        now, body = self._now(), count
        if reader.first_byte_s:
            reader.longest_gap_s = max(reader.longest_gap_s, now - reader.heard_s)
        reader.heard_s = now
        if not reader.promised:
            body = self._take_head(reader, bytes(self._buffer[:count]))
        reader.received += body
        if body and not reader.first_byte_s:
            reader.first_byte_s = self._now()
        if reader.promised and reader.received >= reader.promised:
            self._leave(one)
        elif not self._may_read(reader, self._now()):
            self._selector.unregister(one)
            self._paused[one] = reader

    def _take_head(self, reader: Reader, data: bytes) -> int:
        reader.head += data
        head, end, body = reader.head.partition(b"\r\n\r\n")
        if not end:
            return 0
        lines = head.split(b"\r\n")
        reader.status = int(lines[0].split()[1])
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                reader.promised = int(value)
        return len(body)

    def _leave(self, one: socket.socket) -> None:
        reader = self._sockets.pop(one)
        reader.ended_s = self._now()
        if self._paused.pop(one, None) is None:
            self._selector.unregister(one)
        one.close()


def fetch(port: int, path: str, *, wait_s: float = 120.0) -> Reader:
    """Read one body to its end.

    Raises:
        BenchError: It did not come whole.
    """
    reader = Reader(port, path)
    Crowd([reader], Pace(wait_s=wait_s)).read()
    if not reader.complete:
        raise BenchError(
            f"GET {path} on port {port}: {reader.status},"
            f" {reader.received} of {reader.promised} bytes\n{reader.head[:2000]!r}"
        )
    return reader
