"""The lines of a Dockerfile as instructions: continued, commented, with heredocs."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.reading.source import Source

_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(.*?)[ \t\r]*(?:\n|$)")
# A heredoc is a word of its own, as BuildKit has it: `1<<2` and "a <<b" are none.
_SHELL_WORD = re.compile(
    rb"""(?:[^\s\\"']|\\.|"(?:[^"\\]|\\.)*+"|'[^']*+'|[\\"'])++""", re.DOTALL
)
_HEREDOC = re.compile(rb"\d*<<(-?)(?:([\"'])([\w.-]+)\2|([A-Za-z_][\w.-]*))")
_KEYWORD = re.compile(rb"[ \t]*([A-Za-z]+)(?=[ \t\r\n\\`]|$)[ \t]*")
_WITH_HEREDOCS = {"RUN", "COPY", "ADD"}
_INSTRUCTIONS = 20_000


class Body(msgspec.Struct, frozen=True):
    """Where the text of a heredoc stands, and what ends it."""

    name: str
    start: int
    stop: int
    quoted: bool


KEYWORDS = frozenset(
    (
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM"),
        *("HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL"),
        *("STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    )
)
"""What instructions begin with."""


class Line(msgspec.Struct, frozen=True):
    """One instruction, with its continuation lines.

    Attributes:
        keyword: In capitals.
        start: The first byte of its keyword.
        stop: Where it ends, heredocs included, without the last newline.
        value: Where what follows the keyword begins.
        rest: Where that ends, without heredocs.
        flat: The bytes from `value` to `rest`, with blanks where line ends are
            escaped and comments stand: as long as those in the file.
        shell: The same for a shell, which knows escaped line ends itself.
        bodies: Its heredocs.
    """

    keyword: str
    start: int
    stop: int
    value: int
    rest: int
    flat: bytes
    shell: bytes
    bodies: tuple[Body, ...] = ()


class Directive(msgspec.Struct, frozen=True):
    """A line such as `# syntax=docker/dockerfile:1` at the top."""

    name: str
    value: str
    start: int
    stop: int


def read_directives(source: Source) -> Iterator[Directive]:
    """Yield the parser directives, which end at the first other line."""
    at = source.line_starts[0]
    seen: set[str] = set()
    while match := _DIRECTIVE.match(source.data, at):
        name = match[1].decode().lower()
        if name in seen:
            return
        seen.add(name)
        value = match[2].decode(errors="replace")
        yield Directive(name, value, match.start(2), match.end(2))
        at = match.end()


def read_lines(source: Source, escape: bytes = b"\\") -> Iterator[Line]:
    """Yield the instructions of a file, without comments and blank lines.

    Beyond so many that nobody wrote them by hand, the rest is a trouble.
    """
    at, end, count = source.line_starts[0], len(source.data), 0
    while at < end:
        line_end = _line_end(source.data, at)
        words = source.data[at:line_end].strip()
        if not words or words.startswith(b"#"):
            at = line_end + 1
            continue
        if count == _INSTRUCTIONS:
            source.troubles.append(
                Trouble(
                    path=source.path,
                    start=at,
                    stop=at,
                    obstacle=Obstacle.BOUNDED,
                    message=f"more than {count} instructions: the rest was not read",
                )
            )
            return
        line = _read_line(source.data, at, escape)
        count += 1
        yield line
        at = _line_end(source.data, line.stop) + 1


def _line_end(data: bytes, at: int) -> int:
    """Find the newline that ends a line, or the end of the data."""
    found = data.find(b"\n", at)
    return len(data) if found < 0 else found


def _read_line(data: bytes, at: int, escape: bytes) -> Line:
    flat, shell = bytearray(), bytearray()
    begin, going = at, True
    while going and at < len(data):
        end = _line_end(data, at)
        raw = data[at:end]
        bare = raw.strip()
        if at != begin and (not bare or bare.startswith(b"#")):
            blank = b" " * (min(end + 1, len(data)) - at)
            flat += blank
            shell += blank
            at = end + 1
            continue
        # Twice it stands for itself, at the end of a line, too.
        going = bare.endswith(escape) and not bare.endswith(escape * 2)
        newline = data[end : end + 1]
        if not going:
            flat += raw
            shell += raw
            at = end
            break
        kept = raw.rstrip()[: -len(escape)]
        gap = len(raw) - len(kept)
        flat += kept + b" " * (gap + len(newline))
        shell += kept + b" " * (gap - 1) + b"\\" + newline
        at = end + 1
    stop = min(at, len(data))
    return _finish(data, begin, stop, bytes(flat), bytes(shell))


def _finish(data: bytes, begin: int, stop: int, flat: bytes, shell: bytes) -> Line:
    match = _KEYWORD.match(flat)
    keyword = match[1].decode().upper() if match else ""
    start = begin + (match.start(1) if match else 0)
    skip = match.end() if match else 0
    flat, shell = flat[skip:].rstrip(), shell[skip:]
    bodies: tuple[Body, ...] = ()
    rest = stop
    if keyword in _WITH_HEREDOCS or keyword == "ONBUILD":
        bodies = tuple(_read_bodies(data, flat, stop))
        stop = _line_end(data, bodies[-1].stop) if bodies else stop
    value = begin + skip
    stop -= data[stop - 1 : stop] == b"\r"
    return Line(keyword, start, stop, value, rest, flat, shell[: rest - value], bodies)


def _read_bodies(data: bytes, flat: bytes, stop: int) -> Iterator[Body]:
    at = min(_line_end(data, stop) + 1, len(data))
    for word in _SHELL_WORD.finditer(flat):
        match = _HEREDOC.match(word[0])
        if match is None:
            continue
        name = match[3] or match[4]
        end = _find_end(data, at, name, strip=bool(match[1]))
        if end is None:
            return  # it never ends, so nothing was meant: no build would read it
        yield Body(name.decode(), at, end, bool(match[2]))
        at = min(_line_end(data, end) + 1, len(data))


def _find_end(data: bytes, at: int, name: bytes, *, strip: bool) -> int | None:
    """Find the line that ends a heredoc; `None` if there is none."""
    while at < len(data):
        end = _line_end(data, at)
        word = data[at:end].rstrip(b"\r")
        if (word.lstrip(b"\t") if strip else word) == name:
            return at
        at = end + 1
    return None


def unquote(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """Leave out the quotes of a word, as BuildKit does."""
    word = data[start:stop]
    is_quoted = len(word) > 1 and word[:1] == word[-1:] == b'"'
    return (start + 1, stop - 1) if is_quoted else (start, stop)
