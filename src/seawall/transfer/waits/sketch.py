"""What is remembered of one kind of wait at one source: how long such waits are.

Two histograms, each with one job: the long one knows what hardly ever happens, and says
when to give up; the short one knows what is usual now, and says when to look elsewhere.
"""

import math
from functools import lru_cache

from seawall.transfer.waits.histogram import Grid, Histogram, spread, spread_tail
from seawall.transfer.waits.phases import Belief

GRID = Grid(low=0.001)
"""From a millisecond to a quarter of an hour."""

RARE = 0.001
"""The share of good waits that may be given up wrongly: one in a thousand."""

LONG_HALF_LIFE = 2000
SHORT_HALF_LIFE = 100
_LONG_PRIOR = 20
_SHORT_PRIOR = 5
_TAIL_SHARE = 0.02  # of what is believed: a wait of another kind, of any length
_TAIL_START_S = 5.0
_TAIL_POWER = 0.5  # beyond what was ever seen, waits grow so with their rarity
_BOUND_TIMES = 2.0  # nothing is guessed that is longer than so often the longest seen
_SEEN = 0.5  # an observation counts as seen until it has faded to a half


@lru_cache(maxsize=16)
def _priors(belief: Belief) -> tuple[list[float], list[float]]:
    usual = spread(GRID, median=belief.median_s, sigma=belief.sigma)
    tail = spread_tail(GRID, start=_TAIL_START_S)
    both = zip(usual, tail, strict=True)
    wary = [(1 - _TAIL_SHARE) * one + _TAIL_SHARE * other for one, other in both]
    return [_LONG_PRIOR * x for x in wary], [_SHORT_PRIOR * x for x in usual]


class Sketch:
    """The waits of one phase at one source, and what was believed of them before."""

    __slots__ = ("_cold_s", "long", "short")

    def __init__(self, belief: Belief) -> None:
        long_prior, short_prior = _priors(belief)
        self.long = Histogram(GRID, long_prior, LONG_HALF_LIFE)
        self.short = Histogram(GRID, short_prior, SHORT_HALF_LIFE)
        self._cold_s = belief.cold_s

    @property
    def count(self) -> float:
        """How many waits are remembered, faded ones in part."""
        return self.long.count

    def add(self, wait_s: float) -> None:
        """Take in a wait that ended well."""
        self.long.add(wait_s)
        self.short.add(wait_s)

    def copy_from(self, other: "Sketch") -> None:
        """Take over what another one has learnt."""
        self.long.copy_from(other.long)
        self.short.copy_from(other.short)

    def fade(self, share: float, *, at_most: float) -> None:
        """Keep this share of what was learnt, and no more than so many waits."""
        self.long.fade(share, at_most=at_most)
        self.short.fade(share, at_most=at_most)

    def find_usual(self, share: float) -> float:
        """Find the wait that this share of the recent ones exceeds, in seconds."""
        return self.short.find_exceeded(share)

    def find_rare(self) -> float:
        """Find the wait that one in a thousand exceeds, in seconds.

        That is further out than few observations reach. What lies beyond them is
        guessed, up to twice the longest that was seen, or the first patience of all.
        """
        reach, reached_s = self._find_reach()
        guess_s = reached_s * math.pow(reach / RARE, _TAIL_POWER)
        longest_s = _BOUND_TIMES * self.long.find_highest(_SEEN)
        return min(guess_s, max(longest_s, reached_s, self._cold_s))

    def tell_phi(self, waited_s: float) -> float:
        """Tell how suspicious a wait is: 1 for one of ten, 3 for one of a thousand.

        Beyond what observations reach it follows the same guess as `find_rare`.
        """
        reach, reached_s = self._find_reach()
        if waited_s <= reached_s:
            return -math.log10(self.long.tell_exceeding(waited_s))
        beyond = math.log10(waited_s / reached_s) / _TAIL_POWER
        return beyond - math.log10(reach)

    def _find_reach(self) -> tuple[float, float]:
        """Find the smallest share that observations speak of, and the wait there."""
        reach = max(RARE, 1 / self.long.mass)
        return reach, self.long.find_exceeded(reach)
