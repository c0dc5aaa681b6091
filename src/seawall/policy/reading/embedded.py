"""A text within a file, such as a script in YAML, whose bytes know where they stand."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from seawall.policy.facts.text import Style, Text
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Scalar


@dataclass(frozen=True, slots=True)
class Embedded:
    """Bytes of another language, taken out of a file.

    Attributes:
        source: The file.
        data: The text in UTF-8, without what the file's own format adds to it.
        starts: Offsets in `data` at which its pieces begin, in order.
        places: Where each of these pieces stands in the file.
        exact: Whether each piece is, byte by byte, what stands in the file; if not,
            all of it stands at `places[0]`, and ends at `stop`.
        stop: Where the text ends in the file.
    """

    source: Source
    data: bytes
    starts: tuple[int, ...]
    places: tuple[int, ...]
    exact: bool
    stop: int

    def place(self, offset: int) -> int:
        """Say where a byte stands in the file."""
        if not self.exact:
            return self.places[0]
        at = max(0, bisect_right(self.starts, offset) - 1)
        return self.places[at] + offset - self.starts[at]

    def within(self, start: int, stop: int) -> "Embedded":
        """Take out a part of it, by its own offsets: a script that stands in a word."""
        places = [
            (at - start, place)
            for at, place in zip(self.starts, self.places, strict=True)
            if start < at < stop
        ]
        places.insert(0, (0, self.place(start)))
        end = self.place(stop - 1) + 1 if self.exact and stop > start else self.stop
        return Embedded(
            self.source,
            self.data[start:stop],
            tuple(at for at, _ in places),
            tuple(place for _, place in places),
            self.exact,
            end,
        )

    def text(self, start: int, stop: int, value: str | None = None) -> Text:
        """Make a text of some bytes.

        Args:
            start: The first byte.
            stop: The byte behind the last one.
            value: What it says, if that is not just its bytes.
        """
        said = self.data[start:stop].decode(errors="replace")
        if not self.exact:
            return Text(value or said, self.places[0], self.stop, Style.MADE, False)  # noqa: FBT003
        first = self.place(start)
        last = self.place(stop - 1) + 1 if stop > start else first
        return self.source.make_text(said if value is None else value, first, last)


def embed_range(source: Source, start: int, stop: int) -> Embedded:
    """Take out bytes that stand in a file as they are."""
    data = source.data[start:stop]
    return Embedded(source, data, (0,), (start,), source.is_exact, stop)


def embed_pieces(source: Source, ranges: Iterable[tuple[int, int]]) -> Embedded:
    """Join ranges of a file that belong together, such as a text's own lines."""
    starts, places, data, stop = [], [], bytearray(), 0
    for begin, end in ranges:
        starts.append(len(data))
        places.append(begin)
        data += source.data[begin:end]
        stop = end
    known = (tuple(starts) or (0,), tuple(places) or (0,))
    return Embedded(source, bytes(data), *known, source.is_exact, stop)


def embed_scalar(source: Source, scalar: Scalar) -> Embedded:
    """Take the text out of a YAML value: of a block, its lines without indentation."""
    text = scalar.text
    if text.exact:
        return embed_range(source, text.start, text.stop)
    if text.style is Style.BLOCK:
        found = _match_lines(source, scalar)
        if found is not None:
            return found
    data = text.value.encode()
    return Embedded(source, data, (0,), (scalar.start,), False, scalar.stop)  # noqa: FBT003


def _match_lines(source: Source, scalar: Scalar) -> Embedded | None:
    """Find each line of a literal block in the file; `None` if they do not match."""
    if not source.is_exact:
        return None
    header = source.data.find(b"\n", scalar.start)
    at = header + 1
    ranges = []
    lines = scalar.text.value.encode().split(b"\n")
    for number, line in enumerate(lines):
        if number == len(lines) - 1 and not line:
            break
        end = source.data.find(b"\n", at)
        end = len(source.data) if end < 0 else end
        raw = source.data[at:end].removesuffix(b"\r")
        if not raw.endswith(line) or raw[: len(raw) - len(line)].strip(b" "):
            return None
        ranges.append((at + len(raw) - len(line), min(end + 1, len(source.data))))
        at = end + 1
    return embed_pieces(source, ranges)
