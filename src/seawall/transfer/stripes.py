"""Whether more connections make a large content come faster, and who brings what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seawall.kit.ranges import Span

_ALIGN = 1024 * 1024
_SILENT = 1e-6  # bytes a second


@dataclass(frozen=True, slots=True)
class StripeOptions:
    """When a content is carried over several connections, and in which pieces.

    Attributes:
        legs: Connections to one source at most; 1 turns it off.
        most_legs: Connections for one content, to all of its sources.
        least_bytes: Smaller contents are never split, nor what is left of larger ones.
        least_s: Nor is what one connection brings in so many seconds.
        piece_bytes: No piece is made smaller, except where one is taken over.
        largest_bytes: Nor larger,
        window_bytes: nor all pieces together, so that the beginning of what is here
            grows, and is hashed meanwhile.
        epoch_s: How long is measured before more connections are opened.
        growth: How much faster all of it has to become for that.
        misses: Epochs in a row without such growth end it: one may be a hiccup.
    """

    legs: int = 4
    most_legs: int = 16
    least_bytes: int = 32 * 1024 * 1024
    least_s: float = 4.0
    piece_bytes: int = 4 * 1024 * 1024
    largest_bytes: int = 32 * 1024 * 1024
    window_bytes: int = 128 * 1024 * 1024
    epoch_s: float = 0.15
    growth: float = 1.1
    misses: int = 3


class Stripes:
    """Decides from what arrived: plain at first, then more while the total grows.

    Attributes:
        legs: How many connections there should be to each source, by its place.
    """

    def __init__(self, options: StripeOptions) -> None:
        self._options = options
        self.legs: dict[int, int] = {}
        self._growing: int | None = None
        self._before = 0
        self._exhausted: set[int] = set()
        self._last: tuple[float, int] | None = None
        self._rate_before = 0.0
        self._misses = 0

    def begin(self, place: int) -> None:
        """Start anew, with one connection to this source."""
        self.legs = {place: 1}
        self._growing = None
        self._exhausted = set()
        self._last = None
        self._rate_before = 0.0
        self._misses = 0

    def skip(self) -> None:
        """Measure nothing yet: a connection that was opened brings no bytes so far."""
        self._last = None

    def limit(self, place: int, count: int) -> None:
        """Open no more than so many connections to this source from now on."""
        self.legs[place] = min(self.legs.get(place, 0), count)
        self._exhausted.add(place)

    def decide(
        self, now: float, arrived: int, left_bytes: int, others: Sequence[int] = ()
    ) -> None:
        """Settle how many connections there should be; call it once in an epoch.

        Args:
            now: Seconds that never run backwards.
            arrived: Bytes that are here.
            left_bytes: Bytes that are not.
            others: Places of further sources that may help, best first.
        """
        last, self._last = self._last, (now, arrived)
        if last is None or now <= last[0]:
            return
        rate = (arrived - last[1]) / (now - last[0])
        options = self._options
        enough = left_bytes >= options.least_bytes
        if rate and enough and left_bytes / rate >= options.least_s:
            self._grow(rate, others)

    def _grow(self, rate: float, others: Sequence[int]) -> None:
        options, growing = self._options, self._growing
        if growing is not None and rate < self._rate_before * options.growth:
            self._misses += 1
            if self._misses < options.misses:
                return
            # No gain: given up again, so that each connection shows its source's speed.
            self.legs[growing] = self._before
            self._exhausted.add(growing)
        self._rate_before, self._misses = rate, 0
        self._growing = self._choose_growing(others)
        if self._growing is not None:
            count = self._before = self.legs.get(self._growing, 0)
            more = min(max(count, 1), options.legs - count, self._spare())
            self.legs[self._growing] = count + more

    def _choose_growing(self, others: Sequence[int]) -> int | None:
        """Choose whom to ask for more: a source that was not asked yet, if possible."""
        if not self._spare():
            return None
        fresh = [place for place in others if place not in self.legs]
        known = [p for p in (self._growing, *self.legs) if p not in self._exhausted]
        open_ = [
            p for p in known if p is not None and self.legs[p] < self._options.legs
        ]
        return next(iter([*fresh, *open_]), None)

    def _spare(self) -> int:
        return self._options.most_legs - sum(self.legs.values())


@dataclass(frozen=True, slots=True)
class Way:
    """What one connection still has ahead of it, and how fast it is."""

    span: Span
    bytes_per_s: float

    @property
    def left_s(self) -> float:
        """How long it will take; for ever, nearly, if it is silent."""
        return len(self.span) / max(self.bytes_per_s, _SILENT)


def cut_ways(ways: Iterable[Way]) -> list[Way]:
    """End each way where the next one begins, whose source may not have answered yet.

    >>> [way.span for way in cut_ways([Way(Span(0, 40), 1), Way(Span(25, 40), 1)])]
    [Span(start=0, stop=25), Span(start=25, stop=40)]
    """
    ways = sorted(ways, key=lambda way: way.span.start)
    starts = [way.span.start for way in ways[1:]] + [way.span.stop for way in ways[-1:]]
    return [
        Way(Span(way.span.start, min(way.span.stop, start)), way.bytes_per_s)
        for way, start in zip(ways, starts, strict=True)
    ]


def find_free(gaps: Iterable[Span], claims: Iterable[Span]) -> list[Span]:
    """Find what of the gaps nobody is about to bring, in order.

    >>> find_free([Span(0, 10), Span(20, 30)], [Span(0, 4), Span(25, 30)])
    [Span(start=4, stop=10), Span(start=20, stop=25)]
    """
    free: list[Span] = []
    claims = sorted(claims, key=lambda claim: claim.start)
    for gap in gaps:
        start = gap.start
        for claim in claims:
            if claim.start >= gap.stop:
                break
            if claim.start > start:
                free.append(Span(start, claim.start))
            start = max(start, claim.stop)
        if start < gap.stop:
            free.append(Span(start, gap.stop))
    return free


def choose_piece(
    free: Sequence[Span], wanted_bytes: int, *, last: bool = False
) -> Span | None:
    """Choose what a connection brings next, of what nobody is about to bring.

    The lowest bytes, since clients and the digest need them first. Another source
    helps from the end: what it gave stays in one place, far from where any client
    could be, and it never holds up the head, however slow it is.

    Args:
        free: What may be chosen, in order.
        wanted_bytes: How much; a little more, if a rest would not be worth a request.
        last: Whether to begin at the end.

    >>> choose_piece([Span(2, 10), Span(40, 100)], 6)
    Span(start=2, stop=8)
    >>> choose_piece([Span(2, 10), Span(40, 100)], 6, last=True)
    Span(start=94, stop=100)
    """
    if not free:
        return None
    gap = free[-1 if last else 0]
    if len(gap) - wanted_bytes < min(wanted_bytes // 2, _ALIGN):
        return gap
    if last:
        start = gap.stop - wanted_bytes
        aligned = start // _ALIGN * _ALIGN
        return Span(aligned if aligned > gap.start else start, gap.stop)
    stop = gap.start + wanted_bytes
    aligned = -(-stop // _ALIGN) * _ALIGN
    return Span(gap.start, aligned if wanted_bytes >= _ALIGN else stop)


def choose_theft(
    ways: Iterable[Way], bytes_per_s: float, *, setup_s: float, least_bytes: int
) -> Span | None:
    """Choose what to take over from whoever is last, so that both end together.

    All that a silent one has: it may bring it after all, so this may be asked twice.

    Args:
        ways: What others have ahead of them.
        bytes_per_s: How fast whoever takes it over will be.
        setup_s: What that takes until its first byte.
        least_bytes: Less is not worth it.

    >>> choose_theft([Way(Span(0, 80), 1.0)], 3.0, setup_s=0.0, least_bytes=8)
    Span(start=20, stop=80)
    """
    victim = max(ways, key=lambda way: way.left_s, default=None)
    if victim is None or not bytes_per_s:
        return None
    span, theirs = victim.span, max(victim.bytes_per_s, _SILENT)
    kept = theirs * (len(span) + bytes_per_s * setup_s) / (theirs + bytes_per_s)
    start = min(span.start + int(kept), span.stop)
    taken = span.stop - start
    worth_it = taken >= least_bytes and taken / theirs > setup_s
    return Span(start, span.stop) if worth_it else None
