"""A scenario: sources, what goes wrong with them, and what was before."""

from dataclasses import dataclass
from enum import Enum

from seawall.drill.scenarios.mishap import Mishap


class Address(Enum):
    """How a source can be reached."""

    PLAIN = "it can"
    NOWHERE = "its name does not resolve"
    BROKEN_TLS = "every TLS handshake fails"


class Version(Enum):
    """Which image a tag means."""

    FIRST = "first"
    SECOND = "second"


class Step(Enum):
    """What happens before the pull that counts, one after the other.

    The scenario's troubles begin with `TROUBLE`, or after the last step.
    """

    WARM = "somebody else pulls the image"
    MOVE_TAG = "the tag moves to another image"
    DROP_TAG = "the tag is deleted"
    TROUBLE = "the troubles begin"
    RESTART = "the target is killed, and started again"
    LOSE_NAMES = "the target is started again where no source's name resolves"
    FILL_DISK = "the target's disk becomes full"
    CLOCK_BACK = "the target's clock goes back by a day"
    CLOCK_ON = "the target's clock goes on by a day"


class Need(Enum):
    """What a row needs of whoever is drilled, besides pulling."""

    FRESH = "a target that asks for a tag each time"
    SOURCES = "a target whose sources the drill may choose"
    RESTART = "a target that the drill may kill and start"
    DISK = "a target whose disk the drill may fill"
    CLOCK = "a target whose clock the drill may move"
    NETWORK = "a network of its own"


@dataclass(frozen=True, slots=True)
class Network:
    """What a source's network does to packets.

    Attributes:
        delay_s: Each packet from the source takes so much longer.
        jitter_s: By so much more or less, as chance has it.
        loss: The share of packets that vanish.
        hole_bytes: Packets larger than this vanish, and nobody is told; 0: none.
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0
    hole_bytes: int = 0


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source; the last one of a scenario is the origin, the others are mirrors.

    Attributes:
        address: Whether it can be reached at all.
        tokens: Whether it wants a token, which everybody gets.
        storage: Whether blobs are redirected to an object store.
        version: Which image the tag means here.
        bytes_per_s: The speed of each connection, in the scenario's time.
        network: What happens to its packets.
        absent: From when until when it refuses connections; None is for ever.
        deaf: The same, but connecting hangs.
    """

    address: Address = Address.PLAIN
    tokens: bool = False
    storage: bool = False
    version: Version = Version.FIRST
    bytes_per_s: float | None = None
    network: Network | None = None
    absent: tuple[float, float | None] | None = None
    deaf: tuple[float, float | None] | None = None


ORIGIN = SourceSpec()
MIRRORED = (SourceSpec(), SourceSpec())
FIRST_MIRROR, SECOND_ORIGIN = 0, 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that can happen to a pull.

    Attributes:
        name: What it is called, everywhere.
        story: What happens, in a sentence.
        sources: The mirrors, and last the origin.
        mishaps: What goes wrong with their answers.
        steps: What happens before the pull.
        by_digest: Whether the pull is by digest instead of by tag.
        wants: The images that are a right answer.
        seed: Where it came from, if it was made up.
    """

    name: str
    story: str
    sources: tuple[SourceSpec, ...] = (ORIGIN,)
    mishaps: tuple[Mishap, ...] = ()
    steps: tuple[Step, ...] = ()
    by_digest: bool = False
    wants: tuple[Version, ...] = (Version.FIRST,)
    seed: int | None = None

    def __str__(self) -> str:
        """Its name, for test ids."""
        return self.name

    @property
    def needs(self) -> frozenset[Need]:
        """What whoever is drilled must allow for this row to be played."""
        found = {_STEP_NEEDS[step] for step in self.steps if step in _STEP_NEEDS}
        if len(self.sources) > 1:
            found.add(Need.SOURCES)
        for source in self.sources:
            if source.address is not Address.PLAIN:
                found.add(Need.SOURCES)
            if source.network:
                found |= {Need.NETWORK, Need.SOURCES}
        for mishap in self.mishaps:
            found |= _EFFECT_NEEDS.get(mishap.effect.name, frozenset())
        return frozenset(found)

    @property
    def is_silent(self) -> bool:
        """Whether somebody without patience may wait to the end of every attempt."""
        harms = [mishap.effect.harm for mishap in self.mishaps]
        waits = any(harm.silent or harm.waits_s >= _LONG_S for harm in harms)
        holes = any(one.network and one.network.hole_bytes for one in self.sources)
        return waits or holes or any(one.deaf for one in self.sources)

    @property
    def is_dear(self) -> bool:
        """Whether bytes may have to be sent twice: wrong ones, or without Range."""
        harms = [mishap.effect.harm for mishap in self.mishaps]
        return any(harm.spoils or harm.denies_range for harm in harms)


_LONG_S = 30.0
_STEP_NEEDS = {
    Step.MOVE_TAG: Need.FRESH,
    Step.DROP_TAG: Need.FRESH,
    Step.RESTART: Need.RESTART,
    Step.LOSE_NAMES: Need.RESTART,
    Step.FILL_DISK: Need.DISK,
    Step.CLOCK_BACK: Need.CLOCK,
    Step.CLOCK_ON: Need.CLOCK,
}
_EFFECT_NEEDS = {
    "target killed": frozenset({Need.RESTART}),
    "clock jumps": frozenset({Need.CLOCK}),
}
