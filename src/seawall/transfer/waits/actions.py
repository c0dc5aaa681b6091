"""What a judge asks of whoever runs the request: values, nothing more."""

from dataclasses import dataclass
from typing import TypeAlias

from seawall.transfer.waits.experience import Label
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import Segment


@dataclass(frozen=True, slots=True)
class Rearm:
    """Call `wake` at this time; an earlier call that was asked for is replaced."""

    at: float


@dataclass(frozen=True, slots=True)
class OpenSecond:
    """A second source, or connection, is worth its request, if the budget allows."""

    phase: Phase
    waited_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Ask nothing more of this connection; go on elsewhere.

    Attributes:
        limit_s: The patience that ran out.
    """

    phase: Phase
    waited_s: float
    limit_s: float


@dataclass(frozen=True, slots=True)
class BeginWatch:
    """Keep the connection open, unread, and tell if anything comes after all."""

    until: float


@dataclass(frozen=True, slots=True)
class EndWatch:
    """Close the connection that was watched.

    Attributes:
        waited_s: The whole wait, from its beginning.
    """

    label: Label
    waited_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A piece of a body is here: ask `Pace` whether it was fast enough.

    Attributes:
        segment: The piece: all of a segment, or what came of a slow one since it was
            looked at last.
        ended: Whether a segment ended with it.
    """

    segment: Segment
    ended: bool = True


Action: TypeAlias = Rearm | OpenSecond | GiveUp | BeginWatch | EndWatch | Measured
Actions: TypeAlias = tuple[Action, ...]
