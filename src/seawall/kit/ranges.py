"""Byte ranges: HTTP's grammar for them, and sets of those that are present."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from seawall.errors import InputError, RangeNotSatisfiableError
from seawall.kit import redact

# 18 digits stay below 2**63, which is what file offsets can hold.
_RANGE = re.compile(
    r"bytes[ \t]*=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE
)
_CONTENT_RANGE = re.compile(
    r"bytes[ \t]+(?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Span:
    """The offsets from `start` up to, not including, `stop`.

    >>> len(Span(2, 5)), 4 in Span(2, 5), 5 in Span(2, 5)
    (3, True, False)
    """

    start: int
    stop: int

    def __post_init__(self) -> None:
        """Refuse what no file has; an empty span is fine."""
        if not 0 <= self.start <= self.stop:
            raise InputError(f"no span of bytes: {self.start} to {self.stop}")

    def __len__(self) -> int:
        """Count the bytes."""
        return self.stop - self.start

    def __contains__(self, offset: int) -> bool:
        """Whether the byte at this offset is part of it."""
        return self.start <= offset < self.stop

    def overlaps(self, other: "Span") -> bool:
        """Whether some byte is part of both."""
        return max(self.start, other.start) < min(self.stop, other.stop)


@dataclass(frozen=True, slots=True)
class RangeSpec:
    """What a `Range` header asks for, before the size is known.

    Attributes:
        first: Offset of the first byte, or None for the last `last` bytes.
        last: Offset of the last byte, inclusive; None for all that follow.
    """

    first: int | None
    last: int | None

    def resolve(self, size: int) -> Span:
        """Say which bytes of a content of this size are meant.

        Raises:
            RangeNotSatisfiableError: Not one of them exists.

        >>> RangeSpec(None, 10).resolve(100)
        Span(start=90, stop=100)
        """
        if self.first is None:
            wanted = min(self.last or 0, size)
            span = Span(size - wanted, size)
        elif self.last is None:
            span = Span(min(self.first, size), size)
        else:
            start = min(self.first, size)
            span = Span(start, max(start, min(self.last + 1, size)))
        if not span:
            raise RangeNotSatisfiableError(
                f"the range asked for lies outside the {size} bytes there are",
                size=size,
            )
        return span


def parse_range(text: str) -> RangeSpec | None:
    """Read a `Range` header, or None if it is to be ignored.

    RFC 9110, 14.2: a server may ignore the header. It does so for other units, bad
    syntax and several ranges at once, and then answers with the whole content.

    >>> parse_range("bytes=5-")
    RangeSpec(first=5, last=None)
    >>> parse_range("bytes=0-1,4-5") is None
    True
    """
    match = _RANGE.fullmatch(text)
    if match is None or match.group(1, 2) == ("", ""):
        return None
    first, last = (int(figure) if figure else None for figure in match.group(1, 2))
    if first is not None and last is not None and last < first:
        return None
    return RangeSpec(first, last)


@dataclass(frozen=True, slots=True)
class ContentRange:
    """What a reply says it holds; None for what it leaves open.

    >>> str(ContentRange(Span(0, 5), 10)), str(ContentRange(None, 10))
    ('bytes 0-4/10', 'bytes */10')
    """

    span: Span | None
    total: int | None

    def __str__(self) -> str:
        """Write it as the header does."""
        span = f"{self.span.start}-{self.span.stop - 1}" if self.span else "*"
        return f"bytes {span}/{'*' if self.total is None else self.total}"


def parse_content_range(text: str) -> ContentRange:
    """Read a `Content-Range` header.

    Raises:
        InputError: It is not one, or contradicts itself.
    """
    match = _CONTENT_RANGE.fullmatch(text.strip(" \t"))
    if match is None:
        raise InputError(f"not a Content-Range of bytes: {redact.show_input(text)}")
    first, last, size = match.groups()
    total = None if size == "*" else int(size)
    if first is None:
        return ContentRange(None, total)
    start, stop = int(first), int(last) + 1
    if stop <= start or (total is not None and stop > total):
        raise InputError(f"a Content-Range that cannot be: {redact.show_input(text)}")
    return ContentRange(Span(start, stop), total)


class Extents:
    """Which bytes are present: disjoint spans in order, neighbours joined.

    >>> present = Extents([Span(0, 4), Span(8, 9)])
    >>> present.add(Span(4, 6))
    >>> present.spans()
    (Span(start=0, stop=6), Span(start=8, stop=9))
    """

    __slots__ = ("_starts", "_stops")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []
        for span in spans:
            self.add(span)

    def add(self, span: Span) -> None:
        """Count these bytes as present too."""
        if not span:
            return
        # All runs that touch the span, from the first that ends at or after its start
        # to the last that starts at or before its stop, become one run with it.
        low = bisect_left(self._stops, span.start)
        high = bisect_right(self._starts, span.stop)
        start, stop = span.start, span.stop
        if low < high:
            start = min(start, self._starts[low])
            stop = max(stop, self._stops[high - 1])
        self._starts[low:high] = [start]
        self._stops[low:high] = [stop]

    def remove_from(self, offset: int) -> None:
        """Forget everything at this offset and after it."""
        keep = bisect_left(self._starts, offset)
        del self._starts[keep:]
        del self._stops[keep:]
        if keep:
            self._stops[-1] = min(self._stops[-1], offset)

    def stop_from(self, offset: int) -> int:
        """Where the run holding this offset ends; the offset itself if absent."""
        index = bisect_right(self._starts, offset) - 1
        return max(offset, self._stops[index]) if index >= 0 else offset

    def first_gap(self, start: int, stop: int) -> Span | None:
        """Find the first run of absent bytes between the two, if there is one."""
        gap = self.stop_from(start)
        if gap >= stop:
            return None
        following = bisect_right(self._starts, gap)
        if following < len(self._starts):
            stop = min(stop, self._starts[following])
        return Span(gap, stop)

    def gaps(self, stop: int) -> list[Span]:
        """List the runs of absent bytes before `stop`, in order.

        >>> Extents([Span(0, 4), Span(8, 9)]).gaps(12)
        [Span(start=4, stop=8), Span(start=9, stop=12)]
        """
        found, start = [], 0
        while gap := self.first_gap(start, stop):
            found.append(gap)
            start = gap.stop
        return found

    def total(self) -> int:
        """Count the bytes present."""
        return sum(self._stops) - sum(self._starts)

    def spans(self) -> tuple[Span, ...]:
        """List the runs in order."""
        return tuple(map(Span, self._starts, self._stops))

    def __repr__(self) -> str:
        """Show the runs."""
        return f"Extents({list(self.spans())!r})"
