"""Paths within an archive: read with suspicion, and told apart by what they name."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from seawall.errors import ArchiveSyntaxError
from seawall.kit import redact

MAX_PATH_CHARS = 1024
"""No honest path is longer."""

RELEASE_FILES = ("InRelease", "Release", "Release.gpg")
"""The files that make a suite, the newer form first."""

_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED_SLASH = re.compile(r"%2[fF]")
_BY_HASH = re.compile(
    r"(?:(?P<directory>.+)/)?by-hash/"
    r"(?:(?P<a>SHA256)/(?P<x>[0-9a-f]{64})|(?P<b>SHA512)/(?P<y>[0-9a-f]{128})"
    r"|(?P<c>SHA1)/(?P<z>[0-9a-f]{40})|(?P<d>MD5Sum)/(?P<w>[0-9a-f]{32}))"
)
# Directories below a component; what comes before them is suite and component.
_BELOW_COMPONENT = re.compile(
    r"(?:binary-[^/]+|source|i18n|dep11|cnf|debian-installer|installer-[^/]+)"
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
    if len(raw) > 3 * MAX_PATH_CHARS or _PERCENT.search(raw):
        raise _refuse(raw)
    if _ENCODED_SLASH.search(raw):
        raise _refuse(raw)
    try:
        path = unquote(raw, errors="strict")
    except UnicodeDecodeError as exc:
        raise _refuse(raw) from exc
    return _join(path.split("/"), raw)


def normalise_filename(text: str) -> str:
    """Read a path as an index or Release file has it; it is not percent-decoded.

    Raises:
        ArchiveSyntaxError: As `parse_path`.

    >>> normalise_filename("./hello_2.10_amd64.deb")
    'hello_2.10_amd64.deb'
    """
    segments = text.split("/")
    while segments and segments[0] in (".", ""):
        segments.pop(0)
    return _join(segments, text)


def _join(segments: list[str], raw: str) -> str:
    if "." in segments or ".." in segments:
        raise _refuse(raw)
    path = "/".join(filter(None, segments))
    if (
        not 0 < len(path) <= MAX_PATH_CHARS
        or "\\" in path
        or "\ufffd" in path
        or not path.isprintable()
    ):
        raise _refuse(raw)
    return path


def parse_by_hash(path: str) -> ByHash | None:
    """Take a by-hash name apart; `None` if it is none.

    Hex in upper case is none: no archive has such names.
    """
    match = _BY_HASH.fullmatch(path)
    if match is None:
        return None
    algorithm, hex_text = (found for found in match.groups()[1:] if found)
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
    archive's root.

    >>> candidate_suites("dists/stable/updates/main/binary-amd64/Packages.xz")
    ['dists/stable/updates', 'dists/stable']
    """
    segments = path.split("/")[:-1]
    if "by-hash" in segments:
        segments = segments[: segments.index("by-hash")]
    if segments[:1] != ["dists"]:
        return ["/".join(segments[:end]) for end in range(len(segments), -1, -1)]
    for place, segment in enumerate(segments[3:], start=3):
        if _BELOW_COMPONENT.fullmatch(segment):
            segments = segments[: place - 1]
            break
    return ["/".join(segments[:end]) for end in range(len(segments), 1, -1)]


def _refuse(raw: str) -> ArchiveSyntaxError:
    return ArchiveSyntaxError(f"not a path of an archive: {redact.show_input(raw)}")
