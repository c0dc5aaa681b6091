"""Paths within an archive: read with suspicion, and told apart by what they name."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from seawall.errors import ArchiveSyntaxError
from seawall.kit import redact

MAX_PATH_CHARS = 1024
"""No honest path is longer."""

MAX_CANDIDATES = 6
"""The most directories in which one path's suite is looked for."""

RELEASE_FILES = ("InRelease", "Release", "Release.gpg")
"""The files that make a suite, the newer form first."""

_ENCODED = re.compile(r"%(?:2[fF]|5[cC]|00|(?![0-9A-Fa-f]{2}))")
_BY_HASH = re.compile(
    r"(?:(?P<directory>.+)/)?by-hash/(?P<name>"
    r"SHA256/[0-9a-f]{64}|SHA512/[0-9a-f]{128}|SHA1/[0-9a-f]{40}|MD5Sum/[0-9a-f]{32})"
)
# Directories below a component; what comes before them is suite and component.
_BELOW_COMPONENT = re.compile(
    r"binary-[^/]+|source|i18n|dep11|cnf|debian-installer|installer-[^/]+"
)


@dataclass(frozen=True, slots=True)
class ByHash:
    """A file asked for by its hash.

    Attributes:
        directory: Where it lies; empty for the archive's root.
        algorithm: As apt writes it: ``SHA256``, ``SHA512``, ``SHA1`` or ``MD5Sum``.
        hex: Lower case.
    """

    directory: str
    algorithm: str
    hex: str


def parse_path(raw: str) -> str:
    """Read a path as a URL has it, below the archive's root.

    It is percent-decoded once. Empty segments are left out, as servers do. What
    comes out has no slash at its ends.

    Raises:
        ArchiveSyntaxError: It is empty or too long, climbs, or holds what no
            archive's path does: control characters, backslashes, encoded slashes.

    >>> parse_path("/pool//main/g/g%2b%2b/x_1%3a2_all.deb")
    'pool/main/g/g++/x_1:2_all.deb'
    """
    # Encoded, a character has up to twelve.
    if len(raw) > 12 * MAX_PATH_CHARS:
        raise _refuse(raw, f"it is longer than {MAX_PATH_CHARS} characters")
    if _ENCODED.search(raw):
        raise _refuse(raw, "it holds an encoded slash, or a percent sign of no use")
    try:
        path = unquote(raw, errors="strict")
    except UnicodeDecodeError as exc:
        raise _refuse(raw, "it is not UTF-8") from exc
    return _join(path.split("/"), raw)


def normalise_filename(text: str) -> str:
    """Read a path as an index or Release file has it; it is not percent-decoded.

    Flat archives write ``./`` before all of theirs.

    Raises:
        ArchiveSyntaxError: As `parse_path`.

    >>> normalise_filename("./hello_2.10_amd64.deb")
    'hello_2.10_amd64.deb'
    """
    segments = text.split("/")
    while segments and segments[0] in {".", ""}:
        segments.pop(0)
    return _join(segments, text)


def _join(segments: list[str], raw: str) -> str:
    if "." in segments or ".." in segments:
        raise _refuse(raw, "it climbs")
    path = "/".join(filter(None, segments))
    if not path:
        raise _refuse(raw, "it is empty")
    if len(path) > MAX_PATH_CHARS:
        raise _refuse(raw, f"it is longer than {MAX_PATH_CHARS} characters")
    # U+FFFD stands where something could not be decoded.
    if not path.isprintable() or "\\" in path or "\ufffd" in path:
        raise _refuse(raw, "it holds a backslash, or what cannot be printed")
    return path


def parse_by_hash(path: str) -> ByHash | None:
    """Take a by-hash name apart; `None` if it is none.

    Hex in upper case is none: no archive has such names.
    """
    match = _BY_HASH.fullmatch(path)
    if match is None:
        return None
    algorithm, _, hex_text = match["name"].partition("/")
    return ByHash(match["directory"] or "", algorithm, hex_text)


def release_file(path: str) -> tuple[str, str] | None:
    """Tell the suite's directory and the file's name, for the files that make a suite.

    >>> release_file("dists/bookworm/InRelease")
    ('dists/bookworm', 'InRelease')
    """
    directory, _, name = path.rpartition("/")
    return (directory, name) if name in RELEASE_FILES else None


def candidate_suites(path: str) -> list[str]:
    """List the directories whose Release file may name this path, longest first.

    Only the archive itself knows where a suite's name ends. An empty one is the
    archive's root. There are at most `MAX_CANDIDATES`.

    >>> candidate_suites("dists/stable/updates/main/binary-amd64/Packages.xz")
    ['dists/stable/updates', 'dists/stable']
    """
    segments = path.split("/")[:-1]
    if "by-hash" in segments:
        segments = segments[: segments.index("by-hash")]
    shortest = 0
    if segments[:1] == ["dists"]:
        shortest = 2
        for place, segment in enumerate(segments[3:], start=3):
            if _BELOW_COMPONENT.fullmatch(segment):
                segments = segments[: place - 1]
                break
    ends = range(len(segments), shortest - 1, -1)[:MAX_CANDIDATES]
    return ["/".join(segments[:end]) for end in ends]


def _refuse(raw: str, why: str) -> ArchiveSyntaxError:
    return ArchiveSyntaxError(
        f"not a path of an archive, {why}: {redact.show_input(raw)}"
    )
