"""Blobs in memory: the shortest correct store."""

import os
import threading
import time
from collections.abc import Iterable, Iterator

from seawall.errors import DigestMismatchError, NotStoredError, StoreError
from seawall.kit.ranges import Extents, Span
from seawall.oci.digest import Digest
from seawall.store.durable import write_all
from seawall.store.roles import Buffer, OpenBlob, PartialFile


class MemoryBlobs:
    """Keeps everything in memory, behind the same descriptors as files have."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[Digest, bytes] = {}
        self._condemned: set[Digest] = set()
        self._partials: dict[Digest, tuple[bytes, Extents]] = {}

    def find_size(self, digest: Digest) -> int | None:
        """Give the size of a stored blob, or None."""
        data = self._find(digest)
        return None if data is None else len(data)

    def open_blob(self, digest: Digest) -> OpenBlob:
        """Open a stored blob; the caller closes it."""
        data = self._find(digest)
        if data is None:
            raise NotStoredError(f"{digest} is not stored")
        return OpenBlob(_open_memory(data), len(data))

    def put(self, digest: Digest, data: bytes) -> None:
        """Verify and store a blob."""
        found = Digest.of(data, digest.algorithm)
        if found != digest:
            raise DigestMismatchError(f"bytes given as {digest} are {found}")
        self.settle(digest, bytes(data))

    def open_partial(self, digest: Digest) -> "MemoryPartial":
        """Begin or resume a blob."""
        data, extents = self._partials.pop(digest, (b"", Extents()))
        return MemoryPartial(digest, _open_memory(data), extents, store=self)

    def walk(self) -> Iterator[tuple[Digest, int]]:
        """Go through all blobs and their sizes."""
        with self._lock:
            held = [(digest, len(data)) for digest, data in self._blobs.items()]
        yield from (item for item in held if item[0] not in self._condemned)

    def remove(self, digest: Digest) -> int:
        """Take a blob away; give the bytes freed."""
        with self._lock:
            return len(self._blobs.pop(digest, b""))

    def condemn(self, digests: Iterable[Digest]) -> None:
        """Hide blobs that are about to be removed; storing one again saves it."""
        with self._lock:
            self._condemned.update(digests)

    def pardon(self, digests: Iterable[Digest]) -> None:
        """Show condemned blobs again: they stay."""
        with self._lock:
            self._condemned.difference_update(digests)

    def remove_condemned(self, digest: Digest) -> int | None:
        """Take a condemned blob away; None if it was stored again since."""
        with self._lock:
            if digest not in self._condemned:
                return None
            self._condemned.discard(digest)
            return len(self._blobs.pop(digest, b""))

    def free_bytes(self) -> int:
        """Give a figure that no test comes near."""
        return 1 << 40

    def walk_partials(self) -> Iterator[PartialFile]:
        """Go through what was arriving when its partial was closed."""
        for digest, (data, _) in list(self._partials.items()):
            yield PartialFile(digest, len(data), time.time())

    def remove_partial(self, digest: Digest) -> int:
        """Take away what arrived of a blob; give the bytes freed."""
        return len(self._partials.pop(digest, (b"", None))[0])

    def sweep(self) -> int:
        """Nothing outlives the process."""
        return 0

    def keep_partial(self, digest: Digest, data: bytes, extents: Extents) -> None:
        """Take back what arrived so far."""
        self._partials[digest] = (data, extents)

    def settle(self, digest: Digest, data: bytes) -> None:
        """Take in a blob that was verified."""
        with self._lock:
            self._blobs[digest] = data
            self._condemned.discard(digest)

    def _find(self, digest: Digest) -> bytes | None:
        return None if digest in self._condemned else self._blobs.get(digest)


class MemoryPartial:
    """A blob that is still arriving, in a file that exists in memory only."""

    def __init__(
        self, digest: Digest, fd: int, extents: Extents, *, store: MemoryBlobs
    ) -> None:
        self.digest = digest
        self.fd = fd
        self.extents = extents
        self._store = store
        self._arriving = True
        self._lock = threading.Lock()

    def write(self, offset: int, data: Buffer) -> None:
        """Put bytes in their place."""
        if not self._arriving:
            raise StoreError(f"{self.digest} is no longer arriving")
        write_all(self.fd, data, offset)
        with self._lock:
            arrived = Span(offset, offset + memoryview(data).nbytes)
            self.extents = Extents((*self.extents.spans(), arrived))

    def checkpoint(self) -> None:
        """Nothing outlives the process."""

    def commit(self) -> None:
        """Make it a blob; the caller has verified the digest."""
        data = self._read()
        if self.extents.first_gap(0, len(data)) is not None:
            raise StoreError(f"{self.digest} has gaps; it was not stored")
        self._store.settle(self.digest, data)
        self._arriving = False

    def discard(self) -> None:
        """Forget what arrived; the descriptor stays until `close`."""
        self._arriving = False

    def close(self) -> None:
        """Give the descriptor back and keep what arrived for later."""
        if self.fd < 0:
            return
        if self._arriving:
            self._store.keep_partial(self.digest, self._read(), self.extents)
        fd, self.fd = self.fd, -1
        os.close(fd)

    def _read(self) -> bytes:
        return os.pread(self.fd, os.fstat(self.fd).st_size, 0)


def _open_memory(data: bytes) -> int:
    fd = os.memfd_create("seawall")
    write_all(fd, data)
    return fd
