"""What was learnt, written down and read back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import InputError
from seawall.transfer.waits.encoding import (
    MAX_BYTES,
    decode_experience,
    encode_experience,
)
from seawall.transfer.waits.experience import Experience, Label
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import SEGMENT_BYTES, Segment
from seawall.transfer.waits.thresholds import Plight, WaitOptions, choose_thresholds

WEEK_S = 7 * 86400.0
observations = st.lists(
    st.tuples(st.sampled_from([*Phase, None]), st.floats(min_value=0, max_value=1000)),
    max_size=50,
)


def learn(seen: list[tuple[Phase | None, float]]) -> Experience:
    """Learn waits, and segments where there is no phase."""
    experience = Experience()
    for phase, wait_s in seen:
        if phase is None:
            segment = Segment(SEGMENT_BYTES, wait_s + 0.1, 0.0, wait_s)
            experience.learn_segment(segment)
        else:
            experience.lesson(phase).learn(wait_s)
            experience.lesson(phase).settle(Label.FALSE, wait_s, gamma=1.5)
    return experience


def change(**keys: object) -> bytes:
    """Write something down, with other values."""
    experience = learn([(Phase.GAP, 1.0)])
    document = json.loads(encode_experience(experience, at=1000.0))
    return json.dumps(document | keys).encode()


@given(observations)
def test_what_is_read_is_what_was_written(
    seen: list[tuple[Phase | None, float]],
) -> None:
    """Written, read and written again it is the same, and decides the same."""
    experience = learn(seen)
    data = encode_experience(experience, at=1000.0)
    back = decode_experience(data, now=1000.0)

    assert data == encode_experience(back, at=1000.0)
    for phase in Phase:
        before = choose_thresholds(experience.lesson(phase), WaitOptions(), Plight())
        after = choose_thresholds(back.lesson(phase), WaitOptions(), Plight())
        assert before.give_up_s == pytest.approx(after.give_up_s)
        assert before.second_s == pytest.approx(after.second_s)


def test_it_is_small() -> None:
    """A source that has shown everything in every phase still fits."""
    experience = Experience()
    for phase in Phase:
        for step in range(4000):
            experience.lesson(phase).learn(0.001 * 1.0037**step)
    for step in range(4000):
        experience.speeds.learn(1024 * 1.0037**step)

    assert len(encode_experience(experience, at=1e9)) <= MAX_BYTES


@pytest.mark.parametrize(
    ("age_s", "count", "gamma"),
    [(0, 100, 1.0), (-50, 100, 1.0), (WEEK_S, 50, 1.25), (50 * WEEK_S, 0, 1.25)],
    ids=["now", "clock went back", "a week", "a year"],
)
def test_what_is_old_counts_less(age_s: float, count: float, gamma: float) -> None:
    """Half is forgotten with every week, and patience is a little longer."""
    experience = Experience()
    for _ in range(100):
        experience.lesson(Phase.GAP).learn(0.1)
    data = encode_experience(experience, at=1e6)
    lesson = decode_experience(data, now=1e6 + age_s).lesson(Phase.GAP)

    assert count == pytest.approx(lesson.sketch.count, abs=2)
    assert gamma == lesson.gamma


def test_no_more_than_500_are_believed_after_a_restart() -> None:
    """A long history may be over; a short one is soon made."""
    experience = Experience()
    for _ in range(3000):
        experience.lesson(Phase.GAP).learn(0.1)
    data = encode_experience(experience, at=1e6)

    back = decode_experience(data, now=1e6 + 1)
    assert 500 == pytest.approx(back.lesson(Phase.GAP).sketch.count)


LESSON: dict[str, object] = {"long": [], "short": [], "gamma": 1.0, "stalls": 0.0}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b"x" * (MAX_BYTES + 1),
        change(version=2),
        change(at=-1),
        change(at=1e300),
        change(more=1),
        change(speeds=[[0, -1.0]]),
        change(speeds=[[0, 0.0]]),
        change(speeds=[[0, 1e300]]),
        change(speeds=[[-1, 1.0]]),
        change(speeds=[[236, 1.0]]),
        change(speeds=[[5, 1.0], [5, 1.0]]),
        change(speeds=[[n, 1.0] for n in range(1001)]),
        change(phases={"sleep": LESSON}),
        change(phases={"gap": LESSON | {"gamma": 0.5}}),
        change(phases={"gap": LESSON | {"gamma": 1e9}}),
        change(phases={"gap": LESSON | {"stalls": -1}}),
        change(phases={"gap": LESSON}).replace(b'"gamma": 1.0', b'"gamma": NaN'),
        change(phases={"gap": LESSON}).replace(b'"gamma": 1.0', b'"gamma": 1e999'),
    ],
)
def test_what_is_damaged_is_refused(data: bytes) -> None:
    """Nothing but what was written is read; the error says so."""
    with pytest.raises(InputError, match="learnt of a source"):
        decode_experience(data, now=1000.0)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    """Noise raises one kind of error only."""
    with pytest.raises(InputError):
        decode_experience(data, now=0.0)
