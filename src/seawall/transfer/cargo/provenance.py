"""Who gave which bytes of a content."""

from bisect import bisect_right
from collections.abc import Iterator

from seawall.kit.ranges import Span


class Provenance:
    """The giver of each span, by its place among the sources; the last one counts.

    >>> known = Provenance()
    >>> known.note(Span(0, 10), 0)
    >>> known.note(Span(4, 6), 1)
    >>> known.spans_of(0), known.givers()
    ([Span(start=0, stop=4), Span(start=6, stop=10)], {0: 8, 1: 2})
    """

    def __init__(self) -> None:
        self._spans: list[tuple[int, int, int]] = []

    def note(self, span: Span, place: int) -> None:
        """These bytes came from this source."""
        if not span:
            return
        spans = self._spans
        # Nearly always the next bytes of the source that gave the last ones.
        if spans and spans[-1][1:] == (span.start, place):
            spans[-1] = (spans[-1][0], span.stop, place)
            return
        low = bisect_right(spans, span.start, key=lambda one: one[1])
        high = low
        kept: list[tuple[int, int, int]] = []
        while high < len(spans) and spans[high][0] < span.stop:
            start, stop, giver = spans[high]
            if start < span.start:
                kept.append((start, span.start, giver))
            if stop > span.stop:
                kept.append((span.stop, stop, giver))
            high += 1
        spans[low:high] = sorted([*kept, (span.start, span.stop, place)])

    def spans_of(self, place: int) -> list[Span]:
        """List what a source gave, in order."""
        return [Span(start, stop) for start, stop, one in self._spans if one == place]

    def run_stop(self, offset: int) -> int:
        """Tell up to where the bytes from here on come from one source.

        >>> known = Provenance()
        >>> known.note(Span(0, 10), 0)
        >>> known.note(Span(10, 20), 0)
        >>> known.note(Span(20, 30), 1)
        >>> known.run_stop(5), known.run_stop(25), known.run_stop(30)
        (20, 30, 30)
        """
        giver = None
        for start, stop, one in tuple(self._spans):
            if stop <= offset:
                continue
            if start > offset or giver not in (None, one):
                break
            giver, offset = one, stop
        return offset

    def givers(self) -> dict[int, int]:
        """Tell how many bytes each source gave."""
        counts: dict[int, int] = {}
        for start, stop, place in self._spans:
            counts[place] = counts.get(place, 0) + stop - start
        return counts

    def unknown(self, size: int) -> list[Span]:
        """List what no source gave: what an earlier run left, of so many bytes."""
        return list(self._find_unknown(size))

    def _find_unknown(self, size: int) -> Iterator[Span]:
        at = 0
        for start, stop, _ in self._spans:
            if start > at:
                yield Span(at, start)
            at = stop
        if at < size:
            yield Span(at, size)

    def clear(self) -> None:
        """Forget all."""
        self._spans.clear()
