"""Scenarios combined two or three at a time: the same ones from the same seed."""

import random
from collections.abc import Sequence
from dataclasses import replace

from seawall.drill.scenarios.oracle import judge
from seawall.drill.scenarios.scenario import (
    Address,
    Need,
    Scenario,
    SourceSpec,
    Version,
)

HOPELESS_SHARE = 0.05
"""Few of those in which nobody has the bytes are wanted: all they show is no lie."""


def mix(seed: int, scenarios: Sequence[Scenario]) -> Scenario:
    """Combine two or three scenarios, at one or two sources.

    Each one's first source becomes the mirror or the origin, as chance has it, and
    what goes wrong there goes wrong at that one.

    Args:
        seed: Equal seeds combine equal scenarios in the same way.
        scenarios: Those to choose from; what cannot be combined is left out.
    """
    dice = random.Random(seed)  # noqa: S311  a seed is wanted
    pool = [one for one in scenarios if is_mixable(one)]
    while True:
        sources = [SourceSpec()] * dice.choice((1, 2, 2))
        mixed = Scenario(f"mix-{seed}", "", sources=tuple(sources), seed=seed)
        parts = []
        for one in dice.sample(pool, dice.choice((2, 3))):
            place = dice.randrange(len(sources))
            mixed = _add(mixed, one, place)
            parts.append(f"{one.name}@{_name(place, len(sources))}")
        if judge(mixed).had or dice.random() < HOPELESS_SHARE:
            return replace(mixed, story=" + ".join(parts))


def is_mixable(scenario: Scenario) -> bool:
    """Whether it is about one source's answers only, and about nothing else."""
    plain = all(
        source.address is Address.PLAIN
        and source.network is None
        and source.version is Version.FIRST
        for source in scenario.sources
    )
    first = all(mishap.source == 0 for mishap in scenario.mishaps)
    healthy = all(source == SourceSpec() for source in scenario.sources[1:])
    own = scenario.needs <= {Need.SOURCES}
    wrong = bool(scenario.mishaps) or scenario.sources[0] != SourceSpec()
    return plain and first and healthy and own and wrong and not scenario.steps


def _add(mixed: Scenario, one: Scenario, place: int) -> Scenario:
    mishaps = [replace(mishap, source=place) for mishap in one.mishaps]
    sources = list(mixed.sources)
    sources[place] = _join(sources[place], one.sources[0])
    return replace(mixed, sources=tuple(sources), mishaps=(*mixed.mishaps, *mishaps))


def _join(one: SourceSpec, other: SourceSpec) -> SourceSpec:
    """Let a source be as bad as both."""
    speeds = [speed for speed in (one.bytes_per_s, other.bytes_per_s) if speed]
    return replace(
        one,
        tokens=one.tokens or other.tokens,
        storage=one.storage or other.storage,
        bytes_per_s=min(speeds, default=None),
        absent=one.absent or other.absent,
        deaf=one.deaf or other.deaf,
    )


def _name(place: int, count: int) -> str:
    return "origin" if place == count - 1 else "mirror"
