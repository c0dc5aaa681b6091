"""How sources fared, and who is asked first therefore."""

from dataclasses import dataclass

from seawall.errors import AbsentError, BrokenReplyError
from seawall.testing.clock import FakeClock
from seawall.transfer.standing.circuit import CircuitOptions
from seawall.transfer.standing.roster import Roster

OPTIONS = CircuitOptions(failures=2, shut_s=40, probe_s=5, lie_s=100)
DOWN = BrokenReplyError("503")


@dataclass
class Named:
    """A source with a name."""

    label: str
    is_origin: bool = False


MIRROR, ORIGIN = Named("mirror"), Named("origin", is_origin=True)
BOTH = [MIRROR, ORIGIN]


def test_refusals_are_no_failures() -> None:
    """A source that has not got a content is not worse for it."""
    roster = Roster(FakeClock(), OPTIONS)
    roster.note_failure(MIRROR, AbsentError("404"))

    assert [0, 1] == roster.rank(BOTH)


def test_a_shut_source_is_probed_once() -> None:
    """A source that failed in a row is asked last, then by one request only."""
    clock = FakeClock()
    roster = Roster(clock, OPTIONS)
    for _ in range(2):
        roster.note_failure(MIRROR, DOWN)
    shut = roster.rank(BOTH)
    clock.advance(40)
    probe, others = roster.rank(BOTH), roster.rank(BOTH)
    roster.note_success(MIRROR)
    after = roster.rank(BOTH)

    assert ([1, 0], [0, 1], [1, 0], [0, 1]) == (shut, probe, others, after)


def test_the_second_best_is_not_probed() -> None:
    """A shut source behind one that does well stays behind it."""
    clock = FakeClock()
    roster = Roster(clock, OPTIONS)
    for _ in range(2):
        roster.note_failure(ORIGIN, DOWN)
    clock.advance(40)

    assert [[0, 1], [0, 1]] == [roster.rank(BOTH), roster.rank(BOTH)]


def test_a_liar_is_the_last_resort() -> None:
    """Wrong bytes count for longer than failures, and for others' choice, too."""
    clock = FakeClock()
    roster = Roster(clock, OPTIONS)
    roster.note_lie(MIRROR)
    roster.note_success(MIRROR)
    then = roster.rank(BOTH), roster.find_liars(BOTH)
    clock.advance(100)

    assert ([1, 0], frozenset({0})) == then
    assert frozenset() == roster.find_liars(BOTH)


def test_a_source_alone_is_always_asked() -> None:
    """The last usable source is never ruled out."""
    roster = Roster(FakeClock(), OPTIONS)
    for _ in range(9):
        roster.note_failure(MIRROR, DOWN)
    roster.note_lie(MIRROR)

    assert [0] == roster.rank([MIRROR])
