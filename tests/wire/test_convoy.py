"""One content from two sources at once, and what a client may see of it meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.wire.flights import (
    FLIGHT,
    REPOSITORY,
    Hangar,
    HastyClock,
    open_hangar,
    until,
)
from tests.wire.sources import HASTY, Bench, open_bench
from tests.wire.test_engine_faults import BLOBS, PATH, stock
from tests.wire.test_stripes import LARGE, MIB, STRIPES, WANT

from seawall.drill import faults
from seawall.drill.exchange import Halt
from seawall.drill.faults import Fault
from seawall.drill.upstream import ScriptedUpstream
from seawall.kit.ranges import Span
from seawall.transfer.engine import EngineOptions
from seawall.transfer.flight import ContentSource, Flight
from seawall.transfer.sources.caps import CapOptions
from seawall.transfer.sources.registry import (
    RegistryAccess,
    RegistrySource,
    SourceOptions,
)

_SPEED = 4 * MIB


@dataclass
class Pair:
    """Two sources of 4 MiB/s for each connection, and an engine above them."""

    hangar: Hangar
    mirror: ScriptedUpstream
    origin: ScriptedUpstream
    sources: list[ContentSource]

    async def warm(self) -> None:
        """Fetch it with nobody reading."""
        async with self.hangar.engine.board(
            WANT, self.sources, follows=False
        ) as boarding:
            await boarding.flight.wait_finished()

    async def wait_mixed(self) -> Flight:
        """Wait until both bring it."""
        await until(lambda: any(f.mixed for f in self.hangar.engine.flights))
        return self.hangar.engine.flights[0]


def make_source(
    bench: Bench, upstream: ScriptedUpstream, caps: CapOptions | None = None
) -> RegistrySource:
    """Make a source that may be capped."""
    options = SourceOptions(upstream.url, caps=caps or CapOptions())
    return RegistrySource(
        options, RegistryAccess("docker.io", patience=HASTY), bench.wire
    )


@asynccontextmanager
async def two_sources(
    root: Path, caps: CapOptions | None = None
) -> AsyncIterator[Pair]:
    """Open an engine above two throttled sources, the mirror first."""
    options = EngineOptions(flight=replace(FLIGHT, stripes=STRIPES))
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        mirror = await enter(ScriptedUpstream({PATH: stock(LARGE)}, bytes_per_s=_SPEED))
        origin = await enter(ScriptedUpstream({PATH: stock(LARGE)}, bytes_per_s=_SPEED))
        bench = await enter(open_bench())
        hangar = await enter(open_hangar(root, clock=HastyClock(), options=options))
        sources: list[ContentSource] = [
            make_source(bench, one, caps).content(REPOSITORY, WANT.digest)
            for one in (mirror, origin)
        ]
        yield Pair(hangar, mirror, origin, sources)


async def test_both_bring_what_nobody_reads(tmp_path: Path) -> None:
    """Pieces come from both sources, and together they are the content."""
    async with two_sources(tmp_path) as pair:
        await pair.warm()

        assert LARGE == pair.hangar.stored(WANT.digest)
        assert pair.mirror.count(BLOBS)
        assert 1 < pair.origin.count(BLOBS)


async def test_one_brings_what_a_client_reads(tmp_path: Path) -> None:
    """Unproven bytes that a client is given come from one source at a time."""
    async with two_sources(tmp_path) as pair:
        body = await pair.hangar.fetch(*pair.sources, want=WANT)

        assert LARGE == body
        assert 1 < pair.mirror.count(BLOBS)
        assert 0 == pair.origin.count(BLOBS)


async def test_who_boards_in_mid_air_sees_one_source_until_all_is_proven(
    tmp_path: Path,
) -> None:
    """The helper lies about every byte: the reader gets none of them."""
    async with two_sources(tmp_path) as pair:
        for at in range(MIB // 4, len(LARGE), MIB // 4):
            pair.origin.fail(BLOBS, faults.corrupt(at))
        warming = asyncio.create_task(pair.warm())
        flight = await pair.wait_mixed()
        board = pair.hangar.engine.board(WANT, pair.sources)
        got = bytearray()
        async with (
            board as boarding,
            aclosing(boarding.read(Span(0, len(LARGE)))) as chunks,
        ):
            async for chunk in chunks:
                right = LARGE.startswith(bytes(chunk), len(got))
                got += chunk

                assert flight.verified or right
        await warming

        assert LARGE == got
        assert LARGE == pair.hangar.stored(WANT.digest)
        assert [pair.sources[1].label] == pair.hangar.log.liars


async def test_a_helper_that_answers_once_somebody_reads_is_sent_away(
    tmp_path: Path,
) -> None:
    """Who boards before the helper gave a byte is served by one source alone."""
    async with two_sources(tmp_path) as pair:
        somebody_reads = asyncio.Event()
        halt = Halt(-1, somebody_reads.wait)
        pair.origin.fail(
            BLOBS, Fault("held", lambda _, answer: replace(answer, halts=(halt,)))
        )
        async with pair.hangar.engine.board(WANT, pair.sources, follows=False):
            await until(lambda: pair.origin.count(BLOBS))
            flight = pair.hangar.engine.flights[0]
            reading = asyncio.create_task(pair.hangar.fetch(*pair.sources, want=WANT))
            await until(lambda: flight.followers)
            somebody_reads.set()
            body = await reading

        assert LARGE == body
        assert not flight.mixed


async def test_a_helper_that_hangs_holds_nothing_up(tmp_path: Path) -> None:
    """What a silent helper was to bring, the lead brings."""
    async with two_sources(tmp_path) as pair:
        pair.origin.fail(BLOBS, faults.stall(1000))
        await pair.warm()

        assert LARGE == pair.hangar.stored(WANT.digest)


async def test_no_more_connections_than_a_source_may_have(tmp_path: Path) -> None:
    """Two connections are granted, one of them for questions: bodies take one."""
    async with two_sources(tmp_path, CapOptions(connections=2)) as pair:
        body = await pair.hangar.fetch(*pair.sources, want=WANT)

        assert LARGE == body
        assert LARGE == pair.hangar.stored(WANT.digest)


async def test_all_go_where_the_lead_goes(tmp_path: Path) -> None:
    """A lead that falls silent on all its connections is left on all of them."""
    async with two_sources(tmp_path) as pair:
        pair.mirror.fail(BLOBS, faults.stall(2 * MIB))
        loop = asyncio.get_running_loop()
        began = loop.time()
        body = await pair.hangar.fetch(*pair.sources, want=WANT)

        assert LARGE == body
        assert LARGE == pair.hangar.stored(WANT.digest)
        assert loop.time() - began < 6


async def test_wrong_parts_end_the_splitting_not_the_fetch(tmp_path: Path) -> None:
    """A source that says other ranges than were asked for brings it plainly."""
    async with two_sources(tmp_path) as pair:
        pair.mirror.fail(BLOBS, faults.wrong_range())
        body = await pair.hangar.fetch(pair.sources[0], want=WANT)

        assert LARGE == body
        assert pair.mirror.count(BLOBS) <= 4
