"""Whether more connections make a large content come faster, and where they begin."""

from collections.abc import Sequence
from dataclasses import dataclass

from seawall.kit.ranges import Span

_ALIGN = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StripeOptions:
    """When a content is carried over several connections to its source.

    Attributes:
        legs: Connections for one content at most; 1 turns it off.
        least_bytes: Smaller contents are never split, nor what is left of larger ones.
        least_s: Nor is what one connection brings in so many seconds.
        piece_bytes: No piece is made smaller.
        epoch_s: How long is measured before more connections are opened.
        growth: How much faster all of it has to become for that.
    """

    legs: int = 4
    least_bytes: int = 32 * 1024 * 1024
    least_s: float = 4.0
    piece_bytes: int = 4 * 1024 * 1024
    epoch_s: float = 0.2
    growth: float = 1.1


class Stripes:
    """Decides from what arrived: plain at first, then more while the total grows."""

    def __init__(self, options: StripeOptions) -> None:
        self._options = options
        self._last: tuple[float, int] | None = None
        self._rate_before = 0.0
        self._settled = options.legs < 2  # noqa: PLR2004  one is no stripe
        self.legs = 1

    def decide(self, now: float, arrived: int, left_bytes: int) -> int:
        """Tell how many connections there should be; call it once in an epoch."""
        last, self._last = self._last, (now, arrived)
        if last is None or now <= last[0]:
            return self.legs
        rate = (arrived - last[1]) / (now - last[0])
        if not self._settled:
            self._grow(rate, left_bytes)
        return self.legs

    def _grow(self, rate: float, left_bytes: int) -> None:
        options = self._options
        if not rate or left_bytes < options.least_bytes:
            return
        if left_bytes / rate < options.least_s:
            return
        if rate < self._rate_before * options.growth:
            self._settled = True
            return
        self._rate_before = rate
        self.legs = min(self.legs * 2, options.legs)
        self._settled = self.legs == options.legs


def cut_ways(ways: Sequence[Span]) -> list[Span]:
    """End each way where the next one begins, whose source may not have answered yet.

    >>> cut_ways([Span(0, 40), Span(25, 40)])
    [Span(start=0, stop=25), Span(start=25, stop=40)]
    """
    ways = sorted(ways, key=lambda way: way.start)
    starts = [way.start for way in ways[1:]] + [way.stop for way in ways[-1:]]
    pairs = zip(ways, starts, strict=True)
    return [Span(way.start, min(way.stop, start)) for way, start in pairs]


def choose_piece(ways: Sequence[Span], piece_bytes: int) -> Span | None:
    """Choose what the next connection is to bring: half of the longest way.

    Args:
        ways: What each connection still has ahead of it.
        piece_bytes: Both halves have as much, or there is nothing to choose.

    >>> choose_piece([Span(0, 10), Span(10, 40)], 5)
    Span(start=25, stop=40)
    """
    longest = max(ways, key=len, default=None)
    if longest is None:
        return None
    middle = longest.start + len(longest) // 2
    middle = -(-middle // _ALIGN) * _ALIGN if len(longest) > 4 * _ALIGN else middle
    piece = Span(middle, longest.stop) if middle < longest.stop else None
    enough = piece is not None and middle - longest.start >= piece_bytes
    return piece if enough and piece and len(piece) >= piece_bytes else None
