"""A client with a watchdog outlives a silence, and no silence is held for ever."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    FLIGHT,
    WANT,
    WHOLE,
    Hangar,
    Puppet,
    open_hangar,
    until,
)
from tests.wire.test_engine_faults import BLOBS
from tests.wire.test_second import WANT as LARGE
from tests.wire.test_second import Pair, pair

from seawall.drill import faults
from seawall.errors import BrokenReplyError, SeawallError, UnreachableError
from seawall.kit.ranges import Span
from seawall.transfer.engine import EngineOptions
from seawall.transfer.plan import PlanOptions
from seawall.transfer.readers.pulses import LEAST_RESERVE
from seawall.transfer.readers.rhythm import PLAIN, Beat, Rhythm
from seawall.transfer.waits.phases import Phase

__all__ = ["pair"]

QUICK = Rhythm("quick", (Beat(0.02),), 0.2)
ANXIOUS = Rhythm("anxious", (Beat(60.0),), 3.0)


async def read(
    hangar: Hangar,
    source: Puppet,
    chunks: list[bytes],
    rhythm: Rhythm = QUICK,
    span: Span = WHOLE,
) -> None:
    """Read a part of the body in a client's rhythm, and note each chunk."""
    async with (
        hangar.engine.board(WANT, [source], rhythm) as boarding,
        aclosing(boarding.read(span)) as given,
    ):
        await boarding.wait_ready()
        async for chunk in given:
            chunks.append(bytes(chunk))  # noqa: PERF401  the test looks on meanwhile


async def test_a_silence_is_filled_from_the_reserve(tmp_path: Path) -> None:
    """While its source is silent, a client is given a few bytes at a time."""
    source, chunks = Puppet(allowed=100_000), list[bytes]()
    async with open_hangar(tmp_path) as hangar:
        reading = asyncio.create_task(read(hangar, source, chunks))
        await until(lambda: len(hangar.log.pulsed) >= 5)
        held = sum(map(len, chunks[: -len(hangar.log.pulsed)]))
        pulses = {len(chunk) for chunk in chunks[-5:]}
        source.allow()
        await reading

    assert 100_000 - LEAST_RESERVE == held
    assert {64} == pulses
    assert {"quick"} == set(hangar.log.pulsed)
    assert BODY == b"".join(chunks)


async def test_who_waits_for_ever_is_given_all(tmp_path: Path) -> None:
    """Of a client without a watchdog nothing is held back."""
    source, chunks = Puppet(allowed=100_000), list[bytes]()
    async with open_hangar(tmp_path) as hangar:
        reading = asyncio.create_task(read(hangar, source, chunks, PLAIN))
        await until(lambda: sum(map(len, chunks)) == 100_000)
        source.allow()
        await reading

    assert [] == hangar.log.pulsed


async def test_a_range_that_is_here_is_given_whole(tmp_path: Path) -> None:
    """What a range asks for is not held back once all of it has arrived."""
    source, chunks = Puppet(allowed=100_000), list[bytes]()
    async with open_hangar(tmp_path) as hangar:
        await read(hangar, source, chunks, span=Span(10_000, 95_000))
        source.allow()

    assert BODY[10_000:95_000] == b"".join(chunks)
    assert [] == hangar.log.pulsed


async def test_pulses_never_touch_the_tail(tmp_path: Path) -> None:
    """However long it takes, nobody has the last bytes before they are verified."""
    source, chunks = Puppet(allowed=len(BODY) - 1), list[bytes]()
    span = Span(len(BODY) - FLIGHT.tail_bytes - 300, len(BODY))
    async with open_hangar(tmp_path) as hangar:
        reading = asyncio.create_task(read(hangar, source, chunks, span=span))
        await until(lambda: sum(map(len, chunks)) == 300)
        await asyncio.sleep(0.1)
        before = sum(map(len, chunks))
        source.allow()
        await reading

    assert 300 == before
    assert BODY[span.start :] == b"".join(chunks)


async def test_a_silent_last_source_is_held_so_long(tmp_path: Path) -> None:
    """After the longest silence the answer is cut; what arrived is kept."""
    plan = PlanOptions(hold_s=0.3)
    options = EngineOptions(flight=FLIGHT, plan=plan)
    source, chunks = Puppet(allowed=100_000), list[bytes]()
    async with open_hangar(tmp_path, options=options) as hangar:
        with pytest.raises(UnreachableError, match=r"nothing for 0\.3 s"):
            await read(hangar, source, chunks)
        await hangar.idle()
        source.allow()
        body = await hangar.fetch(source)

    assert BODY[:100_000] == b"".join(chunks)
    assert BODY == body
    assert [(0, None), (100_000, None)] == source.asked
    assert ["puppet"] == hangar.log.blamed


async def test_what_comes_slowly_is_no_silence(tmp_path: Path) -> None:
    """A source that brings anything within that time is not given up."""
    options = EngineOptions(flight=FLIGHT, plan=PlanOptions(hold_s=0.8))
    source, chunks = Puppet(allowed=0), list[bytes]()
    async with open_hangar(tmp_path, options=options) as hangar:
        reading = asyncio.create_task(read(hangar, source, chunks))
        for offset in range(10_000, 40_000, 10_000):
            await asyncio.sleep(0.5)
            source.allow(offset)
        source.allow()
        await reading

    assert BODY == b"".join(chunks)


@pytest.mark.parametrize(
    "error",
    [
        UnreachableError("refused", cause="net.conn_refused"),
        UnreachableError("reset", cause="net.conn_reset"),
        BrokenReplyError("503", cause="registry.5xx", status=503),
    ],
    ids=str,
)
async def test_what_refuses_is_not_held(tmp_path: Path, error: SeawallError) -> None:
    """A source set that fails five times in a row, in mid-body too, ends at once."""
    source, chunks = Puppet(breaks={100_000: error}), list[bytes]()
    async with open_hangar(tmp_path) as hangar:

        async def fail_from_then_on() -> None:
            await until(lambda: not source.breaks)
            source.refusal = error

        failing = asyncio.create_task(fail_from_then_on())
        with pytest.raises(type(error)):
            await read(hangar, source, chunks)
        await failing

    assert 1 + 4 <= len(source.asked) <= 1 + 5
    assert BODY[:100_000] == b"".join(chunks)


async def test_an_anxious_client_gets_a_second_source_in_time(pair: Pair) -> None:
    """Where nothing is left to pulse, the second source is asked as early as needed."""
    for place in pair.places:
        for _ in range(60):
            place.experience.lesson(Phase.FIRST_BYTE).learn(7.0)
    pair.mirror.fail(BLOBS, faults.hang())
    sources = [place.content(LARGE.repository, LARGE.digest) for place in pair.places]
    async with (
        pair.hangar.engine.board(LARGE, sources, ANXIOUS) as boarding,
        aclosing(boarding.read(Span(0, LARGE.size or 0))) as chunks,
    ):
        await boarding.wait_ready(LARGE.size)  # as a source did well a moment ago
        async with asyncio.timeout(5):
            first = bytes(await anext(chunks))

    assert first
    assert 1 == len(pair.origin.requests)
