"""Counts on a logarithmic scale."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.waits.histogram import Grid, Histogram, spread, spread_tail

GRID = Grid(low=0.001)
FLAT = [0.01] * GRID.steps
anything = st.floats(allow_nan=True, allow_infinity=True)
waits = st.floats(min_value=0, max_value=2000)
shares = st.floats(min_value=0, max_value=1)


def make(values: list[float], half_life: float = 100) -> Histogram:
    """Make one that has seen these."""
    histogram = Histogram(GRID, FLAT, half_life)
    for value in values:
        histogram.add(value)
    return histogram


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (0.001, 0),
        (0, 0),
        (-5, 0),
        (math.nan, 0),
        (0.0011, 1),
        (900, 235),
        (1e9, 235),
        (math.inf, 235),
    ],
)
def test_every_value_has_a_step(value: float, step: int) -> None:
    """What lies outside counts as lowest or highest; what is no number as lowest."""
    assert step == GRID.find_step(value)


@given(st.floats(min_value=0.001, max_value=900))
def test_a_step_holds_its_value(value: float) -> None:
    """A value lies between the edges of its step."""
    step = GRID.find_step(value)

    assert GRID.edge(step) <= value * 1.000001
    assert value <= GRID.edge(step + 1) * 1.000001


def test_old_counts_fade() -> None:
    """After a half-life of others, an observation counts half."""
    histogram = make([10.0] + [0.1] * 100, half_life=100)

    assert 0.5 == pytest.approx(histogram.counts()[GRID.find_step(10.0)])


def test_counts_survive_being_made_small() -> None:
    """The unit of counting grows without end; nobody sees it being renewed."""
    histogram = make([1.0] * 5000, half_life=4)

    assert 1 / (1 - 2**-0.25) == pytest.approx(histogram.count, rel=1e-6)


@given(st.lists(anything, max_size=40), shares, shares)
def test_rarer_is_longer(values: list[float], one: float, other: float) -> None:
    """A smaller share exceeds a value that is not smaller; all are on the grid."""
    histogram = make(values)
    rarer = histogram.find_exceeded(min(one, other))
    usual = histogram.find_exceeded(max(one, other))

    assert GRID.low <= usual <= rarer <= GRID.edge(GRID.steps)


@given(st.lists(waits, max_size=40), waits, waits)
def test_longer_is_rarer(values: list[float], one: float, other: float) -> None:
    """A larger value is not exceeded more often; shares are between 0 and 1."""
    histogram = make(values)
    more = histogram.tell_exceeding(min(one, other))
    less = histogram.tell_exceeding(max(one, other))

    assert 0 <= less <= more + 1e-9
    assert more <= 1


@given(st.lists(waits, max_size=40), st.floats(min_value=0.001, max_value=0.999))
def test_finding_and_telling_agree(values: list[float], share: float) -> None:
    """The value that a share exceeds is exceeded by that share."""
    histogram = make(values)

    found = histogram.tell_exceeding(histogram.find_exceeded(share))

    assert share == pytest.approx(found, abs=1e-6)


def test_nothing_lies_beyond_everything() -> None:
    """A share larger than all finds the lowest value."""
    assert GRID.low == make([1.0]).find_exceeded(1.5)


def test_the_highest_is_what_was_seen() -> None:
    """The highest value seen has nothing to do with the prior, and may fade."""
    histogram = make([10.0] + [0.1] * 100, half_life=100)

    assert 10 <= histogram.find_highest(0.4) <= 10.6
    assert 0.1 <= histogram.find_highest(0.6) <= 0.106
    assert GRID.low == make([]).find_highest(0.5)


@pytest.mark.parametrize(
    ("share", "at_most", "left"), [(0.5, 100, 2), (1, 1, 1), (0, 5, 0)]
)
def test_fading_keeps_a_share(share: float, at_most: float, left: float) -> None:
    """Fading leaves a share of the counts, and no more than so many."""
    histogram = make([0.1, 0.1, 5.0, 5.0], half_life=1e9)
    histogram.fade(share, at_most=at_most)

    assert left == pytest.approx(histogram.count)


def test_fading_nothing_is_nothing() -> None:
    """What has seen nothing can fade, too."""
    histogram = make([])
    histogram.fade(0.5, at_most=10)

    assert 0 == histogram.count


def test_a_copy_counts_the_same() -> None:
    """A copy has the counts, and goes on for itself."""
    histogram, copy = make([0.1, 2.0]), make([])
    copy.copy_from(histogram)
    copy.add(3.0)

    assert (2, 3) == (round(histogram.count), round(copy.count))


@given(st.floats(min_value=0.01, max_value=100), st.floats(min_value=0.1, max_value=3))
def test_priors_are_one_observation(median: float, sigma: float) -> None:
    """A prior spreads one observation, no part of it negative."""
    usual = spread(GRID, median=median, sigma=sigma)
    tail = spread_tail(GRID, start=median)

    assert 1 == pytest.approx(sum(usual))
    assert 1 == pytest.approx(sum(tail))
    assert min(usual) >= 0
    assert min(tail) >= 0


@given(st.lists(waits, min_size=1, max_size=40), st.floats(0.001, 0.999))
def test_what_was_found_is_not_kept_for_too_long(
    values: list[float], share: float
) -> None:
    """Each observation counts at once, though sums are kept until one comes."""
    asked = make([])
    for value in values:
        asked.find_exceeded(share)
        asked.find_highest(0.5)
        asked.add(value)
    fresh = make(values)

    assert fresh.find_exceeded(share) == asked.find_exceeded(share)
    assert fresh.find_highest(0.5) == asked.find_highest(0.5)


@given(st.lists(waits, max_size=40), st.floats(0.001, 0.999))
def test_a_share_exceeds_what_is_found_for_it(
    values: list[float], share: float
) -> None:
    """To find a value for a share, and a share for a value, are one question."""
    histogram = make(values)
    found = histogram.find_exceeded(share)
    if GRID.low < found < GRID.edge(GRID.steps):
        assert share == pytest.approx(histogram.tell_exceeding(found), rel=1e-6)
