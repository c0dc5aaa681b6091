"""What the web server makes of request targets, on a real connection."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from seawall.doors.connection import WebOptions
from seawall.doors.web import Reply, Request, WebApp, json_reply, make_server


class Listener:
    """A handler that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    async def answer(self, request: Request) -> Reply:
        """Remember a request."""
        self.asked.append((request.authority, request.path, request.query))
        return json_reply(200, b"{}")

    def began(self, _: Request) -> None:
        """Nothing to hear yet."""

    def answered(self, request: Request, reply: Reply, *_: float) -> None:
        """Nobody wants to know."""

    def crashed(self, request: Request, error: BaseException) -> None:
        """A bug is a failure of the test."""
        raise AssertionError(request) from error


@asynccontextmanager
async def serving(listener: Listener) -> AsyncIterator[int]:
    """Serve a handler on loopback; give the port."""
    options = WebOptions()
    with socket.create_server(("127.0.0.1", 0)) as bound:
        bound.settimeout(0)
        app = WebApp(listener.answer, observer=listener, options=options)
        server = make_server(app, options)
        task = asyncio.create_task(server.serve([bound]))
        try:
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            await task


async def ask(port: int, line: bytes) -> bytes:
    """Send a request's head, and read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(line + b" HTTP/1.1\r\nHost: seawall\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_absolute_form_names_its_host() -> None:
    """A proxy's request comes with the host that it is for; others with none."""
    listener = Listener()
    async with serving(listener) as port:
        await ask(port, b"GET http://Deb.Example:80/debian/a?b")
        await ask(port, b"GET /debian/a?b")
        await ask(port, b"OPTIONS *")

    assert [
        ("deb.example:80", "/debian/a", "b"),
        ("", "/debian/a", "b"),
        ("", "*", ""),
    ] == listener.asked


async def test_a_tunnel_is_refused_with_a_way_out() -> None:
    """CONNECT gets 405, and is told how to ask for https instead."""
    listener = Listener()
    async with serving(listener) as port:
        answer = await ask(port, b"CONNECT deb.example:443")

    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"http://HTTPS///deb.example/" in answer
    assert [] == listener.asked


async def test_a_bad_target_gets_one_answer() -> None:
    """Nonsense is refused once, with its reason, and the connection ends."""
    listener = Listener()
    async with serving(listener) as port:
        answer = await ask(port, b"GET http://user:secret@deb.example/a")

    assert 1 == answer.count(b"HTTP/1.1 ")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"credentials" in answer
    assert b"secret" not in answer
    assert [] == listener.asked
