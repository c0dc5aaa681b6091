"""HTTP/1.1 on a raw connection, so that an answer can stall, lie, or break off."""

import asyncio
import fcntl
import http
import json
import socket
import struct
import sys
import termios
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from seawall.errors import RangeNotSatisfiableError
from seawall.kit.ranges import ContentRange, parse_range

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
_PIECE_BYTES = 256 * 1024
_TICK_S = 0.02
_DELIVERY_TICKS = 50
_NO_BODY = (204, 304)
_TLS_HANDSHAKE = b"\x16"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent; header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Halt:
    """A place in a body where sending waits for something, then goes on.

    Attributes:
        at: Bytes of the body that go out before; negative is before the headers.
        wait: Awaited there.
    """

    at: int
    wait: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back, and how badly.

    Attributes:
        status: The HTTP status.
        headers: Reply headers; Content-Length is added.
        body: The honest body, also of a HEAD, which sends none.
        declared_bytes: What Content-Length says instead of the truth.
        hang: Send nothing, not even headers.
        stall_after: Bytes of the body after which nothing more comes.
        cut_after: Bytes of the body after which the connection is reset.
        bytes_per_s: The speed, if it is limited.
        raw: Sent as it is instead of an HTTP reply; the connection then ends.
        halts: Where sending waits for a while; those behind a break are not reached.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    declared_bytes: int | None = None
    hang: bool = False
    stall_after: int | None = None
    cut_after: int | None = None
    bytes_per_s: float | None = None
    raw: bytes | None = None
    halts: tuple[Halt, ...] = ()


class ConnectionOver(Exception):  # noqa: N818  an end, not an error
    """This connection serves no further request."""


def answer_json(
    document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Build an answer whose body is JSON."""
    kind = {"Content-Type": "application/json"}
    return Answer(status, kind | dict(headers or {}), json.dumps(document).encode())


def answer_error(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """Build an error as the distribution spec has it."""
    document = {"errors": [{"code": code, "message": message}]}
    return answer_json(document, status=status, headers=headers)


def cut_range(request: Request, answer: Answer) -> Answer:
    """Cut out the part of a whole answer that a request asks for."""
    wanted = parse_range(request.headers.get("range", ""))
    if wanted is None:
        return answer
    total = len(answer.body)
    try:
        span = wanted.resolve(total)
    except RangeNotSatisfiableError:
        refusal = answer_error(416, "RANGE_INVALID", "no such bytes")
        said = {"Content-Range": f"bytes */{total}"}
        return replace(refusal, headers={**refusal.headers, **said})
    said = {"Content-Range": str(ContentRange(span, total))}
    part = answer.body[span.start : span.stop]
    return replace(answer, status=206, headers={**answer.headers, **said}, body=part)


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Read one request.

    Raises:
        ConnectionOver: The client has left, or does not speak HTTP.
    """
    try:
        first = await reader.readexactly(1)
        if first == _TLS_HANDSHAKE:
            raise ConnectionOver
        head = first + await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        pairs = [line.partition(":") for line in lines[1:] if line]
        headers = _join(pairs)
        length = min(int(headers.get("content-length", "0")), MAX_BODY_BYTES)
        body = await reader.readexactly(length)
    except (ValueError, EOFError, OSError, asyncio.LimitOverrunError) as exc:
        raise ConnectionOver from exc
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def _join(pairs: list[tuple[str, str, str]]) -> dict[str, str]:
    """Read header lines; several of one name are one list (RFC 9110, 5.3).

    Go's clients write a line for each media type that they accept, in any order.
    """
    headers: dict[str, str] = {}
    for name, _, value in pairs:
        key, text = name.strip().lower(), value.strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


class Sender:
    """Sends answers over one connection, as well or badly as they say.

    Attributes:
        on_body: Told how many bytes of a body have just gone out.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.on_body: Callable[[int], None] = lambda _: None
        self._reader = reader
        self._writer = writer

    async def send(self, request: Request, answer: Answer) -> int:
        """Send one answer; give the count of body bytes that went out.

        Raises:
            ConnectionOver: The connection cannot serve another request.
        """
        await _halt(answer, -1)
        if answer.hang:
            await self._wait_for_leave()
        if answer.raw is not None:
            await self._write(answer.raw)
            raise ConnectionOver
        bodiless = request.method == "HEAD" or answer.status in _NO_BODY
        await self._write(_head(answer))
        if bodiless:
            return 0
        return await self._send_body(answer)

    async def _send_body(self, answer: Answer) -> int:
        stops = (answer.stall_after, answer.cut_after, len(answer.body))
        stop = min(at for at in stops if at is not None)
        position = 0
        for at in sorted({one.at for one in answer.halts if 0 <= one.at < stop}):
            await self._send_part(answer, position, at)
            await _halt(answer, at)
            position = at
        await self._send_part(answer, position, stop)
        await _halt(answer, stop)
        if answer.cut_after is not None and stop == answer.cut_after:
            await self._wait_delivered()
            self._reset()
            raise ConnectionOver
        if answer.stall_after is not None and stop == answer.stall_after:
            await self._wait_for_leave()
        if answer.declared_bytes not in (None, len(answer.body)):
            raise ConnectionOver
        return stop

    async def _send_part(self, answer: Answer, start: int, stop: int) -> None:
        body = memoryview(answer.body)[start:stop]
        if answer.bytes_per_s:
            await self._trickle(body, answer.bytes_per_s)
            return
        for at in range(0, len(body), _PIECE_BYTES):
            await self._write_body(body[at : at + _PIECE_BYTES])

    async def _trickle(self, body: memoryview, bytes_per_s: float) -> None:
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while sent < len(body):
            due = int((loop.time() - began + _TICK_S) * bytes_per_s)
            if due > sent:
                await self._write_body(body[sent : min(due, len(body))])
                sent = min(due, len(body))
            await asyncio.sleep(_TICK_S)

    async def _write(self, data: bytes | memoryview) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as exc:
            raise ConnectionOver from exc

    async def _write_body(self, data: memoryview) -> None:
        await self._write(data)
        self.on_body(len(data))

    async def _wait_for_leave(self) -> None:
        """Stay silent until the client gives up."""
        try:
            while await self._reader.read(_PIECE_BYTES):
                continue
        except OSError as exc:
            raise ConnectionOver from exc
        raise ConnectionOver

    async def _wait_delivered(self) -> None:
        """Wait until the client's system has all; a reset throws away what is unsent.

        A client that does not read is not waited for long.
        """
        raw = self._writer.get_extra_info("socket")
        for _ in range(_DELIVERY_TICKS):
            unsent = fcntl.ioctl(raw.fileno(), termios.TIOCOUTQ, bytes(4))
            if not int.from_bytes(unsent, sys.byteorder):
                return
            await asyncio.sleep(_TICK_S)

    def _reset(self) -> None:
        """End with a reset instead of a close: what a broken network looks like."""
        raw = self._writer.get_extra_info("socket")
        if raw is not None:
            linger = struct.pack("ii", 1, 0)
            cast("socket.socket", raw).setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
        self._writer.transport.abort()


async def _halt(answer: Answer, at: int) -> None:
    for halt in answer.halts:
        if max(halt.at, -1) == at:
            await halt.wait()


def _head(answer: Answer) -> bytes:
    length = answer.declared_bytes
    length = len(answer.body) if length is None else length
    headers = {"Content-Length": str(length), **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
