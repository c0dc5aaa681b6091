"""When more connections are opened, and for which part."""

import pytest

from seawall.kit.ranges import Span
from seawall.transfer.stripes import StripeOptions, Stripes, choose_piece, cut_ways

MIB = 1024 * 1024
OPTIONS = StripeOptions(legs=8)
SIZE = 1024 * MIB


def grow(
    *rates: float, options: StripeOptions = OPTIONS, size: int = SIZE
) -> list[int]:
    """Tell how many connections there are after each second at these rates."""
    stripes, arrived, legs = Stripes(options), 0.0, []
    stripes.decide(0.0, 0, size)
    for second, rate in enumerate(rates, start=1):
        arrived += rate * MIB
        legs.append(stripes.decide(float(second), int(arrived), int(size - arrived)))
    return legs


def test_they_double_while_it_helps() -> None:
    """As long as all of it becomes faster, there are more; never beyond the bound."""
    assert [2, 4, 8, 8] == grow(10, 20, 40, 80)


def test_they_stay_where_it_does_not_help() -> None:
    """Where the line is full, no further connection is opened, then or later."""
    assert [2, 2, 2, 2] == grow(10, 10.5, 40, 80)


def test_silence_is_no_reason() -> None:
    """A source from which nothing comes needs patience, not more connections."""
    assert [1, 1, 2] == grow(0, 0, 10)


@pytest.mark.parametrize(
    ("rate", "size"), [(10, 30 * MIB), (300, SIZE)], ids=["small", "fast"]
)
def test_what_is_nearly_done_is_left_alone(rate: float, size: int) -> None:
    """A content that comes within seconds is not worth a second connection."""
    assert [1, 1] == grow(rate, rate, size=size)


def test_it_can_be_turned_off() -> None:
    """With one connection allowed, there is one."""
    assert [1, 1, 1] == grow(10, 20, 40, options=StripeOptions(legs=1))


def test_the_longest_way_is_halved() -> None:
    """The next connection takes the second half of what takes longest."""
    ways = [Span(0, 10 * MIB), Span(10 * MIB, 110 * MIB), Span(110 * MIB, 120 * MIB)]

    assert Span(60 * MIB, 110 * MIB) == choose_piece(ways, 4 * MIB)


@pytest.mark.parametrize("ways", [[], [Span(0, 7 * MIB)]], ids=["none", "short"])
def test_short_ways_are_not_split(ways: list[Span]) -> None:
    """Pieces stay large enough to be worth a request."""
    assert choose_piece(ways, 4 * MIB) is None


def test_two_connections_never_get_the_same() -> None:
    """A way that was given away and not begun yet is not given away again."""
    ways = [Span(0, 64 * MIB)]
    for _ in range(3):
        piece = choose_piece(cut_ways(ways), 4 * MIB)
        assert piece is not None
        ways.append(piece)

    assert [0, 32 * MIB, 16 * MIB, 48 * MIB] == [way.start for way in ways]
