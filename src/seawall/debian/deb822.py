"""Paragraphs of fields: the format of control files, Release files and sources."""

import re
from collections.abc import Mapping
from typing import TypeAlias

from seawall.errors import ArchiveSyntaxError
from seawall.kit import redact

Paragraph: TypeAlias = Mapping[str, str]
"""Fields by their lower-case names; lines of a value are joined with newlines."""

MAX_FIELDS = 1000
"""No honest text has more fields than this, unless its reader says so."""

# deb822(5): printable ASCII but colon and space; no hyphen or "#" at the start.
_FIELD = re.compile(r"([!\"$-,.-9;-~][!-9;-~]*)[ \t]*:[ \t]*(.*)", re.DOTALL)

# What no text of ours holds, and what readers differ about: OpenPGP takes a lone CR
# in a signed text for the end of a line, so that it could hide one field in another.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def parse_paragraphs(
    text: str, *, max_fields: int = MAX_FIELDS, comments: bool = False
) -> list[Paragraph]:
    r"""Read all paragraphs of a text.

    Values have no space around them, nor do their further lines. An empty line is
    the end of a paragraph; one that holds a full stop alone is an empty line of its
    value, and is left to whoever knows the field.

    Args:
        text: Lines that end in ``\n`` or ``\r\n``; the last one need not.
        max_fields: The most fields accepted in all paragraphs together.
        comments: Whether lines that start with ``#`` are left out.

    Raises:
        ArchiveSyntaxError: A line is no field, a field is there twice, there are too
            many of them, or it is no text at all.
    """
    paragraphs: list[dict[str, list[str]]] = [{}]
    values: list[str] | None = None
    fields = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.rstrip(" \t\r")
        if comments and line.startswith("#"):
            continue
        if _CONTROL.search(line):
            raise _refuse(number, line, "holds control characters")
        if not line:
            values = None
            if paragraphs[-1]:
                paragraphs.append({})
        elif line[0] in " \t":
            if values is None:
                raise _refuse(number, line, "continues nothing")
            values.append(line.lstrip(" \t"))
        else:
            fields += 1
            if fields > max_fields:
                raise _refuse(number, line, f"is one field more than {max_fields}")
            values = _open_field(paragraphs[-1], line, number)
    return [
        {name: "\n".join(lines) for name, lines in paragraph.items()}
        for paragraph in paragraphs
        if paragraph
    ]


def _open_field(paragraph: dict[str, list[str]], line: str, number: int) -> list[str]:
    match = _FIELD.fullmatch(line)
    if match is None:
        raise _refuse(number, line, "is no field (Name: value)")
    name = match[1].lower()
    if name in paragraph:
        raise _refuse(number, line, "has a field that the paragraph has already")
    values = paragraph[name] = [match[2]]
    return values


def _refuse(number: int, line: str, why: str) -> ArchiveSyntaxError:
    return ArchiveSyntaxError(f"line {number} {why}: {redact.show_input(line)}")
