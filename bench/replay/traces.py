"""Traces of waits, made from a seed: one row per segment of a body."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

RETRIES = 14
REPEATS = 0.8
"""So many retries of one content meet what the first try met."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one segment would have taken at its source.

    Attributes:
        wait_s: The longest wait for a read in it; infinite if the source died in it.
        retries: The same for each further try at that source.
        trickles: From here on it gives 16 bytes a second.
    """

    wait_s: float
    retries: tuple[float, ...]
    trickles: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """What one source did, in order.

    Attributes:
        median_s: The usual wait: what a retry costs beside its request.
    """

    name: str
    rows: tuple[Row, ...]
    median_s: float


Shape: TypeAlias = Callable[[random.Random, float], float]
"""Draws a wait; told how much of the trace has passed, 0 to 1, and by whom."""


def _log_normal(dice: random.Random, median_s: float, sigma: float) -> float:
    return median_s * math.exp(dice.gauss(0, sigma))


def _healthy(dice: random.Random, _: float) -> float:
    return _log_normal(dice, 0.06, 0.6)


def _slow(dice: random.Random, _: float) -> float:
    return _log_normal(dice, 1.5, 0.68)


def _bimodal(dice: random.Random, _: float) -> float:
    slow = dice.random() < 0.06
    return dice.uniform(8, 25) if slow else _log_normal(dice, 0.2, 0.6)


def _rarely_bimodal(dice: random.Random, _: float) -> float:
    slow = dice.random() < 0.004
    return dice.uniform(15, 45) if slow else _healthy(dice, 0)


def _scanner(dice: random.Random, _: float) -> float:
    held = dice.random() < 0.25
    return _log_normal(dice, 18, 0.6) if held else _log_normal(dice, 0.03, 0.5)


def _shifting(dice: random.Random, passed: float) -> float:
    busy = 1 / 3 <= passed < 2 / 3
    return _log_normal(dice, 4, 0.5) if busy else _healthy(dice, passed)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: how it is drawn, and how often it dies in a segment."""

    shape: Shape
    says: str
    dead: float = 0.003
    trickles: float = 0.0


KINDS: Mapping[str, Kind] = {
    "healthy": Kind(_healthy, "median 60 ms"),
    "slow": Kind(_slow, "median 1.5 s"),
    "bimodal": Kind(_bimodal, "6 % of 8–25 s"),
    "rare bimodal": Kind(_rarely_bimodal, "0.4 % of 15–45 s"),
    "scanner": Kind(_scanner, "holds every fourth segment, 18 s in the median"),
    "regime shift": Kind(_shifting, "60 ms, then 4 s, then 60 ms"),
    "flaky": Kind(_healthy, "median 60 ms, dies in 3 %", dead=0.03),
    "trickle": Kind(_healthy, "median 60 ms, sometimes 16 B/s", dead=0, trickles=0.003),
}


def make_trace(name: str, seed: int, count: int) -> Trace:
    """Make a trace of so many segments; the same from the same seed."""
    kind = KINDS[name]
    dice = random.Random(f"{name}/{seed}")  # noqa: S311  no secret is made of it
    rows = []
    for place in range(count):
        passed = place / count
        wait_s = kind.shape(dice, passed)
        fate = dice.random()
        if fate < kind.dead:
            again = tuple(kind.shape(dice, passed) for _ in range(RETRIES))
            rows.append(Row(math.inf, again))
        else:
            retries = draw_retries(dice, wait_s, lambda: kind.shape(dice, passed))  # noqa: B023
            rows.append(Row(wait_s, retries, fate < kind.dead + kind.trickles))
    return Trace(name, tuple(rows), find_median(rows))


def draw_retries(
    dice: random.Random, wait_s: float, draw: Callable[[], float]
) -> tuple[float, ...]:
    """Draw what further tries would meet: mostly the same, since it is the content."""
    retries = []
    for _ in range(RETRIES):
        wait_s = wait_s if dice.random() < REPEATS else draw()
        retries.append(wait_s)
    return tuple(retries)


def find_median(rows: list[Row]) -> float:
    """Find the median wait of those that ended; 0 if none did."""
    waits = sorted(row.wait_s for row in rows if row.wait_s < math.inf)
    return waits[len(waits) // 2] if waits else 0.0
