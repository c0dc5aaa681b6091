"""Lines of makefiles: which are recipes, and which variables have one value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ASSIGNMENT = re.compile(
    rb"[ \t]*(?:(?:export|override|private)[ \t]+)*"
    rb"(?P<name>[A-Za-z_][\w.-]*)[ \t]*(?P<how>\?|\+|!|:{1,3})?=[ \t]*(?P<value>.*)",
    re.DOTALL,
)
_NAME = re.compile(rb"[A-Za-z_][\w.-]*")
_RULE = re.compile(rb"(?P<name>[^\s#:=][^#:=\n]*)::?(?!=)")
_DEFINE = re.compile(rb"[ \t]*(?:override[ \t]+)?define\b[ \t]*([\w.-]*)")
_ENDEF = re.compile(rb"[ \t]*endef\b")
_CONDITION = re.compile(rb"[ \t]*(?:ifeq|ifneq|ifdef|ifndef|else|endif|-?s?include)\b")
_PREFIX = re.compile(
    rb"(?:[ \t@+-]|\$[({](?:Q|AT|V|V_AT|QUIET|SILENT|HIDE)[)}](?=[A-Za-z$ ]))*"
)
"""Signs, also those that a variable has, by which make is to say less."""
_COMMENT = re.compile(rb"(?<![\\ \t])[ \t]+#.*", re.DOTALL)
_MOST = 20_000
"""Longer makefiles are made by programs; what follows is left out."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One line that a shell runs, with those that it goes on in.

    Attributes:
        target: What it makes.
        start: Where it begins, behind its tab and signs such as `@`.
        stop: Where it ends.
    """

    target: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Setting:
    """One place that gives a variable a value.

    Attributes:
        name: The variable.
        value: The value as written, without a comment.
        sure: Whether it is all of the value, wherever it is used.
    """

    name: str
    value: str
    sure: bool


def read_lines(data: bytes) -> Iterator[Recipe | Setting]:
    r"""Yield the recipes of a makefile, and what gives its variables values.

    >>> [line.stop - line.start for line in read_lines(b"A = 1\nb: c\n\t@echo $A\n")
    ...     if isinstance(line, Recipe)]
    [7]
    """
    target: str | None = None
    within = False
    for count, (start, stop) in enumerate(_join(data)):
        line = data[start:stop]
        if count == _MOST:
            return
        if within:
            within = not _ENDEF.match(line)
        elif (defined := _DEFINE.match(line)) is not None:
            within = True
            yield Setting(defined[1].decode(), "", sure=False)
        elif line.startswith(b"\t") and target is not None:
            begin = _PREFIX.match(line)
            yield Recipe(target, start + (begin.end() if begin else 1), stop)
        elif line.strip() and not line.lstrip().startswith(b"#"):
            if _CONDITION.match(line):
                continue
            assigned = _ASSIGNMENT.fullmatch(line)
            if assigned is not None:
                yield _read_setting(assigned)
                continue
            rule = _RULE.match(line)
            name = rule["name"].rstrip(b" \t") if rule else None
            target = name.decode(errors="replace") if name else None
            yield from _read_own(line)


def _read_own(line: bytes) -> Iterator[Setting]:
    """Yield what one target alone has: `test: TAG = dev`."""
    for part in line.split(b"=")[:-1]:
        _, colon, words = part.rstrip(b" \t?+!:").rpartition(b":")
        *_, name = words.split() or [b""]
        if colon and _NAME.fullmatch(name):
            yield Setting(name.decode(), "", sure=False)


def _read_setting(match: re.Match[bytes]) -> Setting:
    value = _COMMENT.sub(b"", match["value"]).strip()
    sure = match["how"] not in (b"+", b"!") and b"\n" not in value
    return Setting(match["name"].decode(), value.decode(errors="replace"), sure)


def _join(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield lines, each with those that it goes on in, without its last newline."""
    at, end = 0, len(data)
    while at < end:
        start = at
        while True:
            found = data.find(b"\n", at)
            stop = end if found < 0 else found
            at = stop + 1
            bare = data[max(start, stop - 3) : stop].rstrip(b"\r")
            if not bare.endswith(b"\\") or bare.endswith(b"\\\\") or at >= end:
                break
        yield start, stop - (data[stop - 1 : stop] == b"\r")
