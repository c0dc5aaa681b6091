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
        ForeignHostError("realm"),
        UnreachableError("tls", cause="tls.unknown_ca"),
    ],
    ids=repr,
)
def test_what_waiting_does_not_cure_is_not_tried_again(error: SeawallError) -> None:
    """A refusal is not asked for twice; other sources are asked again."""
    assert choose(Setback(0, error), places=1) is None
    assert Attempt(0, 2.0) == choose(Setback(0, DOWN), Setback(1, error))


WRONG = [LIE, SizeMismatchError("size")]


@pytest.mark.parametrize("error", WRONG, ids=repr)
def test_one_wrong_answer_may_be_an_accident(error: SeawallError) -> None:
    """Who gave something wrong is asked again, once, when nobody else is left."""
    once = Setback(0, error)
    down = [Setback(1, DOWN)] * OPTIONS.tries

    assert Attempt(0, 2.0) == choose(once, places=1)
    assert Attempt(1) == choose(once)
    assert 1 == getattr(choose(once, down[0]), "place", None)
    assert 0 == getattr(choose(once, *down), "place", None)
    assert choose(once, once, places=1) is None


def test_two_wrong_answers_are_none() -> None:
    """Where two sources gave something wrong, neither is believed again."""
    assert choose(Setback(0, LIE), Setback(1, LIE)) is None


def test_who_refused_after_a_wrong_answer_is_not_asked() -> None:
    """An accident is forgiven; what else is final is not."""
    assert choose(Setback(0, LIE), Setback(0, REFUSED), places=1) is None


def slow(place: int, at: float = 0.0) -> Setback:
    """Make a setback of a source that was left since it was too slow."""
    error = UnreachableError("too slow", cause="net.too_slow")
    return Setback(place, error, gained=1000, at=at)


SILENT = UnreachableError("nothing came", cause="net.silence")


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ([], 1),
        ([Setback(1, DOWN, gained=1000)] * 5, 1),
        ([Setback(1, DOWN)] * 2, 1),
        ([Setback(1, DOWN)] * 3, 0),
        ([Setback(1, SILENT)], 0),
        ([Setback(1, SILENT), Setback(1, DOWN, gained=1000)], 1),
        ([Setback(1, limited(60))], 0),
    ],
)
def test_who_is_too_slow_waits_until_others_were_in_vain(
    since: list[Setback], expected: int
) -> None:
    """A source that breaks off again and again is better than one that trickles."""
    assert expected == getattr(choose(slow(0), *since), "place", None)


def test_of_two_slow_ones_the_next_is_asked() -> None:
    """Where both were too slow, they take turns."""
    assert 0 == getattr(choose(slow(0), slow(1)), "place", None)


def test_who_is_slow_alone_is_asked_again() -> None:
    """A new connection to the only source may fare better."""
    assert Attempt(0, 2.0) == choose(slow(0), places=1)


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


def test_a_limited_source_is_waited_for_when_others_are_in_vain() -> None:
    """A dead origin is tried three times, then the mirror's wait is taken."""
    limit = Setback(0, limited(7))
    places = [
        getattr(choose(limit, *[Setback(1, DOWN)] * count), "place", None)
        for count in range(4)
    ]

    assert [1, 1, 1, 0] == places
    assert 8.4 == pytest.approx(
        getattr(choose(limit, *[Setback(1, DOWN)] * 3), "wait_s", None)
    )


def test_the_origins_word_is_the_verdict() -> None:
    """What the origin said last is told; without it, what was said last."""
    setbacks = [Setback(0, DOWN), Setback(1, REFUSED), Setback(0, LIE)]

    assert REFUSED is choose_verdict(setbacks, origin=1)
    assert LIE is choose_verdict(setbacks[:1] + setbacks[2:], origin=1)


def test_the_verdict_says_how_long_to_wait() -> None:
    """A dead origin's error names the mirror's wait: it may be had then."""
    dead = BrokenReplyError("502")
    past = [Setback(0, limited(7)), Setback(0, limited(5)), Setback(1, dead)]
    refused = UnauthorizedError("403")

    assert dead is choose_verdict(past, origin=1)
    assert 5 == dead.wait_s
    assert choose_verdict([past[0], Setback(1, refused)], origin=1).wait_s is None


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
        lost = {s.place for s in setbacks if s.error in (REFUSED, GONE)}
        lies = [s.place for s in setbacks if s.error is LIE]
        assert attempt.place not in lost
        assert attempt.place not in lies or 1 == len(lies)
        setbacks.append(Setback(attempt.place, error))

    assert len(setbacks) <= OPTIONS.tries * places + OPTIONS.tries


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


SILENT = UnreachableError("nothing came", cause="net.silence")


def test_silence_is_held_and_refusals_are_not() -> None:
    """Five refusals in a row end a fetch; silences have seconds instead of a number."""
    patient = PlanOptions(tries=5)
    last = [Setback(0, DOWN)] * 5

    def goes_on(setbacks: list[Setback], options: PlanOptions) -> bool:
        attempt = choose_attempt(
            [0], setbacks, options=options, origin=0, jitter=lambda: 0.0
        )
        return attempt is not None

    assert goes_on([Setback(0, SILENT)] * 50, patient)
    assert goes_on([Setback(0, SILENT), *last[1:]], patient)
    assert not goes_on(last, patient)
    assert not goes_on([*last[1:], Setback(0, SILENT), Setback(0, DOWN)], patient)
    assert not goes_on([Setback(0, SILENT)] * 5, PlanOptions(tries=5, hold_s=0))
