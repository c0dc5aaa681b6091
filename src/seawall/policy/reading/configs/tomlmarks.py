"""TOML with marks: `tomllib` says what it means, and this one where that stands."""

import re
import tomllib
from typing import Any

from seawall.errors import InputError
from seawall.policy.facts.configs import Value
from seawall.policy.facts.text import Style, Text
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.reading.configs.treevalues import Branch, Leaf, Twig, freeze, place
from seawall.policy.reading.source import Source

_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\[\s\S]|"{1,2}(?!")|[^"\\])*"{3,5}'
    r"|'''(?:'{1,2}(?!')|[^'])*'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_WORD = re.compile(r"\d{4}-\d\d-\d\d \d[^\s,\]}#]*|[^\s,\]}#]+")
_DOTS = 2000
"""A key of a hundred thousand parts takes `tomllib` minutes."""

_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


class _LostError(Exception):
    """The finder does not understand what `tomllib` does."""


def read_toml(source: Source) -> Value | None:
    """Read a file of TOML; `None`, and a trouble with its place, if it is none.

    Where places cannot be found, or do not say what `tomllib` says, every text gets the
    whole file as its place, and none of them is exact.

    Raises:
        InputError: It is not text, or nested too deeply.
    """
    text = source.text
    if any(line.count(".") > _DOTS for line in text.split("\n")):
        raise InputError(f"a line with more than {_DOTS} dots")
    try:
        truth = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        source.troubles.append(_tell(source, str(exc)))
        return None
    try:
        found = _Finder(source, text).read()
        if found.plain() == place(truth, 0, 0).plain():
            return freeze(found, source.limits)
    except _LostError:
        pass
    return freeze(place(truth, 0, len(source.data)), source.limits)


def _tell(source: Source, message: str) -> Trouble:
    """Tell what is wrong, at the line that the message names, if it names one."""
    at = len(source.data)
    match = _AT.search(message)
    if match:
        starts = source.line_starts
        at = min(starts[min(int(match[1]), len(starts)) - 1], at)
    return Trouble(
        path=source.path,
        start=at,
        stop=at,
        obstacle=Obstacle.BROKEN,
        message=f"not TOML: {message}",
    )


class _Finder:
    """Walks through a text that is known to be TOML."""

    def __init__(self, source: Source, text: str) -> None:
        self._source = source
        self._text = text
        self._at = 0

    def read(self) -> Branch:
        """Find all values.

        Raises:
            _LostError: Something is not as it was expected.
        """
        root = table = Branch(self._source.byte_at(0))
        while True:
            self._skip(_GAP)
            if self._at >= len(self._text):
                return root
            if self._text[self._at] == "[":
                table = self._header(root)
            else:
                self._pair(table, 0)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _take(self, pattern: re.Pattern[str]) -> tuple[int, int]:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _LostError
        self._at = match.end()
        return match.span()

    def _expect(self, word: str) -> None:
        if not self._text.startswith(word, self._at):
            raise _LostError
        self._at += len(word)

    def _keys(self) -> list[Text]:
        keys = []
        while True:
            self._skip(_BLANK)
            quoted = self._text[self._at : self._at + 1] in ('"', "'")
            keys.append(self._string() if quoted else self._bare())
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _bare(self) -> Text:
        return self._make(*self._take(_BARE), Style.PLAIN)

    def _make(
        self, begin: int, end: int, style: Style, value: str | None = None
    ) -> Text:
        said = self._text[begin:end] if value is None else value
        at = self._source.byte_at
        return self._source.make_text(said, at(begin), at(end), style=style)

    def _header(self, root: Branch) -> Branch:
        start = self._at
        double = self._text.startswith("[[", start)
        self._at += 2 if double else 1
        keys = self._keys()
        self._expect("]]" if double else "]")
        first, last = self._source.byte_at(start), self._source.byte_at(self._at)
        table = root
        for key in keys[:-1]:
            table = self._below(table, key, first)
        if not double:
            table = self._below(table, keys[-1], first)
        else:
            many = table.get(keys[-1].value)
            if many is None:
                many = table.add(keys[-1], Twig(first))
            if not isinstance(many, Twig):
                raise _LostError
            table = Branch(first)
            many.items.append(table)
        table.stop = max(table.stop, last)
        return table

    def _below(self, table: Branch, key: Text, start: int) -> Branch:
        found = table.get(key.value)
        if found is None:
            found = table.add(key, Branch(start))
        if isinstance(found, Twig) and found.items:
            found = found.items[-1]
        if not isinstance(found, Branch):
            raise _LostError
        return found

    def _pair(self, table: Branch, depth: int) -> None:
        keys = self._keys()
        self._expect("=")
        self._skip(_BLANK)
        for key in keys[:-1]:
            table = self._below(table, key, key.start)
        table.add(keys[-1], self._value(depth))

    def _value(self, depth: int) -> Branch | Twig | Leaf:
        if depth > self._source.limits.depth:
            raise InputError(f"nested more than {self._source.limits.depth} deep")
        begin = self._at
        mark = self._text[begin : begin + 1]
        start = self._source.byte_at(begin)
        if mark == "[":
            return self._list(Twig(start), depth)
        if mark == "{":
            return self._inline(Branch(start), depth)
        if mark in ('"', "'"):
            text = self._string()
            return Leaf(start, self._source.byte_at(self._at), text, text.value)
        span = self._take(_WORD)
        text = self._make(*span, Style.PLAIN)
        return Leaf(text.start, text.stop, text, _mean(text.value))

    def _string(self) -> Text:
        begin, end = self._take(_STRING)
        raw = self._text[begin:end]
        width = 3 if raw[:3] in ('"""', "'''") else 1
        style = Style.DOUBLE if raw[0] == '"' else Style.SINGLE
        inner = raw[width:-width]
        plain = width == 1 and "\\" not in inner
        value = inner if plain or (style is Style.SINGLE and width == 1) else _mean(raw)
        return self._make(begin + width, end - width, style, str(value))

    def _list(self, many: Twig, depth: int) -> Twig:
        self._expect("[")
        while True:
            self._skip(_GAP)
            if self._text.startswith("]", self._at):
                self._at += 1
                many.stop = self._source.byte_at(self._at)
                return many
            many.items.append(self._value(depth + 1))
            self._skip(_GAP)
            if self._text.startswith(",", self._at):
                self._at += 1

    def _inline(self, table: Branch, depth: int) -> Branch:
        self._expect("{")
        while True:
            self._skip(_GAP)
            if self._text.startswith("}", self._at):
                self._at += 1
                table.stop = self._source.byte_at(self._at)
                return table
            self._pair(table, depth + 1)
            self._skip(_GAP)
            if self._text.startswith(",", self._at):
                self._at += 1


def _mean(raw: str) -> Any:
    """Say what one value means, by `tomllib` itself."""
    try:
        return tomllib.loads(f"x = {raw}")["x"]
    except tomllib.TOMLDecodeError as exc:
        raise _LostError from exc
