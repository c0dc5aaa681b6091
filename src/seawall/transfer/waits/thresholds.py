"""When a wait is long enough to look elsewhere, and when to give it up."""

from dataclasses import dataclass

from seawall.transfer.waits.experience import Lesson
from seawall.transfer.waits.phases import BELIEFS, Phase
from seawall.transfer.waits.sketch import RARE

SECOND_SHARE = 0.02
"""So many of the usual waits are worth a second source."""

_SECOND_FLOOR_S = 0.5
_SECOND_CEILING_S = 8.0  # with its connecting, below the 10 s of the shortest watchdog
_HURRY_FLOOR_S = 0.3
_HEADERS_S = 25.0  # containerd 2.3 waits 30 s for headers
_KNOWN = 300.0  # after so many observations, half of the first patience is left
_MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class WaitOptions:
    """One registry's bounds on patience.

    Attributes:
        floor_s: Never give up earlier than this.
        ceiling_s: Never wait longer than this. 120 s lets virus scanners that hold a
            body back finish.
        fixed_s: One wait for every phase; nothing is learnt from it, nothing doubles.
        manifest_s: The least patience with a manifest, beyond the ceiling too, for
            registries that build them when asked.
    """

    floor_s: float = 2.0
    ceiling_s: float = 120.0
    fixed_s: float | None = None
    manifest_s: float | None = None


@dataclass(frozen=True, slots=True)
class Plight:
    """What one attempt is in, beside its source.

    Attributes:
        doublings: How often this source was given up in vain for this content.
        alone: No other source could be asked instead.
        headers_awaited: A client has no headers yet, and waits for this first byte.
    """

    doublings: int = 0
    alone: bool = False
    headers_awaited: bool = False


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Two limits of one wait, in seconds.

    One alone would always be a bad compromise where most waits are short and a few
    are long: asking a second source costs little, giving up may cost all.

    Attributes:
        second_s: Then a second source is worth its request.
        give_up_s: Then this one is given up; never less than `second_s`.
    """

    second_s: float
    give_up_s: float


def choose_thresholds(
    lesson: Lesson, options: WaitOptions, plight: Plight
) -> Thresholds:
    """Choose the limits of a wait from what its source taught, within the bounds.

    >>> from seawall.transfer.waits.phases import Phase
    >>> choose_thresholds(Lesson(Phase.GAP), WaitOptions(), Plight()).give_up_s
    12
    """
    give_up_s = _choose_end(lesson, options, plight)
    if lesson.phase is Phase.MANIFEST and options.manifest_s is not None:
        give_up_s = max(give_up_s, options.manifest_s)
    usual_s = lesson.sketch.find_usual(SECOND_SHARE)
    second_s = min(max(usual_s, _SECOND_FLOOR_S), _SECOND_CEILING_S)
    return Thresholds(min(second_s, give_up_s), give_up_s)


def _choose_end(lesson: Lesson, options: WaitOptions, plight: Plight) -> float:
    if options.fixed_s is not None:
        return options.fixed_s
    belief = BELIEFS[lesson.phase]
    ceiling_s = min(belief.ceiling_s, options.ceiling_s)
    if plight.headers_awaited and lesson.phase is Phase.FIRST_BYTE:
        ceiling_s = min(ceiling_s, _HEADERS_S)
    ceiling_s = max(ceiling_s, min(options.floor_s, options.ceiling_s))
    sketch = lesson.sketch
    cold_s = belief.cold_s * _KNOWN / (_KNOWN + sketch.count)
    wait_s = max(lesson.rare_s(), cold_s, belief.floor_s, options.floor_s)
    # A retry at a source that is only slow meets the same slowness again: each one in
    # vain waits twice as long, so that all of them cost at most twice the true wait.
    doublings = min(plight.doublings, _MOST_DOUBLINGS)
    if plight.alone and lesson.stall_share < RARE:
        doublings += 1
    return min(min(wait_s, ceiling_s) * 2.0**doublings, ceiling_s)


def hasten(second_s: float, slack_s: float) -> float:
    """Ask the second source as early as the most impatient client needs it.

    A client's watchdog never makes us give a source up: that would only lose what is
    on its way.

    Args:
        second_s: What was chosen without regard to clients.
        slack_s: Seconds from the wait's beginning until the client needs bytes, less
            what a second source takes to bring them.
    """
    return min(second_s, max(slack_s, _HURRY_FLOOR_S))
