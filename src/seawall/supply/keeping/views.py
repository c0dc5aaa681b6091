"""What people see of the holdings: values, for tables, trees and JSON alike."""

from dataclasses import dataclass

from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import Reference, RepositoryName
from seawall.store.records import NameChange, NameKey, NameRecord, Totals
from seawall.supply.keeping.anatomy import Part
from seawall.supply.resolver import Answer


@dataclass(frozen=True, slots=True)
class Target:
    """What somebody named: a tag of a repository, or a content by its digest."""

    repository: RepositoryName | None
    tag: str | None
    digest: Digest | None

    def __str__(self) -> str:
        """Write it in full."""
        if self.repository is None:
            return str(self.digest)
        return str(Reference(self.repository, self.tag, self.digest))


@dataclass(frozen=True, slots=True)
class HeldName:
    """One name of the catalog, and how much of its image is held.

    Attributes:
        name: The name; who asks for single manifests may get another answer.
        size: Bytes of it that are held, shared ones too.
        missing_bytes: Bytes of it that are not, of all platforms.
        age_s: Seconds since its origin said so.
        private: Whether anonymous callers are refused; None if nobody has asked.
        complete: Whether it can be pulled, for one platform at least, offline.
        platforms: The platforms for which it can.
    """

    name: str
    kind: Kind
    digest: Digest
    size: int
    missing_bytes: int
    age_s: float
    changed_at: float
    source: str
    private: bool | None
    pinned: bool
    complete: bool
    platforms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamePage:
    """Some names in order, and where the next ones begin; None if there are none."""

    names: tuple[HeldName, ...]
    after: NameKey | None


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is known of an image.

    Attributes:
        name: What was asked for.
        record: The name's last answer; None for a digest.
        age_s: Seconds since its origin said so, or since the content arrived.
        tree: What it consists of.
        repositories: Where it is known to be.
        history: What the name meant before, newest first.
    """

    name: str
    record: NameRecord | None
    age_s: float
    private: bool | None
    pinned: bool
    used_at: float
    held_bytes: int
    missing_bytes: int
    tree: Part
    repositories: tuple[str, ...]
    history: tuple[NameChange, ...]


@dataclass(frozen=True, slots=True)
class Pinning:
    """What was pinned or let go, and how much of it has yet to arrive."""

    name: str
    digests: tuple[Digest, ...]
    pinned: bool
    missing: int
    missing_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A content that stays although it was to be removed, and why."""

    digest: Digest
    reason: str


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed; nothing at all if neither a name nor a content was."""

    names: tuple[str, ...]
    contents: int
    freed_bytes: int
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a name meant before and means now; `answer` says how that is known."""

    name: str
    was: Digest | None
    answer: Answer

    @property
    def changed(self) -> bool:
        """Whether it means something else now."""
        return self.was != self.answer.digest


@dataclass(frozen=True, slots=True)
class Arriving:
    """A content that is on its way."""

    digest: Digest
    repository: str
    arrived_bytes: int
    size: int | None
    source: str
    readers: int


@dataclass(frozen=True, slots=True)
class Status:
    """How a store is doing."""

    totals: Totals
    free_bytes: int
    offline: bool
    registries: tuple[str, ...]
    arriving: tuple[Arriving, ...]
