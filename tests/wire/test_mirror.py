"""A scripted mirror refuses, hangs and comes back on the ports it had."""

import asyncio

import pytest

from seawall.drill import faults
from seawall.drill.mirror import ScriptedMirror

FILES = {"dists/sid/InRelease": b"signed"}
ASK = b"GET /dists/sid/InRelease HTTP/1.1\r\nConnection: close\r\n\r\n"


async def ask(mirror: ScriptedMirror) -> bytes:
    """Ask over a connection of its own and read to its end."""
    host, _, port = mirror.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(ASK)
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_mirror_serves_and_counts() -> None:
    """A file comes whole, and what was asked is on record."""
    async with ScriptedMirror(FILES) as mirror:
        reply = await ask(mirror)

    assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
    assert reply.endswith(b"\r\n\r\nsigned")
    assert 1 == mirror.count("*/InRelease")
    assert [6] == [one.sent_bytes for one in mirror.requests]


async def test_a_fault_hits_a_mirror_too() -> None:
    """Faults are those of every scripted server."""
    async with ScriptedMirror(FILES) as mirror:
        mirror.fail("*/InRelease", faults.status(503), times=1)
        replies = [await ask(mirror), await ask(mirror)]

    assert [b"503", b"200"] == [reply.split()[1] for reply in replies]


async def test_a_stopped_mirror_refuses() -> None:
    """Nobody listens until it is started again, at the same address."""
    async with ScriptedMirror(FILES) as mirror:
        await mirror.stop()
        with pytest.raises(ConnectionRefusedError):
            await ask(mirror)
        await mirror.start()

        assert (await ask(mirror)).endswith(b"signed")


async def test_connecting_to_a_deaf_mirror_hangs() -> None:
    """No connection is made, none is refused, and the hearing comes back."""
    async with ScriptedMirror(FILES) as mirror:
        await mirror.deafen()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ask(mirror)
        await mirror.start()

        assert (await ask(mirror)).endswith(b"signed")
