"""The journal: what happened to each name and content, bounded."""

from collections.abc import Sequence

from seawall.oci.digest import Digest
from seawall.testing.clock import FakeClock
from seawall.transfer.history.events import (
    Entry,
    Event,
    FlightBegun,
    NameStale,
    SecondDropped,
    Trouble,
)
from seawall.transfer.history.journal import Journal

ONE, TWO, THREE = (Digest.of(text) for text in (b"1", b"2", b"3"))
BEGUN = FlightBegun("up.example/app", "", 10, 0, ())


def _events(entries: Sequence[Entry]) -> list[Event]:
    return [entry.event for entry in entries]


def test_subjects_are_bounded() -> None:
    """What was heard of longest ago is forgotten."""
    journal = Journal(FakeClock(), subjects=2)
    for digest in (ONE, TWO, THREE):
        journal.note(digest, BEGUN)

    assert [0, 1, 1] == [len(journal.read(one)) for one in (ONE, TWO, THREE)]


def test_events_are_bounded_and_the_beginning_stays() -> None:
    """However much happens in a fetch, it is known how that began."""
    journal = Journal(FakeClock(), each=3)
    journal.note(ONE, BEGUN)
    dropped = [SecondDropped(str(number)) for number in range(10)]
    for event in dropped:
        journal.note(ONE, event)

    assert [BEGUN, *dropped[-3:]] == _events(journal.read(ONE))


def test_the_last_fetch_is_told_apart() -> None:
    """What came before the last fetch began is not part of it."""
    journal = Journal(FakeClock())
    for event in (BEGUN, SecondDropped("a"), BEGUN, SecondDropped("b")):
        journal.note(ONE, event)

    assert [BEGUN, SecondDropped("b")] == _events(journal.read_last(ONE))
    assert 4 == len(journal.read(ONE))


def test_what_is_stale_again_and_again_is_counted() -> None:
    """A thousand stale answers push nothing else out."""
    clock = FakeClock()
    journal = Journal(clock)
    stale = NameStale(Trouble("net.silence", "…"), 0.0, 10.0)
    journal.note(ONE, BEGUN)
    for _ in range(1000):
        clock.advance(1)
        journal.note(ONE, stale)

    [_, entry] = journal.read(ONE)
    assert (stale, 1000, clock.now()) == (entry.event, entry.times, entry.at)
