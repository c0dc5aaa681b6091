"""How a source stands: its state, how patient one is with it, and how fast it was."""

from seawall.supply.explaining.facts import Limits, SourceFacts
from seawall.transfer.sources.place import Place
from seawall.transfer.sources.registry import RegistrySource
from seawall.transfer.standing.ranking import Placing
from seawall.transfer.waits.experience import Lesson
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import Plight, choose_thresholds

_SHOWN = (Phase.CONNECT, Phase.MANIFEST, Phase.FIRST_BYTE, Phase.GAP)
_MIDDLE = 0.5


def describe_place(place: Place, placing: Placing, now_s: float) -> SourceFacts:
    """Describe one source.

    Args:
        place: The source.
        placing: How it stands.
        now_s: Monotonic time.
    """
    speeds = place.experience.speeds
    names = place.is_origin
    if isinstance(place, RegistrySource):
        names = place.answers_names
    return SourceFacts(
        place.label,
        place.is_origin,
        place.is_off,
        names,
        placing,
        {phase.value: _limit(place, phase) for phase in _SHOWN},
        speeds.find(_MIDDLE) if speeds.count >= 1 else None,
        now_s - place.healthy_at if place.healthy_at else None,
    )


def _limit(place: Place, phase: Phase) -> Limits:
    # what is not known yet is not begun by looking at it
    lesson = place.experience.lessons.get(phase) or Lesson(phase)
    chosen = choose_thresholds(lesson, place.patience.bounds(phase), Plight())
    return Limits(chosen.second_s, chosen.give_up_s)
