"""Whose bytes are doubted first, and who is asked instead."""

from collections.abc import Collection

from seawall.kit.ranges import Span
from seawall.transfer.cargo.provenance import Provenance
from seawall.transfer.cargo.suspicion import DISK, list_suspicions

MIRROR, OTHER, ORIGIN = range(3)


def doubt(
    *givers: int, order: tuple[int, ...] = (0, 1, 2), liars: Collection[int] = ()
) -> list[tuple[int, tuple[int, ...]]]:
    """Doubt a content of which each of these gave ten bytes, in turn."""
    known = Provenance()
    for at, place in enumerate(givers):
        if place != DISK:
            known.note(Span(at * 10, at * 10 + 10), place)
    size = 10 * len(givers)
    found = list_suspicions(known, size, order, origin=ORIGIN, liars=liars)
    return [(one.suspect, one.helpers) for one in found]


def test_the_origin_is_trusted_most() -> None:
    """Mirrors are doubted first, the last one before the others; the origin helps."""
    assert [
        (OTHER, (ORIGIN, MIRROR)),
        (MIRROR, (ORIGIN, OTHER)),
        (ORIGIN, (MIRROR, OTHER)),
    ] == doubt(MIRROR, OTHER, ORIGIN)


def test_a_liar_is_doubted_before_others() -> None:
    """Who lied not long ago comes first as a suspect, and last as a helper."""
    assert [
        (MIRROR, (ORIGIN, OTHER)),
        (OTHER, (ORIGIN, MIRROR)),
    ] == doubt(MIRROR, OTHER, liars={MIRROR})


def test_what_was_left_here_is_doubted_first() -> None:
    """A file of an earlier run is checked before anybody is suspected."""
    assert [(DISK, (ORIGIN, MIRROR, OTHER)), (ORIGIN, (MIRROR, OTHER))] == doubt(
        DISK, ORIGIN
    )


def test_nobody_is_checked_by_itself() -> None:
    """A source that nobody else can check is not asked the same again."""
    assert [] == doubt(ORIGIN, order=(ORIGIN,))
