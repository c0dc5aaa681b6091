"""Tables from path to content: built once per index, then searched where they lie."""

import hashlib
import mmap
import struct
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from seawall.errors import ArchiveSyntaxError

Buffer: TypeAlias = bytes | bytearray | memoryview | mmap.mmap
"""Where a table lies; it is searched in place."""

_MAGIC = b"SeawPth\x01"
_HEADER = struct.Struct(">8sQ")
_KEY_BYTES = 16
_RECORD = struct.Struct(">16s32sQ")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What an index says about one file.

    Attributes:
        path: Below the archive's root.
        size: In bytes.
        sha256: Lower-case hex.
    """

    path: str
    size: int
    sha256: str


def build_table(entries: Iterable[Entry]) -> bytes:
    """Write a table that `PathTable` searches.

    If a path comes twice, the first entry is kept: indexes are read in the order in
    which they are trusted.
    """
    # Sorted in pieces, since a long sort would keep every other thread waiting.
    heaps: list[dict[bytes, bytes]] = [{} for _ in range(256)]
    for entry in entries:
        key = _key(entry.path)
        record = _RECORD.pack(key, bytes.fromhex(entry.sha256), entry.size)
        heaps[key[0]].setdefault(key, record)
    count = sum(map(len, heaps))
    parts = [_HEADER.pack(_MAGIC, count)]
    for heap in heaps:
        parts += sorted(heap.values())
        heap.clear()
    return b"".join(parts)


class PathTable:
    """A table in memory or in a mapped file; nothing is copied but what is found."""

    def __init__(self, buffer: Buffer) -> None:
        """Look at the header alone.

        Raises:
            ArchiveSyntaxError: It is no table, or one of another length.
        """
        if len(buffer) < _HEADER.size:
            raise ArchiveSyntaxError("not a path table: too short")
        magic, count = _HEADER.unpack_from(buffer)
        if magic != _MAGIC or len(buffer) != _HEADER.size + count * _RECORD.size:
            raise ArchiveSyntaxError("not a path table, or a damaged one")
        self._buffer = buffer
        self._count: int = count

    def __len__(self) -> int:
        """How many paths there are."""
        return self._count

    def find(self, path: str) -> Entry | None:
        """Find what the index says about a path, in some 17 looks."""
        key = _key(path)
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            place = _HEADER.size + middle * _RECORD.size
            found = bytes(self._buffer[place : place + _KEY_BYTES])
            if found == key:
                _, digest, size = _RECORD.unpack_from(self._buffer, place)
                return Entry(path, size, digest.hex())
            low, high = (middle + 1, high) if found < key else (low, middle)
        return None


def _key(path: str) -> bytes:
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]
