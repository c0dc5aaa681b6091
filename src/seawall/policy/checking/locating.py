"""Where bytes are: the lines and columns of findings, by the files' own contents."""

from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator

import msgspec

from seawall.policy.finding import Finding, Place

_KEPT = 64


class Locator:
    """Lines and columns of places.

    Args:
        read: Gives the bytes of a file, if it is still there.
    """

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._lines: dict[str, _Lines | None] = {}

    def locate(self, place: Place) -> Place:
        """Fill in the line and the column of a place."""
        if place.path not in self._lines:
            while len(self._lines) >= _KEPT:
                del self._lines[next(iter(self._lines))]
            data = self._read(place.path)
            self._lines[place.path] = None if data is None else _Lines(data)
        lines = self._lines[place.path]
        return place if lines is None else lines.place(place)


def locate(
    findings: Iterable[Finding], read: Callable[[str], bytes | None]
) -> Iterator[Finding]:
    """Give findings their lines and columns.

    Args:
        findings: What was found.
        read: Gives the bytes of a file, if it is still there.
    """
    locator = Locator(read)
    for finding in findings:
        yield msgspec.structs.replace(
            finding,
            place=locator.locate(finding.place),
            related=tuple(locator.locate(one) for one in finding.related),
        )


class _Lines:
    """The lines of a file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._is_plain = data.isascii()
        self._last = (0, 1)
        # No editor counts the byte order mark.
        self._starts = [len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0]
        at = data.find(b"\n") + 1
        while at:
            self._starts.append(at)
            at = data.find(b"\n", at) + 1

    def place(self, place: Place) -> Place:
        """Fill in where a place is."""
        line, column = self._find(place.start)
        end_line, end_column = self._find(place.stop)
        return msgspec.structs.replace(
            place, line=line, column=column, end_line=end_line, end_column=end_column
        )

    def _find(self, offset: int) -> tuple[int, int]:
        number = max(1, bisect_right(self._starts, offset))
        start = self._starts[number - 1]
        if self._is_plain:
            return number, offset - start + 1
        # Findings come in order, perhaps thousands on one line: none is counted anew.
        known, column = self._last
        if not start <= known <= offset:
            known, column = start, 1
        column += len(self._data[known:offset].decode(errors="replace"))
        self._last = (offset, column)
        return number, column
