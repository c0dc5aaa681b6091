"""In which order sources are asked."""

from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.ranking import Standing, rank_sources

TIMES = st.none() | st.floats(0, 100)


def rank(*failed_at: float | None) -> list[int]:
    """Rank mirrors and an origin by their last failures, at 100 s."""
    last = len(failed_at) - 1
    standings = [Standing(n == last, at) for n, at in enumerate(failed_at)]
    return rank_sources(standings, now=100.0)


def test_the_settings_order_counts() -> None:
    """Without trouble, sources are asked as listed."""
    assert [0, 1, 2] == rank(None, None, None)


def test_who_just_failed_comes_last() -> None:
    """A source that failed within half a minute waits behind the others."""
    assert [1, 2, 0] == rank(71.0, None, None)
    assert [0, 1, 2] == rank(70.0, None, None)
    assert [0, 1] == rank(99.0, 98.0)


@given(st.lists(TIMES, min_size=1, max_size=6))
def test_nobody_is_ruled_out(failed_at: list[float | None]) -> None:
    """Every source keeps a place, the last usable one too."""
    assert list(range(len(failed_at))) == sorted(rank(*failed_at))
