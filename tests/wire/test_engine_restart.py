"""Engines that end in the middle: nothing left behind, nothing fetched twice."""

import asyncio
import threading
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    DIGEST,
    REPOSITORY,
    WANT,
    WHOLE,
    Puppet,
    count_descriptors,
    open_hangar,
    until,
)

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    StoreError,
    UnreachableError,
    UpstreamError,
)
from seawall.kit.ranges import Span
from seawall.store.disk import DiskBlobs
from seawall.transfer.flight import Want

UNSIZED = Want(REPOSITORY, DIGEST)


@pytest.mark.parametrize("want", [WANT, UNSIZED], ids=["sized", "unsized"])
async def test_a_restart_goes_on_where_it_ended(tmp_path: Path, want: Want) -> None:
    """What had arrived when the engine was closed is not fetched again."""
    source = Puppet(allowed=100_000)
    async with (
        open_hangar(tmp_path) as hangar,
        hangar.engine.board(want, [source]) as boarding,
    ):
        await until(lambda: boarding.flight.arrived == 100_000)
    source.allow()
    async with open_hangar(tmp_path, blobs=DiskBlobs(tmp_path)) as hangar:
        body = await hangar.fetch(source, want=want)

    assert BODY == body
    assert BODY == hangar.stored()
    assert source.asked[1][0] in (100_000, 99_999)


async def test_holes_are_filled_after_a_restart(tmp_path: Path) -> None:
    """A far part of before is kept, and only what lies between is fetched."""
    source, far = Puppet(allowed=10_000), bytearray()
    async with (
        open_hangar(tmp_path) as hangar,
        hangar.engine.board(WANT, [source]) as boarding,
    ):
        await boarding.wait_ready()
        span = Span(150_000, 160_000)
        ahead = asyncio.create_task(hangar.read_into(far, [source], span))
        await until(lambda: len(source.asked) == 2)
        source.allow(160_000)
        await ahead
        await until(lambda: boarding.flight.arrived == 160_000)
    source.allow()
    source.asked.clear()
    async with open_hangar(tmp_path, blobs=DiskBlobs(tmp_path)) as hangar:
        body = await hangar.fetch(source)

    assert BODY == body
    assert [(160_000, None)] == source.asked


async def test_a_crash_before_the_commit_needs_no_source(tmp_path: Path) -> None:
    """If every byte is here and the manifest says so, nobody is asked."""
    partial = DiskBlobs(tmp_path).open_partial(DIGEST)
    partial.write(0, BODY)
    partial.close()
    source = Puppet(refusal=UnreachableError("down"))
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(source)

    assert BODY == body
    assert [] == source.asked
    assert BODY == hangar.stored()


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
@pytest.mark.parametrize("extra", [b"", b"more" * 1000], ids=["exact", "longer"])
@pytest.mark.parametrize("want", [WANT, UNSIZED], ids=["sized", "unsized"])
async def test_a_whole_file_of_before(
    tmp_path: Path, want: Want, extra: bytes, *, ranges: bool
) -> None:
    """A complete, or too long, file ends well, whether or not its size is known."""
    partial = DiskBlobs(tmp_path).open_partial(DIGEST)
    partial.write(0, BODY + extra)
    partial.close()
    source = Puppet(ranges=ranges)
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(source, want=want)

    assert BODY == body
    assert BODY == hangar.stored()
    assert [] == hangar.log.blamed


async def test_closing_leaves_nothing_behind(tmp_path: Path) -> None:
    """After the end of an engine there is no task, open file or thread of it."""
    files, threads = count_descriptors(), set(threading.enumerate())
    source, got, far = Puppet(allowed=60_000), bytearray(), bytearray()
    async with open_hangar(tmp_path) as hangar:
        tasks = [
            asyncio.create_task(hangar.read_into(got, [source])),
            asyncio.create_task(
                hangar.read_into(far, [source], Span(150_000, 160_000))
            ),
        ]
        await until(lambda: len(got) == 60_000)
        await hangar.engine.close()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(UnreachableError):
            await hangar.fetch(source)

    assert [UnreachableError] * 2 == [type(end) for end in ends]
    assert 0 == source.open_replies
    assert files == count_descriptors()
    left = set(threading.enumerate()) - threads
    assert [] == [t.name for t in left if t.name.startswith("seawall")]


async def test_what_arrived_before_the_end_is_right(tmp_path: Path) -> None:
    """An engine that is closed while bytes pour in leaves each in its place."""
    for turns in range(0, 60, 4):
        root, source = tmp_path / str(turns), Puppet(chunk_bytes=700)
        async with (
            open_hangar(root) as hangar,
            hangar.engine.board(WANT, [source]),
        ):
            for _ in range(turns):
                await asyncio.sleep(0)
        partial = DiskBlobs(root).open_partial(DIGEST)
        spans = partial.extents.spans()
        partial.close()
        for part in (root / "partials").glob("*.part"):
            held = part.read_bytes()
            for span in spans:
                assert BODY[span.start : span.stop] == held[span.start : span.stop]


async def test_a_slow_reader_of_a_failed_flight_blocks_none(tmp_path: Path) -> None:
    """A fetch begins anew although somebody still reads what the last one brought."""
    source = Puppet(allowed=100_000)
    async with (
        open_hangar(tmp_path) as hangar,
        hangar.engine.board(WANT, [source]) as slow,
    ):
        chunks = slow.read(Span(0, 100_000))
        first = bytes(await anext(chunks))
        source.refusal = AbsentError("gone", status=404)
        source.breaks = {100_000: BrokenReplyError("cut")}
        source.allow()
        await hangar.idle()
        source.refusal = None
        body = await hangar.fetch(source)
        rest = b"".join([bytes(chunk) async for chunk in chunks])

    assert BODY == body
    assert BODY[:100_000] == first + rest


async def test_failure_ends_all_readers_alike(tmp_path: Path) -> None:
    """Everybody on board learns why the source failed, and the next one tries anew."""
    source = Puppet(refusal=AbsentError("gone", status=404))
    files = count_descriptors()
    async with open_hangar(tmp_path) as hangar:
        ends = await asyncio.gather(
            *(hangar.fetch(source) for _ in range(5)), return_exceptions=True
        )
        source.refusal = None
        body = await hangar.fetch(source)

    assert [AbsentError] * 5 == [type(end) for end in ends]
    assert BODY == body
    assert [(0, None)] * 2 == source.asked
    assert files == count_descriptors()


async def test_a_bug_ends_the_flight_too(tmp_path: Path) -> None:
    """Readers do not wait for ever for a flight that ended by an unforeseen error."""
    async with open_hangar(tmp_path) as hangar:
        loop = asyncio.get_running_loop()
        heard: list[object] = []
        loop.set_exception_handler(lambda _, context: heard.append(context))
        async with asyncio.timeout(2):
            with pytest.raises(UpstreamError):
                await hangar.fetch(Puppet(refusal=ZeroDivisionError()))
            body = await hangar.fetch(Puppet())

    assert BODY == body


async def test_a_store_that_fails_blames_no_source(tmp_path: Path) -> None:
    """A file that cannot be opened is an error of the store, not of an upstream."""
    hangar_root = tmp_path / "store"
    async with open_hangar(hangar_root) as hangar:
        blocked = hangar.blobs.open_partial(DIGEST)
        with pytest.raises(StoreError):
            await hangar.fetch(Puppet())
        blocked.discard()
        blocked.close()
        body = await hangar.fetch(Puppet())

    assert BODY == body
    assert [] == hangar.log.blamed


async def test_many_come_and_go(tmp_path: Path) -> None:
    """Readers that board and leave at any moment never meet a closed file."""
    files = count_descriptors()
    async with open_hangar(tmp_path) as hangar:

        async def visit(number: int) -> bytes:
            for _ in range(number % 7):
                await asyncio.sleep(0)
            got = bytearray()
            async with (
                hangar.engine.board(WANT, [source]) as boarding,
                aclosing(boarding.read(WHOLE)) as chunks,
            ):
                async for chunk in chunks:
                    got += chunk
                    if number % 3 == 0:
                        break
            return bytes(got)

        for _ in range(10):
            source = Puppet(chunk_bytes=40_000)
            bodies = await asyncio.gather(*map(visit, range(20)))
            await hangar.idle()
            assert all(BODY.startswith(body) for body in bodies)
            hangar.blobs.remove(DIGEST)

    assert files == count_descriptors()
