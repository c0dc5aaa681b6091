"""How long each registry's sources may be silent before clients: learnt, or bounded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from seawall.transfer.patience import Patience
from seawall.transfer.waits.experience import Experience, Lesson
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import Plight, choose_thresholds

VERSION = 1
"""Of the form in which programs get it; fields may be added within one."""

ENOUGH = 20
"""So many waits make a source known: what was seen then outweighs what was believed
of it beforehand (`transfer.waits.sketch`)."""

_MIB = 1024 * 1024
_SLOW_SHARE = 0.02
_BODY = (Phase.FIRST_BYTE, Phase.GAP)
_SHOWN = (Phase.CONNECT, Phase.MANIFEST, *_BODY)

State = Literal["learnt", "fixed", "unknown"]


class Waited(Protocol):
    """A source, as far as it is waited for."""

    @property
    def label(self) -> str:
        """What people call it."""
        ...

    @property
    def experience(self) -> Experience:
        """What it taught."""
        ...

    @property
    def patience(self) -> Patience:
        """What bounds that."""
        ...


@dataclass(frozen=True, slots=True)
class SourceWaits:
    """How long one source is waited for.

    Attributes:
        waits: For bodies, as many as are remembered; faded ones count in part.
        state: Whether that is learnt, fixed by the settings, or only believed.
        patience_s: By phase, until it is given up.
        mebibyte_s: What a mebibyte takes, in the slowest of fifty pieces of bodies.
    """

    source: str
    waits: int
    state: State
    patience_s: Mapping[str, float]
    mebibyte_s: float


@dataclass(frozen=True, slots=True)
class RegistryWaits:
    """The longest silence that a client may have to outlast.

    Attributes:
        state: `unknown` if one of its sources is: then the silence is the longest
            that is held at all.
        silence_s: It.
        mebibyte_s: What a mebibyte takes at its slowest source; 0 if unknown.
        waits: That this was learnt from.
    """

    registry: str
    state: State
    silence_s: float
    mebibyte_s: float
    waits: int
    sources: tuple[SourceWaits, ...]


@dataclass(frozen=True, slots=True)
class Waits:
    """What was learnt of all registries.

    Attributes:
        version: Of this form.
        hold_s: A silence is ended after so long, whatever was learnt.
    """

    version: int
    hold_s: float
    registries: tuple[RegistryWaits, ...]


def tell_waits(registries: Mapping[str, Sequence[Waited]], hold_s: float) -> Waits:
    """Tell of every registry how long it may be silent; nobody is asked.

    Args:
        registries: By name, the sources that are asked.
        hold_s: The longest silence that is held.
    """
    told = [judge(name, sources, hold_s) for name, sources in registries.items()]
    return Waits(VERSION, hold_s, tuple(told))


def judge(registry: str, sources: Sequence[Waited], hold_s: float) -> RegistryWaits:
    """Judge the longest silence in a pull that still ends well.

    That is: one source is given up in mid-body, and then each is asked once more and
    begins at the end of its patience. Whatever lasts longer ends after `hold_s`. A
    question about a name is not held so, but asks one source after the other; tokens
    are asked for with it, seldom with a layer.
    """
    alone = len(sources) == 1
    told = tuple(_describe(source, alone=alone) for source in sources)
    state: State = "unknown"
    body_s, mebibyte_s = hold_s, 0.0
    if told and all(one.state != "unknown" for one in told):
        fixed = all(one.state == "fixed" for one in told)
        state = "fixed" if fixed else "learnt"
        gap_s = max(one.patience_s[Phase.GAP] for one in told)
        round_s = _add(told, Phase.CONNECT, Phase.FIRST_BYTE)
        body_s = min(gap_s + round_s, hold_s)
        mebibyte_s = max(one.mebibyte_s for one in told)
    names_s = _add(told, Phase.CONNECT, Phase.MANIFEST)
    waits = sum(one.waits for one in told)
    return RegistryWaits(registry, state, max(body_s, names_s), mebibyte_s, waits, told)


def _add(told: Iterable[SourceWaits], *phases: Phase) -> float:
    return sum(one.patience_s[phase] for one in told for phase in phases)


def _describe(source: Waited, *, alone: bool) -> SourceWaits:
    lessons, plight = source.experience.lessons, Plight(alone=alone)
    limits = {
        # what is not known yet is not begun by looking at it
        phase.value: choose_thresholds(
            lessons.get(phase) or Lesson(phase), source.patience.bounds(phase), plight
        ).give_up_s
        for phase in _SHOWN
    }
    waits = int(sum(lessons[p].sketch.count for p in _BODY if p in lessons))
    state: State = "learnt" if waits >= ENOUGH else "unknown"
    if source.patience.learnt is None:
        state = "fixed"
    mebibyte_s = _MIB / source.experience.speeds.find(_SLOW_SHARE)
    return SourceWaits(source.label, waits, state, limits, mebibyte_s)
