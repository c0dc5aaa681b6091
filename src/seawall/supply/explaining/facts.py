"""What is known of a name, its contents and their sources: values to be explained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seawall.oci.digest import Digest
from seawall.store.records import NameKey, NameRecord
from seawall.supply.explaining.explanation import BudgetView
from seawall.supply.freshness import Freshness, FreshnessOptions
from seawall.transfer.history.events import Entry, Trouble
from seawall.transfer.standing.ranking import Placing


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nobody is asked about a name now, and for how many more seconds."""

    trouble: Trouble
    left_s: float


@dataclass(frozen=True, slots=True)
class NameFacts:
    """One name, as it stands.

    Attributes:
        ttl_s: For how long the last answer holds; negative if it does not.
        sources: Who is asked, in this order.
        mirrors: Who is asked only when those cannot answer.
        resting: Why its authority is left alone.
        withheld: Why the budget would not let the question pass.
        asking: The question is out.
        stands_in: The last answer may be served if nobody can say.
    """

    key: NameKey
    record: NameRecord | None
    state: Freshness
    ttl_s: float
    rules: FreshnessOptions
    sources: tuple[str, ...]
    mirrors: tuple[str, ...] = ()
    resting: Obstacle | None = None
    withheld: Obstacle | None = None
    asking: bool = False
    stands_in: bool = False
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Underway:
    """A flight that is on its way."""

    arrived_bytes: int
    source: str
    readers: int


@dataclass(frozen=True, slots=True)
class PartFacts:
    """One content.

    Attributes:
        role: What it is to the name: index, image, config, layer, file.
        order: Its sources as they stand, best first; empty if nobody is known.
    """

    digest: Digest
    role: str
    size: int | None
    held: bool
    foreign: bool = False
    platform: str = ""
    underway: Underway | None = None
    order: tuple[Placing, ...] = ()
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """When a wait for a source is long enough: to ask another one, and to leave it."""

    second_s: float
    give_up_s: float


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One source.

    Attributes:
        off: The settings have switched it off.
        answers_names: Its word on names is taken.
        placing: How it stands.
        patience: How long each phase of a request is waited for.
        bytes_per_s: The speed of its connections, in the middle; `None` if unknown.
        answered_s: Seconds since its last good answer; `None` since the start.
    """

    label: str
    is_origin: bool
    off: bool
    answers_names: bool
    placing: Placing
    patience: Mapping[str, Limits] = field(default_factory=dict)
    bytes_per_s: float | None = None
    answered_s: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that an explanation is made of.

    Attributes:
        subject: What was asked for, in full.
        now: Wall time.
        offline: Nobody may be asked.
    """

    subject: str
    now: float
    offline: bool
    name: NameFacts | None
    parts: Sequence[PartFacts]
    sources: Sequence[SourceFacts]
    budget: Sequence[BudgetView]
