"""Unpacks gz, bz2, xz and zst piece by piece, never more than was agreed on."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import zstandard

from seawall.errors import ArchiveSyntaxError, TooLargeError

PIECE_BYTES = 256 * 1024
"""The usual most that comes out at once: other threads get their turn in between."""

XZ_MEMORY_BYTES = 80 * 1024 * 1024
"""What unpacking may take: room for the 64 MiB that ``xz -9`` asks for."""

ZST_WINDOW_BYTES = 128 * 1024 * 1024
"""How far back it may refer: what every reader of Zstandard accepts."""

MAX_MEMBERS = 10_000
"""The most streams in one file: parallel packers write a few per megabyte."""

_FEED_BYTES = 64 * 1024
# Four bytes can say "128 KiB of zeros", and this library has no bound on what one
# call gives: so it gets little at a time.
_ZST_FEED_BYTES = 512


class _Member(Protocol):
    """One compressed stream; a file may be several, one after the other."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what comes out, in pieces; some of them may be empty."""
        ...

    @property
    def rest(self) -> bytes | None:
        """What follows the end of the stream; `None` before its end."""
        ...


class _GzMember:
    def __init__(self) -> None:
        self._object = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._object.decompress(data, PIECE_BYTES)
            data = self._object.unconsumed_tail
            yield piece
            if self._object.eof or (not data and len(piece) < PIECE_BYTES):
                return

    @property
    def rest(self) -> bytes | None:
        return self._object.unused_data if self._object.eof else None


class _BlockMember:
    """What bz2 and lzma have in common."""

    def __init__(self, made: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._object = made

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._object.decompress(data, PIECE_BYTES)
        while not (self._object.eof or self._object.needs_input):
            yield self._object.decompress(b"", PIECE_BYTES)

    @property
    def rest(self) -> bytes | None:
        return self._object.unused_data if self._object.eof else None


class _ZstMember:
    def __init__(self) -> None:
        unpacker = zstandard.ZstdDecompressor(max_window_size=ZST_WINDOW_BYTES)
        self._object = unpacker.decompressobj()
        self._rest: bytes | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZST_FEED_BYTES):
            end = start + _ZST_FEED_BYTES
            yield self._object.decompress(data[start:end])
            if self._object.eof:
                self._rest = self._object.unused_data + data[end:]
                return

    @property
    def rest(self) -> bytes | None:
        return self._rest


_MAKERS: Mapping[str, Callable[[], _Member]] = {
    "gz": _GzMember,
    "bz2": lambda: _BlockMember(bz2.BZ2Decompressor()),
    "xz": lambda: _BlockMember(
        lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)
    ),
    "zst": _ZstMember,
}


def unpack(
    chunks: Iterable[bytes], compression: str, *, max_bytes: int
) -> Iterator[bytes]:
    """Unpack a file, holding little of it at a time.

    Args:
        chunks: The file, in pieces of any size.
        compression: ``gz``, ``bz2``, ``xz``, ``zst``, or nothing for none.
        max_bytes: The most that may come out.

    Yields:
        The content in pieces; none of them is empty.

    Raises:
        ArchiveSyntaxError: It is not packed like that, ends too early, wants too much
            memory, or is followed by something else than zeros.
        TooLargeError: More came out; the pieces before it were handed out.
    """
    fed = _slice(chunks)
    total = 0
    for piece in _unpack_members(fed, _MAKERS[compression]) if compression else fed:
        total += len(piece)
        if total > max_bytes:
            raise TooLargeError(f"an index that unpacks to more than {max_bytes} bytes")
        if piece:
            yield piece


def _slice(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if len(chunk) <= _FEED_BYTES:
            yield chunk
            continue
        for start in range(0, len(chunk), _FEED_BYTES):
            yield chunk[start : start + _FEED_BYTES]


def _unpack_members(
    chunks: Iterable[bytes], make: Callable[[], _Member]
) -> Iterator[bytes]:
    member: _Member | None = None
    count = 0
    for chunk in chunks:
        data = chunk
        while data:
            if member is None:
                # Padding between and after members.
                data = data.lstrip(b"\0") if count else data
                if not data:
                    break
                count += 1
                if count > MAX_MEMBERS:
                    raise _refuse(f"more than {MAX_MEMBERS} members")
                member = make()
            try:
                yield from member.feed(data)
            except (EOFError, OSError, lzma.LZMAError, zlib.error) as exc:
                raise _refuse(str(exc)) from exc
            except zstandard.ZstdError as exc:
                raise _refuse(str(exc)) from exc
            data = member.rest or b""
            member = None if member.rest is not None else member
    if member is not None or not count:
        raise _refuse("it ends too early")


def _refuse(why: str) -> ArchiveSyntaxError:
    return ArchiveSyntaxError(f"an index that is not packed as its name says: {why}")
