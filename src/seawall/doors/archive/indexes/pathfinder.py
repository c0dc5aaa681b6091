"""Tables of what indexes list: built once each, kept as contents, searched in place."""

import asyncio
import mmap
import os
import threading
from collections.abc import Iterator, Sequence

from seawall.debian.indexes import IndexFile, read_entries
from seawall.debian.pathtable import Entry, PathTable, build_table
from seawall.doors.archive.archives import Archive
from seawall.doors.archive.suites.generation import Part
from seawall.errors import (
    ArchiveSyntaxError,
    NotStoredError,
    RefusedSuiteError,
    TooLargeError,
)
from seawall.kit.recent import Recent
from seawall.kit.threads import run_whole
from seawall.oci.digest import Digest
from seawall.store.roles import Blobs
from seawall.supply.documents import Documents

TABLE_TYPE = "application/vnd.seawall.pathtable"

MAX_INDEX_BYTES = 512 * 1024 * 1024
"""The most that an index may unpack to: some five times the largest of today."""

_OPEN = 128
_READ_BYTES = 256 * 1024


class Tables:
    """Builds tables, one at a time, and searches them; for one process.

    Attributes:
        lost: Tables that were looked for and are not stored any more.
    """

    def __init__(self, blobs: Blobs, documents: Documents) -> None:
        self._blobs = blobs
        self._documents = documents
        self._building = asyncio.Lock()  # each takes memory for as long as it lasts
        self.lost: set[Digest] = set()
        self._open = Recent[Digest, PathTable](_OPEN)
        self._guard = threading.Lock()

    async def build(
        self, archive: Archive, index: Part, file: IndexFile, *, max_bytes: int
    ) -> Part:
        """Build the table of an index that is stored, and keep it.

        Args:
            archive: Whose it is.
            index: The index.
            file: What it lists, and how it is packed.
            max_bytes: What it may unpack to, as its suite says.

        Raises:
            RefusedSuiteError: The index is none, or larger than it may be.
            NotStoredError: The index is not stored any more.
            StoreFullError: There is no room for the table.
        """
        async with self._building:
            limit = min(max_bytes, MAX_INDEX_BYTES)
            body = await run_whole(None, self._build, index.digest, file, limit)
            digest = await self._documents.keep(archive.repository, body, TABLE_TYPE)
            return Part(digest, len(body))

    async def find(self, tables: Sequence[Part], path: str) -> tuple[int, Entry] | None:
        """Look a path up in one table after the other; say in which it was.

        Tables that are not stored any more are passed over.
        """
        return await asyncio.to_thread(self._find, tables, path)

    def forget(self, digest: Digest) -> None:
        """Let go of a table, when it is removed from the store."""
        with self._guard:
            self._open.drop(digest)

    def close(self) -> None:
        """Let go of every table."""
        with self._guard:
            self._open.clear()

    def _build(self, digest: Digest, file: IndexFile, limit: int) -> bytes:
        try:
            with self._blobs.open_blob(digest) as blob:
                chunks = _read_pieces(blob.fd, blob.size)
                return build_table(read_entries(chunks, file, max_bytes=limit))
        except (ArchiveSyntaxError, TooLargeError) as exc:
            raise RefusedSuiteError(
                f"the index {file.stem} cannot be used: {exc}",
                cause="suite.inconsistent",
            ) from exc

    def _find(self, tables: Sequence[Part], path: str) -> tuple[int, Entry] | None:
        for place, part in enumerate(tables):
            table = self._take(part.digest)
            entry = None if table is None else table.find(path)
            if entry is not None:
                return place, entry
        return None

    def _take(self, digest: Digest) -> PathTable | None:
        with self._guard:
            table = self._open.get(digest)
        if table is not None:
            return table
        try:
            with self._blobs.open_blob(digest) as blob:
                # the mapping has a descriptor of its own, and goes with the table
                mapped = mmap.mmap(blob.fd, blob.size, access=mmap.ACCESS_READ)
            table = PathTable(mapped)
        except (NotStoredError, ArchiveSyntaxError, ValueError, OSError):
            self.lost.add(digest)
            return None
        self.lost.discard(digest)
        with self._guard:
            self._open.put(digest, table)
        return table


def _read_pieces(fd: int, size: int) -> Iterator[bytes]:
    for start in range(0, size, _READ_BYTES):
        yield os.pread(fd, min(_READ_BYTES, size - start), start)
