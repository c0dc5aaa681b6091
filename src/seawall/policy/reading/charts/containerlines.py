"""Lines of containers in templates: the images that they name, and when to pull."""

import re
from collections.abc import Iterator, Sequence

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Text
from seawall.policy.reading.charts.gotemplates import Line
from seawall.policy.reading.source import Source

_IMAGE = re.compile(r"\s*(?:- )?\s*image:\s*(\S.*?)\s*$")
_POLICY = re.compile(r"\s*(?:- )?\s*imagePullPolicy:\s*(\S.*?)\s*$")
_VALUE = re.compile(r"\.Values\.([\w.]+)")
_LEAD = re.compile(r" *(?:- +)?")
_INDENT = re.compile(r"\bn?indent\s+(\d+)")
_QUIET = {"if", "with", "range", "end", "else", "define", "block", "", "break"}


def read_images(
    source: Source, block: Sequence[Line], owner: str
) -> Iterator[ImageUse]:
    """Yield the images that lines name; those that values name are told of there."""
    for at, line in enumerate(block):
        found = _IMAGE.match(line.text)
        if found is None or found.group(1).strip("\"'").startswith("\x01"):
            continue
        text = value_of(source, *_place(line, found))
        if text.value and " " not in re.sub(r"\{\{.*?\}\}", "", text.value):
            policy = _read_policy(source, block, at)
            yield name_image(
                source.path, text, Role.CONTAINER, owner=owner, policy=policy
            )


def read_values(block: Sequence[Line]) -> Iterator[str]:
    """Yield the values that lines of images take."""
    for action in (a for one in block if _IMAGE.match(one.text) for a in one.actions):
        yield from _VALUE.findall(action.body)


def value_of(source: Source, start: int, stop: int) -> Text:
    """Make a text of the rest of a line, without spaces and quotes around it."""
    raw = source.text[start:stop]
    raw = re.sub(r"\s+#.*$", "", raw)
    start += len(raw) - len(raw.lstrip())
    bare = raw.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        bare, start = bare[1:-1], start + 1
    return source.make_text(
        bare, source.byte_at(start), source.byte_at(start + len(bare))
    )


def _place(line: Line, found: re.Match[str]) -> tuple[int, int]:
    return line.start + found.start(1), line.start + found.end(1)


def _read_policy(source: Source, block: Sequence[Line], at: int) -> Text | None:
    """Read when a container is pulled: as written, or the line that may write it."""
    column = _column(block[at])
    first, stop = at, at + 1
    while first and not _ends(block[first], column):
        first -= 1
        if _is_image(block[first], column):
            return None  # a container has one: whose line it is, is not known
    while stop < len(block) and not _ends(block[stop], column):
        if _is_image(block[stop], column):
            return None
        stop += 1
    for line in block[first:stop]:
        found = _POLICY.match(line.text)
        if found is not None and _column(line) == column:
            return value_of(source, *_place(line, found))
        if line.is_action and _may_write(line, column):
            return value_of(source, line.start, line.start + len(line.text))
    return None


def _column(line: Line) -> int:
    """Say how far its key is indented, behind the dash that it may stand at."""
    lead = _LEAD.match(line.text)
    return lead.end() if lead else 0


def _ends(line: Line, column: int) -> bool:
    """Whether an item whose keys stand in a column begins, or is over, at a line."""
    return line.says and line.indent < column


def _is_image(line: Line, column: int) -> bool:
    return _column(line) == column and _IMAGE.match(line.text) is not None


def _may_write(line: Line, column: int) -> bool:
    """Whether what a line puts in may be keys of the container itself."""
    for action in line.actions:
        if action.word not in _QUIET:
            said = _INDENT.search(action.body)
            if (int(said[1]) if said else line.indent) <= column:
                return True
    return False
