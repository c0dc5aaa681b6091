"""What a caller may do with a place where blobs rest."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from seawall.kit.ranges import Extents
from seawall.oci.digest import Digest

Buffer = bytes | bytearray | memoryview


class OpenBlob:
    """A stored blob, open for reading; removal does not disturb an open one.

    Attributes:
        fd: A descriptor to `pread` or `sendfile` from; it has no position of its own.
        size: How many bytes there are.
    """

    __slots__ = ("fd", "size")

    def __init__(self, fd: int, size: int) -> None:
        self.fd = fd
        self.size = size

    def close(self) -> None:
        """Give the descriptor back; closing twice is fine."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> Self:
        """Close it when the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


class Partial(Protocol):
    """A blob that is still arriving; all methods are blocking.

    Writers of different offsets may be different threads. Whoever opened it closes
    it, after `commit` and `discard` too: until then `fd` stays readable.
    """

    @property
    def fd(self) -> int:
        """A descriptor to `pread` what has arrived."""
        ...

    @property
    def digest(self) -> Digest:
        """What it will be once complete; nothing has verified that yet."""
        ...

    @property
    def extents(self) -> Extents:
        """What has arrived: a snapshot, replaced (never changed) by each write."""
        ...

    def write(self, offset: int, data: Buffer) -> None:
        """Put bytes in their place. Blocking.

        Raises:
            StoreFullError: No space is left; what was there before is unharmed.
        """
        ...

    def checkpoint(self) -> None:
        """Remember what is present, so that a restart can go on there. Blocking."""
        ...

    def commit(self) -> None:
        """Make it a durable blob; the caller has verified the digest. Blocking.

        Raises:
            StoreError: There is a gap, or the storage failed; it is still partial.
        """
        ...

    def discard(self) -> None:
        """Forget what arrived; the descriptor stays until `close`. Blocking."""
        ...

    def close(self) -> None:
        """Give the descriptor back and keep what arrived for later. Blocking.

        Raises nothing: what cannot be noted any more has to come again.
        """
        ...


@dataclass(frozen=True, slots=True)
class PartialFile:
    """What is left of a blob that did not finish arriving."""

    digest: Digest
    bytes_held: int
    modified_at: float


class BlobReader(Protocol):
    """Finds and opens what is stored; blocking, thread-safe."""

    def find_size(self, digest: Digest) -> int | None:
        """Give the size of a stored blob, or None. Blocking."""
        ...

    def open_blob(self, digest: Digest) -> OpenBlob:
        """Open a stored blob; the caller closes it. Blocking.

        Raises:
            NotStoredError: There is no such blob, or it is being removed.
        """
        ...


class BlobWriter(Protocol):
    """Takes bytes in; blocking, thread-safe."""

    def put(self, digest: Digest, data: bytes) -> None:
        """Verify and store a small blob; durable on return. Blocking.

        Raises:
            DigestMismatchError: The bytes are others; nothing is stored.
            StoreFullError: No space is left.
        """
        ...

    def open_partial(self, digest: Digest) -> Partial:
        """Begin or resume a blob; at most one at a time per digest. Blocking.

        Raises:
            StoreError: It is open already, and neither committed nor discarded.
        """
        ...


class BlobKeeper(Protocol):
    """Looks over what is stored and takes it away; blocking, thread-safe."""

    def walk(self) -> Iterator[tuple[Digest, int]]:
        """Go through all blobs and their sizes, in no particular order. Blocking."""
        ...

    def remove(self, digest: Digest) -> int:
        """Take a blob away; give the bytes freed, 0 if it was not there. Blocking.

        Readers that have it open are not disturbed.
        """
        ...

    def condemn(self, digests: Iterable[Digest]) -> None:
        """Hide blobs that are about to be removed; storing one again saves it."""
        ...

    def pardon(self, digests: Iterable[Digest]) -> None:
        """Show condemned blobs again: they stay."""
        ...

    def remove_condemned(self, digest: Digest) -> int | None:
        """Take a condemned blob away; None if it was stored again since. Blocking."""
        ...

    def free_bytes(self) -> int:
        """How much more fits, as the storage says. Blocking."""
        ...


class PartialKeeper(Protocol):
    """Looks over what never finished arriving; blocking, thread-safe."""

    def walk_partials(self) -> Iterator[PartialFile]:
        """Go through what is still arriving, or once was. Blocking."""
        ...

    def remove_partial(self, digest: Digest) -> int:
        """Take away what arrived of a blob, unless it is open now. Blocking.

        Returns:
            The bytes freed.
        """
        ...

    def sweep(self) -> int:
        """Take away what an interrupted process left; give the bytes. Blocking."""
        ...


class Blobs(BlobReader, BlobWriter, BlobKeeper, PartialKeeper, Protocol):
    """A whole blob store."""
