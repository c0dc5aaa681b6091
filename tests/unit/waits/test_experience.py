"""What one source has taught."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.waits.experience import GAMMA_MAX, Experience, Label, Lesson
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import SEGMENT_BYTES, Segment


@pytest.mark.parametrize(
    ("label", "count", "gamma", "stalls"),
    [
        (Label.FALSE, 1, 1.25, 0),
        (Label.LATE, 1, 1.0, 0),
        (Label.STALL, 0, 1.0, 1),
        (Label.UNKNOWN, 0, 1.0, 0),
    ],
)
def test_only_waits_that_ended_are_learnt(
    label: Label, count: float, gamma: float, stalls: float
) -> None:
    """A stall has no length; a false alarm has, and makes us more patient."""
    lesson = Lesson(Phase.GAP)
    lesson.settle(label, 30.0, gamma=1.0)

    assert gamma == pytest.approx(lesson.gamma, rel=1e-3)
    assert count == round(lesson.sketch.count)
    assert stalls == pytest.approx(lesson.stalls)


def test_many_false_alarms_of_one_moment_count_once() -> None:
    """Of ten connections given up at once, one raises patience, the others not."""
    lesson = Lesson(Phase.GAP)
    for _ in range(10):
        lesson.settle(Label.FALSE, 30.0, gamma=1.0)

    assert 1.25 == pytest.approx(lesson.gamma, rel=0.01)


def test_good_waits_bring_patience_back() -> None:
    """After a thousand good segments, a false alarm is made up for."""
    lesson = Lesson(Phase.GAP)
    lesson.settle(Label.FALSE, 30.0, gamma=1.0)
    for _ in range(900):
        lesson.learn(0.1)

    assert 1.0 == lesson.gamma


@given(st.lists(st.sampled_from([*Label, None]), max_size=60))
def test_patience_grows_at_most_fourfold(labels: list[Label | None]) -> None:
    """Whatever happens, the factor is between 1 and 4, and the share below 1."""
    lesson = Lesson(Phase.FIRST_BYTE)
    for label in labels:
        if label is None:
            lesson.learn(0.2)
        else:
            lesson.settle(label, 40.0, gamma=lesson.gamma)

    assert 1 <= lesson.gamma <= GAMMA_MAX
    assert 0 <= lesson.stall_share <= 1


def test_stalls_are_counted_among_all() -> None:
    """The share of waits that never ended: for ranking, and for patience alone."""
    lesson = Lesson(Phase.GAP)
    assert 0 == lesson.stall_share
    lesson.settle(Label.STALL, 120.0, gamma=1.0)
    assert 1 == lesson.stall_share
    for _ in range(99):
        lesson.learn(0.1)
    assert 0.01 == pytest.approx(lesson.stall_share, rel=0.05)


def test_small_segments_are_joined() -> None:
    """Many small bodies make one observation: the longest wait of them all."""
    experience = Experience()
    for wait_s in [0.1] * 8 + [3.0] + [0.1] * 7:
        experience.learn_segment(Segment(SEGMENT_BYTES // 16, 1.0, 0.0, wait_s))
        if wait_s == 3.0:
            assert 0 == experience.lesson(Phase.GAP).sketch.count
    gap = experience.lesson(Phase.GAP).sketch

    assert 1 == round(gap.count)
    assert gap.long.find_highest(0.5) >= 3
    experience.learn_segment(Segment(1, 1.0, 0.0, 9.0))
    assert 1 == round(gap.count)


def test_a_source_describes_itself() -> None:
    """What it would take to go on for another: to connect, to begin, and its speed."""
    experience = Experience()
    before = experience.describe()
    for _ in range(200):
        experience.lesson(Phase.CONNECT).learn(0.01)
        experience.lesson(Phase.FIRST_BYTE).learn(0.02)
        experience.learn_segment(Segment(SEGMENT_BYTES, 0.1, 0.0, 0.01))
    after = experience.describe()

    assert after.setup_s < before.setup_s
    assert SEGMENT_BYTES / 0.1 == pytest.approx(after.bytes_per_s, rel=0.1)


def test_what_is_lent_is_half_believed() -> None:
    """A source of the same kind begins with what another taught, but not with all."""
    experience = Experience()
    for _ in range(500):
        experience.learn_segment(Segment(SEGMENT_BYTES, 5.0, 0.0, 3.0))
    lent = experience.lend(at_most=50)

    assert 50 == pytest.approx(lent.lesson(Phase.GAP).sketch.count)
    assert 50 == pytest.approx(lent.speeds.count)
    assert lent.lesson(Phase.GAP).sketch.find_usual(0.5) > 2
    assert 400 < experience.lesson(Phase.GAP).sketch.count


def test_fading_takes_all_phases() -> None:
    """A week's half is taken from waits, stalls and speeds alike."""
    experience = Experience()
    experience.learn_segment(Segment(SEGMENT_BYTES, 5.0, 0.0, 3.0))
    experience.lesson(Phase.TOKEN).settle(Label.STALL, 9.0, gamma=1.0)
    experience.fade(0.5, at_most=10)

    assert 0.5 == experience.lesson(Phase.TOKEN).stalls
    assert 0.5 == experience.lesson(Phase.GAP).sketch.count
    assert 0.5 == experience.speeds.count
