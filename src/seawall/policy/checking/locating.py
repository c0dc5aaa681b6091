"""Where bytes are: the lines and columns of findings, by the files' own contents."""

from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator

import msgspec

from seawall.kit.recent import Recent
from seawall.policy.finding import Finding, Place

_KEPT_BYTES = 32 * 1024 * 1024


class Locator:
    """Lines and columns of places.

    Args:
        read: Gives the bytes of a file, if it is still there.
    """

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._lines = Recent[str, tuple[_Lines | None]](_KEPT_BYTES)

    def locate(self, place: Place) -> Place:
        """Fill in the line and the column of a place."""
        known = self._lines.get(place.path)
        if known is None:
            data = self._read(place.path)
            known = (None if data is None else _Lines(data),)
            self._lines.put(place.path, known, 1 + len(data or b""))
        (lines,) = known
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
