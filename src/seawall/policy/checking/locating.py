"""Where bytes are: the lines and columns of findings, by the files' own contents."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from seawall.policy.finding import Finding, Place


class Contents:
    """The bytes of the files below a folder.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.read = lru_cache(maxsize=64)(self._read)

    def _read(self, path: str) -> bytes | None:
        """Read a file; `None` if it is gone."""
        try:
            return (self._root / path).read_bytes()
        except OSError:
            return None


def locate(
    findings: Iterable[Finding], read: Callable[[str], bytes | None]
) -> Iterator[Finding]:
    """Give findings their lines and columns.

    Args:
        findings: What was found.
        read: Gives the bytes of a file, if it is still there.
    """
    lines = lru_cache(maxsize=64)(_Lines)
    for finding in findings:
        data = read(finding.place.path)
        if data is None:
            yield finding
            continue
        known = lines(data)
        yield msgspec.structs.replace(
            finding,
            place=known.place(finding.place),
            related=tuple(
                _Lines(other).place(one)
                if (other := read(one.path)) is not None
                else one
                for one in finding.related
            ),
        )


class _Lines:
    """The lines of a file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts = [0]
        at = data.find(b"\n") + 1
        while at:
            self._starts.append(at)
            at = data.find(b"\n", at) + 1

    def place(self, place: Place) -> Place:
        """Fill in the line and column of a place."""
        line, column = self._locate(place.start)
        end_line, end_column = self._locate(place.stop)
        return msgspec.structs.replace(
            place, line=line, column=column, end_line=end_line, end_column=end_column
        )

    def _locate(self, offset: int) -> tuple[int, int]:
        number = bisect_right(self._starts, offset)
        before = self._data[self._starts[number - 1] : offset]
        return number, len(before.decode(errors="replace")) + 1
