"""What all flights of an engine work with, and whom they tell what happens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seawall.errors import SeawallError
from seawall.kit.clock import Clock
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.store.roles import Blobs
from seawall.transfer.flight import ContentSource, Flight, Room, Want
from seawall.transfer.history.events import Event
from seawall.transfer.plan import PlanOptions
from seawall.transfer.standing.allowance import Allowance
from seawall.transfer.standing.roster import Roster


@dataclass(frozen=True, slots=True)
class Gear:
    """What all legs of an engine work with."""

    blobs: Blobs
    room: Room
    clock: Clock
    plan: PlanOptions
    roster: Roster
    allowance: Allowance
    on_setback: Callable[[Want, ContentSource, SeawallError], None]
    on_lie: Callable[[ContentSource, Flight, Sequence[Span]], None]
    tell: Callable[[Digest, Event], None]
