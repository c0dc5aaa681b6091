"""Unpacking: whatever packs it, however it is cut, and never more than agreed on."""

import bz2
import gzip
import lzma
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from seawall.debian import unpacking
from seawall.debian.unpacking import unpack
from seawall.errors import ArchiveSyntaxError, TooLargeError
from seawall.testing.archives import COMPRESSORS

MIB = 1024 * 1024
PACKED = sorted(set(COMPRESSORS) - {""})
CONTENT = b"".join(b"Package: x%d\n\n" % number for number in range(50_000))

sizes = st.integers(1, 100)


class Repeated(NamedTuple):
    """A content that may be long, and is short to write."""

    part: bytes
    times: int

    def __bytes__(self) -> bytes:
        """Write it out."""
        return self.part * self.times


contents = st.builds(Repeated, st.binary(max_size=99), st.sampled_from([1, 3, 9999]))


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _unpack(data: bytes, compression: str, max_bytes: int = MIB) -> bytes:
    return b"".join(unpack([data], compression, max_bytes=max_bytes))


@given(contents, st.sampled_from(sorted(COMPRESSORS)), sizes)
def test_what_is_packed_comes_out(
    content: Repeated, compression: str, size: int
) -> None:
    """In pieces of any size in, in pieces that are never empty out."""
    plain = bytes(content)
    packed = COMPRESSORS[compression](plain)

    pieces = list(unpack(_cut(packed, size), compression, max_bytes=len(plain)))

    assert plain == b"".join(pieces)
    assert b"" not in pieces


@given(st.lists(contents, min_size=1, max_size=3), st.sampled_from(PACKED))
def test_members_follow_each_other(parts: list[Repeated], compression: str) -> None:
    """Parallel packers write several; zeros may stand between and after them."""
    plain = b"".join(map(bytes, parts))
    members = [COMPRESSORS[compression](bytes(part)) for part in parts]
    padded = b"\0\0\0\0".join((*members, b""))

    assert plain == _unpack(b"".join(members), compression, 4 * MIB)
    assert plain == _unpack(padded, compression, 4 * MIB)


@pytest.mark.parametrize("compression", PACKED)
def test_a_long_member_ends(compression: str) -> None:
    """What follows one that comes out in several pieces is a member of its own."""
    pack = COMPRESSORS[compression]
    data = pack(bytes(900_000)) + pack(b"x")

    assert bytes(900_000) + b"x" == _unpack(data, compression)


@pytest.mark.parametrize("compression", PACKED)
def test_what_is_cut_short_is_refused(compression: str) -> None:
    """No part of an index is taken for the whole."""
    packed = COMPRESSORS[compression](CONTENT[:1000])
    for wrong in (
        b"",
        packed[:-1],
        packed[:-9],
        packed[: len(packed) // 2],
        packed[:3],
    ):
        with pytest.raises(ArchiveSyntaxError, match="ends too early"):
            _unpack(wrong, compression)


@pytest.mark.parametrize("compression", PACKED)
def test_what_is_not_packed_so_is_refused(compression: str) -> None:
    """Neither another format, nor damage, nor anything after the end."""
    packed = COMPRESSORS[compression](CONTENT[:1000])
    middle = len(packed) // 2
    damaged = packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :]
    others = [COMPRESSORS[other](b"x") for other in PACKED if other != compression]
    for wrong in (b"plain text, no more", packed + b"garbage", damaged, *others):
        with pytest.raises(ArchiveSyntaxError):
            _unpack(wrong, compression)


@pytest.mark.parametrize("compression", sorted(COMPRESSORS))
def test_a_bomb_is_put_out(compression: str) -> None:
    """What comes out is bounded, and so is the memory that it takes."""
    bomb = _make_bomb(compression)
    taken: list[int] = []
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="more than 20971520 bytes"):
        taken.extend(map(len, unpack([bomb], compression, max_bytes=20 * MIB)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sum(taken) <= 20 * MIB
    assert peak < 40 * MIB


def _make_bomb(compression: str) -> bytes:
    """Pack far more zeros than are held anywhere: 64 MiB, for zst 16 GiB."""
    if compression == "zst":
        # A frame of unknown length; each block says "128 KiB of zeros" in four bytes.
        block = (131072 << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
        return b"\x28\xb5\x2f\xfd\x00\x58" + block * 131072
    return COMPRESSORS[compression](bytes(64 * MIB))


def test_a_dictionary_too_large_is_refused() -> None:
    """An archive does not say how much memory it gets; ``xz -9`` is still welcome."""
    best = lzma.compress(b"x", preset=9)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 256 * MIB}]
    greedy = lzma.compress(b"x", filters=filters)
    window = b"\x28\xb5\x2f\xfd\x00" + bytes([20 << 3]) + b"\x01\x00\x00"  # 1 GiB

    assert b"x" == _unpack(best, "xz")
    with pytest.raises(ArchiveSyntaxError, match=r"[Mm]emory"):
        _unpack(greedy, "xz")
    with pytest.raises(ArchiveSyntaxError):
        _unpack(window, "zst")


def test_members_are_counted() -> None:
    """Millions of empty members would take long and give nothing."""
    member = gzip.compress(b"", mtime=0)

    assert b"" == _unpack(member * unpacking.MAX_MEMBERS, "gz")
    with pytest.raises(ArchiveSyntaxError, match="more than 10000 members"):
        _unpack(member * (unpacking.MAX_MEMBERS + 1), "gz")


def _pack_without_length(content: bytes) -> bytes:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("compression", "pack"),
    [
        ("gz", partial(gzip.compress, compresslevel=9)),
        ("bz2", partial(bz2.compress, compresslevel=9)),
        ("xz", partial(lzma.compress, check=lzma.CHECK_SHA256)),
        ("xz", partial(lzma.compress, check=lzma.CHECK_NONE)),
        ("zst", zstandard.ZstdCompressor(19, write_checksum=True).compress),
        ("zst", _pack_without_length),
    ],
    ids=["gz", "bz2", "xz-sha256", "xz-none", "zst-checksum", "zst-without-length"],
)
def test_pieces_are_small(compression: str, pack: Callable[[bytes], bytes]) -> None:
    """Other threads get their turn in between."""
    packed = pack(CONTENT)
    sizes = [len(piece) for piece in unpack([packed], compression, max_bytes=MIB)]

    assert len(CONTENT) == sum(sizes)
    assert max(sizes) <= unpacking.PIECE_BYTES
