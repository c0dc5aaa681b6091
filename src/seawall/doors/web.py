"""The one module that knows the web server: requests in, replies and streams out."""

import asyncio
import ipaddress
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, Self

import uvicorn

from seawall.doors.connection import (
    AUTHORITY,
    PROTOCOL,
    BoundedProtocol,
    PhrasedStatus,
    WebOptions,
)
from seawall.errors import SeawallError, UnreachableError

Headers = list[tuple[bytes, bytes]]
_JSON = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it came; its body is read by whoever wants one.

    Attributes:
        method: As written.
        path: Still quoted.
        query: Without its question mark.
        headers: Names in lower case.
        client: The other side's address; empty on a Unix socket.
        port: Of this side.
        body: What follows the head.
        authority: Which `host[:port]` a proxy is asked for, in lower case; empty where
            this server itself is asked.
        connection: Stands for the connection that it came on; weakly kept at most.
    """

    method: str
    path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]]
    client: str
    port: int
    body: AsyncIterator[bytes] | None = None
    authority: str = ""
    connection: object = None

    def values(self, name: bytes) -> list[str]:
        """Return every value of a header, named in lower case."""
        return [v.decode("latin-1") for n, v in self.headers if n == name]

    def value(self, name: bytes) -> str:
        """Return the first value of a header, empty if there is none."""
        for n, v in self.headers:
            if n == name:
                return v.decode("latin-1")
        return ""


@dataclass(slots=True)
class Reply:
    """One answer: a body, or a stream whose length the headers say.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case.
        body: All of it, unless there is a stream.
        stream: Yields the body; if it raises, the connection is cut.
        stack: Closed when the answer ends, however it ends.
        phrase: What the first line says beside the status, if not the usual; for
            clients that show nothing else.
        notes: What the access line says beside the obvious.
    """

    status: int
    headers: Headers
    body: bytes = b""
    stream: AsyncIterator[bytes | memoryview] | None = None
    stack: AsyncExitStack | None = None
    phrase: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Reply]]
Foresight = Callable[[Request], None]


class AccessObserver(Protocol):
    """Who wants to know of every request, and of every answer."""

    def began(self, request: Request) -> None:
        """A request's head is here."""
        ...

    def answered(
        self, request: Request, reply: Reply, sent_bytes: int, duration_s: float
    ) -> None:
        """An answer ended, or was cut."""
        ...

    def crashed(self, request: Request, error: BaseException) -> None:
        """A bug of ours: the client got a 500."""
        ...


def json_reply(status: int, body: bytes, headers: Headers | None = None) -> Reply:
    """Make a JSON answer."""
    length = (b"content-length", b"%d" % len(body))
    return Reply(status, [_JSON, length, *(headers or [])], body)


def text_reply(status: int, text: str, headers: Headers | None = None) -> Reply:
    """Make an answer of one line for people."""
    body = f"{text}\n".encode("utf-8", "replace")
    typed = (b"content-type", b"text/plain; charset=utf-8")
    length = (b"content-length", b"%d" % len(body))
    return Reply(status, [typed, length, *(headers or [])], body)


def _no_tunnel(authority: str) -> Reply:
    """Refuse CONNECT: what is in a tunnel can be neither kept nor checked."""
    host = authority.removesuffix(":443")
    text = (
        f"no tunnel to {authority}: what passes through one can be neither verified"
        f" nor kept. Write http://HTTPS///{host}/ in place of https://{host}/ in the"
        " client's sources, or leave https out of its proxy settings"
    )
    reply = text_reply(405, text, [(b"allow", b"GET, HEAD"), (b"connection", b"close")])
    reply.notes["error"] = "no tunnels"
    return reply


@lru_cache(maxsize=4096)
def is_loopback(client: str) -> bool:
    """Whether a client's address is this machine's own; a Unix socket's is."""
    if not client:
        return True
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


class WebApp:
    """An ASGI application around one handler."""

    def __init__(
        self,
        handler: Handler,
        *,
        observer: AccessObserver,
        options: WebOptions,
        crash_body: bytes = b'{"errors":[{"code":"UNKNOWN","message":"a bug"}]}',
        foresight: Foresight | None = None,
    ) -> None:
        self._handler = handler
        self._foresight = foresight
        self._observer = observer
        self._options = options
        self._crash_body = crash_body

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request (ASGI 3)."""
        started = time.perf_counter()
        request = _read_request(scope, _read_body(receive))
        self._observer.began(request)
        try:
            reply = await self._handle(request)
        except Exception as exc:  # noqa: BLE001  the border: a bug becomes a 500
            self._observer.crashed(request, exc)
            reply = json_reply(500, self._crash_body)
        sent_bytes = 0
        status = reply.status
        if reply.phrase:
            status = PhrasedStatus.make(status, reply.phrase)
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": status,
                    "headers": reply.headers,
                }
            )
            if reply.stream is None or request.method == "HEAD":
                await send({"type": "http.response.body", "body": reply.body})
                sent_bytes = 0 if request.method == "HEAD" else len(reply.body)
            else:
                with _Pace(send, scope, self._options.slow_s) as pace:
                    sent_bytes = await self._stream(request, reply, receive, pace)
        finally:
            if reply.stack is not None:
                await reply.stack.aclose()
            duration_s = time.perf_counter() - started
            self._observer.answered(request, reply, sent_bytes, duration_s)

    def foresee(self, scope: Any) -> None:
        """Say that a request waits its turn, to whoever can begin on it already."""
        if self._foresight is None:
            return
        request = _read_request(scope, None)
        try:
            self._foresight(request)
        except Exception as exc:  # noqa: BLE001  the border: it is answered in turn
            self._observer.crashed(request, exc)

    async def _handle(self, request: Request) -> Reply:
        if request.method == "CONNECT":
            return _no_tunnel(request.authority)
        return await self._handler(request)

    async def _stream(
        self, request: Request, reply: Reply, receive: Any, pace: "_Pace"
    ) -> int:
        """Send a stream; cut the connection if it, or the client, fails."""
        pump = asyncio.create_task(self._pump(reply, pace))
        watch = asyncio.create_task(_wait_disconnect(receive))
        try:
            await asyncio.wait((pump, watch), return_when=asyncio.FIRST_COMPLETED)
        finally:
            watch.cancel()
            if not pump.done():
                reply.notes.setdefault("cut", "the client left")
                pump.cancel()
            await asyncio.gather(pump, watch, return_exceptions=True)
        if not pump.cancelled() and (error := pump.exception()) is not None:
            if isinstance(error, SeawallError | TimeoutError | EOFError):
                reply.notes["cut"] = str(error) or "the client took nothing for long"
            else:
                reply.notes["cut"] = "a bug"
                self._observer.crashed(request, error)
        sent: int = reply.notes.pop("sent_bytes", 0)
        return sent

    async def _pump(self, reply: Reply, pace: "_Pace") -> None:
        sent_bytes = 0
        if reply.stream is None:
            raise RuntimeError("only streams are pumped")
        try:
            async with aclosing(reply.stream) as stream:  # type: ignore[type-var]
                async for chunk in stream:
                    await pace.send(chunk)
                    sent_bytes += len(chunk)
                await pace.send(b"", more=False)
        finally:
            reply.notes["sent_bytes"] = sent_bytes


class _Pace:
    """Sends chunks, each of them taken whole before the next is asked for.

    The server's own `send` waits only when it is called again, and its transport may
    keep what it was given. Here nothing is kept once `send` has returned, so that a
    stream may use one buffer for all of its chunks, and a slow reader holds one only.
    Through TLS, whose transport keeps what is not encrypted yet, chunks are copied.
    """

    def __init__(self, send: Any, scope: Any, slow_s: float) -> None:
        self._send = send
        self._slow_s = slow_s
        self._protocol: BoundedProtocol = scope[PROTOCOL]
        self._copies = scope["scheme"] == "https"

    def __enter__(self) -> Self:
        """Let the transport say as soon as it keeps anything."""
        self._protocol.streams += 1
        if self._is_plain():
            self._protocol.transport.set_write_buffer_limits(high=0)
        return self

    def __exit__(self, *_: object) -> None:
        """Let small answers be gathered again, unless the next stream has begun.

        Of a client that asks ahead, it begins while this one is still being ended.
        """
        self._protocol.streams -= 1
        if self._is_plain() and not self._protocol.streams:
            self._protocol.transport.set_write_buffer_limits()

    def _is_plain(self) -> bool:
        return not (self._copies or self._protocol.transport.is_closing())

    async def send(self, chunk: bytes | memoryview, *, more: bool = True) -> None:
        """Send a chunk and wait until the client's side has it.

        Raises:
            TimeoutError: The client has taken nothing for long.
        """
        body = bytes(chunk) if self._copies else chunk
        message = {"type": "http.response.body", "body": body, "more_body": more}
        flow = self._protocol.flow
        try:
            async with asyncio.timeout(self._slow_s):
                await self._send(message)
                if flow.write_paused:
                    await flow.drain()
        except TimeoutError:
            # closing would wait for this very client to take what is left
            self._protocol.transport.abort()
            raise


def _read_request(scope: Any, body: AsyncIterator[bytes] | None) -> Request:
    client, server = scope["client"], scope["server"]
    return Request(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        scope["headers"],
        client[0] if client else "",
        (server[1] or 0) if server else 0,
        body,
        scope[AUTHORITY],
        scope[PROTOCOL],
    )


async def _read_body(receive: Any) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise UnreachableError(
                "the client left before its request was complete",
                cause="client_cancelled",
            )
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _wait_disconnect(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class WebServer(uvicorn.Server):
    """One server on sockets that are already bound; signals are the caller's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: the composition root handles them."""
        yield

    def reload_certificate(self, certificate: Path, key: Path) -> None:
        """Use another certificate for new connections; the old ones go on.

        Raises:
            OSError: A file cannot be read, or they do not belong together.
        """
        if self.config.ssl is not None:
            # a context that refuses a pair has half of it: try it out elsewhere
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
            self.config.ssl.load_cert_chain(certificate, key)


def make_server(
    app: WebApp, options: WebOptions, *, certificate: str = "", key: str = ""
) -> WebServer:
    """Build a server; `serve(sockets=[…])` runs it until `should_exit` is set.

    Raises:
        OSError: The certificate or key cannot be read.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    ours = {"web_options": options, "foresee": staticmethod(app.foresee)}
    protocol = type("Protocol", (BoundedProtocol,), ours)
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=options.connections,
        timeout_keep_alive=options.idle_s,
        timeout_graceful_shutdown=options.drain_s,
        backlog=2048,
        ssl_certfile=certificate or None,
        ssl_keyfile=key or None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )
    config.load()
    return WebServer(config)
