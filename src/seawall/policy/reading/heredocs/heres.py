"""Here-documents of shell text, found line by line in whatever file it stands in."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

_BEGIN = re.compile(
    rb"(?<!<)<<(?P<strip>-?)[ \t]*"
    rb"(?:(?P<quote>[\"'])(?P<quoted>[A-Za-z_][\w.-]*)(?P=quote)"
    rb"|(?P<escape>\\?)(?P<bare>[A-Za-z_][\w.-]*))"
)
_COMMENT = re.compile(rb"[ \t]*(?:#|//)")
_FILE = re.compile(
    r"(?:(?<![0-9&<>])>(?P<more>>?)\|?[ \t]*"
    r"|\b(?:tee|sponge)[ \t]+(?P<also>-a\b|--append)?(?:[ \t]*-\S+[ \t]+)*"
    r"|\bdd[ \t][^|;&\n]*?\bof=)[ \t]*[\"']?(?P<name>[^\s\"'|;&<>()]+)"
)
_NOWHERE = ("/dev/", "&")
_LINES = 6
"""So many lines a command may go on for before its text begins."""
_LONG = 4096
"""Bytes of a command that are looked at."""
_MOST = 500
"""More are in no script that was written by hand."""


@dataclass(frozen=True, slots=True)
class Here:
    """One here-document.

    Attributes:
        line: Where the line of its `<<` begins.
        start: Where its text begins: at the beginning of a line.
        stop: Where the line begins that ends it.
        quoted: Whether a shell leaves its variables alone.
        strips: Whether a shell takes away the tabs that its lines begin with.
        command: The command that it is given to, with what comes behind on that line.
        target: The file that it is written to; empty if it is none.
        appends: Whether that file may have had something in it before.
    """

    line: int
    start: int
    stop: int
    quoted: bool
    strips: bool
    command: str
    target: str
    appends: bool


def find_heres(data: bytes) -> Iterator[Here]:
    r"""Yield the here-documents of a text, and those within others, by their place.

    Shell text in YAML is further in: so a text ends at the first line that is its
    word, whatever stands before.

    >>> [one.target for one in find_heres(b"cat <<A | sudo tee /etc/x\nb\nA\n")]
    ['/etc/x']
    """
    ends: dict[bytes, list[int]] | None = None
    last_line, after = -1, 0
    for count, match in enumerate(_BEGIN.finditer(data)):
        if count == _MOST:
            return
        line = data.rfind(b"\n", 0, match.start()) + 1
        line_end = data.find(b"\n", match.end())
        if line_end < 0 or _COMMENT.match(data, line):
            continue
        if ends is None:
            ends = _list_ends(data)
        start = after if line == last_line else line_end + 1
        places = ends.get(match["quoted"] or match["bare"], [])
        at = bisect_left(places, start)
        if at == len(places):
            continue
        stop = places[at]
        # A second one of a line begins where the first one ends.
        last_line, after = line, data.find(b"\n", stop) + 1 or len(data)
        command = _say_command(data, line, line_end)
        target, appends = _find_target(command)
        yield Here(
            line=line,
            start=start,
            stop=stop,
            quoted=bool(match["quote"] or match["escape"]),
            strips=bool(match["strip"]),
            command=command,
            target=target,
            appends=appends,
        )


def _list_ends(data: bytes) -> dict[bytes, list[int]]:
    """List the lines of one word, by that word."""
    ends: dict[bytes, list[int]] = defaultdict(list)
    at = 0
    for line in data.split(b"\n"):
        word = line.strip()
        if word and b" " not in word:
            ends[word].append(at)
        at += len(line) + 1
    return ends


def _say_command(data: bytes, line: int, line_end: int) -> str:
    """Give a command's lines, those before that go on in it included."""
    start = line
    for _ in range(_LINES):
        before = data.rfind(b"\n", 0, max(0, start - 1)) + 1
        if start == 0 or not data[before : start - 1].rstrip(b"\r").endswith(b"\\"):
            break
        start = before
    said = data[max(start, line_end - _LONG) : line_end].decode(errors="replace")
    return said.replace("\\\r\n", " ").replace("\\\n", " ")


def _find_target(command: str) -> tuple[str, bool]:
    """Find the file that a command writes, and whether it only adds to it."""
    for match in _FILE.finditer(command):
        if not match["name"].startswith(_NOWHERE):
            return match["name"], bool(match["more"] or match["also"])
    return "", False
