"""A file as its readers get it: bytes, text, lines, and YAML that is parsed once."""

import codecs
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from seawall.errors import InputError
from seawall.policy.facts.text import Insertion, Style, Text
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions
from seawall.policy.reading import yamlevents
from seawall.policy.reading.yamlmarks import Node

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Source:
    """The bytes of one file, and what is made of them for all of its readers.

    Args:
        path: The file, relative to the root of the check.
        data: All of its bytes.
        limits: Bounds on what is made of them.
    """

    def __init__(
        self, path: str, data: bytes, limits: LimitOptions | None = None
    ) -> None:
        self.path = path
        self.data = data
        self.limits = limits or LimitOptions()
        self.troubles: list[Trouble] = []
        mark, self.encoding = next(
            ((m, name) for m, name in _MARKS if data.startswith(m)), (b"", "utf-8")
        )
        self._lead = len(mark)

    @cached_property
    def text(self) -> str:
        """All of it as text, without a byte order mark.

        Raises:
            InputError: It is not text.
        """
        try:
            return self.data[self._lead :].decode(self.encoding)
        except UnicodeDecodeError as exc:
            raise InputError(f"not {self.encoding} at byte {exc.start}") from exc

    @property
    def plain(self) -> bytes:
        """Its bytes in UTF-8 without a byte order mark, for a look at what it is."""
        if not self._lead:
            return self.data
        try:
            return self.text.encode()
        except InputError:
            return self.data

    @property
    def is_exact(self) -> bool:
        """Whether texts of this file can be edited: they are in UTF-8."""
        return self.encoding == "utf-8"

    def byte_at(self, index: int) -> int:
        """Say at which byte a character of `text` begins; its length: the end."""
        return self.offsets[index]

    @cached_property
    def offsets(self) -> Sequence[int]:
        """At which byte each character of `text` begins, and where it ends."""
        text = self.text
        if self.encoding == "utf-8" and text.isascii():
            return range(self._lead, self._lead + len(text) + 1)
        if self.encoding == "utf-8":
            widths = (1 if c < "\x80" else len(c.encode()) for c in text)
        else:
            widths = (2 if c <= "\uffff" else 4 for c in text)
        return [*accumulate(widths, initial=self._lead)]

    @cached_property
    def newline(self) -> str:
        """What ends its lines, by the first of them."""
        at = self.data.find(b"\n")
        return "\r\n" if at > 0 and self.data[at - 1 : at] == b"\r" else "\n"

    @cached_property
    def line_starts(self) -> list[int]:
        """The bytes at which lines begin."""
        starts, at = [self._lead], self.data.find(b"\n") + 1
        while at:
            starts.append(at)
            at = self.data.find(b"\n", at) + 1
        return starts

    def line_start(self, offset: int) -> int:
        """The first byte of the line that a byte is on."""
        return self.line_starts[max(0, bisect_right(self.line_starts, offset) - 1)]

    def before_line(self, offset: int, indent: int | None = None) -> Insertion:
        """Make room for lines before the one that a byte is on.

        Args:
            offset: Any byte of that line.
            indent: Spaces before what is put in; by default as that line has them.
        """
        start = self.line_start(offset)
        if indent is None:
            rest = self.data[start:offset]
            indent = len(rest) - len(rest.lstrip(b" "))
        return Insertion(start, indent, self.newline)

    def after_line(self, offset: int, indent: int) -> Insertion:
        """Make room for lines behind the one that a byte is on."""
        end = self.data.find(b"\n", offset) + 1
        if end:
            return Insertion(end, indent, self.newline)
        return Insertion(len(self.data), indent, self.newline, lead=self.newline)

    def make_text(
        self,
        value: str,
        start: int,
        stop: int,
        *,
        style: Style = Style.PLAIN,
        exact: bool | None = None,
    ) -> Text:
        """Make a text of bytes; exact if they are the value, unless told otherwise."""
        if exact is None:
            exact = self.data[start:stop] == value.encode()
        return Text(value, start, stop, style, exact and self.is_exact)

    @cached_property
    def documents(self) -> tuple[Node, ...]:
        """The roots of its YAML documents; a broken one is a trouble, others are read.

        Raises:
            InputError: It is not text.
        """
        found = yamlevents.read_documents(
            self.text, self.offsets, self.limits, editable=self.is_exact
        )
        for error in found.errors:
            obstacle = Obstacle.BOUNDED if error.is_bound else Obstacle.BROKEN
            self.troubles.append(
                Trouble(
                    path=self.path,
                    start=error.at,
                    stop=error.at,
                    obstacle=obstacle,
                    message=error.message,
                )
            )
        return found.roots
