"""What a fetch tries next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    DigestMismatchError,
    ForeignHostError,
    RateLimitedError,
    SeawallError,
    SizeMismatchError,
    UnauthorizedError,
    UnreachableError,
)
from seawall.transfer.plan import (
    Attempt,
    PlanOptions,
    Setback,
    choose_attempt,
    choose_verdict,
)

OPTIONS = PlanOptions(tries=3, base_s=1.0, cap_s=5.0, longest_wait_s=10.0)
DOWN = BrokenReplyError("503", cause="registry.5xx")
GONE = AbsentError("404")
REFUSED = UnauthorizedError("403")
LIE = DigestMismatchError("wrong")


def limited(wait_s: float | None) -> RateLimitedError:
    """Make a 429."""
    return RateLimitedError("429", wait_s=wait_s)


def choose(
    *setbacks: Setback, places: int = 2, jitter: float = 1.0, equal: bool = False
) -> Attempt | None:
    """Choose among so many places; the last is the origin, unless all are equal."""
    return choose_attempt(
        range(places),
        setbacks,
        options=OPTIONS,
        origin=None if equal else places - 1,
        jitter=lambda: jitter,
    )


def test_the_best_comes_first() -> None:
    """Nothing tried: the first in order, at once."""
    assert Attempt(0) == choose()


@pytest.mark.parametrize("error", [DOWN, GONE, REFUSED, LIE, limited(99)], ids=repr)
def test_a_failed_mirror_yields_at_once(error: SeawallError) -> None:
    """Whatever a mirror says, the next source is asked without a pause."""
    assert Attempt(1) == choose(Setback(0, error))


def test_the_origins_404_is_final() -> None:
    """What the origin does not have, nobody has to have."""
    assert choose(Setback(1, GONE)) is None
    assert Attempt(0) == choose(Setback(1, REFUSED))


def test_among_equals_no_404_is_final() -> None:
    """Mirrors may be in mid-sync: all are asked, and none of them twice."""
    gone = [Setback(place, GONE) for place in range(3)]

    assert Attempt(2) == choose(*gone[:2], places=3, equal=True)
    assert choose(*gone, places=3, equal=True) is None


def test_among_equals_who_may_recover_is_asked_again() -> None:
    """One mirror's 404 does not end the tries at another that is down."""
    setbacks = [Setback(0, GONE), Setback(1, DOWN)]

    assert Attempt(1, 2.0) == choose(*setbacks, equal=True)
    assert Attempt(1, 4.0) == choose(*setbacks, setbacks[1], equal=True)


@pytest.mark.parametrize(
    "error",
    [
        REFUSED,
        LIE,
        SizeMismatchError("size"),
        ForeignHostError("realm"),
        UnreachableError("tls", cause="tls.unknown_ca"),
    ],
    ids=repr,
)
def test_what_waiting_does_not_cure_is_not_tried_again(error: SeawallError) -> None:
    """A refusal or a lie is not asked for twice; other sources are."""
    assert choose(Setback(0, error), places=1) is None
    assert Attempt(0, 2.0) == choose(Setback(0, DOWN), Setback(1, error))


def test_pauses_double_up_to_a_bound() -> None:
    """The same source again: after a pause that doubles, and not beyond the cap."""
    waits = []
    for count in (1, 2):
        attempt = choose(*[Setback(0, DOWN)] * count, places=1)
        assert attempt is not None
        waits.append(attempt.wait_s)
    long = choose(*[Setback(p % 2, DOWN) for p in range(5)])

    assert [2.0, 4.0] == waits
    assert Attempt(1, 4.0) == long


def test_it_gives_up() -> None:
    """After so many setbacks for each source without a byte, it is over."""
    assert choose(*[Setback(0, DOWN)] * 3, places=1) is None
    assert choose(*[Setback(n % 2, DOWN) for n in range(6)]) is None


def test_bytes_renew_its_patience() -> None:
    """A source that brings something each time is worth asking again."""
    setbacks = [Setback(0, DOWN, gained=1)] * 50

    assert choose(*setbacks, places=1) is not None
    assert choose(*setbacks, *[Setback(0, DOWN)] * 2, places=1) is None


def test_a_wait_that_was_asked_for_is_taken() -> None:
    """A limit's own wait counts, a little spread, and never less than a pause."""
    assert Attempt(0, 9.6) == choose(Setback(0, limited(8)), places=1)
    assert Attempt(0, 8.0) == choose(Setback(0, limited(8)), places=1, jitter=0)
    assert Attempt(0, 2.0) == choose(Setback(0, limited(0)), places=1)
    assert Attempt(0, 2.0) == choose(Setback(0, limited(None)), places=1)


def test_a_wait_too_long_ends_it() -> None:
    """The client can wait better than we can."""
    assert choose(Setback(0, limited(60)), places=1) is None


def test_a_long_wait_of_one_leaves_the_others() -> None:
    """A source that is limited for long does not end the tries at another one."""
    setbacks = [Setback(0, DOWN), Setback(1, limited(60)), Setback(0, DOWN)]

    assert Attempt(0, 4.0) == choose(*setbacks)


def test_the_origins_word_is_the_verdict() -> None:
    """What the origin said last is told; without it, what was said last."""
    setbacks = [Setback(0, DOWN), Setback(1, REFUSED), Setback(0, LIE)]

    assert REFUSED is choose_verdict(setbacks, origin=1)
    assert LIE is choose_verdict(setbacks[:1] + setbacks[2:], origin=1)


def test_among_equals_a_404_takes_them_all() -> None:
    """It is a 404 only if each says so; else who could not be asked is told of."""
    gone = [Setback(0, GONE), Setback(1, GONE)]
    late = AbsentError("404, at last")

    assert GONE is choose_verdict(gone, origin=None)
    assert DOWN is choose_verdict([Setback(0, DOWN), gone[1]], origin=None)
    assert REFUSED is choose_verdict([Setback(0, REFUSED), *gone[1:]], origin=None)
    assert late is choose_verdict(
        [Setback(0, DOWN), gone[1], Setback(0, late)], origin=None
    )


ERRORS = st.sampled_from([DOWN, GONE, REFUSED, LIE, limited(1), limited(90)])


@given(st.integers(1, 4), st.lists(ERRORS), st.floats(0, 0.99), st.booleans())
def test_it_always_ends(
    places: int,
    errors: list[SeawallError],
    spread: float,
    equal: bool,  # noqa: FBT001  hypothesis gives it by place
) -> None:
    """Without a byte, there are only so many attempts, each at a usable place."""
    setbacks: list[Setback] = []
    for error in errors * 20:
        attempt = choose(*setbacks, places=places, jitter=spread, equal=equal)
        if attempt is None:
            break
        assert 0 <= attempt.place < places
        assert 0 <= attempt.wait_s <= OPTIONS.longest_wait_s
        lost = {s.place for s in setbacks if s.error in (REFUSED, LIE, GONE)}
        assert attempt.place not in lost
        setbacks.append(Setback(attempt.place, error))

    assert len(setbacks) <= OPTIONS.tries * places


def resort(*setbacks: Setback) -> Attempt | None:
    """Choose among two equal places, of which the first lied a while ago."""
    return choose_attempt(
        range(2),
        setbacks,
        options=OPTIONS,
        origin=None,
        jitter=lambda: 0.0,
        last_resort={0},
    )


def test_a_liar_is_asked_when_nobody_else_is_left() -> None:
    """Wrong bytes of yesterday are no reason to fail where nobody else has any."""
    down = [Setback(1, DOWN)] * 3

    assert [1, 1, 0, 0, None] == [
        getattr(resort(*past), "place", None)
        for past in (
            [],
            down[:1],
            down,
            [Setback(1, GONE), Setback(0, DOWN)],
            [Setback(1, GONE), Setback(0, GONE)],
        )
    ]
