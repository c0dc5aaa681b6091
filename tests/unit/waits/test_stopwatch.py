"""Measuring one wait."""

import math

from seawall.transfer.waits.stopwatch import Stopwatch


def test_only_running_time_counts() -> None:
    """Time in which it was held is not measured."""
    watch = Stopwatch()
    watch.start(10)
    watch.hold(12)
    watch.start(20)

    assert (3, 21, 10) == (watch.tell(21), watch.find_time(3), watch.began)


def test_standing_it_is_never_due() -> None:
    """Held, or not begun, no limit is ever reached."""
    watch = Stopwatch()

    assert (0, math.inf, False) == (watch.tell(5), watch.find_time(1), watch.running)
    watch.start(1)
    watch.hold(3)
    assert (2, math.inf, False) == (watch.tell(5), watch.find_time(9), watch.running)


def test_starting_or_holding_twice_changes_nothing() -> None:
    """What runs goes on running; what stands goes on standing."""
    watch = Stopwatch()
    watch.start(1)
    watch.start(2)
    watch.hold(3)
    watch.hold(9)

    assert 2 == watch.tell(10)


def test_a_pause_is_taken_out() -> None:
    """No more is taken out than ran since it was last started; never less than 0."""
    watch = Stopwatch()
    watch.start(10)

    assert (4, 0, 1) == (watch.skip(4, 15), watch.skip(-1, 15), watch.tell(15))
    assert (1, 0, 15) == (watch.skip(9, 15), watch.tell(15), watch.began)
    watch.hold(16)
    assert (0, 1) == (watch.skip(5, 20), watch.tell(20))


def test_a_reset_forgets() -> None:
    """After a reset, it begins anew."""
    watch = Stopwatch()
    watch.start(1)
    watch.reset()

    assert (0, False) == (watch.tell(5), watch.running)
