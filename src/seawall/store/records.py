"""What the catalog knows, as values: names, contents, repositories, listings."""

from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName


# A struct, since its hash and comparisons run in C: every request looks one up.
class NameKey(msgspec.Struct, frozen=True, order=True, cache_hash=True):
    """The mutable question: what does this tag mean for a client of this kind?"""

    repository: RepositoryName
    tag: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class NameRecord:
    """The last good answer to a name.

    Attributes:
        key: The question.
        digest: The content it meant; None if the origin said that there is none.
        media_type: As the origin gave it; empty if there is none.
        size: Bytes of the manifest or index itself.
        checked_at: Wall time of the last answer, which freshness counts from.
        changed_at: Wall time since when the answer has been this one.
        source: The label of whoever answered.
    """

    key: NameKey
    digest: Digest | None
    media_type: str
    size: int
    checked_at: float
    changed_at: float
    source: str


@dataclass(frozen=True, slots=True)
class NameChange:
    """One thing that a name once meant, and since when."""

    digest: Digest | None
    changed_at: float
    source: str


@dataclass(frozen=True, slots=True)
class ContentRecord:
    """A content that is durably stored.

    Attributes:
        digest: What it is.
        size: Its bytes.
        media_type: If a manifest, or known from one; None otherwise.
        stored_at: Wall time of its arrival.
        used_at: Wall time of its last use, as far as that was written down.
        pinned: Never evicted.
    """

    digest: Digest
    size: int
    media_type: str | None
    stored_at: float
    used_at: float
    pinned: bool = False

    def joined_with(self, before: "ContentRecord | None") -> "ContentRecord":
        """Give a record that forgets nothing of what was known before."""
        if before is None:
            return self
        return replace(
            self,
            media_type=self.media_type or before.media_type,
            stored_at=before.stored_at,
            used_at=max(self.used_at, before.used_at),
            pinned=self.pinned or before.pinned,
        )


@dataclass(frozen=True, slots=True)
class RepositoryRecord:
    """What is known of a repository.

    Attributes:
        repository: Which one.
        private: Whether anonymous callers were refused; None if nobody has asked.
        checked_at: Wall time of that answer; 0 if nobody has asked.
    """

    repository: RepositoryName
    private: bool | None
    checked_at: float


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """The last good answer to a listing: tags, or referrers of a digest."""

    repository: RepositoryName
    key: str
    body: bytes
    media_type: str
    link: str
    checked_at: float


@dataclass(frozen=True, slots=True)
class Totals:
    """How much the catalog names."""

    blobs: int
    bytes: int
    names: int


class Child(Protocol):
    """A content that a manifest needs; descriptors are such."""

    @property
    def digest(self) -> Digest:
        """What is needed."""
        ...

    @property
    def size(self) -> int:
        """Its bytes, as the manifest says."""
        ...
