"""Whose bytes are doubted first when a content is not its digest, and who is asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from seawall.kit.ranges import Span
from seawall.transfer.cargo.provenance import Provenance

DISK = -1
"""The place of nobody: what an earlier run left here."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One giver's bytes are to be compared with what others have.

    Attributes:
        suspect: Its place, or `DISK`.
        spans: What it gave.
        helpers: Who is asked for that again, in this order, until one has it.
    """

    suspect: int
    spans: tuple[Span, ...]
    helpers: tuple[int, ...]


def list_suspicions(
    provenance: Provenance,
    size: int,
    order: Sequence[int],
    *,
    origin: int | None,
    liars: Collection[int],
) -> list[Suspicion]:
    """List whom to doubt, the least trusted first; only those whom others can check.

    Least of all is trusted what an earlier run left, then who lied before, then
    mirrors, the last in rank first, and then the origin, which is also asked first.

    Args:
        provenance: Who gave what.
        size: Of the content.
        order: Places that may be asked, best first.
        origin: The origin's place, if there is one.
        liars: Places that lied not long ago.
    """
    spans = {place: provenance.spans_of(place) for place in provenance.givers()}
    left = provenance.unknown(size)
    if left:
        spans[DISK] = [*spans.get(DISK, []), *left]

    def trust(place: int) -> tuple[bool, bool, bool, int]:
        rank = -order.index(place) if place in order else -len(order)
        return (place != DISK, place not in liars, place == origin, rank)

    helpers = sorted(order, key=lambda p: (p in liars, p != origin, order.index(p)))
    suspicions = [
        Suspicion(place, tuple(spans[place]), tuple(p for p in helpers if p != place))
        for place in sorted(spans, key=trust)
    ]
    return [one for one in suspicions if one.helpers]
