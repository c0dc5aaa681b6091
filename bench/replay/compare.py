"""Plays all traces through all policies, and compares them at equal false cancels."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from bench.replay.first import VARIANTS, FirstDesign
from bench.replay.ours import Ours
from bench.replay.play import Score, play
from bench.replay.rules import (
    OTHERS,
    AkkaPhi,
    CassandraPhi,
    Fixed,
    Policy,
    RetransmissionTimeout,
)
from bench.replay.traces import KINDS, Trace, make_trace

OURS = "Seawall"
FIRST = "first design"
TRICKLE = "trickle"

LIMITS_S = tuple(round(10 ** (step / 20), 2) for step in range(47))
"""Fixed limits from 1 to 200 s."""

FAMILIES: Mapping[str, tuple[Callable[[float], Policy], Sequence[float]]] = {
    "fixed limit": (Fixed, LIMITS_S),
    "TCP RTO": (RetransmissionTimeout, (2, 4, 8, 16, 32, 64, 128)),
    "phi, Akka": (AkkaPhi, (1, 2, 4, 8, 16, 32, 64, 128, 256)),
    "phi, Cassandra": (CassandraPhi, (2, 4, 8, 16, 32, 64, 128)),
}
"""Rules with one figure to turn, each with values for it."""

Scores: TypeAlias = dict[str, Score]
Rates: TypeAlias = dict[str, tuple[float, float]]
"""Of each policy: false cancels per 1000, and mean delay."""


@dataclass(frozen=True, slots=True)
class Length:
    """How much is played.

    Attributes:
        segments: Of each trace.
        seeds: So many traces of each kind.
    """

    segments: int = 6000
    seeds: int = 3


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found with one kind of trace.

    Attributes:
        alone: Scores where no other source could be asked.
        paired: Scores where a healthy one could.
        families: For each family, the false-cancel rate and delay of each member.
    """

    name: str
    alone: Scores
    paired: Scores
    families: Mapping[str, list[tuple[float, float]]]


def play_all(
    make: Callable[[], Policy], traces: Sequence[Trace], *, other: bool = False
) -> Score:
    """Play traces one by one, each through a policy that knows nothing yet."""
    score = Score()
    for trace in traces:
        score.join(play(make(), trace, other=other))
    return score


def study(name: str, traces: Sequence[Trace]) -> Findings:
    """Play traces of one kind through everything."""
    alone = {key: play_all(make, traces) for key, make in OTHERS.items()}
    alone[FIRST] = play_all(FirstDesign, traces)
    alone[OURS] = play_all(Ours, traces)
    # The first design's second source was never built: it has no place here.
    paired = {key: play_all(make, traces, other=True) for key, make in OTHERS.items()}
    paired[OURS] = play_all(partial(Ours, alone=False), traces, other=True)
    families = {
        family: [_place(make, figure, traces) for figure in figures]
        for family, (make, figures) in FAMILIES.items()
        if name != TRICKLE
    }
    return Findings(name, alone, paired, families)


def _place(
    make: Callable[[float], Policy], figure: float, traces: Sequence[Trace]
) -> tuple[float, float]:
    score = play_all(partial(make, figure), traces)
    return score.false_rate, score.delay_s


def study_kind(name: str, length: Length) -> Findings:
    """Study one kind of made traces."""
    seeds = range(length.seeds)
    return study(name, [make_trace(name, seed, length.segments) for seed in seeds])


def study_all(length: Length) -> list[Findings]:
    """Study every kind, on every core."""
    with ProcessPoolExecutor(os.cpu_count()) as executor:
        return list(executor.map(study_kind, KINDS, [length] * len(KINDS)))


def find_equal(
    points: Sequence[tuple[float, float]], false_rate: float
) -> float | None:
    """Find the shortest delay among those with no more false cancels; else `None`."""
    return min((delay for rate, delay in points if rate <= false_rate), default=None)


def pool(found: Sequence[Findings], family: str) -> list[tuple[float, float]]:
    """Give each member's mean rate and delay over all traces: one figure for all."""
    rows = zip(*(one.families[family] for one in found), strict=True)
    return [
        (
            sum(rate for rate, _ in row) / len(row),
            sum(delay for _, delay in row) / len(row),
        )
        for row in rows
    ]


def study_beginnings(lengths: Sequence[Length]) -> list[Rates]:
    """Give rate and delay over the first segments only, all kinds together."""
    with ProcessPoolExecutor(os.cpu_count()) as executor:
        return list(executor.map(_study_beginning, lengths))


def _study_beginning(length: Length) -> Rates:
    policies: dict[str, Callable[[], Policy]] = {**OTHERS, FIRST: FirstDesign}
    policies[OURS] = partial(Ours, alone=False)
    return _study_many(policies, length)


def study_variants(length: Length) -> Rates:
    """Give rate and delay of the first design, and of each figure that was changed."""
    policies: dict[str, Callable[[], Policy]] = {
        name: partial(FirstDesign, figures) for name, figures in VARIANTS.items()
    }
    policies[f"{OURS}, the judge itself"] = partial(Ours, alone=False)
    return _study_many(policies, length)


def _study_many(policies: Mapping[str, Callable[[], Policy]], length: Length) -> Rates:
    kinds = [
        [make_trace(name, 1000 + n, length.segments) for n in range(length.seeds)]
        for name in KINDS
        if name != TRICKLE
    ]
    found = {}
    for name, make in policies.items():
        scores = [play_all(make, traces) for traces in kinds]
        rate = sum(score.false_rate for score in scores) / len(scores)
        found[name] = (rate, sum(score.delay_s for score in scores) / len(scores))
    return found
