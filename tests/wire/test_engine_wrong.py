"""Bytes that are not their digest: never complete, never kept, the liar found."""

import asyncio
import os
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    DIGEST,
    REPOSITORY,
    WANT,
    WHOLE,
    Hangar,
    Puppet,
    count_descriptors,
    open_hangar,
    until,
)

from seawall.errors import (
    BrokenReplyError,
    DigestMismatchError,
    SeawallError,
    SizeMismatchError,
)
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.store.disk import DiskBlobs
from seawall.testing.samples import random_bytes
from seawall.transfer.cargo.scribe import Scribe
from seawall.transfer.flight import Want

WRONG = BODY[:10_000] + b"!" + BODY[10_001:]
SMALL = random_bytes("small", 3000)
SMALL_WANT = Want(REPOSITORY, Digest.of(SMALL), 3000)
UNSIZED = Want(REPOSITORY, DIGEST)


def liar(body: bytes = WRONG, label: str = "liar", **how: bool) -> Puppet:
    """Make a mirror that gives other bytes."""
    return Puppet(body, label=label, is_origin=how.get("is_origin", False))


async def cut_off(hangar: Hangar, *sources: Puppet) -> tuple[bytes, SeawallError]:
    """Read until the answer is cut; give what came and why."""
    got = bytearray()
    with pytest.raises(SeawallError) as caught:
        await hangar.read_into(got, sources)
    return bytes(got), caught.value


async def test_wrong_bytes_never_end_well(tmp_path: Path) -> None:
    """A reader of wrong bytes is cut before the last one, and nothing is kept."""
    async with open_hangar(tmp_path) as hangar:
        got, error = await cut_off(hangar, liar(is_origin=True))
        await hangar.idle()
        partials = list(hangar.blobs.walk_partials())
        refused = hangar.engine.refuses_resume(DIGEST)
        hangar.clock.advance(61)
        later = hangar.engine.refuses_resume(DIGEST)

    assert isinstance(error, DigestMismatchError)
    assert 0 < len(got) < len(BODY)
    assert hangar.stored() is None
    assert [] == partials
    assert (True, False) == (refused, later)
    assert ["liar"] == hangar.log.blamed


async def test_a_liar_is_asked_last(tmp_path: Path) -> None:
    """After wrong bytes, the next reader gets the right ones from another source."""
    mirror, origin = liar(), Puppet()
    async with open_hangar(tmp_path) as hangar:
        await cut_off(hangar, mirror, origin)
        body = await hangar.fetch(mirror, origin)

    assert BODY == body
    assert 1 == len(mirror.asked)


async def test_lies_that_nobody_saw_are_made_good(tmp_path: Path) -> None:
    """If no byte went out, another source is asked and the reader notices nothing."""
    mirror = liar(SMALL[:-1] + b"!")
    before = count_descriptors()
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(mirror, Puppet(SMALL), want=SMALL_WANT)

    assert SMALL == body
    assert ["liar"] == hangar.log.blamed
    assert before == count_descriptors()


async def test_all_sources_lie(tmp_path: Path) -> None:
    """If every source lies, each is asked once, and the error says so."""
    sources = [liar(SMALL[:-1] + bytes([n]), f"m{n}") for n in range(2)]
    async with open_hangar(tmp_path) as hangar:
        with pytest.raises(DigestMismatchError):
            await hangar.fetch(*sources, want=SMALL_WANT)

    assert [1, 1] == [len(source.asked) for source in sources]
    assert not hangar.engine.refuses_resume(SMALL_WANT.digest)


async def test_the_right_one_is_found_among_two(tmp_path: Path) -> None:
    """Half from a liar, half from the origin: the origin alone is believed."""
    mirror, origin = liar(b"!" + SMALL[1:]), Puppet(SMALL)
    mirror.breaks = {1000: BrokenReplyError("cut")}
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(mirror, origin, want=SMALL_WANT)

    assert SMALL == body
    assert [(0, None)] == mirror.asked
    assert [(1000, None), (0, 1000)] == origin.asked


@pytest.mark.parametrize("size", [3001, 2999])
async def test_a_wrong_size_is_seen_at_once(tmp_path: Path, size: int) -> None:
    """A source that says another size than the manifest gives no byte."""
    mirror = liar(SMALL)
    mirror.total = size
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(mirror, Puppet(SMALL), want=SMALL_WANT)
        alone = Puppet(BODY, total=size)
        with pytest.raises(SizeMismatchError):
            await hangar.fetch(alone)

    assert SMALL == body


async def test_a_body_longer_than_it_said_is_cut(tmp_path: Path) -> None:
    """Bytes beyond the size are never written."""
    source = Puppet(SMALL + b"more", total=3000)
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(source, want=SMALL_WANT)

    assert SMALL == body
    assert SMALL == hangar.stored(SMALL_WANT.digest)


async def test_a_liar_about_the_size_does_not_stick(tmp_path: Path) -> None:
    """More bytes from a liar than there are: thrown away, and fetched again."""
    mirror, origin = liar(BODY + b"more" * 9000, "liar"), Puppet()
    mirror.breaks = {230_000: BrokenReplyError("cut")}
    mirror.total = None
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(mirror, origin, want=UNSIZED)

    assert BODY == body
    assert BODY == hangar.stored()


async def test_a_reader_told_another_size_is_cut(tmp_path: Path) -> None:
    """A size that a liar told does not make the right content end early."""
    mirror, origin = liar(BODY[:3000]), Puppet()
    got = bytearray()
    async with open_hangar(tmp_path) as hangar:
        async with hangar.engine.board(UNSIZED, [mirror, origin]) as boarding:
            size = await boarding.flight.wait_size()
            boarding._told = size
            with pytest.raises(SizeMismatchError):  # noqa: PT012
                async with aclosing(boarding.read(Span(0, size))) as chunks:
                    async for chunk in chunks:
                        got += chunk
        await hangar.idle()

    assert 3000 == size
    assert b"" == got
    assert BODY == hangar.stored()


async def test_a_lie_in_a_far_part_is_found(tmp_path: Path) -> None:
    """What a second connection brings is verified like the rest."""
    wrong = BODY[:160_000] + b"!" + BODY[160_001:]
    source, got, far = Puppet(wrong, allowed=20_000), bytearray(), bytearray()
    async with open_hangar(tmp_path) as hangar:
        reading = asyncio.create_task(hangar.read_into(got, [source]))
        await until(lambda: len(got) == 20_000)
        span = Span(150_000, 170_000)
        ahead = asyncio.create_task(hangar.read_into(far, [source], span))
        await until(lambda: len(source.asked) == 2)
        source.allow()
        ends = await asyncio.gather(reading, ahead, return_exceptions=True)
        await hangar.idle()

    assert isinstance(ends[0], DigestMismatchError)
    assert len(got) < len(BODY)
    assert hangar.stored() is None


async def test_two_legs_never_disagree_on_disk(tmp_path: Path) -> None:
    """What was verified is what the file holds, whoever wrote the same place."""
    async with (
        open_hangar(tmp_path) as hangar,
        hangar.engine.board(WANT, [Puppet(allowed=0)]) as boarding,
    ):
        await until(lambda: boarding.flight.fd is not None)
        scribe = Scribe(boarding.flight)
        scribe.write(0, BODY[:100], 0)
        scribe.write(50, b"!" * 100, 1)
        scribe.read_back(150)
        written = boarding.flight.partial
        held = os.pread(written.fd, 150, 0)

    assert BODY[:100] + b"!" * 50 == held
    assert Digest.of(held).hex == scribe.hexdigest()


async def test_corrupt_bytes_of_before_blame_nobody(tmp_path: Path) -> None:
    """A file that changed while Seawall was down is thrown away and fetched anew."""
    source = Puppet(SMALL, allowed=2000, chunk_bytes=500)
    async with (
        open_hangar(tmp_path) as hangar,
        hangar.engine.board(SMALL_WANT, [source]) as boarding,
    ):
        await until(lambda: boarding.flight.arrived == 2000)
    part = next((tmp_path / "partials").glob("*.part"))
    part.write_bytes(b"!" + part.read_bytes()[1:])
    source.allow()
    async with open_hangar(tmp_path, blobs=DiskBlobs(tmp_path)) as hangar:
        body = await hangar.fetch(source, want=SMALL_WANT)

    assert SMALL == body
    assert [] == hangar.log.blamed
    assert [(0, None), (2000, None), (0, 2000)] == source.asked


async def test_corrupt_bytes_that_went_out_end_there(tmp_path: Path) -> None:
    """Who was given bytes of a changed file is cut; whoever comes next gets all."""
    source = Puppet(allowed=100_000)
    async with (
        open_hangar(tmp_path) as hangar,
        hangar.engine.board(WANT, [source]) as boarding,
    ):
        await until(lambda: boarding.flight.arrived == 100_000)
    part = next((tmp_path / "partials").glob("*.part"))
    part.write_bytes(b"!" + part.read_bytes()[1:])
    source.allow()
    async with open_hangar(tmp_path, blobs=DiskBlobs(tmp_path)) as hangar:
        got, error = await cut_off(hangar, source)
        refused = hangar.engine.refuses_resume(DIGEST)
        body = await hangar.fetch(source)

    assert isinstance(error, DigestMismatchError)
    assert refused
    assert [] == hangar.log.blamed
    assert BODY == body
    assert len(got) < len(WHOLE)
