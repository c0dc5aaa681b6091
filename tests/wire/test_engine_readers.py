"""One flight for all who want a content, each at their own pace."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    DIGEST,
    FLIGHT,
    WANT,
    WHOLE,
    Puppet,
    open_hangar,
    until,
)

from seawall.errors import BrokenReplyError, SizeMismatchError
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.testing.samples import random_bytes
from seawall.transfer.engine import EngineOptions
from seawall.transfer.flight import Want

SMALL = random_bytes("small", 3000)


async def test_fifty_readers_make_one_fetch(tmp_path: Path) -> None:
    """However many want a content at once, its source is asked for it once."""
    source = Puppet()
    async with open_hangar(tmp_path) as hangar:
        bodies = await asyncio.gather(*(hangar.fetch(source) for _ in range(50)))
        await hangar.idle()

    assert [(0, None)] == source.asked
    assert {BODY} == set(bodies)
    assert BODY == hangar.stored()
    assert 1 == hangar.log.answered
    assert ["puppet"] == hangar.log.stored


async def test_room_is_claimed_once(tmp_path: Path) -> None:
    """A fetch that needs several attempts does not claim its room again."""
    source = Puppet(
        breaks={50_000: BrokenReplyError("cut"), 90_000: BrokenReplyError("cut")}
    )
    async with open_hangar(tmp_path) as hangar:
        await hangar.fetch(source)

    assert [len(BODY)] == hangar.claims


async def test_bytes_go_out_as_they_arrive(tmp_path: Path) -> None:
    """A reader has what arrived long before the rest does."""
    source, got = Puppet(allowed=60_000), bytearray()
    async with open_hangar(tmp_path) as hangar:
        reading = asyncio.create_task(hangar.read_into(got, [source]))
        await until(lambda: len(got) == 60_000)
        source.allow()
        await reading

    assert BODY == got


async def test_the_tail_waits_for_the_digest(tmp_path: Path) -> None:
    """Nobody whose range has the last byte comes to its end before verification."""
    source, got, part = Puppet(allowed=len(BODY) - 1), bytearray(), bytearray()
    end, early = Span(150_000, len(BODY)), Span(100, len(BODY) - 1500)
    async with open_hangar(tmp_path) as hangar:
        whole = asyncio.create_task(hangar.read_into(got, [source]))
        last = asyncio.create_task(hangar.read_into(part, [source], end))
        earlier = bytearray()
        await hangar.read_into(earlier, [source], early)
        tail = len(BODY) - FLIGHT.tail_bytes
        await until(lambda: (len(got), len(part)) == (tail, tail - end.start))
        before = len(got), len(part), hangar.stored()
        source.allow()
        await asyncio.gather(whole, last)

    assert (199_000, 49_000, None) == before
    assert BODY[100:-1500] == earlier
    assert BODY == got
    assert BODY[150_000:] == part


@pytest.mark.parametrize("span", [Span(0, 3000), Span(0, 10)], ids=["whole", "part"])
async def test_small_contents_are_verified_first(tmp_path: Path, span: Span) -> None:
    """Of a small content not even the first byte goes out before all is verified."""
    source = Puppet(SMALL, allowed=2999)
    want = Want(WANT.repository, Digest.of(SMALL), 3000)
    got = bytearray()

    async def read() -> None:
        async with hangar.engine.board(want, [source]) as boarding:
            async for chunk in boarding.read(span):
                got.extend(chunk)

    async with open_hangar(tmp_path) as hangar:
        reading = asyncio.create_task(read())
        await until(lambda: hangar.engine.flights and hangar.engine.flights[0].arrived)
        before = bytes(got)
        source.allow()
        await reading

    assert b"" == before
    assert SMALL[span.start : span.stop] == got


async def test_a_slow_reader_holds_nobody_up(tmp_path: Path) -> None:
    """A reader that does not read changes nothing for another one."""
    source = Puppet()
    async with open_hangar(tmp_path) as hangar, AsyncExitStack() as stack:
        slow = await stack.enter_async_context(hangar.engine.board(WANT, [source]))
        chunks = slow.read(WHOLE)
        first = bytes(await anext(chunks))
        body = await hangar.fetch(source)
        rest = [bytes(chunk) async for chunk in chunks]

    assert BODY == body
    assert BODY == b"".join([first, *rest])


@pytest.mark.parametrize("way", ["cancelled", "closed"])
async def test_a_reader_that_leaves_stops_nothing(tmp_path: Path, way: str) -> None:
    """The content arrives and is stored although its only reader has gone."""
    source, got = Puppet(allowed=60_000), bytearray()
    async with open_hangar(tmp_path) as hangar:
        if way == "cancelled":
            reading = asyncio.create_task(hangar.read_into(got, [source]))
            await until(lambda: len(got) == 60_000)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        else:
            async with hangar.engine.board(WANT, [source]) as boarding:
                chunks = boarding.read(WHOLE)
                await anext(chunks)
                await chunks.aclose()
        readers = [flight.readers for flight in hangar.engine.flights]
        source.allow()
        await hangar.idle()

    assert [0] == readers
    assert BODY == hangar.stored()
    assert [(0, None)] == source.asked


async def test_a_first_reader_may_leave_at_once(tmp_path: Path) -> None:
    """Whoever starts a flight and is cancelled before it began spoils it for none."""
    source = Puppet()
    async with open_hangar(tmp_path) as hangar:
        first = asyncio.create_task(hangar.fetch(source))
        await asyncio.sleep(0)
        others = [asyncio.create_task(hangar.fetch(source)) for _ in range(3)]
        await asyncio.sleep(0)
        first.cancel()
        bodies = await asyncio.gather(*others)

    assert [BODY] * 3 == bodies
    assert [(0, None)] == source.asked


async def test_a_far_range_has_a_connection_of_its_own(tmp_path: Path) -> None:
    """A reader far ahead does not wait for the front, and no byte comes twice."""
    source, got, far = Puppet(allowed=20_000), bytearray(), bytearray()
    async with open_hangar(tmp_path) as hangar:
        reading = asyncio.create_task(hangar.read_into(got, [source]))
        await until(lambda: len(got) == 20_000)
        ahead = asyncio.create_task(
            hangar.read_into(far, [source], Span(150_000, 160_000))
        )
        await until(lambda: len(source.asked) == 2)
        source.allow()
        await asyncio.gather(reading, ahead)
        await hangar.idle()

    assert [(0, None), (150_000, None)] == source.asked
    assert BODY[150_000:160_000] == far
    assert BODY == got
    assert BODY == hangar.stored()


async def test_far_ranges_wait_where_there_are_none(tmp_path: Path) -> None:
    """A source without Range is not asked again at every turn of a far reader."""
    source, far = Puppet(allowed=20_000, ranges=False), bytearray()
    async with open_hangar(tmp_path) as hangar:
        ahead = asyncio.create_task(
            hangar.read_into(far, [source], Span(150_000, 160_000))
        )
        await until(lambda: len(source.asked) > 1)
        for offset in range(25_000, 150_000, 5000):
            source.allow(offset)
            await asyncio.sleep(0.002)
        source.allow()
        await ahead
        await hangar.idle()

    assert [(0, None), (150_000, None)] == source.asked
    assert [] == hangar.log.blamed
    assert len(BODY) == source.given_bytes
    assert BODY[150_000:160_000] == far
    assert BODY == hangar.stored()


async def test_only_so_many_go_on_without_readers(tmp_path: Path) -> None:
    """Beyond its bound, a flight that everybody left ends, and can be begun anew."""
    options = EngineOptions(orphan_flights=1, flight=FLIGHT)
    bodies = [random_bytes(n, 50_000) for n in range(3)]
    sources = [Puppet(body, allowed=10_000) for body in bodies]
    wants = [Want(WANT.repository, Digest.of(body), 50_000) for body in bodies]
    async with open_hangar(tmp_path, options=options) as hangar:
        for want, source in zip(wants, sources, strict=True):
            async with hangar.engine.board(want, [source]) as boarding:
                await boarding.wait_ready()
        last = hangar.engine.board(wants[2], [sources[2]])
        sources[2].allow()
        async with last as boarding:
            size = await boarding.wait_ready()
            again = [bytes(c) async for c in boarding.read(Span(0, size))]
        sources[0].allow()
        await hangar.idle()

    assert bodies[2] == b"".join(again)
    assert bodies[0] == hangar.stored(wants[0].digest)
    assert hangar.stored(wants[1].digest) is None


async def test_orphans_may_have_so_much_ahead(tmp_path: Path) -> None:
    """A flight without readers ends if too many bytes are still to come."""
    options = EngineOptions(orphan_bytes=100_000, flight=FLIGHT)
    source = Puppet(allowed=10_000)
    async with open_hangar(tmp_path, options=options) as hangar:
        async with hangar.engine.board(WANT, [source]) as boarding:
            await boarding.wait_ready()
        await hangar.idle()

    assert hangar.stored() is None
    assert 0 == source.open_replies


async def test_what_was_stored_meanwhile_is_not_fetched(tmp_path: Path) -> None:
    """A flight that begins just after another one stored its content asks nobody."""
    source = Puppet()
    async with open_hangar(tmp_path) as hangar:
        hangar.blobs.put(DIGEST, BODY)
        body = await hangar.fetch(source)

    assert BODY == body
    assert [] == source.asked


async def test_a_wrong_promise_is_no_complete_answer(tmp_path: Path) -> None:
    """Who was told a smaller size by a manifest is cut, not given a part as all."""
    source = Puppet()
    liar = Want(WANT.repository, DIGEST, 10_000)
    async with (
        open_hangar(tmp_path) as hangar,
        hangar.engine.board(WANT, [source]) as first,
    ):
        await first.wait_ready()
        async with hangar.engine.board(liar, [source]) as second:
            with pytest.raises(SizeMismatchError):
                await second.wait_ready(10_000)
            with pytest.raises(SizeMismatchError):
                [chunk async for chunk in second.read(Span(0, 10_000))]
