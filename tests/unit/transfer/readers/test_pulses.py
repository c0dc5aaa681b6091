"""What a reader is given while nothing arrives, and what is held back for it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kit.ranges import Span
from seawall.transfer.readers.pulses import Move, Pulses, choose_reserve
from seawall.transfer.readers.rhythm import (
    PLAIN,
    Rhythm,
    beat_bytes,
    beat_lines,
    beat_rare_steps,
    beat_steps,
)

KIB, MIB = 1024, 1024 * 1024
SIZE = 512 * MIB
WHOLE = Span(0, SIZE)
BYTES = Rhythm("bytes", (beat_bytes(10.0),), 10.0)
STEPS = Rhythm("steps", (beat_steps(300.0),))
LINES = Rhythm("lines", (beat_lines(60.0),))
BOTH = Rhythm("both", (beat_bytes(10.0), beat_rare_steps()), 10.0)


def begin(rhythm: Rhythm, span: Span = WHOLE, size: int = SIZE) -> Pulses:
    """Begin a reader at time 0, of a silence of at most 2 minutes."""
    return Pulses(rhythm, span, size, 0.0, 120.0)


@pytest.mark.parametrize(
    ("rhythm", "size", "reserve"),
    [
        (PLAIN, SIZE, 0),
        (BYTES, SIZE, 64 * KIB),
        (BYTES, 100, 64 * KIB),
        (STEPS, SIZE, 4 * MIB),
        (STEPS, 64 * MIB, 64 * KIB),
        (LINES, SIZE, 7 * 513 * KIB),
        (LINES, 8 * MIB, 7 * (83886 + KIB)),
        (BOTH, SIZE, MIB + 40 * 64),
        (Rhythm("fast", (beat_steps(20.0),)), SIZE, 13 * MIB),
        (Rhythm("fast", (beat_steps(2.0),)), SIZE, 64 * MIB),
    ],
    ids=str,
)
def test_the_reserve_lasts_for_one_silence(
    rhythm: Rhythm, size: int, reserve: int
) -> None:
    """It has the pulses of the longest silence, and never an eighth of a content."""
    assert reserve == choose_reserve(rhythm, size, 120.0)


def test_all_but_the_reserve_goes_out_at_once() -> None:
    """While bytes arrive, a reader is behind them by its reserve, and no more."""
    pulses = begin(BYTES)

    assert Move(10 * MIB - 64 * KIB) == pulses.choose(0, 10 * MIB, 0.0, here=False)


def test_nothing_is_held_back_of_what_is_here() -> None:
    """A range that has arrived is given whole; so is what a flight left at its end."""
    pulses = begin(BYTES, Span(0, MIB))

    assert Move(MIB) == pulses.choose(0, MIB, 0.0, here=True)


def test_a_few_bytes_each_three_seconds() -> None:
    """Before a 10 s watchdog has slept for 3 s, it is woken by 64 bytes."""
    pulses = begin(BYTES)
    at = MIB - 64 * KIB
    pulses.note_sent(at, 5.0)

    assert Move(at, 8.0) == pulses.choose(at, MIB, 7.9, here=False)
    assert Move(at + 64, math.inf, pulse=True) == pulses.choose(
        at, MIB, 8.0, here=False
    )


def test_pulses_end_with_the_reserve() -> None:
    """What has not arrived cannot be given: the last pulse is what is left."""
    pulses = begin(BYTES)

    assert Move(MIB, math.inf, pulse=True) == pulses.choose(
        MIB - 10, MIB, 100.0, here=False
    )
    assert Move(MIB) == pulses.choose(MIB, MIB, 100.0, here=False)


def test_the_reserve_is_filled_again() -> None:
    """After a silence the first bytes make up for what was pulsed."""
    pulses = begin(BYTES)
    pulses.note_sent(MIB, 5.0)
    spent = pulses.choose(MIB, MIB + 64 * KIB, 6.0, here=False)
    full = pulses.choose(MIB, MIB + 65 * KIB, 6.0, here=False)

    assert Move(MIB, 8.0) == spent
    assert Move(MIB + KIB) == full


def test_steps_end_at_a_mebibyte_of_the_stream() -> None:
    """A watchdog that sees whole mebibytes is brought to the next one, and is calm."""
    pulses = begin(STEPS)
    at = 5 * MIB + 7
    pulses.note_sent(at, 10.0)
    move = pulses.choose(at, 9 * MIB, 150.0, here=False)
    pulses.note_sent(move.stop, 150.0)

    assert Move(6 * MIB) == Move(move.stop)
    assert Move(6 * MIB, 290.0) == pulses.choose(6 * MIB, 9 * MIB, 200.0, here=False)


def test_part_of_a_step_is_no_progress() -> None:
    """A trickle below a mebibyte does not put a step off."""
    pulses = begin(STEPS)
    pulses.note_sent(MIB - 1, 100.0)
    move = pulses.choose(MIB - 1, 8 * MIB - 1, 140.0, here=False)

    assert Move(4 * MIB - 1) == Move(move.stop)
    assert Move(MIB - 1, math.inf) == begin(STEPS).choose(
        MIB - 1, MIB - 1, 140.0, here=False
    )


def test_a_resumed_read_gets_whole_steps() -> None:
    """Where its steps begin is not known: a whole one more is sure to have an end."""
    start = 3 * MIB + 5
    pulses = begin(STEPS, Span(start, SIZE))
    move = pulses.choose(start, start + 2 * MIB, 140.0, here=False)
    pulses.note_sent(start + 1000, 141.0)
    late = pulses.choose(start + 1000, start + 2 * MIB, 150.0, here=False)

    assert Move(start + MIB, math.inf, pulse=True) == move
    assert late.pulse


def test_two_beats_have_times_of_their_own() -> None:
    """Few bytes now and then are no step; that comes when it is due itself."""
    pulses = begin(BOTH)
    few = pulses.choose(MIB + 1, 3 * MIB, 3.0, here=False)
    few = pulses.choose(2 * MIB, 3 * MIB, 3.0, here=False) if not few.pulse else few
    pulses.note_sent(2 * MIB + 64, 3.0)
    many = pulses.choose(2 * MIB + 64, 3 * MIB, 130.0, here=False)

    assert 3 * MIB == many.stop
    assert many.pulse


def test_lines_need_half_a_mebibyte() -> None:
    """A line of progress comes each 512 KiB: a pulse has a little more."""
    pulses = begin(LINES)
    at = 8 * MIB
    pulses.note_sent(at, 0.0)
    move = pulses.choose(at, at + MIB, 18.0, here=False)

    assert Move(at + 513 * KIB, math.inf, pulse=True) == move


@given(
    st.sampled_from([BYTES, STEPS, LINES, BOTH]),
    st.lists(
        st.tuples(st.integers(0, 8 * MIB), st.floats(0, 100)), min_size=1, max_size=40
    ),
    st.integers(0, 3 * MIB),
)
def test_a_reader_never_gets_what_is_not_there(
    rhythm: Rhythm, arrivals: list[tuple[int, float]], start: int
) -> None:
    """Whatever arrives when, a move goes forward and never beyond what is there."""
    pulses = begin(rhythm, Span(start, SIZE))
    position = available = start
    now = 0.0
    for count, passed_s in arrivals:
        available, now = min(available + count, SIZE), now + passed_s
        move = pulses.choose(position, available, now, here=False)
        assert position <= move.stop <= max(available, position)
        assert move.look_at > now
        position = move.stop
        pulses.note_sent(position, now)
