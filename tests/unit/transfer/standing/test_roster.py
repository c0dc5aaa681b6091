"""How sources fared, and who is asked first therefore."""

from dataclasses import dataclass, field

from seawall.errors import AbsentError, BrokenReplyError
from seawall.testing.clock import FakeClock
from seawall.transfer.standing.circuit import CircuitOptions
from seawall.transfer.standing.roster import Roster
from seawall.transfer.waits.experience import Experience
from seawall.transfer.waits.segment import Segment

OPTIONS = CircuitOptions(failures=2, shut_s=40, probe_s=5, lie_s=100)
DOWN = BrokenReplyError("503")


@dataclass
class Named:
    """A source with a name."""

    label: str
    is_origin: bool = False
    is_last_resort: bool = False
    experience: Experience = field(default_factory=Experience)


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


def test_a_source_alone_takes_its_probe() -> None:
    """Who asks it where it is alone finds out for all, and nobody else meanwhile."""
    clock = FakeClock()
    roster = Roster(clock, OPTIONS)
    for _ in range(2):
        roster.note_failure(MIRROR, DOWN)
    clock.advance(40)

    assert [[0], [1, 0]] == [roster.rank([MIRROR]), roster.rank(BOTH)]


def learn_speed(source: Named, bytes_per_s: int) -> None:
    """Let a source have carried a few segments at this speed."""
    for _ in range(20):
        source.experience.learn_segment(Segment(8 << 20, (8 << 20) / bytes_per_s))


def test_speed_counts_while_it_is_remembered() -> None:
    """A source that is known to be much faster comes first, for a while."""
    clock = FakeClock()
    roster = Roster(clock, OPTIONS)
    slow, fast = Named("slow"), Named("fast", is_origin=True)
    for source, speed in ((slow, 1 << 20), (fast, 50 << 20)):
        learn_speed(source, speed)
        roster.note_measured(source)
    ranks = [roster.rank([slow, fast], size) for size in (1 << 30, None)]
    clock.advance(601)
    ranks.append(roster.rank([slow, fast], 1 << 30))

    assert [[1, 0], [0, 1], [0, 1]] == ranks


def test_a_last_resort_is_no_way_around_a_liar() -> None:
    """If nobody but the last resort is without blame, all are asked in their order."""
    roster, spared = Roster(FakeClock()), Named("snapshot", is_last_resort=True)
    mirror, other = Named("mirror"), Named("other")
    roster.note_lie(mirror)

    assert {0, 1} == roster.find_liars([mirror, spared])
    assert {0} == roster.find_liars([mirror, other, spared])
    assert frozenset() == roster.find_liars([other, spared])
    assert [0, 1] == roster.rank([mirror, spared])


def test_bad_sources_are_known() -> None:
    """Only when all failed lately, three times in a row, nobody should wait for any."""
    clock = FakeClock()
    roster = Roster(clock)
    said = [roster.are_failing(BOTH)]
    for _ in range(3):
        roster.note_failure(MIRROR, DOWN)
        roster.note_failure(ORIGIN, DOWN)
    said.append(roster.are_failing(BOTH))
    clock.advance(31)
    said.append(roster.are_failing(BOTH))
    for _ in range(2):
        roster.note_failure(MIRROR, DOWN)
        roster.note_failure(ORIGIN, DOWN)
    clock.advance(1000)
    said.append(roster.are_failing(BOTH))
    roster.note_success(MIRROR)
    said.append(roster.are_failing(BOTH))

    assert [False, True, False, True, False] == said
