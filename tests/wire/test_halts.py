"""A scripted server waits where it is told to, and counts what went out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from seawall.drill import faults
from seawall.drill.exchange import Answer, Halt, Request
from seawall.drill.faults import Fault
from seawall.drill.mirror import ScriptedMirror

BODY = b"0123456789"


@pytest.fixture
async def server() -> AsyncIterator[ScriptedMirror]:
    """Start a mirror of one file."""
    async with ScriptedMirror({"file": BODY}) as mirror:
        yield mirror


async def _ask(server: ScriptedMirror) -> tuple[asyncio.StreamReader, object]:
    port = int(server.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return reader, writer


async def _read_all(server: ScriptedMirror) -> bytes:
    reader, writer = await _ask(server)
    try:
        return (await reader.read()).partition(b"\r\n\r\n")[2]
    finally:
        writer.close()  # type: ignore[attr-defined]


def _gate(at: int, gate: asyncio.Event) -> Fault:
    def alter(_: Request, answer: Answer) -> Answer:
        return Answer(answer.status, {}, answer.body, halts=(Halt(at, gate.wait),))

    return Fault("gate", alter)


@pytest.mark.parametrize(("at", "before"), [(0, b""), (4, b"0123"), (10, BODY)])
async def test_a_body_halts_and_goes_on(
    server: ScriptedMirror, at: int, before: bytes
) -> None:
    """What stands before the halt is sent, the rest once the wait is over."""
    gate = asyncio.Event()
    server.fail("*", _gate(at, gate))
    reader, writer = await _ask(server)
    try:
        await reader.readuntil(b"\r\n\r\n")
        got = await reader.readexactly(len(before))

        assert (before, False) == (got, gate.is_set())

        gate.set()

        assert BODY[at:] == await reader.read()
    finally:
        writer.close()  # type: ignore[attr-defined]


async def test_headers_wait_too(server: ScriptedMirror) -> None:
    """Nothing at all comes before a halt that stands in front of the headers."""
    gate = asyncio.Event()
    server.fail("*", _gate(-1, gate))
    reader, writer = await _ask(server)
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        gate.set()

        assert b"HTTP/1.1 200" == await reader.readexactly(12)
        await reader.read()
    finally:
        writer.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", [faults.late(0.01), faults.pause(3, 0.01)])
async def test_a_wait_changes_no_byte(server: ScriptedMirror, fault: Fault) -> None:
    """Who waits long enough gets all of it."""
    server.fail("*", fault)

    assert BODY == await _read_all(server)


@pytest.mark.parametrize(
    ("fault", "spent"), [(faults.cut(4), 4), (faults.hang_up(4), 4), (None, 10)]
)
async def test_what_went_out_is_counted(
    server: ScriptedMirror, fault: Fault | None, spent: int
) -> None:
    """A body that broke off has cost what was sent of it."""
    if fault:
        server.fail("*", fault)
    with contextlib.suppress(ConnectionResetError):
        await _read_all(server)
    await asyncio.sleep(0.01)

    assert spent == server.requests[0].spent_bytes


async def test_a_halt_behind_a_break_is_not_reached(server: ScriptedMirror) -> None:
    """A body that ends early does not wait for what it never sends."""
    whole = server.answer("web", Request("GET", "/file", {}, {}))
    never = Halt(6, asyncio.Event().wait)
    halted = Answer(whole.status, {}, BODY[:4], 10, halts=(never,))
    server.fail("*", Fault("halted", lambda *_: halted))

    assert BODY[:4] == await asyncio.wait_for(_read_all(server), 1)
