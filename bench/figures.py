"""Measured values, their medians and ratios, and the targets they are held against."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.processes import Daemon

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Sampled:
    """One value from one round, with the CPU seconds that each GiB cost, if bytes."""

    value: float
    cpu_s_per_gib: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One server's median in one case."""

    who: str
    value: float
    unit: str
    low: float
    high: float
    cpu_s_per_gib: float | None = None
    peak_mib: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What the project promised: a bound on a ratio or on a value.

    Attributes:
        says: What is compared, in words.
        bound: The bound.
        at_least: Whether it is a lower bound.
        unit: Of the value; an `×` for ratios.
    """

    says: str
    bound: float
    at_least: bool = False
    unit: str = "×"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and what was found; `target` is none where nothing was promised."""

    says: str
    found: float
    unit: str
    bound: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the promise was kept."""
        if self.bound is None:
            return True
        return self.found >= self.bound if self.at_least else self.found <= self.bound


@dataclass
class Result:
    """Everything one case found.

    Attributes:
        load: The machine's load average of a minute just before, which counts what
            the case before left behind, too.
    """

    name: str
    title: str
    how: str
    runs: int = 0
    load: float = 0.0
    figures: list[Figure] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def judge(self, target: Target, found: float) -> None:
        """Hold a value against its target."""
        self.verdicts.append(
            Verdict(target.says, found, target.unit, target.bound, target.at_least)
        )

    def tell(self, says: str, found: float, unit: str) -> None:
        """Note a value for which nothing was promised."""
        self.verdicts.append(Verdict(says, found, unit))


Rounds = dict[str, list[Sampled]]


def alternate(runs: int, ways: Mapping[str, Callable[[int], Sampled]]) -> Rounds:
    """Measure each way once per round: A B A B, so that drift hits all of them."""
    rounds: Rounds = {name: [] for name in ways}
    for number in range(runs):
        for name, measure in ways.items():
            rounds[name].append(measure(number))
    return rounds


def summarise(
    samples: Sequence[Sampled], who: str, unit: str, daemon: Daemon | None = None
) -> Figure:
    """Make the median figure of one server."""
    values = [one.value for one in samples]
    costs = [one.cpu_s_per_gib for one in samples if one.cpu_s_per_gib is not None]
    return Figure(
        who,
        statistics.median(values),
        unit,
        min(values),
        max(values),
        statistics.median(costs) if costs else None,
        daemon.peak_mib() if daemon else None,
    )


def ratio(rounds: Rounds, ours: str, theirs: str) -> float:
    """Give the median of the ratios of each round: what drifts, drifts in both."""
    pairs = zip(rounds[ours], rounds[theirs], strict=True)
    return statistics.median(a.value / b.value for a, b in pairs)
