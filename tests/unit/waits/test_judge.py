"""Judging the waits of one request, scene by scene."""

import math
from typing import Any

import pytest

from seawall.transfer.waits.actions import (
    Actions,
    BeginWatch,
    EndWatch,
    GiveUp,
    Measured,
    OpenSecond,
    Rearm,
)
from seawall.transfer.waits.experience import WATCHES, Experience, Label
from seawall.transfer.waits.judge import WATCH_S, Judge
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import SEGMENT_BYTES, Segment
from seawall.transfer.waits.thresholds import Plight, WaitOptions

FIRST_S = 12.0
"""The first patience with gaps."""

SECOND_S: Any = pytest.approx(2.94, abs=0.01)
"""When a gap of an unknown source is worth a second one."""


def make(
    experience: Experience | None = None,
    *,
    doublings: int = 0,
    fixed_s: float | None = None,
) -> Judge:
    """Make a judge of a source that is unknown, if nothing else is said."""
    plight = Plight(doublings=doublings)
    options = WaitOptions(fixed_s=fixed_s)
    return Judge(experience or Experience(), options, plight)


def reading(experience: Experience | None = None) -> Judge:
    """Make a judge of a body that has begun, at 100; the next read is awaited."""
    judge = make(experience)
    judge.begin(Phase.FIRST_BYTE, 99.9)
    judge.receive(1000, 100.0)
    judge.resume(100.0)
    return judge


def near(seconds: float) -> Any:
    """Compare in spite of rounding."""
    return pytest.approx(seconds)


def wake_until(judge: Judge, kind: type, now: float) -> tuple[Actions, float]:
    """Wake a judge whenever it wants, until it does something of this kind."""
    actions = judge.wake(now)
    for _ in range(10):
        if any(isinstance(action, kind) for action in actions):
            return actions, now
        now = next(action.at for action in actions if isinstance(action, Rearm))
        actions = judge.wake(now)
    pytest.fail(f"no {kind.__name__}")


def given_up(experience: Experience | None = None) -> Judge:
    """Make a judge that has given up a gap, and watches it."""
    judge = reading(experience)
    wake_until(judge, GiveUp, 100.0)
    return judge


def test_every_phase_is_learnt_as_it_ends() -> None:
    """Connecting, a first byte and the gaps of a segment: each is one observation."""
    experience = Experience()
    judge = make(experience)
    judge.begin(Phase.CONNECT, 0.0)
    assert () == judge.finish(0.1)
    judge.begin(Phase.FIRST_BYTE, 0.1)
    assert () == judge.receive(1000, 0.4)
    judge.resume(0.4)
    measured = judge.receive(SEGMENT_BYTES, 0.9)

    segment = Segment(SEGMENT_BYTES + 1000, 0.5, 0.0, 0.5)
    assert (Measured(segment),) == measured
    counts = {p: round(x.sketch.count) for p, x in experience.lessons.items()}
    assert {Phase.CONNECT: 1, Phase.FIRST_BYTE: 1, Phase.GAP: 1} == counts
    assert Phase.GAP is judge.phase


def test_a_silent_source_is_doubted_then_given_up_then_watched() -> None:
    """First a second source, then giving up, then only an eye on it."""
    judge = reading()

    second, at = wake_until(judge, OpenSecond, 100.0)
    assert 100 + 2.94 == pytest.approx(at, abs=0.01)
    assert (OpenSecond(Phase.GAP, SECOND_S), Rearm(112.0)) == second
    assert (
        GiveUp(Phase.GAP, FIRST_S, FIRST_S),
        BeginWatch(112 + WATCH_S),
        Rearm(112 + WATCH_S),
    ) == judge.wake(112.0)
    assert judge.watching


def test_bytes_leave_the_timer_alone() -> None:
    """A body comes in thousands of reads; its timer is set once, and asks again."""
    judge = make()
    assert 1 == len(judge.begin(Phase.GAP, 0.0))
    for n in range(1, 20):
        assert () == judge.receive(1000, n / 10)
        assert () == judge.resume(n / 10)

    due = 1.9 + judge.limits.second_s
    assert (Rearm(near(due)),) == judge.wake(judge.limits.second_s)


def test_back_pressure_is_not_the_source() -> None:
    """While we do not read, no time passes, however long it takes."""
    judge = reading()
    judge.receive(10, 101.0)

    assert () == judge.wake(104.0)
    assert 0 == judge.waited_s(5000.0)
    due = 5000 + judge.limits.second_s
    assert (Rearm(due),) == judge.resume(5000.0)


def test_holding_stops_a_wait_and_resuming_goes_on() -> None:
    """A wait that is held back half-way counts on from there."""
    judge = reading()
    judge.hold(102.0)
    judge.resume(200.0)

    assert 3 == judge.waited_s(201.0)


def test_room_that_is_asked_for_is_no_slowness_of_the_source() -> None:
    """Held between headers and body, neither the first byte nor the speed suffers."""
    experience = Experience()
    judge = make(experience)
    judge.begin(Phase.FIRST_BYTE, 0.0)
    judge.hold(0.2)
    judge.resume(60.2)
    judge.receive(1000, 60.3)
    judge.resume(60.3)
    (measured,) = judge.receive(SEGMENT_BYTES, 60.8)

    first = experience.lesson(Phase.FIRST_BYTE).sketch
    assert first.long.find_highest(0.5) < 0.4
    assert isinstance(measured, Measured)
    assert 0 == measured.segment.held_s


def test_a_late_waking_is_an_excuse() -> None:
    """When the event loop stood still, the source gets a moment for what came."""
    judge = reading()
    _, at = wake_until(judge, OpenSecond, 100.0)
    assert at < 104

    assert (Rearm(near(145.0)),) == judge.wake(142.0)
    assert FIRST_S == pytest.approx(judge.waited_s(142.0))
    assert isinstance(judge.wake(145.0)[0], GiveUp)


def test_an_early_timer_that_is_late_is_only_asked_again() -> None:
    """Bytes came since it was set: lateness is taken out, and nothing is added."""
    judge = reading()
    judge.receive(10, 102.9)
    judge.resume(102.9)

    due = 106.4 + judge.limits.second_s
    assert (Rearm(near(due)),) == judge.wake(106.4)


def test_excuses_run_out() -> None:
    """A loop that is late again and again does not keep a dead source alive."""
    judge = reading()
    now, kinds = 100.0, []
    for _ in range(12):
        actions = judge.wake(now)
        kinds += [type(action) for action in actions]
        if GiveUp in kinds:
            break
        now = next(a.at for a in actions if isinstance(a, Rearm)) + 20

    assert GiveUp in kinds


def test_a_pause_that_is_known_does_not_count() -> None:
    """Who measures the loop's lag tells it; it is taken out of the wait."""
    judge = reading()
    judge.pause(5.0, 106.0)

    assert 1 == pytest.approx(judge.waited_s(106.0))
    judge.receive(1, 106.0)
    assert () == judge.pause(5.0, 107.0)


def test_what_comes_back_was_a_false_alarm() -> None:
    """Bytes on a connection that was given up: its whole wait is learnt."""
    experience = Experience()
    judge = given_up(experience)

    assert (EndWatch(Label.FALSE, 40.0),) == judge.receive(1, 140.0)
    gap = experience.lesson(Phase.GAP)
    assert 1.25 == pytest.approx(gap.gamma, rel=1e-3)
    assert gap.sketch.long.find_highest(0.5) > 40
    assert (0, None) == (experience.watched, judge.phase)


def test_what_was_given_up_is_no_less_false_for_a_pause() -> None:
    """A pause that is told afterwards makes the wait shorter, not the alarm right."""
    judge = given_up()
    judge.pause(20.0, 115.0)

    (end,) = judge.receive(1, 116.0)
    assert isinstance(end, EndWatch)
    assert (Label.FALSE, True) == (end.label, end.waited_s < FIRST_S)


def test_what_stays_silent_was_a_stall() -> None:
    """After three minutes of silence it was right to give up."""
    experience = Experience()
    judge = given_up(experience)

    until = 112 + WATCH_S
    assert (Rearm(until),) == judge.wake(150.0)
    assert (EndWatch(Label.STALL, FIRST_S + WATCH_S),) == judge.wake(until)
    gap = experience.lesson(Phase.GAP)
    assert (1.0, 1.0, 0) == (gap.gamma, gap.stalls, experience.watched)


def test_a_watched_connection_that_breaks_was_a_stall() -> None:
    """The server closed it: nothing would have come."""
    assert (EndWatch(Label.STALL, 50.0),) == given_up().end(150.0)


def test_a_watch_that_is_left_says_nothing() -> None:
    """When Seawall stops, or wants the connection back, nobody knows."""
    experience = Experience()

    assert (EndWatch(Label.UNKNOWN, 50.0),) == given_up(experience).leave(150.0)
    assert 0 == experience.lesson(Phase.GAP).stalls


def test_a_pause_makes_a_watch_longer() -> None:
    """Time in which nobody could have noticed does not count against a connection."""
    judge = given_up()
    judge.pause(30.0, 150.0)

    assert (Rearm(142 + WATCH_S),) == judge.wake(112 + WATCH_S)


def test_the_slower_of_two_is_watched() -> None:
    """A second source won: the first one's wait goes on, unread, and is learnt."""
    experience = Experience()
    judge = reading(experience)
    wake_until(judge, OpenSecond, 100.0)
    assert isinstance(judge.lose(104.0)[0], BeginWatch)

    assert (EndWatch(Label.LATE, 8.0),) == judge.receive(1, 108.0)
    gap = experience.lesson(Phase.GAP)
    assert (1.0, 1) == (gap.gamma, round(gap.sketch.count))


def test_the_slower_of_two_may_be_hopeless() -> None:
    """Had nobody else been asked, it would have been given up: a false alarm."""
    judge = reading()
    judge.lose(104.0)

    assert (EndWatch(Label.FALSE, 20.0),) == judge.receive(1, 120.0)


def test_who_was_not_waited_for_just_ends() -> None:
    """A source that loses while we hold it back has nothing to be watched."""
    judge = reading()
    judge.receive(10, 101.0)

    assert () == judge.lose(102.0)
    assert judge.phase is None


def test_connections_that_never_stood_are_not_watched() -> None:
    """Connecting is given up without a look back."""
    judge = make(fixed_s=3.0)
    judge.begin(Phase.CONNECT, 0.0)

    actions, at = wake_until(judge, GiveUp, 0.0)
    assert (3.0, (GiveUp(Phase.CONNECT, 3.0, 3.0),)) == (at, actions)
    assert not judge.watching


def test_only_so_many_are_watched() -> None:
    """Eight connections of one source; each that ends makes room for another."""
    experience = Experience()
    judges = [given_up(experience) for _ in range(WATCHES + 1)]

    assert [True] * WATCHES + [False] == [judge.watching for judge in judges]
    judges[0].leave(200.0)
    assert given_up(experience).watching


@pytest.mark.parametrize("phase", [Phase.TOKEN, Phase.MANIFEST])
def test_answers_are_watched_too(phase: Phase) -> None:
    """A manifest that is built on demand, and comes after it was given up."""
    judge = make()
    judge.begin(phase, 0.0)
    wake_until(judge, GiveUp, 0.0)

    assert (EndWatch(Label.FALSE, 60.0),) == judge.finish(60.0)


def test_an_impatient_client_hastens_only_the_second() -> None:
    """A watchdog that bites at 101 brings the second source, not the end."""
    judge = reading()

    assert (Rearm(101.0),) == judge.hurry(101.0)
    actions = judge.wake(101.0)
    assert (OpenSecond(Phase.GAP, 1.0), Rearm(112.0)) == actions
    assert () == judge.hurry(102.0)


def test_a_client_that_left_hurries_nobody() -> None:
    """Without a deadline, the usual time counts."""
    judge = make()
    judge.hurry(1.0)
    judge.hurry(math.inf)

    assert (Rearm(SECOND_S),) == judge.begin(Phase.GAP, 0.0)


def test_the_next_try_is_more_patient() -> None:
    """Given up without a segment: doubled; after a segment, it starts anew."""
    judge = make(doublings=2)
    assert 2 == judge.doublings
    judge.begin(Phase.GAP, 0.0)
    wake_until(judge, GiveUp, 0.0)
    assert 3 == judge.doublings

    judge = make(doublings=2)
    judge.begin(Phase.GAP, 0.0)
    judge.receive(SEGMENT_BYTES, 1.0)
    assert 0 == judge.doublings
    judge.resume(1.0)
    wake_until(judge, GiveUp, 1.0)
    assert 1 == judge.doublings


def test_limits_follow_what_is_learnt() -> None:
    """Segments teach while a body comes: at most once a second they move its limits."""
    judge = reading()
    first = judge.limits
    judge.receive(SEGMENT_BYTES, 100.1)
    assert first == judge.limits
    judge.resume(100.1)
    judge.receive(SEGMENT_BYTES, 103.2)

    assert first != judge.limits


def test_after_the_end_nothing_happens() -> None:
    """Events that come late change nothing and ask for nothing."""
    experience = Experience()
    judge = reading(experience)
    assert () == judge.end(101.0)

    late = [judge.finish(102.0), judge.receive(9, 102.0), judge.resume(102.0)]
    late += [judge.wake(102.0), judge.hold(103.0), judge.hurry(1.0)]
    late += [judge.lose(104.0), judge.end(105.0), judge.leave(106.0)]
    assert [()] * 9 == late
    assert 0 == experience.lesson(Phase.GAP).sketch.count


def test_a_watched_request_does_not_begin_again() -> None:
    """What is watched is over; only its end is of interest."""
    judge = given_up()

    assert () == judge.begin(Phase.CONNECT, 130.0)
    assert () == judge.hold(130.0)
    assert (Phase.GAP, True) == (judge.phase, judge.watching)


def test_a_body_that_ends_leaves_its_part() -> None:
    """Small bodies teach together: their segments are not lost."""
    experience = Experience()
    for _ in range(8):
        judge = reading(experience)
        judge.receive(SEGMENT_BYTES // 8, 100.5)
        judge.end(100.5)

    assert 1 == round(experience.lesson(Phase.GAP).sketch.count)
