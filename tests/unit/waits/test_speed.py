"""Too slow for what is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.waits.segment import Segment
from seawall.transfer.waits.speed import Pace, Rival, Speeds, Verdict

MIB = 1024 * 1024
FAST = Rival(setup_s=1.0, bytes_per_s=10 * MIB)


def seen(bytes_per_s: float, count: int = 100) -> Speeds:
    """Make a history of so many segments at this speed."""
    speeds = Speeds()
    for _ in range(count):
        speeds.learn(bytes_per_s)
    return speeds


def ten_seconds(bytes_per_s: float, held_s: float = 0.0) -> Segment:
    """Make a segment of 10 s of reading."""
    return Segment(int(10 * bytes_per_s), 10.0, held_s, 1.0)


def feed(pace: Pace, segment: Segment, times: int, *rivals: Rival) -> list[Verdict]:
    """Feed the same segment so often, with 100 MiB left."""
    return [pace.note(segment, 100 * MIB, rivals) for _ in range(times)]


def test_a_faster_rival_takes_over_after_two_windows() -> None:
    """One slow window is bad luck; two in a row are slowness."""
    verdicts = feed(Pace(Speeds()), ten_seconds(4 * MIB), 2, FAST)

    assert [Verdict.KEEP, Verdict.SWITCH] == verdicts


def test_a_window_that_was_fast_starts_anew() -> None:
    """Slow windows count only in a row."""
    pace = Pace(Speeds())
    slow, fast = ten_seconds(4 * MIB), ten_seconds(20 * MIB)

    verdicts = [pace.note(s, 100 * MIB, [FAST]) for s in (slow, fast, slow)]
    assert [Verdict.KEEP] * 3 == verdicts


def test_a_little_faster_is_not_worth_it() -> None:
    """A rival must win a fifth of the time, with all it takes to begin."""
    verdicts = feed(Pace(Speeds()), ten_seconds(9 * MIB), 9, FAST)

    assert {Verdict.KEEP} == set(verdicts)


def test_the_end_is_not_worth_a_switch() -> None:
    """With little left, nobody begins faster than the slow one ends."""
    pace = Pace(Speeds())
    segment = ten_seconds(100_000)

    assert {Verdict.KEEP} == {pace.note(segment, 100_000, [FAST]) for _ in range(5)}


def test_fast_segments_make_windows_together() -> None:
    """Segments of 8 MiB in 2 s: five of them are a window, ten of them two."""
    rival = Rival(1.0, 10 * MIB)
    segment = Segment(8 * MIB, 2.0, 0.0, 0.1)
    pace = Pace(Speeds())
    verdicts = [pace.note(segment, 4000 * MIB, [rival]) for _ in range(10)]

    assert [Verdict.KEEP] * 9 + [Verdict.SWITCH] == verdicts


def test_our_own_slowness_is_not_the_sources() -> None:
    """Held back by a slow disk or client, no connection is judged."""
    verdicts = feed(Pace(Speeds()), ten_seconds(500, held_s=10.0), 20, FAST)

    assert {Verdict.KEEP} == set(verdicts)


def five_seconds(bytes_per_s: float) -> Segment:
    """Make half a segment."""
    return Segment(int(5 * bytes_per_s), 5.0, 0.0, 1.0)


def test_what_is_far_too_slow_is_left_soon() -> None:
    """Where another one would need a quarter of the time, five seconds are enough."""
    verdicts = feed(Pace(Speeds()), five_seconds(2 * MIB), 1, FAST)
    lesser = feed(Pace(Speeds()), five_seconds(4 * MIB), 1, FAST)

    assert ([Verdict.SWITCH], [Verdict.KEEP]) == (verdicts, lesser)


def test_a_trickle_is_restarted_even_without_a_rival() -> None:
    """16 B a second trips no limit on gaps; this one it does."""
    verdicts = feed(Pace(Speeds()), five_seconds(16), 1)

    assert [Verdict.RESTART] == verdicts


def test_a_restart_in_vain_doubles() -> None:
    """A content that crawls again after two restarts may crawl for 20 s."""
    verdicts = feed(Pace(Speeds(), restarts=2), five_seconds(16), 8)

    assert [3, 7] == [n for n, v in enumerate(verdicts) if v is Verdict.RESTART]


def test_crawling_depends_on_what_is_usual() -> None:
    """A source of 100 MiB/s crawls at 1 MiB/s; one of 2 MiB/s does not."""
    usual = feed(Pace(seen(2 * MIB)), ten_seconds(MIB), 6)
    crawl = feed(Pace(seen(100 * MIB)), ten_seconds(MIB), 6)

    assert (Verdict.KEEP, Verdict.RESTART) == (usual[-1], crawl[-1])


def test_recovering_ends_a_crawl() -> None:
    """Twenty seconds of crawling must be twenty in a row."""
    pace = Pace(Speeds(), restarts=2)
    verdicts = feed(pace, five_seconds(16), 3)
    verdicts += feed(pace, five_seconds(MIB), 1)
    verdicts += feed(pace, five_seconds(16), 3)

    assert {Verdict.KEEP} == set(verdicts)


def test_speeds_are_learnt() -> None:
    """History replaces belief; what cannot be told is not learnt."""
    speeds = seen(50 * MIB)
    speeds.learn(None)

    assert 50 * MIB == pytest.approx(speeds.find(0.25), rel=0.1)
    assert seen(50 * MIB).count == speeds.count


def test_a_content_has_a_longest_time() -> None:
    """Three times what the source usually needs, and two minutes."""
    bound_s = seen(10 * MIB, 3000).bound(1000 * MIB)

    assert 3 * 100 + 120 == pytest.approx(bound_s, rel=0.1)


@given(
    st.lists(
        st.builds(
            Segment,
            st.integers(min_value=0, max_value=10**12),
            st.floats(min_value=0, max_value=1000),
            st.floats(min_value=0, max_value=1000),
            st.floats(min_value=0, max_value=1000),
        ),
        max_size=20,
    ),
    st.integers(min_value=0, max_value=2**50),
)
def test_any_segments_can_be_judged(segments: list[Segment], left_bytes: int) -> None:
    """No segment is too odd; without rivals nobody is told to switch."""
    pace = Pace(Speeds())

    verdicts = {pace.note(segment, left_bytes, []) for segment in segments}
    assert Verdict.SWITCH not in verdicts
