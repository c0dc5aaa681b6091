"""Can the bytes be had? Computed from a scenario alone, whoever pulls."""

from collections.abc import Iterator
from dataclasses import dataclass

from seawall.drill.scenarios.effects import Harm
from seawall.drill.scenarios.mishap import NEEDED, SIZES, Asked, Mishap
from seawall.drill.scenarios.scenario import (
    Address,
    Scenario,
    SourceSpec,
    Step,
    Version,
)

MAX_BREAKS = 64
"""A content that breaks more often than this is not had in any sensible time."""
MAX_WAIT_S = 90.0
"""Nor is one that takes longer than this, in the scenario's time."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a pull can end well, and why, or why not."""

    had: bool
    why: str


def judge(scenario: Scenario) -> Verdict:
    """Say whether anybody could pull the image, by asking as often as need be.

    What passes does not count: who asks again gets it. What was pulled before is had,
    whatever the sources do, unless the origin says that the tag is gone.
    """
    if _is_denied(scenario):
        return Verdict(had=False, why="the origin says that there is no such tag")
    if Step.WARM in scenario.steps and Version.FIRST in scenario.wants:
        return Verdict(had=True, why="it was pulled before")
    version = _find_version(scenario)
    if version is None:
        return Verdict(had=False, why="nobody can say what the tag means")
    if version not in scenario.wants:
        return Verdict(had=False, why="nobody can say what the tag means now")
    for asked in NEEDED[1:]:
        if not any(_has(scenario, place, asked, version) for place in _all(scenario)):
            return Verdict(had=False, why=f"nobody gives {asked.value}")
    return Verdict(had=True, why="a source gives each part of it")


def gives(scenario: Scenario, place: int, asked: Asked) -> bool:
    """Say whether a source gives this to whoever asks again and again."""
    source = scenario.sources[place]
    if not _is_there(source) or any(h.leaves for h in _harms(scenario, place, None)):
        return False
    ways = [asked]
    ways += [Asked.TOKEN] if source.tokens else []
    ways += [Asked.REDIRECT] if source.storage and asked in _STORED else []
    return all(_yields(scenario, place, way) for way in ways)


_STORED = (Asked.CONFIG, Asked.SMALL, Asked.LAYER)


def _is_denied(scenario: Scenario) -> bool:
    """Whether the origin can be heard, and says that there is no such tag."""
    origin = len(scenario.sources) - 1
    if scenario.by_digest:
        return False
    if Step.DROP_TAG in scenario.steps:
        return gives(scenario, origin, Asked.PING)
    harms = list(_harms(scenario, origin, Asked.NAME))
    return any(harm.denies for harm in harms) and _is_there(scenario.sources[origin])


def _all(scenario: Scenario) -> range:
    return range(len(scenario.sources))


def _find_version(scenario: Scenario) -> Version | None:
    """Tell what the tag means: the origin's word, else a mirror's."""
    origin = len(scenario.sources) - 1
    moved = Step.MOVE_TAG in scenario.steps
    for place in (origin, *range(origin)):
        if gives(scenario, place, Asked.NAME):
            own = scenario.sources[place].version
            return Version.SECOND if moved else own
    return None


def _has(scenario: Scenario, place: int, asked: Asked, version: Version) -> bool:
    moved = Step.MOVE_TAG in scenario.steps
    own = scenario.sources[place].version
    return (moved or own is version) and gives(scenario, place, asked)


def _is_there(source: SourceSpec) -> bool:
    for window in (source.absent, source.deaf):
        if window is not None and window[1] is None:
            return False
    hole = source.network is not None and source.network.hole_bytes > 0
    return source.address is Address.PLAIN and not hole


def _harms(scenario: Scenario, place: int, asked: Asked | None) -> Iterator[Harm]:
    """Give what befalls such requests for ever; without a kind, what befalls any."""
    for mishap in scenario.mishaps:
        if mishap.source != place or (asked and asked not in mishap.asked):
            continue
        if mishap.lasts or mishap.effect.harm.leaves:
            yield _of_parts(mishap)


def _of_parts(mishap: Mishap) -> Harm:
    """What spoils parts only leaves the whole: it amounts to having no Range."""
    harm = mishap.effect.harm
    return Harm(denies_range=True) if mishap.parts else harm


def _yields(scenario: Scenario, place: int, asked: Asked) -> bool:
    harms = list(_harms(scenario, place, asked))
    if any(harm.blocks or harm.spoils for harm in harms):
        return False
    size = SIZES.get(asked, 0)
    speeds = [harm.bytes_per_s for harm in harms if harm.bytes_per_s]
    speeds += [scenario.sources[place].bytes_per_s or 0]
    slowest = min([speed for speed in speeds if speed], default=0)
    wait_s = sum(harm.waits_s for harm in harms) + (size / slowest if slowest else 0)
    if wait_s > MAX_WAIT_S:
        return False
    stops = [h.breaks_after for h in harms if h.breaks_after is not None]
    stop = min(stops, default=size)
    if stop >= size:
        return True
    whole_only = any(harm.denies_range for harm in harms)
    return not whole_only and stop > 0 and size / stop <= MAX_BREAKS
