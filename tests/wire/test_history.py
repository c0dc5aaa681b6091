"""What a flight tells of itself: whom it asked, what went wrong, who gave what."""

from pathlib import Path

import pytest
from tests.wire.flights import BODY, Puppet, open_hangar

from seawall.errors import BrokenReplyError
from seawall.transfer.history import events

SIZE = len(BODY)


async def test_a_plain_flight_tells_whom_it_asked_and_what_came(tmp_path: Path) -> None:
    """Its order, the question, the answer, and the bytes by source."""
    async with open_hangar(tmp_path) as hangar:
        await hangar.fetch(Puppet(label="only"))
        await hangar.idle()
        told = hangar.log.events

    begun, ended = told[0], told[-1]
    assert isinstance(begun, events.FlightBegun)
    assert isinstance(ended, events.FlightEnded)
    assert [("only", "well")] == [(p.source, p.grade) for p in begun.order]
    assert ("stored", (("only", SIZE),), None) == (
        ended.result,
        ended.given,
        ended.trouble,
    )
    assert ["SourceAsked", "SourceAnswered", "SourceLeft"] == [
        type(event).__name__ for event in told[1:-1]
    ]


async def test_a_break_is_told_with_where_it_goes_on(tmp_path: Path) -> None:
    """The source that failed, the one that went on, and from which byte."""
    broken = Puppet(
        label="one", is_origin=False, breaks={SIZE // 2: BrokenReplyError("cut")}
    )
    async with open_hangar(tmp_path) as hangar:
        assert BODY == await hangar.fetch(broken, Puppet(label="two"))
        await hangar.idle()
        told = hangar.log.events

    [switched] = [e for e in told if isinstance(e, events.Switched)]
    [failed] = [e for e in told if isinstance(e, events.SourceFailed)]
    ended = told[-1]
    assert isinstance(ended, events.FlightEnded)
    assert ("one", "two", SIZE // 2) == (switched.was, switched.now, switched.offset)
    assert ("one", "BrokenReplyError") == (failed.source, failed.trouble.cause)
    assert {"one": SIZE // 2, "two": SIZE - SIZE // 2} == dict(ended.given)


async def test_a_failed_flight_says_why(tmp_path: Path) -> None:
    """Once, at its end, with the most telling error."""
    dead = Puppet(refusal=BrokenReplyError("cut: https://me:pw@x.example/"))
    async with open_hangar(tmp_path) as hangar:
        with pytest.raises(BrokenReplyError):
            await hangar.fetch(dead)
        await hangar.idle()
        ended = hangar.log.events[-1]

    assert isinstance(ended, events.FlightEnded)
    assert ("failed", True) == (ended.result, ended.trouble is not None)
    assert "me:pw" not in str(ended)
