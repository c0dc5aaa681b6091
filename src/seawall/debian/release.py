"""Release files: what a suite is called, how long it is valid, and what it names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from seawall.debian import deb822, paths
from seawall.debian.clearsign import MAX_MESSAGE_BYTES
from seawall.debian.deb822 import Paragraph
from seawall.errors import ArchiveSyntaxError, SuiteSyntaxError
from seawall.kit import redact

MAX_FILES = 100_000
"""The most files that one suite may name."""

_MAX_WORD_CHARS = 256
_MAX_SIZE_DIGITS = 15
_HEX_LENGTHS = {"SHA256": 64, "SHA512": 128, "SHA1": 40, "MD5Sum": 32}
_STRONG = ("SHA256", "SHA512")

_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), +)?([0-9]{1,2}) +([A-Z][a-z]{2}) +([0-9]{4})"
    r" +([0-9]{1,2}):([0-9]{2}):([0-9]{2}) +(?:UTC|GMT|Z|[+-]0000)"
)
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+([0-9]+)[ \t]+([^/ \t].*)")


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file that a suite names.

    Attributes:
        path: Below the suite's directory.
        size: In bytes.
        algorithm: ``sha256`` or ``sha512``.
        hex: Of that hash, in lower case.
    """

    path: str
    size: int
    algorithm: str
    hex: str


@dataclass(frozen=True, slots=True)
class Release:
    """A suite at one moment.

    Attributes:
        date: When it was made, in seconds since the epoch.
        valid_until: Until when it may be believed; `None` if it does not say.
        acquire_by_hash: Whether the files lie under their hashes, too.
        files: By their paths below the suite's directory.
        by_hash: Paths by hash, as ``SHA256/`` and hex; empty if two files share a
            weak hash and nothing else.
    """

    origin: str
    label: str
    suite: str
    codename: str
    date: float
    valid_until: float | None
    components: tuple[str, ...]
    architectures: tuple[str, ...]
    acquire_by_hash: bool
    files: Mapping[str, ReleaseFile]
    by_hash: Mapping[str, str]

    def find_hash(self, algorithm: str, hex_text: str) -> ReleaseFile | None:
        """Find the file that lies under this hash, or one of the same content.

        Args:
            algorithm: As paths write it: ``SHA256``, ``SHA512``, ``SHA1``, ``MD5Sum``.
            hex_text: Lower case.
        """
        return self.files.get(self.by_hash.get(f"{algorithm}/{hex_text}", ""))


def parse_release(text: bytes) -> Release:
    """Read a Release file, whose signature somebody else has verified.

    Raises:
        SuiteSyntaxError: It is none, has no date or only weak hashes, or contradicts
            itself.
    """
    if len(text) > MAX_MESSAGE_BYTES:
        raise SuiteSyntaxError(f"a Release file of {len(text)} bytes is none")
    try:
        # Names and descriptions may be in any encoding; paths that are not UTF-8 fail.
        paragraphs = deb822.parse_paragraphs(text.decode("utf-8", "replace"))
    except ArchiveSyntaxError as exc:
        raise SuiteSyntaxError(f"not a Release file: {exc}") from exc
    if len(paragraphs) != 1:
        raise SuiteSyntaxError(f"a Release file of {len(paragraphs)} paragraphs, not 1")
    fields = paragraphs[0]
    files, by_hash = _read_files(fields)
    return Release(
        origin=_read_word(fields, "Origin"),
        label=_read_word(fields, "Label"),
        suite=_read_word(fields, "Suite"),
        codename=_read_word(fields, "Codename"),
        date=_read_date(fields, "Date"),
        valid_until=(
            _read_date(fields, "Valid-Until") if "valid-until" in fields else None
        ),
        components=tuple(fields.get("components", "").split()),
        architectures=tuple(fields.get("architectures", "").split()),
        acquire_by_hash=fields.get("acquire-by-hash", "").lower() == "yes",
        files=files,
        by_hash=by_hash,
    )


def parse_date(text: str) -> float:
    """Read a date as Release files have it, in seconds since the epoch.

    Raises:
        SuiteSyntaxError: It is another form, or another time zone than UTC.

    >>> parse_date("Thu, 01 Jan 1970 00:01:00 UTC")
    60.0
    """
    match = _DATE.fullmatch(text)
    try:
        day, month, year, hour, minute, second = match.groups() if match else [""] * 6
        date = datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC)
        moment = date.replace(hour=int(hour), minute=int(minute), second=int(second))
        return moment.timestamp()
    except ValueError as exc:
        raise SuiteSyntaxError(
            "not a date in UTC, such as 'Thu, 01 Jan 1970 00:00:00 UTC': "
            + redact.show_input(text)
        ) from exc


def _read_date(fields: Paragraph, name: str) -> float:
    if not fields.get(name.lower()):
        raise SuiteSyntaxError(f"a Release file that has no {name}")
    try:
        return parse_date(fields[name.lower()])
    except SuiteSyntaxError as exc:
        raise SuiteSyntaxError(f"the {name} of a Release file is {exc}") from exc


def _read_word(fields: Paragraph, name: str) -> str:
    value = fields.get(name.lower(), "")
    if len(value) > _MAX_WORD_CHARS or "\n" in value:
        raise SuiteSyntaxError(
            f"the {name} of a Release file is no name: {redact.show_input(value)}"
        )
    return value


def _read_files(fields: Paragraph) -> tuple[dict[str, ReleaseFile], dict[str, str]]:
    strong = next((name for name in _STRONG if name.lower() in fields), None)
    if strong is None:
        raise SuiteSyntaxError(
            "a Release file with neither SHA256 nor SHA512: MD5 and SHA-1 prove "
            "nothing, so its archive has to add one of them"
        )
    files: dict[str, ReleaseFile] = {}
    by_hash: dict[str, str] = {}
    for path, size, hex_text in _read_lines(fields, strong):
        file = ReleaseFile(path, size, strong.lower(), hex_text)
        if files.setdefault(path, file) != file:
            raise _contradicts(path)
        by_hash.setdefault(f"{strong}/{hex_text}", path)
    for name in _HEX_LENGTHS:
        if name != strong and name.lower() in fields:
            _add_hashes(files, by_hash, fields, name)
    return files, by_hash


def _add_hashes(
    files: Mapping[str, ReleaseFile],
    by_hash: dict[str, str],
    fields: Paragraph,
    name: str,
) -> None:
    """Add the names under which one more section puts the files."""
    seen: dict[str, str] = {}
    for path, size, hex_text in _read_lines(fields, name):
        file = files.get(path)
        if seen.setdefault(path, hex_text) != hex_text or (file and file.size != size):
            raise _contradicts(path)
        if file is None:
            continue
        other = files.get(by_hash.setdefault(f"{name}/{hex_text}", path))
        if other is None or other.hex != file.hex:
            by_hash[f"{name}/{hex_text}"] = ""


def _read_lines(fields: Paragraph, name: str) -> Iterator[tuple[str, int, str]]:
    """Give path, size and hex of each line of a section."""
    lines = [line for line in fields[name.lower()].split("\n") if line]
    if len(lines) > MAX_FILES:
        raise SuiteSyntaxError(
            f"a Release file that names {len(lines)} files; {MAX_FILES} are the limit"
        )
    for line in lines:
        match = _LINE.fullmatch(line)
        if (
            match is None
            or len(match[1]) != _HEX_LENGTHS[name]
            or len(match[2]) > _MAX_SIZE_DIGITS
        ):
            raise SuiteSyntaxError(
                f"not hash, size and path, below {name}: {redact.show_input(line)}"
            )
        try:
            path = paths.normalise_filename(match[3])
        except ArchiveSyntaxError as exc:
            raise SuiteSyntaxError(f"below {name}: {exc}") from exc
        yield path, int(match[2]), match[1].lower()


def _contradicts(path: str) -> SuiteSyntaxError:
    return SuiteSyntaxError(
        f"a Release file that says two things of {redact.show_input(path)}"
    )
