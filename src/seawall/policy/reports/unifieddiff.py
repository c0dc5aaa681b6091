"""Changes of files as `git apply` and `patch -p1` read them."""

import re
from collections.abc import Iterable
from difflib import unified_diff

from seawall.policy.reports.secrecy import conceal

_PLACE = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ODD = re.compile(rb'[\x00-\x1f"\\\x7f]')
_UNPLAIN = re.compile(rb"[^ !#-\[\]-~]")


def write_diff(path: str, old: bytes, new: bytes) -> tuple[bytes, int]:
    r"""Write what changes in a file; say how many changes would show a secret.

    Those are left out, since what is told may be read by many. Fewer lines around the
    others are shown where that helps: with one, programs still find the place.

    >>> diff, left = write_diff("a b", b"x\n", b"y\n")
    >>> diff.splitlines()[:2], left
    ([b'--- a/a b\t', b'+++ b/a b\t'], 0)
    """
    files = _split(old), _split(new)
    hidden = tuple(_find_hidden(lines) for lines in files)
    names = _quote(f"a/{path}"), _quote(f"b/{path}")
    for around in (3, 1):
        head, *changes = _cut(unified_diff(*files, *names, n=around, lineterm="\n"))
        shown = [change for change in changes if not _shows(change[0], hidden)]
        if len(shown) == len(changes):
            break
    kept = [line for change in shown for line in change]
    return _write([*head, *kept] if kept else []), len(changes) - len(shown)


def _find_hidden(lines: list[str]) -> set[int]:
    """Number the lines that show a secret."""
    bare = [line.rstrip("\r\n") for line in lines]
    pairs = enumerate(zip(bare, conceal(bare), strict=True), start=1)
    return {number for number, (line, shown) in pairs if line != shown}


def _cut(lines: Iterable[str]) -> list[list[str]]:
    """Cut a diff where changes begin; what comes before the first is its head."""
    pieces: list[list[str]] = [[]]
    for line in lines:
        if _PLACE.match(line):
            pieces.append([])
        pieces[-1].append(line)
    return pieces


def _shows(place: str, hidden: tuple[set[int], ...]) -> bool:
    """Whether a change has a line that is hidden, in either of both versions."""
    match = _PLACE.match(place)
    for lines, group in zip(hidden, (1, 3), strict=True):
        first = int(match[group]) if match else 0
        count = int(match[group + 1] or 1) if match else 0
        if any(first <= line < first + count for line in lines):
            return True
    return False


def _write(lines: Iterable[str]) -> bytes:
    out = bytearray()
    for line in lines:
        raw = line.encode(errors="surrogateescape")
        if raw.endswith(b"\n"):
            out += raw
        else:
            out += raw + b"\n\\ No newline at end of file\n"
    return bytes(out)


def _quote(name: str) -> str:
    """Write a file's name as git does, so that no name is more than a name."""
    raw = name.encode(errors="surrogateescape")
    if _ODD.search(raw):
        quoted = _UNPLAIN.sub(lambda sign: b"\\%03o" % ord(sign[0]), raw)
        return f'"{quoted.decode()}"'
    return f"{name}\t" if " " in name else name  # without a tab, it ends at the blank


def _split(data: bytes) -> list[str]:
    """Cut at newlines alone, which the lines keep: any other sign is a part of one."""
    text = data.decode(errors="surrogateescape")
    return re.findall(r"[^\n]*\n|[^\n]+", text)
