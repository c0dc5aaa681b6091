"""Rates and time left, from counts of bytes and a clock."""

import math

from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.progress import Meter


def test_a_steady_stream_has_its_rate_at_once() -> None:
    """The first figure is a plain average, not one that creeps up from zero."""
    meter = Meter()
    meter.note(0, now=0.0)
    meter.note(500, now=0.5)

    assert 1000 == round(meter.bytes_per_s)


def test_what_was_there_before_is_no_speed() -> None:
    """Bytes of a resumed content do not count as fast."""
    meter = Meter()
    meter.note(10**9, now=0.0)
    meter.note(10**9 + 100, now=1.0)

    assert 100 == round(meter.bytes_per_s)


def test_a_stall_is_seen() -> None:
    """After a half-life of silence, half of the rate is left."""
    meter = Meter(half_life_s=4.0)
    for second in range(101):
        meter.note(second * 1000, now=float(second))
    meter.note(100_000, now=104.0)

    assert 500 == round(meter.bytes_per_s)


def test_a_smaller_count_starts_anew() -> None:
    """A content that starts again has no negative rate."""
    meter = Meter()
    meter.note(1000, now=0.0)
    meter.note(0, now=1.0)
    meter.note(10, now=2.0)

    assert 10 == round(meter.bytes_per_s)


def test_time_left_is_known_only_while_bytes_come() -> None:
    """Nothing left takes no time; without a rate nobody knows."""
    assert 0.0 == Meter().left_s(0)
    assert math.isinf(Meter(bytes_per_s=0.5).left_s(1))


@given(
    st.lists(
        st.tuples(st.integers(0, 10**12), st.floats(0, 100)), min_size=1, max_size=50
    )
)
def test_a_rate_is_never_negative(steps: list[tuple[int, float]]) -> None:
    """Whatever is counted whenever, the rate is a finite figure of at least zero."""
    meter = Meter()
    now = 0.0
    for count, gap_s in steps:
        now += gap_s
        meter.note(count, now=now)

    assert 0 <= meter.bytes_per_s < math.inf
