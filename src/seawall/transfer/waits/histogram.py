"""Counts on a logarithmic scale, in which what was seen long ago fades."""

import itertools
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_NORMALISE_AT = 1e9


@dataclass(frozen=True, slots=True)
class Grid:
    """A logarithmic scale; what lies outside counts as its lowest or highest step.

    Attributes:
        low: Where the first step begins.
        ratio: How much higher each step begins than the one before.
        steps: How many there are.
    """

    low: float
    ratio: float = 1.06
    steps: int = 236

    def find_step(self, value: float) -> int:
        """Find the step that holds a value; what is not a number is in the lowest."""
        if not value > self.low:
            return 0
        if value >= self.edge(self.steps):
            return self.steps - 1
        step = int(math.log(value / self.low) / math.log(self.ratio))
        return min(step, self.steps - 1)

    def edge(self, step: float) -> float:
        """Tell where a step begins; halves and the like lie between two edges."""
        return self.low * math.pow(self.ratio, step)


class Histogram:
    """Fading counts over a grid, on top of a prior that does not fade.

    Args:
        grid: The scale.
        prior: What is believed beforehand, as a count per step; not all of them zero.
        half_life: After so many further observations one counts half.
    """

    __slots__ = (
        "_above",
        "_counts",
        "_found",
        "_growth",
        "_prior",
        "_prior_above",
        "_prior_total",
        "_total",
        "_unit",
        "grid",
    )

    def __init__(self, grid: Grid, prior: Sequence[float], half_life: float) -> None:
        self.grid = grid
        self._prior = prior
        self._prior_above = _sum_down(prior)
        self._prior_total = sum(prior)
        self._growth = 2.0 ** (1 / half_life)
        # Instead of making all old counts smaller, each new one is made larger.
        self._unit = 1.0
        self._counts = [0.0] * grid.steps
        self._above: list[float] | None = None  # sums from the top, until it changes
        self._found: dict[float, float] = {}  # by share, until it changes
        self._total = 0.0

    @property
    def count(self) -> float:
        """How many observations are remembered, faded ones in part."""
        return self._total / self._unit

    @property
    def mass(self) -> float:
        """The same, with the prior."""
        return self.count + self._prior_total

    def add(self, value: float) -> None:
        """Take in an observation."""
        self._unit *= self._growth
        self._counts[self.grid.find_step(value)] += self._unit
        self._above = None
        self._found.clear()
        self._total += self._unit
        if self._unit > _NORMALISE_AT:
            self.restore(self.counts())

    def counts(self) -> list[float]:
        """Give the count of each step, without the prior."""
        return [count / self._unit for count in self._counts]

    def restore(self, counts: Sequence[float]) -> None:
        """Replace all counts by these, one per step."""
        self._counts = list(counts)
        self._above = None
        self._found.clear()
        self._total = sum(self._counts)
        self._unit = 1.0

    def copy_from(self, other: "Histogram") -> None:
        """Take over what another one of the same grid has counted."""
        self.restore(other.counts())

    def fade(self, share: float, *, at_most: float) -> None:
        """Keep this share of every count, and no more than so many in all."""
        if self.count * share > at_most:
            share = at_most / self.count
        self.restore([count * share for count in self.counts()])

    def find_exceeded(self, share: float) -> float:
        """Find the value that this share of all observations and the prior exceeds."""
        found = self._found.get(share)
        if found is None:
            found = self._found[share] = self._find_exceeded(share)
        return found

    def _find_exceeded(self, share: float) -> float:
        wanted = share * self.mass
        counted, believed, unit = self._sums(), self._prior_above, self._unit
        steps = self.grid.steps

        def above(taken: int) -> float:
            """Sum this many of the highest steps."""
            return counted[taken] / unit + believed[taken]

        taken = bisect_left(range(steps), wanted, key=lambda n: above(n + 1))
        while taken < steps:
            step = steps - 1 - taken
            here = self._counts[step] / unit + self._prior[step]
            if here:
                return self.grid.edge(step + 1 - (wanted - above(taken)) / here)
            taken += 1
        return self.grid.low

    def find_highest(self, count: float) -> float:
        """Find the value that so many observations exceed, whatever the prior says."""
        taken = bisect_left(self._sums(), count * self._unit, lo=1)
        steps = self.grid.steps
        return self.grid.low if taken > steps else self.grid.edge(steps + 1 - taken)

    def tell_exceeding(self, value: float) -> float:
        """Tell which share of all observations and the prior exceeds a value."""
        step = self.grid.find_step(value)
        above = sum(self._counts[step + 1 :]) / self._unit
        above += sum(self._prior[step + 1 :])
        here = self._counts[step] / self._unit + self._prior[step]
        low, high = self.grid.edge(step), self.grid.edge(step + 1)
        within = min(max(value, low), high)
        left = math.log(high / within) / math.log(self.grid.ratio)
        return min((above + here * left) / self.mass, 1.0)

    def _sums(self) -> list[float]:
        """Give the sum of the highest steps' counts, for each number of them."""
        if self._above is None:
            self._above = _sum_down(self._counts)
        return self._above


def _sum_down(counts: Sequence[float]) -> list[float]:
    """Sum up from the highest step: none of them, one, two, and so on."""
    return list(itertools.accumulate(reversed(counts), initial=0.0))


def spread(grid: Grid, *, median: float, sigma: float) -> list[float]:
    """Spread one observation over a grid as a log-normal distribution would.

    >>> round(sum(spread(Grid(0.001), median=0.25, sigma=1.2)), 9)
    1.0
    """

    def below(value: float) -> float:
        return (1 + math.erf(math.log(value / median) / (sigma * math.sqrt(2)))) / 2

    edges = [0.0, *(below(grid.edge(step)) for step in range(1, grid.steps)), 1.0]
    return [high - low for low, high in itertools.pairwise(edges)]


def spread_tail(grid: Grid, *, start: float) -> list[float]:
    """Spread one observation over a grid as a Pareto distribution of index 1 would.

    >>> round(sum(spread_tail(Grid(0.001), start=5.0)), 9)
    1.0
    """
    above = [min(start / grid.edge(step), 1.0) for step in range(grid.steps)]
    return [high - low for high, low in zip(above, [*above[1:], 0.0], strict=True)]
