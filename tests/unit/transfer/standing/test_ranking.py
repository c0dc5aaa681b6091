"""In which order sources are asked."""

from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.standing.ranking import Standing, rank_sources

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


def finish(*finish_s: float | None) -> list[int]:
    """Rank healthy sources by when they would be done."""
    return rank_sources(
        [Standing(is_origin=False, finish_s=one) for one in finish_s], now=0.0
    )


def test_much_sooner_comes_first() -> None:
    """A source that would be done in less than half the time is asked first."""
    assert [1, 0] == finish(10.0, 4.0)
    assert [2, 1, 0] == finish(100.0, 40.0, 10.0)


def test_a_little_sooner_is_no_reason() -> None:
    """The settings' order stands against small differences, and against none known."""
    assert [0, 1] == finish(10.0, 6.0)
    assert [0, 1] == finish(1.0, 0.1)
    assert [0, 1] == finish(None, 0.1)
    assert [0, 1] == finish(10.0, None)


def test_liars_come_behind_those_that_are_shut() -> None:
    """Failing is bad, lying is worse."""
    standings = [
        Standing(is_origin=False, lied_until=9.0),
        Standing(is_origin=False, shut_until=9.0),
        Standing(is_origin=False, failed_at=0.0),
        Standing(is_origin=True),
    ]

    assert [3, 2, 1, 0] == rank_sources(standings, now=1.0)


def test_last_resorts_come_behind_everybody() -> None:
    """A place that keeps what others have lost is asked when they were."""
    standings = [
        Standing(is_origin=False, is_last_resort=True),
        Standing(is_origin=False, lied_until=9.0),
        Standing(is_origin=False, failed_at=0.0),
    ]

    assert [2, 1, 0] == rank_sources(standings, now=1.0)
