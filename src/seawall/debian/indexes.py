"""Indexes: which files an archive has, read piece by piece from whatever packs them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from seawall.debian import deb822, paths
from seawall.debian.pathtable import Entry
from seawall.debian.unpacking import PIECE_BYTES, unpack
from seawall.errors import ArchiveSyntaxError, TooLargeError
from seawall.kit import redact

MAX_ENTRIES = 1_000_000
"""The most files that one index may list; the largest today have a tenth of it."""

MAX_PARAGRAPH_BYTES = 4 * 1024 * 1024
"""The most that one paragraph may have; some fifty times the longest of today."""

_MAX_SIZE_DIGITS = 15


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

# In the usual paragraph each of these is there once, after another field. All others
# are read by the grammar, which is slower.
_PACKAGE_FIELDS = (b"Filename", b"Size", b"SHA256")
_PACKAGE = re.compile(rb"\n(Filename|Size|SHA256):[ \t]*([^\n]*)")
_SOURCE_FIELDS = (b"Directory", b"Checksums-Sha256")
_SOURCE = re.compile(
    rb"\n(Directory|Checksums-Sha256):[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)"
)
_SUM = re.compile(rb"([^ \t\n]+)[ \t]+([^ \t\n]+)[ \t]+([^ \t\n]+)")
_SHA256 = re.compile(rb"[0-9a-fA-F]{64}")
# A path that needs no second look.
_PLAIN_PATH = re.compile(
    rb"(?:[A-Za-z0-9_+~:-][A-Za-z0-9._+~:-]*/)*[A-Za-z0-9_+~:-]"
    rb"[A-Za-z0-9._+~:-]*"
)


def find_index(path: str) -> IndexFile | None:
    """Tell an index by its path; `None` if it is none that can be read here.

    >>> find_index("main/source/Sources.xz").stem
    'main/source/Sources'
    """
    match = _INDEX.fullmatch(path)
    if match is None:
        return None
    return IndexFile(IndexKind(match[2]), match[1], match[3] or "")


def read_entries(
    chunks: Iterable[bytes],
    index: IndexFile,
    *,
    max_bytes: int,
    max_entries: int = MAX_ENTRIES,
) -> Iterator[Entry]:
    """Read what an index lists, holding little of it at a time.

    Paragraphs without a path or without a SHA-256 are passed over: nothing can be
    verified by them. So are paths that nobody can ask for. Blocking: for a thread.

    Args:
        chunks: The file as it is stored, in pieces of any size.
        index: What it is, as `find_index` says.
        max_bytes: The most it may unpack to.
        max_entries: The most it may list.

    Raises:
        ArchiveSyntaxError: It is not packed as its name says, or an entry makes no
            sense.
        TooLargeError: It unpacks to more, or lists more than any honest index.
    """
    try:
        blocks = _cut(unpack(chunks, index.compression, max_bytes=max_bytes))
        yield from _read_blocks(blocks, index.kind, max_entries)
    except ArchiveSyntaxError as exc:
        raise ArchiveSyntaxError(f"{index.stem}: {exc}") from exc
    except TooLargeError as exc:
        raise TooLargeError(f"{index.stem}: {exc}") from exc


def _read_blocks(
    blocks: Iterable[bytes], kind: IndexKind, max_entries: int
) -> Iterator[Entry]:
    read = _read_package if kind is IndexKind.PACKAGES else _read_source
    count = 0
    for block in blocks:
        for paragraph in block.split(b"\n\n"):
            for entry in read(paragraph):
                count += 1
                if count > max_entries:
                    raise TooLargeError(f"an index of more than {max_entries} entries")
                yield entry


def _cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give blocks of whole paragraphs, of some `PIECE_BYTES`."""
    parts = [b"\n"]
    held = 0
    for piece in pieces:
        parts.append(piece.replace(b"\r", b""))
        held += len(piece)
        if held < PIECE_BYTES:
            continue
        text = b"".join(parts)
        end = text.rfind(b"\n\n")
        if end > 0:
            yield text[:end]
            text = text[end + 1 :]
        if len(text) > MAX_PARAGRAPH_BYTES:
            raise TooLargeError(f"a paragraph of more than {MAX_PARAGRAPH_BYTES} bytes")
        parts = [text]
        held = 0
    yield b"".join(parts)


def _read_package(paragraph: bytes) -> Iterator[Entry]:
    values = _find_fields(paragraph, _PACKAGE, _PACKAGE_FIELDS)
    if values is not None:
        path, size, sha256 = values
        yield from _make_entry(path.rstrip(), size.rstrip(), sha256.rstrip())


def _read_source(paragraph: bytes) -> Iterator[Entry]:
    values = _find_fields(paragraph, _SOURCE, _SOURCE_FIELDS)
    if values is None:
        return
    directory, sums = values
    for line in filter(None, map(bytes.strip, sums.split(b"\n"))):
        match = _SUM.fullmatch(line)
        if match is None:
            raise _refuse("not hash, size and name", line)
        sha256, size, name = match.groups()
        path = b"%b/%b" % (directory.rstrip(), name)
        yield from _make_entry(path, size, sha256)


def _find_fields(
    paragraph: bytes, pattern: re.Pattern[bytes], names: tuple[bytes, ...]
) -> list[bytes] | None:
    """Give the fields of these names; `None` if one of them is not there."""
    found = pattern.findall(paragraph)
    values: dict[bytes, bytes] = dict(found)
    if not len(found) == len(values) == len(names):
        values = _read_slowly(paragraph, names)
    return [values[name] for name in names] if len(values) == len(names) else None


def _read_slowly(paragraph: bytes, names: Iterable[bytes]) -> dict[bytes, bytes]:
    """Read a paragraph by the grammar, which knows fields in any case and order."""
    text = paragraph.decode("utf-8", "surrogateescape")
    fields: dict[str, str] = {}
    for part in deb822.parse_paragraphs(text):
        fields |= part
    return {
        name: fields[key].encode("utf-8", "surrogateescape")
        for name in names
        if fields.get(key := name.decode().lower())
    }


def _make_entry(path: bytes, size: bytes, sha256: bytes) -> tuple[Entry, ...]:
    if not (size.isdigit() and len(size) <= _MAX_SIZE_DIGITS):
        raise _refuse("not a size", size)
    if not _SHA256.fullmatch(sha256):
        raise _refuse("not a SHA-256", sha256)
    text = path.decode("utf-8", "replace")
    if not (_PLAIN_PATH.fullmatch(path) and len(path) < paths.MAX_PATH_CHARS):
        try:
            text = paths.normalise_filename(text)
        except ArchiveSyntaxError:
            return ()  # one odd entry is no reason to do without all others
    return (Entry(text, int(size), sha256.decode().lower()),)


def _refuse(why: str, value: bytes) -> ArchiveSyntaxError:
    return ArchiveSyntaxError(f"{why}: {redact.show_input(value.decode('latin-1'))}")
