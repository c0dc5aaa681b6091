"""Slow segments are looked at before they end."""

from seawall.transfer.waits.actions import Action, Measured
from seawall.transfer.waits.experience import Experience
from seawall.transfer.waits.judge import Judge
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import Plight, WaitOptions


def test_a_slow_segment_is_looked_at_before_it_ends() -> None:
    """Each 2.5 s of reading are a piece; together the pieces are the segment."""
    judge = Judge(Experience(), WaitOptions(), Plight())
    judge.begin(Phase.FIRST_BYTE, 0.0)
    pieces: list[Action] = []
    for second in range(11):
        pieces += judge.receive(100, float(second))
        judge.resume(float(second))
    measured = [piece for piece in pieces if isinstance(piece, Measured)]

    assert [False, False, False, True] == [one.ended for one in measured]
    assert [3.0, 3.0, 3.0, 1.0] == [one.segment.reading_s for one in measured]
    assert 1100 == sum(one.segment.count for one in measured)
