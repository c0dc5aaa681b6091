"""When more connections are opened, and for which part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kit.ranges import Span
from seawall.transfer.stripes import (
    StripeOptions,
    Stripes,
    Way,
    choose_piece,
    choose_theft,
    cut_ways,
    find_free,
)

MIB = 1024 * 1024
OPTIONS = StripeOptions(legs=8)
SIZE = 1024 * MIB


def grow(
    *rates: float,
    options: StripeOptions = OPTIONS,
    size: int = SIZE,
    others: tuple[int, ...] = (),
) -> list[dict[int, int]]:
    """Tell how many connections there are after each second at these rates."""
    stripes, arrived = Stripes(options), 0.0
    stripes.begin(0)
    stripes.decide(0.0, 0, size)
    legs = []
    for second, rate in enumerate(rates, start=1):
        arrived += rate * MIB
        stripes.decide(float(second), int(arrived), int(size - arrived), others)
        legs.append(dict(stripes.legs))
    return legs


def count(legs: list[dict[int, int]]) -> list[int]:
    """Count the connections to all sources."""
    return [sum(one.values()) for one in legs]


def test_they_double_while_it_helps() -> None:
    """As long as all of it becomes faster, there are more; never beyond the bound."""
    assert [2, 4, 8, 8] == count(grow(10, 20, 40, 80))


def test_they_stay_where_it_does_not_help() -> None:
    """Where the line is full for three epochs, what did not help is given up again."""
    assert [2, 2, 2, 1, 1] == count(grow(10, 10.5, 10.5, 10.5, 80))


def test_one_hiccup_does_not_end_it() -> None:
    """An epoch in which nothing became faster is measured again."""
    assert [2, 2, 4, 8] == count(grow(10, 9, 20, 40))


def test_another_source_is_asked_before_more_of_the_first() -> None:
    """What others add is found out at once; whoever adds nothing gets no more."""
    expected = [{0: 1, 1: 1}, {0: 1, 1: 2}, {0: 1, 1: 2}, {0: 1, 1: 2}, {0: 2, 1: 1}]

    assert expected == grow(20, 80, 80, 80, 80, others=(1,))


def test_all_sources_together_have_a_bound() -> None:
    """A content never takes more connections than that, whoever has it."""
    options = StripeOptions(legs=8, most_legs=10)
    rates = [10 * 1.2**second for second in range(12)]
    legs = grow(*rates, options=options, size=100 * SIZE, others=(1, 2))

    assert 10 == max(count(legs))


def test_silence_is_no_reason() -> None:
    """A source from which nothing comes needs patience, not more connections."""
    assert [1, 1, 2] == count(grow(0, 0, 10))


def test_what_was_skipped_is_not_measured() -> None:
    """An epoch in which a new connection brought nothing yet decides nothing."""
    stripes = Stripes(OPTIONS)
    stripes.begin(0)
    stripes.decide(0.0, 0, SIZE)
    stripes.skip()
    stripes.decide(1.0, 10 * MIB, SIZE)

    assert {0: 1} == stripes.legs


def test_a_limit_stays() -> None:
    """A source that wants no more connections gets no more, however fast it is."""
    stripes = Stripes(OPTIONS)
    stripes.begin(0)
    stripes.limit(0, 1)
    for second in range(5):
        stripes.decide(float(second), 10 * MIB * second**2, SIZE)

    assert {0: 1} == stripes.legs


@pytest.mark.parametrize(
    ("rate", "size"), [(10, 30 * MIB), (300, SIZE)], ids=["small", "fast"]
)
def test_what_is_nearly_done_is_left_alone(rate: float, size: int) -> None:
    """A content that comes within seconds is not worth a second connection."""
    assert [1, 1] == count(grow(rate, rate, size=size))


def test_it_can_be_turned_off() -> None:
    """With one connection allowed, there is one."""
    assert [1, 1, 1] == count(grow(10, 20, 40, options=StripeOptions(legs=1)))


def test_the_lead_takes_the_lowest_bytes() -> None:
    """Clients and the digest need them first."""
    free = [Span(8 * MIB, 100 * MIB), Span(200 * MIB, 300 * MIB)]

    assert Span(8 * MIB, 40 * MIB) == choose_piece(free, 32 * MIB)


def test_a_helper_takes_the_highest_bytes() -> None:
    """So it never holds up the head, and what it gave stays in one place."""
    free = [Span(8 * MIB, 100 * MIB), Span(200 * MIB, 300 * MIB)]

    assert Span(268 * MIB, 300 * MIB) == choose_piece(free, 32 * MIB, last=True)


def test_a_small_rest_is_taken_along() -> None:
    """What is left of a gap is worth a request of its own, or taken with it."""
    assert Span(0, 9 * MIB) == choose_piece([Span(0, 9 * MIB)], 9 * MIB - 1)


@given(
    edges=st.lists(st.integers(0, 200), min_size=2, max_size=12, unique=True),
    claimed=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=6),
    wanted=st.integers(1, 300),
    last=st.booleans(),
)
def test_a_piece_is_never_anybodys_already(
    edges: list[int], claimed: list[tuple[int, int]], wanted: int, *, last: bool
) -> None:
    """Every byte of a piece is absent, and on nobody's way."""
    edges = sorted(edges)
    gaps = [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    claims = [Span(start, start + length) for start, length in claimed]
    free = find_free(gaps, claims)
    piece = choose_piece(free, wanted, last=last)
    absent = {x for gap in gaps for x in range(gap.start, gap.stop)}
    taken = {x for claim in claims for x in range(claim.start, claim.stop)}

    assert absent - taken == {x for s in free for x in range(s.start, s.stop)}
    assert bool(absent - taken) == (piece is not None)
    assert set(range(piece.start, piece.stop) if piece else ()) <= absent - taken


def test_whoever_is_last_gives_up_so_much_that_both_end_together() -> None:
    """A faster connection takes the larger part of what a slow one has left."""
    ways = [Way(Span(0, 40 * MIB), 10.0 * MIB), Way(Span(40 * MIB, 100 * MIB), MIB)]
    taken = choose_theft(ways, 4.0 * MIB, setup_s=0.0, least_bytes=MIB)

    assert Span(52 * MIB, 100 * MIB) == taken


def test_all_of_a_silent_way_is_taken() -> None:
    """Whoever brings nothing keeps nothing."""
    taken = choose_theft(
        [Way(Span(5, 5 + MIB), 0.0)], 4.0 * MIB, setup_s=0.1, least_bytes=MIB
    )

    assert Span(5, 5 + MIB) == taken


@pytest.mark.parametrize(
    ("ways", "setup_s"),
    [([], 0.0), ([Way(Span(0, MIB), 10.0)], 0.0), ([Way(Span(0, MIB), MIB)], 3.0)],
    ids=["nobody", "little", "sooner done than taken"],
)
def test_what_is_not_worth_it_is_not_taken(ways: list[Way], setup_s: float) -> None:
    """A few bytes, or such as are sooner here than the next answer, stay."""
    assert choose_theft(ways, 10.0, setup_s=setup_s, least_bytes=MIB) is None


def test_two_connections_never_get_the_same() -> None:
    """A way that was given away and not begun yet is not given away again."""
    ways = [Way(Span(0, 64 * MIB), MIB)]
    for _ in range(3):
        piece = choose_theft(cut_ways(ways), MIB, setup_s=0.0, least_bytes=MIB)
        assert piece is not None
        ways.append(Way(piece, MIB))

    assert [0, 32 * MIB, 16 * MIB, 48 * MIB] == [way.span.start for way in ways]
