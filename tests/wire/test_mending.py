"""One source of several lies: it is found out, and only what differs is replaced."""

import asyncio
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    DIGEST,
    Hangar,
    Puppet,
    open_hangar,
    until,
)

from seawall.errors import BrokenReplyError, DigestMismatchError
from seawall.kit.ranges import Span
from seawall.transfer.flight import ContentSource

SIZE = len(BODY)
CUT = 120_000


def spoil(*places: int) -> bytes:
    """Give the body with these bytes wrong."""
    wrong = bytearray(BODY)
    for place in places:
        wrong[place] ^= 0xFF
    return bytes(wrong)


def mirror(body: bytes = BODY, label: str = "mirror", *, cut: int = 0) -> Puppet:
    """Make a mirror; one that is cut off once, if it says where."""
    breaks = {cut: BrokenReplyError("cut")} if cut else {}
    return Puppet(body, label=label, is_origin=False, breaks=dict(breaks))


async def read_slowly(
    hangar: Hangar, sources: list[Puppet], span: Span
) -> asyncio.Task[bytes]:
    """Start to read, and return once the first bytes are given."""
    got = bytearray()

    async def read() -> bytes:
        await hangar.read_into(got, list[ContentSource](sources), span)
        return bytes(got)

    reading = asyncio.create_task(read())
    await until(lambda: got)
    return reading


async def test_a_reader_may_not_even_notice(tmp_path: Path) -> None:
    """Wrong bytes that no reader was given are replaced in the same answer."""
    liar, origin = mirror(spoil(SIZE - 500)), Puppet()
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(liar, origin)

    assert BODY == body
    assert BODY == hangar.stored()
    assert ["mirror"] == hangar.log.liars
    assert [Span(SIZE - 500, SIZE - 499)] == hangar.log.wrong
    assert [(0, SIZE)] == origin.asked


async def test_who_was_given_wrong_bytes_is_cut(tmp_path: Path) -> None:
    """A reader with wrong bytes is cut, one with right ones reads on; all is kept."""
    liar, origin = mirror(spoil(50)), Puppet()
    liar.allowed = CUT
    async with open_hangar(tmp_path) as hangar:
        harmed = await read_slowly(hangar, [liar, origin], Span(0, SIZE))
        lucky = await read_slowly(hangar, [liar, origin], Span(1000, SIZE))
        liar.allow()
        with pytest.raises(DigestMismatchError, match="was cut"):
            await harmed
        rest = await lucky
        refused = hangar.engine.refuses_resume(DIGEST)

    assert BODY[1000:] == rest
    assert BODY == hangar.stored()
    assert refused
    assert [] == hangar.log.failed


async def test_only_what_the_suspect_gave_is_fetched_again(tmp_path: Path) -> None:
    """Of two givers the mirror is doubted first: its part is asked of the origin."""
    liar, origin = mirror(spoil(SIZE - 1, 7), cut=CUT), Puppet()
    async with open_hangar(tmp_path) as hangar:
        reading = await read_slowly(hangar, [liar, origin], Span(1000, SIZE))
        body = await reading

    assert BODY[1000:] == body
    assert [(CUT, None), (0, CUT)] == origin.asked
    assert ["mirror"] == hangar.log.liars
    assert [Span(7, 8)] == hangar.log.wrong


async def test_the_innocent_are_not_named(tmp_path: Path) -> None:
    """A mirror that agrees with the origin is cleared, and the origin found to lie."""
    honest, liar = mirror(cut=CUT), Puppet(spoil(SIZE - 1), label="origin")
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(honest, liar)

    assert BODY == body
    assert ["origin"] == hangar.log.liars
    assert [(0, None), (CUT, SIZE)] == honest.asked
    assert [(CUT, None), (0, CUT)] == liar.asked


async def test_a_lying_helper_spoils_nothing(tmp_path: Path) -> None:
    """What a liar put in the place of right bytes is undone."""
    honest, liar = mirror(cut=CUT), Puppet(spoil(3, SIZE - 1), label="origin")
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(honest, liar)

    assert BODY == body
    assert BODY == hangar.stored()
    assert ["origin"] == hangar.log.liars


async def test_a_helper_that_fails_is_passed_over(tmp_path: Path) -> None:
    """If the first helper cannot be asked, the next one is."""
    liar, other, origin = mirror(spoil(SIZE - 1)), mirror(label="other"), Puppet()
    origin.refusal = BrokenReplyError("503")
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(liar, other, origin)

    assert BODY == body
    assert ["mirror"] == hangar.log.liars
    assert [(0, SIZE)] == other.asked


async def test_a_helper_that_breaks_off_goes_on(tmp_path: Path) -> None:
    """What it gave before is not asked for again; a doubt is worth some tries."""
    liar = mirror(spoil(SIZE - 1))
    gone = BrokenReplyError("reset", cause="net.conn_reset")
    origin = Puppet(breaks={60_000: gone, 120_000: gone})
    async with open_hangar(tmp_path) as hangar:
        await hangar.fetch(liar, origin, span=Span(0, 1000))
        await hangar.idle()

    assert BODY == hangar.stored()
    assert ["mirror"] == hangar.log.liars
    assert [0, 60_000, 120_000] == [start for start, _ in origin.asked]


async def test_a_helper_without_ranges_helps_too(tmp_path: Path) -> None:
    """A source that gives all is compared where it counts."""
    liar, origin = mirror(spoil(SIZE - 1, 7), cut=CUT), Puppet(ranges=False)
    async with open_hangar(tmp_path) as hangar:
        body = await (await read_slowly(hangar, [liar, origin], Span(1000, SIZE)))

    assert BODY[1000:] == body
    assert ["mirror"] == hangar.log.liars


async def test_a_liar_is_not_asked_again(tmp_path: Path) -> None:
    """For as long as it is quarantined, others are asked, whatever the content."""
    liar, origin = mirror(spoil(SIZE - 1)), Puppet()
    async with open_hangar(tmp_path) as hangar:
        await hangar.fetch(liar, origin)
        sources = [liar, origin]
        now = hangar.engine.rank(sources), hangar.engine.roster.find_liars(sources)
        hangar.clock.advance(24 * 3600)
        later = hangar.engine.rank(sources), hangar.engine.roster.find_liars(sources)

    assert ([1, 0], frozenset({0})) == now
    assert ([0, 1], frozenset()) == later


async def test_where_all_lie_nothing_is_kept(tmp_path: Path) -> None:
    """Two different lies: both are named, neither is stored, nothing is completed."""
    one, two = mirror(spoil(50)), Puppet(spoil(60), label="origin")
    async with open_hangar(tmp_path) as hangar:
        with pytest.raises(DigestMismatchError):
            await hangar.fetch(one, two)
        await hangar.idle()

    assert {"mirror", "origin"} == set(hangar.log.liars)
    assert hangar.stored() is None
    assert one.given_bytes + two.given_bytes <= 2.1 * SIZE
