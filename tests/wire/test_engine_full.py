"""A full disk breaks no pull: readers go straight through, verified and bounded."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    DIGEST,
    FLIGHT,
    REPOSITORY,
    WANT,
    WHOLE,
    Hangar,
    Puppet,
    open_hangar,
    until,
)

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    DigestMismatchError,
    SizeMismatchError,
    StoreError,
    StoreFullError,
)
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.store.disk import DiskBlobs
from seawall.store.partial import DiskPartial
from seawall.store.roles import Buffer
from seawall.transfer.engine import EngineOptions
from seawall.transfer.flight import Want


class FillingDisk(DiskBlobs):
    """A disk that takes so many bytes, and then no more."""

    error: type[StoreError] = StoreFullError
    room_bytes = 50_000

    def open_partial(self, digest: Digest) -> DiskPartial:
        """Open a partial of which only so much can be written."""
        if not self.room_bytes:
            raise self.error("full")
        partial = super().open_partial(digest)
        write = partial.write

        def limited(offset: int, data: Buffer) -> None:
            if offset + len(data) > self.room_bytes:
                raise self.error("full")
            write(offset, data)

        partial.write = limited  # type: ignore[method-assign]
        return partial


def filling(root: Path, room_bytes: int = 50_000) -> FillingDisk:
    """Make such a disk."""
    disk = FillingDisk(root, sync=False)
    disk.room_bytes = room_bytes
    return disk


@pytest.mark.parametrize("span", [WHOLE, Span(10, 150_000), Span(90_000, 200_000)])
async def test_a_disk_that_fills_up_changes_nothing(tmp_path: Path, span: Span) -> None:
    """A reader in the middle of a content gets the rest of it, byte for byte."""
    source = Puppet()
    async with open_hangar(tmp_path, blobs=filling(tmp_path)) as hangar:
        body = await hangar.fetch(source, span=span)
        await hangar.idle()

    assert BODY[span.start : span.stop] == body
    assert hangar.stored() is None
    assert 1 == hangar.log.passages
    assert [] == hangar.log.blamed


@pytest.mark.parametrize("want", [WANT, Want(REPOSITORY, DIGEST)], ids=["", "unsized"])
async def test_no_file_can_be_made(tmp_path: Path, want: Want) -> None:
    """Where not even an empty file fits, the content comes through all the same."""
    async with open_hangar(tmp_path, blobs=filling(tmp_path, 0)) as hangar:
        body = await hangar.fetch(Puppet(), want=want)
        with pytest.raises(AbsentError):
            await hangar.fetch(Puppet(refusal=AbsentError("gone")), want=want)

    assert BODY == body


async def test_no_room_after_eviction(tmp_path: Path) -> None:
    """If everything left is pinned or arriving, readers go straight through."""
    async with open_hangar(tmp_path, room=False) as hangar:
        body = await hangar.fetch(Puppet())

    assert BODY == body
    assert [] == list(hangar.blobs.walk())


async def test_passages_are_bounded(tmp_path: Path) -> None:
    """Beyond the bound, a reader is told to come back later."""
    options = EngineOptions(passages=1, flight=FLIGHT)
    source = Puppet()
    async with (
        open_hangar(tmp_path, room=False, options=options) as hangar,
        AsyncExitStack() as stack,
    ):
        first = await stack.enter_async_context(hangar.engine.board(WANT, [source]))
        chunks = first.read(WHOLE)
        begin = bytes(await anext(chunks))
        with pytest.raises(StoreFullError) as caught:
            await hangar.fetch(source)
        rest = b"".join([bytes(chunk) async for chunk in chunks])
        again = await hangar.fetch(source)

    assert 10 == caught.value.wait_s
    assert BODY == begin + rest
    assert BODY == again


async def test_who_is_beyond_the_bound_is_told_before_its_answer_begins(
    tmp_path: Path,
) -> None:
    """With a size from a manifest, too: what has begun could only be cut."""
    options = EngineOptions(passages=1, flight=FLIGHT)
    async with (
        open_hangar(tmp_path, room=False, options=options) as hangar,
        AsyncExitStack() as stack,
    ):
        first = await stack.enter_async_context(hangar.engine.board(WANT, [Puppet()]))
        chunks = first.read(WHOLE)
        await anext(chunks)
        async with hangar.engine.board(WANT, [Puppet()]) as second:
            with pytest.raises(StoreFullError):
                await second.wait_ready(len(BODY))
        await chunks.aclose()


async def test_a_passage_goes_on_elsewhere(tmp_path: Path) -> None:
    """A source that breaks off is replaced at the same offset."""
    mirror = Puppet(label="mirror", is_origin=False)
    mirror.breaks = {90_000: BrokenReplyError("cut")}
    origin = Puppet(ranges=False)
    async with open_hangar(tmp_path, room=False) as hangar:
        body = await hangar.fetch(mirror, origin)

    assert BODY == body
    assert [(90_000, None)] == origin.asked[-1:]
    assert ["mirror"] == hangar.log.blamed


async def cut_off(hangar: Hangar, *sources: Puppet, span: Span = WHOLE) -> bytes:
    """Read until the answer is cut for wrong bytes."""
    got = bytearray()
    with pytest.raises((DigestMismatchError, SizeMismatchError)):
        await hangar.read_into(got, sources, span)
    return bytes(got)


async def test_wrong_bytes_straight_through(tmp_path: Path) -> None:
    """A passage with wrong bytes is cut before its end, and may not be resumed."""
    wrong = Puppet(BODY[:150_000] + b"!" + BODY[150_001:])
    async with open_hangar(tmp_path, room=False) as hangar:
        got = await cut_off(hangar, wrong)
        refused = hangar.engine.refuses_resume(DIGEST)

    assert len(got) < len(BODY)
    assert refused


async def test_two_halves_of_two_contents(tmp_path: Path) -> None:
    """What came from the disk and what comes now must be the same content."""
    wrong = Puppet(b"!" + BODY[1:], label="mirror", is_origin=False, allowed=50_000)
    got = bytearray()
    async with open_hangar(tmp_path, blobs=filling(tmp_path)) as hangar:
        reading = asyncio.create_task(hangar.read_into(got, [wrong, Puppet()]))
        await until(lambda: len(got) == 50_000)
        wrong.body = BODY
        wrong.allow()
        with pytest.raises(DigestMismatchError):
            await reading
        refused = hangar.engine.refuses_resume(DIGEST)

    assert 50_000 == len(got)
    assert refused


@pytest.mark.parametrize("total", [len(BODY) + 5, len(BODY) - 5])
async def test_another_size_straight_through(tmp_path: Path, total: int) -> None:
    """A passage of another size than promised gives nothing at all."""
    source = Puppet(total=total)
    async with open_hangar(tmp_path, blobs=filling(tmp_path, 0)) as hangar:
        got = await cut_off(hangar, source)

    assert b"" == got


async def test_small_contents_straight_through(tmp_path: Path) -> None:
    """Of a small content not a byte goes out before all of it is verified."""
    small, wrong = BODY[:3000], BODY[:2999] + b"!"
    want = Want(REPOSITORY, Digest.of(small), 3000)
    got = bytearray()
    async with open_hangar(tmp_path, room=False) as hangar:
        body = await hangar.fetch(Puppet(small), want=want)
        async with hangar.engine.board(want, [Puppet(wrong)]) as boarding:
            with pytest.raises(DigestMismatchError):  # noqa: PT012
                async for chunk in boarding.read(Span(0, 3000)):
                    got += chunk

    assert small == body
    assert b"" == got


async def test_other_trouble_of_the_disk_is_said(tmp_path: Path) -> None:
    """A write that fails ends the flight with the store's error, and blames nobody."""
    disk = filling(tmp_path)
    disk.error = StoreError
    async with open_hangar(tmp_path, blobs=disk) as hangar:
        with pytest.raises(StoreError):
            await hangar.fetch(Puppet())

    assert [] == hangar.log.blamed
    assert hangar.stored() is None
