"""A scripted server on loopback: its ports, what it was asked, how it misbehaves."""

import asyncio
import contextlib
import fnmatch
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from seawall.drill.exchange import (
    MAX_HEAD_BYTES,
    Answer,
    ConnectionOver,
    Request,
    Sender,
    read_request,
)
from seawall.drill.faults import Fault

_CROWD = 4  # more than a queue of length 0 takes in
_SETTLE_S = 0.05


@dataclass(slots=True)
class Recorded:
    """One request that arrived.

    Attributes:
        method: Its method.
        path: Its path, without the query.
        status: What it was answered; 0 while it waits or if it was left unanswered.
        range: Its Range header, or an empty text.
        place: Which port it came to.
        signed: Whether it carried an Authorization header.
        accept: Its Accept header.
        sent_bytes: Body bytes that went out whole; a body broken off counts as 0.
        spent_bytes: Body bytes that went out so far, also of a body broken off.
    """

    method: str
    path: str
    status: int = 0
    range: str = ""
    place: str = ""
    signed: bool = False
    accept: str = ""
    sent_bytes: int = 0
    spent_bytes: int = 0

    def spend(self, count: int) -> None:
        """Note that bytes of the body went out."""
        self.spent_bytes += count


@dataclass(slots=True)
class _Order:
    """A fault for some requests, for a number of times or until it is lifted."""

    pattern: str
    fault: Fault
    left: int | None


class ScriptedServer(ABC):
    """A server of one process that misbehaves on order; an async context manager.

    Patterns are shell patterns on the path, `*/blobs/*`, or on method and path,
    `HEAD */manifests/*`. What is asked without a fault, a subclass answers.

    Attributes:
        requests: Every request that arrived, in order, of all ports.
        bytes_per_s: The speed limit of each connection, if there is one.
    """

    def __init__(
        self,
        ports: Mapping[str, int],
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        bytes_per_s: float | None = None,
    ) -> None:
        self.requests: list[Recorded] = []
        self.bytes_per_s = bytes_per_s
        self._host = host
        self._tls = tls
        self._ports = dict(ports)
        self._servers: list[asyncio.Server] = []
        self._deaf: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: list[_Order] = []

    async def __aenter__(self) -> Self:
        """Start to listen."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and end every connection."""
        await self.stop()

    async def start(self) -> None:
        """Listen; after a stop, on the same ports as before."""
        await self.stop()
        for place, port in self._ports.items():
            listener = self.bind(port)
            server = await asyncio.start_server(
                self._welcome(place), sock=listener, ssl=self._tls, limit=MAX_HEAD_BYTES
            )
            self._servers.append(server)
            self._ports[place] = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone: connections are refused, open ones end."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in servers:
            await server.wait_closed()
        while self._deaf:
            self._deaf.pop().close()
        await asyncio.sleep(0)  # aborted transports close on the next turn

    async def deafen(self) -> None:
        """Let connecting hang, as behind a firewall that drops packets.

        Each port listens with a queue of no length that is full already, so the
        kernel answers no further client. `start` makes it hear again.
        """
        await self.stop()
        for port in self._ports.values():
            self._deaf.append(_listen_deafly(self._host, port))
            for _ in range(_CROWD):
                self._deaf.append(_knock(self._host, port))
        await asyncio.sleep(_SETTLE_S)

    def fail(self, pattern: str, fault: Fault, times: int | None = None) -> None:
        """Misbehave on these requests, so many times or until lifted; last one wins."""
        self._orders.insert(0, _Order(pattern, fault, times))

    def lift(self, pattern: str | None = None) -> None:
        """Behave again: for one pattern, or altogether."""
        self._orders = [
            order for order in self._orders if pattern not in (None, order.pattern)
        ]

    def count(self, pattern: str) -> int:
        """Count the requests so far that this pattern means."""
        return sum(matches(pattern, one.method, one.path) for one in self.requests)

    @abstractmethod
    def answer(self, place: str, request: Request) -> Answer:
        """Give the honest answer to a request at one of the ports."""

    def bind(self, port: int) -> socket.socket:
        """Make the socket that listens for one of the ports; 0 is any free one."""
        return socket.create_server((self._host, port), backlog=100)

    def address(self, place: str) -> str:
        """Give the address of one of the ports, without a path."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self._host}:{self._ports[place]}"

    def _welcome(
        self, place: str
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # A task of our own: the one that asyncio makes complains when cancelled.
            task = asyncio.ensure_future(self._serve(place, reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return welcome

    async def _serve(
        self, place: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sender = Sender(reader, writer)
        try:
            stays = True
            while stays:
                request = await read_request(reader)
                recorded = self._record(place, request)
                answer = self._script(place, request)
                recorded.status = 0 if answer.hang or answer.raw else answer.status
                sender.on_body = recorded.spend
                recorded.sent_bytes = await sender.send(request, answer)
                stays = request.headers.get("connection", "").lower() != "close"
            writer.close()
        except ConnectionOver:
            writer.close()
        except BaseException:
            writer.transport.abort()  # stopped: what is unsent stays unsent
            raise

    def _record(self, place: str, request: Request) -> Recorded:
        recorded = Recorded(
            method=request.method,
            path=request.path,
            range=request.headers.get("range", ""),
            place=place,
            signed="authorization" in request.headers,
            accept=request.headers.get("accept", ""),
        )
        self.requests.append(recorded)
        return recorded

    def _script(self, place: str, request: Request) -> Answer:
        fault = self._find_fault(request)
        if fault and fault.name == "no range":
            kept = {k: v for k, v in request.headers.items() if k != "range"}
            request = replace(request, headers=kept)
        answer = self.answer(place, request)
        if self.bytes_per_s:
            answer = replace(answer, bytes_per_s=self.bytes_per_s)
        return fault.alter(request, answer) if fault else answer

    def _find_fault(self, request: Request) -> Fault | None:
        for order in self._orders:
            if order.left != 0 and matches(order.pattern, request.method, request.path):
                order.left = None if order.left is None else order.left - 1
                return order.fault
        return None


def matches(pattern: str, method: str, path: str) -> bool:
    """Whether a pattern means a request."""
    text = f"{method} {path}" if " " in pattern else path
    return fnmatch.fnmatchcase(text, pattern)


def _listen_deafly(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(0)
    return listener


def _knock(host: str, port: int) -> socket.socket:
    caller = socket.socket()
    caller.setblocking(False)  # noqa: FBT003  its only argument
    with contextlib.suppress(BlockingIOError):
        caller.connect((host, port))
    return caller
