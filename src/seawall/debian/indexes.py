"""Indexes: which files an archive has, read piece by piece from whatever packs them."""

import bz2
import lzma
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import zstandard

from seawall.debian import paths
from seawall.debian.pathtable import Entry
from seawall.errors import ArchiveSyntaxError, TooLargeError
from seawall.kit import redact


class IndexKind(StrEnum):
    """What an index lists."""

    PACKAGES = "Packages"
    SOURCES = "Sources"


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of an index.

    Attributes:
        stem: Its path without what packs it, such as ``main/source/Sources``.
        compression: ``""``, ``gz``, ``bz2``, ``xz`` or ``zst``.
    """

    kind: IndexKind
    stem: str
    compression: str


_INDEX = re.compile(r"((?:.*/)?(Packages|Sources))(?:\.(gz|bz2|xz|zst))?")


def find_index(path: str) -> IndexFile | None:
    """Tell an index by its path; `None` if it is none that can be read here."""
    match = _INDEX.fullmatch(path)
    if match is None:
        return None
    return IndexFile(IndexKind(match[2]), match[1], match[3] or "")


def read_entries(
    chunks: Iterable[bytes], index: IndexFile, *, max_bytes: int
) -> Iterator[Entry]:
    """Read what an index lists, holding little of it at a time.

    Raises:
        ArchiveSyntaxError: It is no such index, or not packed as its name says.
        TooLargeError: It unpacks to more than `max_bytes`.
    """
    data = b"".join(chunks)
    if index.compression == "gz":
        data = zlib.decompress(data, 31)
    elif index.compression == "bz2":
        data = bz2.decompress(data)
    elif index.compression == "xz":
        data = lzma.decompress(data)
    elif index.compression == "zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    if len(data) > max_bytes:
        raise TooLargeError("an index that is too large")
    for paragraph in data.split(b"\n\n"):
        yield from _read_paragraph(b"\n" + paragraph + b"\n", index.kind)


def _field(paragraph: bytes, name: bytes) -> str:
    start = paragraph.find(b"\n" + name + b":")
    if start < 0:
        return ""
    start += len(name) + 2
    return paragraph[start : paragraph.index(b"\n", start)].decode().strip()


def _read_paragraph(paragraph: bytes, kind: IndexKind) -> Iterator[Entry]:
    if kind is IndexKind.PACKAGES:
        path, size, sha256 = (
            _field(paragraph, name) for name in (b"Filename", b"Size", b"SHA256")
        )
        if path and sha256:
            yield Entry(paths.normalise_filename(path), int(size), sha256)
        return
    directory = _field(paragraph, b"Directory")
    _, mark, rest = paragraph.partition(b"\nChecksums-Sha256:")
    if not mark:
        return
    for line in rest.split(b"\n")[1:]:
        if not line.startswith(b" "):
            return
        try:
            sha256, size, name = line.decode().split()
        except ValueError as exc:
            raise ArchiveSyntaxError(redact.show_input(repr(line))) from exc
        yield Entry(paths.normalise_filename(f"{directory}/{name}"), int(size), sha256)
