"""The first design's rule for giving up, and its figures one by one, for comparison."""

import math
from dataclasses import dataclass

from bench.replay.rules import Limit, Outcome
from seawall.transfer.waits.histogram import Grid, Histogram, spread, spread_tail

_GRID = Grid(low=0.001)
_RARE = 0.001
_WATCH_S = 180.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What the first design had and was changed; the defaults are the first design's.

    Attributes:
        finest: So many observations must lie beyond what is read off directly.
        recent: Whether the recent waits may make it longer.
        bound_from: So many observations bound the guess by twice the longest of all;
            `None`: it is bounded from the start, by that or `cold_s`.
        cold_s: The first patience.
        watched: Whether what was given up is watched, and its length learnt.
    """

    finest: float = 4.0
    recent: bool = True
    bound_from: int | None = 30
    cold_s: float = 10.0
    watched: bool = True


class FirstDesign(Limit):
    """Its rule, with figures to choose."""

    def __init__(self, figures: Figures | None = None) -> None:
        self._figures = figures or Figures()
        usual = spread(_GRID, median=0.25, sigma=1.2)
        tail = spread_tail(_GRID, start=5.0)
        prior = [0.98 * a + 0.02 * b for a, b in zip(usual, tail, strict=True)]
        self._long = Histogram(_GRID, [20 * x for x in prior], 2000)
        self._short = Histogram(_GRID, [5 * x for x in prior], 100)
        self._longest_s = 0.0
        self._gamma = 1.0

    def patience_s(self) -> float:
        """Tell how long it would wait for a source that died now."""
        figures, long = self._figures, self._long
        count = long.count
        reach = max(_RARE, figures.finest / long.mass)
        reached_s = long.find_exceeded(reach)
        wait_s = reached_s * math.sqrt(reach / _RARE)
        if figures.bound_from is None:
            highest_s = max(2 * self._longest_s, reached_s, figures.cold_s)
            wait_s = min(wait_s, highest_s)
        elif count >= figures.bound_from:
            wait_s = min(wait_s, max(2 * self._longest_s, reached_s))
        if figures.recent:
            wait_s = max(wait_s, 1.5 * self._short.find_exceeded(0.02))
        cold_s = figures.cold_s * 300 / (300 + count)
        return min(max(self._gamma * wait_s, cold_s, 2.0), 120.0)

    def stretch_s(self, doublings: int) -> float:
        """Tell how long it waits after so many tries in vain."""
        return min(self.patience_s() * 2.0**doublings, 120.0)

    def learn(self, wait_s: float) -> None:
        """Take in a wait that it saw the end of."""
        self._long.add(wait_s)
        self._short.add(wait_s)
        self._longest_s = max(self._longest_s, wait_s)
        self._gamma = max(1.0, self._gamma * (1 - _RARE / 4))

    def wait(
        self, wait_s: float, doublings: int, now: float, rescue_s: float
    ) -> Outcome:
        """Wait for what takes `wait_s`; learn the truth of what it gave up, too."""
        outcome = super().wait(wait_s, doublings, now, rescue_s)
        watched = self._figures.watched and outcome.gave_up
        if watched and wait_s <= outcome.spent_s + _WATCH_S:
            self._gamma = min(4.0, self._gamma * 1.25)
            self.learn(wait_s)
        return outcome


VARIANTS = {
    "first design": Figures(),
    "… one observation beyond, not 4": Figures(finest=1),
    "… without the recent waits": Figures(recent=False),
    "… bounded from the start, first 12 s": Figures(bound_from=None, cold_s=12),
    "all three": Figures(1, recent=False, bound_from=None, cold_s=12),
    "all three, nobody watching": Figures(
        1, recent=False, bound_from=None, cold_s=12, watched=False
    ),
}
