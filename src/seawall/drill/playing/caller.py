"""HTTP/1.1 from the client's side, strictly: a body is whole, or it is an error."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from seawall.errors import BrokenReplyError, UnreachableError

_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 128 * 1024
_MAX_STEPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(slots=True)
class Reply:
    """An answer whose body is still to come.

    Attributes:
        status: Its status.
        headers: Its headers, by lower-case name.
    """

    status: int
    headers: Mapping[str, str]
    _reader: asyncio.StreamReader

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body.

        Raises:
            BrokenReplyError: It ended before the length that was promised.
        """
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            async for piece in self._read_chunked():
                yield piece
            return
        length = self.headers.get("content-length")
        if length is None:
            while piece := await self._read(_PIECE_BYTES):
                yield piece
            return
        left = int(length)
        while left:
            piece = await self._read(min(left, _PIECE_BYTES))
            if not piece:
                raise BrokenReplyError(f"the body ended {left} bytes before its end")
            left -= len(piece)
            yield piece

    async def read(self, max_bytes: int) -> bytes:
        """Read all of a small body.

        Raises:
            BrokenReplyError: It is cut short, or larger than that.
        """
        body = b""
        async for piece in self.chunks():
            body += piece
            if len(body) > max_bytes:
                raise BrokenReplyError(f"more than {max_bytes} bytes came")
        return body

    async def _read_chunked(self) -> AsyncIterator[bytes]:
        try:
            while True:
                line = await self._reader.readline()
                left = int(line.split(b";")[0], 16)
                while left:
                    piece = await self._read(min(left, _PIECE_BYTES))
                    if not piece:
                        raise BrokenReplyError("the body ended within a chunk")
                    left -= len(piece)
                    yield piece
                await self._reader.readline()
                if line.strip().lstrip(b"0") == b"":
                    return
        except ValueError as exc:
            raise BrokenReplyError("the body ended between two chunks") from exc

    async def _read(self, count: int) -> bytes:
        try:
            return await self._reader.read(count)
        except OSError as exc:
            raise BrokenReplyError(f"the body broke off: {exc}") from exc


@asynccontextmanager
async def open_reply(
    url: str, headers: Mapping[str, str] | None = None, *, method: str = "GET"
) -> AsyncIterator[Reply]:
    """Ask, and follow redirects, without the credential where they lead elsewhere.

    Raises:
        UnreachableError: No connection came about.
        BrokenReplyError: What came is no HTTP.
    """
    sent = dict(headers or {})
    for _ in range(_MAX_STEPS):
        parts = urlsplit(url)
        reader, writer = await _connect(parts)
        try:
            await _send(writer, parts, method, sent)
            reply = await _read_head(reader)
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                yield reply
                return
        finally:
            writer.close()
        url = urljoin(url, reply.headers["location"])
        if urlsplit(url).netloc != parts.netloc:
            sent.pop("Authorization", None)
    raise BrokenReplyError(f"more than {_MAX_STEPS} redirects")


async def _connect(
    parts: SplitResult,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    context = ssl.create_default_context() if secure else None
    try:
        return await asyncio.open_connection(
            parts.hostname, port, ssl=context, limit=_HEAD_BYTES
        )
    except OSError as exc:
        raise UnreachableError(f"{parts.netloc}: {exc}") from exc


async def _send(
    writer: asyncio.StreamWriter,
    parts: SplitResult,
    method: str,
    headers: Mapping[str, str],
) -> None:
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
    said = {"Connection": "close", "User-Agent": "seawall-drill", **headers}
    lines += [f"{name}: {value}" for name, value in said.items()]
    try:
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        await writer.drain()
    except OSError as exc:
        raise UnreachableError(f"{parts.netloc}: {exc}") from exc


async def _read_head(reader: asyncio.StreamReader) -> Reply:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
    except asyncio.IncompleteReadError as exc:
        raise BrokenReplyError("the connection was closed before an answer") from exc
    except (ValueError, IndexError, OSError, asyncio.LimitOverrunError) as exc:
        raise BrokenReplyError(f"no answer in HTTP: {exc}") from exc
    pairs = [line.partition(":") for line in lines[1:] if line]
    found = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Reply(status, found, reader)
