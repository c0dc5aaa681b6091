"""Pieces of a body."""

import pytest

from seawall.transfer.waits.segment import SEGMENT_BYTES, Segment


@pytest.mark.parametrize(
    ("segment", "full"),
    [
        (Segment(), False),
        (Segment(SEGMENT_BYTES - 1, 9.9), False),
        (Segment(SEGMENT_BYTES, 0.01), True),
        (Segment(1, 10.0), True),
        (Segment(1, 1.0, held_s=100.0), False),
    ],
    ids=["empty", "small", "bytes", "seconds", "held"],
)
def test_a_segment_is_bytes_or_seconds_of_reading(
    segment: Segment, *, full: bool
) -> None:
    """8 MiB or 10 s of reading make one; time in which we did not read makes none."""
    assert full == segment.full


def test_the_longest_wait_stands_for_all() -> None:
    """A segment is one observation: its longest wait."""
    segment = Segment()
    for wait_s in (0.1, 2.0, 0.3):
        segment.note(100, wait_s)
    segment.join(Segment(50, 1.0, 0.5, 1.0))

    assert Segment(350, 3.4, 0.5, 2.0) == segment


@pytest.mark.parametrize(
    ("segment", "speed"),
    [
        (Segment(1000, 2.0), 500),
        (Segment(1000, 1.8, 0.2), 500),
        (Segment(1000, 1.0, 1.0), None),
        (Segment(0, 1.0), None),
        (Segment(1000, 0.0), None),
    ],
    ids=["reading", "held a little", "held", "no bytes", "no time"],
)
def test_speed_is_told_only_of_the_source(
    segment: Segment, speed: float | None
) -> None:
    """Where we held the source back for a fifth of the time, nobody knows its speed."""
    assert speed == segment.bytes_per_s
