"""What is remembered of one kind of wait."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.waits.phases import BELIEFS, Belief, Phase
from seawall.transfer.waits.sketch import Sketch

GAP = BELIEFS[Phase.GAP]
waits = st.lists(st.floats(min_value=0, max_value=2000), max_size=60)
times = st.floats(min_value=0, max_value=1e6)


def make(values: list[float], belief: Belief = GAP) -> Sketch:
    """Make one that has learnt these."""
    sketch = Sketch(belief)
    for value in values:
        sketch.add(value)
    return sketch


@pytest.mark.parametrize("phase", Phase)
def test_an_unknown_source_has_its_first_patience(phase: Phase) -> None:
    """With nothing learnt, the guess is no longer than the first patience."""
    assert Sketch(BELIEFS[phase]).find_rare() <= BELIEFS[phase].cold_s


@given(waits)
def test_figures_are_bounded(values: list[float]) -> None:
    """Whatever was learnt, both figures are numbers within reason."""
    sketch = make(values)

    assert 0.001 <= sketch.find_usual(0.02) <= 1000
    assert 0.001 <= sketch.find_rare() <= 2000


@given(waits, times, times)
def test_suspicion_grows(values: list[float], one: float, other: float) -> None:
    """A longer wait is not less suspicious, and suspicion is always a number."""
    sketch = make(values)
    less = sketch.tell_phi(min(one, other))
    more = sketch.tell_phi(max(one, other))

    assert 0 <= less <= more + 1e-9 < math.inf


def test_suspicion_counts_zeros() -> None:
    """Exceeded by one of ten: 1; the wait that is exceeded by one in a thousand: 3."""
    sketch = make([0.01 * n for n in range(1, 101)] * 40)

    assert 1 == pytest.approx(sketch.tell_phi(0.9), abs=0.1)
    assert 3 == pytest.approx(sketch.tell_phi(sketch.find_rare()), abs=0.1)


def test_a_known_source_is_guessed_closely() -> None:
    """With history, the rare wait is read off rather than guessed."""
    assert 5 <= make([5.0] * 4000).find_rare() < 6


def test_one_long_wait_is_taken_seriously() -> None:
    """An unknown source that held a body back once may do so again."""
    assert make([0.1] * 10 + [30.0]).find_rare() >= 30


def test_the_two_memories_have_two_lengths() -> None:
    """After a change for the better the usual wait follows; the rare one remembers."""
    sketch = make([4.0] * 500 + [0.1] * 500)

    assert sketch.find_usual(0.05) < 1
    assert sketch.find_rare() >= 4


def test_fading_goes_back_to_belief() -> None:
    """What is forgotten leaves what was believed at first."""
    sketch = make([5.0] * 100)
    sketch.fade(0, at_most=100)

    assert Sketch(GAP).find_rare() == sketch.find_rare()
    assert 0 == sketch.count


def test_a_copy_knows_the_same() -> None:
    """A copy gives the same figures."""
    sketch, copy = make([0.1, 0.2, 7.0]), Sketch(GAP)
    copy.copy_from(sketch)

    assert pytest.approx(sketch.find_rare()) == copy.find_rare()
    assert pytest.approx(sketch.find_usual(0.02)) == copy.find_usual(0.02)
