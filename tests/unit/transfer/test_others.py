"""Who could go on instead of a source, or beside it."""

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    DigestMismatchError,
    RateLimitedError,
    UnauthorizedError,
    UnreachableError,
)
from seawall.transfer.plan import Setback, choose_second, find_others

DOWN = BrokenReplyError("503", cause="registry.5xx")
GONE = AbsentError("404")
REFUSED = UnauthorizedError("403")
LIE = DigestMismatchError("wrong")
SLOW = UnreachableError("too slow", cause="net.too_slow")


def others(*setbacks: Setback, now: float = 0.0) -> list[int]:
    """Find who could go on instead of the first of three."""
    return find_others(range(3), setbacks, 0, now=now)


def test_who_failed_is_no_other_for_a_while() -> None:
    """It is worth asking again after some seconds, each failure doubles them."""
    once = [Setback(1, DOWN, at=100.0)]
    twice = [*once, Setback(1, DOWN, at=100.0)]

    assert [2] == others(*once, now=103.9)
    assert [1, 2] == others(*once, now=104.0)
    assert [2] == others(*twice, now=107.9)
    assert [1, 2] == others(*twice, now=108.0)


def test_a_wait_that_was_asked_for_comes_first() -> None:
    """A limited source is no other before its wait is over."""
    past = [Setback(1, RateLimitedError("429", wait_s=30), at=100.0)]

    assert [2] == others(*past, now=129.9)
    assert [1, 2] == others(*past, now=130.0)


def test_who_broke_off_with_bytes_is_another() -> None:
    """One that brought something did not fail; one that was too slow waits."""
    assert [1, 2] == others(Setback(1, DOWN, gained=1, at=100.0), now=100.0)
    assert [2] == others(Setback(1, SLOW, gained=1000, at=100.0), now=159.0)
    assert [1, 2] == others(Setback(1, SLOW, gained=1000, at=100.0), now=160.0)


def test_bytes_of_anybody_clear_the_others() -> None:
    """Failures before the last byte that came say nothing any more."""
    past = [Setback(1, DOWN, at=100.0), Setback(0, DOWN, gained=5, at=100.0)]

    assert [1, 2] == others(*past, now=100.0)


def second(
    *setbacks: Setback,
    places: int = 2,
    troubled: bool = False,
    connecting: bool = False,
) -> int | None:
    """Choose a second source, of so many, besides the last; the first lied lately."""
    return choose_second(
        range(places),
        setbacks,
        places - 1,
        last_resort={0} if places > 1 else (),
        now=0.0,
        troubled=troubled,
        connecting=connecting,
    )


def test_a_second_source_is_another_or_the_same() -> None:
    """Another one where there is one; else a new connection, unless that hangs."""
    assert 1 == second(places=3)
    assert 1 == second(places=3, connecting=True)
    assert 0 == second(places=1)
    assert second(places=1, connecting=True) is None


def test_a_liar_is_the_second_where_the_other_is_in_trouble() -> None:
    """Not at the first hiccup; and not if it lied twice, or refused."""
    assert 1 == second()
    assert 0 == second(troubled=True)
    assert 0 == second(Setback(0, LIE), troubled=True)
    assert 1 == second(Setback(0, LIE), Setback(0, LIE), troubled=True)
    assert 1 == second(Setback(0, REFUSED), troubled=True)
    assert second(Setback(0, GONE), troubled=True, connecting=True) is None
