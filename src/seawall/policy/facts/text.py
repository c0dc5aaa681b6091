"""A fact about one file, and the texts in it that know their bytes' place."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Self

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a reader found in a file; rules are called with one of a kind.

    Facts travel between processes: they hold plain values and other facts only.

    Attributes:
        path: The file, relative to the root of the check, with `/` between parts.
        start: Where in the file's bytes it begins.
        stop: Where it ends; the byte at `stop` is no part of it.
    """

    path: str
    start: int
    stop: int

    def parts(self) -> Iterator["Fact"]:
        """Yield the facts that stand within this one, such as a pod's images.

        A reader yields only the outermost facts: the repository unfolds them, so
        that rules are called with the inner ones, too, and can ask whose they are.
        """
        return iter(())


class Style(StrEnum):
    """How a text is written in its file."""

    PLAIN = "plain"
    SINGLE = "single quotes"
    DOUBLE = "double quotes"
    BLOCK = "block"
    MADE = "made of other texts"


class Text(msgspec.Struct, frozen=True):
    """A text of a file with its place: what stands between its quotes, if it has any.

    Attributes:
        value: The text itself, with escapes resolved.
        start: Offset in bytes at which it begins, after an opening quote.
        stop: Offset in bytes at which it ends, before a closing quote.
        style: How it is written.
        exact: Whether the bytes between `start` and `stop` are exactly this value in
            UTF-8, so that a fix may replace them or a part of them.
    """

    value: str
    start: int
    stop: int
    style: Style = Style.PLAIN
    exact: bool = True

    def cut(self, begin: int, end: int) -> Self:
        """Take a part, by indexes into `value`; of an inexact text, the whole place.

        >>> Text("quay.io/x", 100, 109).cut(8, 9)
        Text(value='x', start=108, stop=109, style=<Style.PLAIN: 'plain'>, exact=True)
        """
        value = self.value[begin:end]
        if not self.exact:
            return type(self)(value, self.start, self.stop, Style.MADE, exact=False)
        start = self.start + len(self.value[:begin].encode())
        stop = start + len(value.encode())
        return type(self)(value, start, stop, self.style)


class Insertion(msgspec.Struct, frozen=True):
    """A place at which whole lines may be put into a file.

    Attributes:
        at: Offset in bytes: the first byte of a line, or the end of the file.
        indent: Spaces before each of the lines.
        newline: What ends a line in this file.
        lead: What must come before the first line: a newline, where the file's last
            line has none.
        tabs: Tabs before these spaces, which a shell takes away behind `<<-`.
    """

    at: int
    indent: int
    newline: str = "\n"
    lead: str = ""
    tabs: int = 0

    def lines(self, *lines: str) -> bytes:
        r"""Write lines as they have to be put in.

        >>> Insertion(0, 2).lines("a:", "  - b")
        b'  a:\n    - b\n'
        """
        before = "\t" * self.tabs + " " * self.indent
        body = "".join(f"{before}{line}{self.newline}" for line in lines)
        if self.lead:  # the last line stays without its newline, as it was
            body = self.lead + body.removesuffix(self.newline)
        return body.encode()
