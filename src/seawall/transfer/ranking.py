"""In which order the sources of a content are asked."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one source when a content is wanted.

    Attributes:
        is_origin: It has the last word on names, and comes last among equals.
        failed_at: Monotonic time of its last failure, `None` if it never failed.
    """

    is_origin: bool
    failed_at: float | None = None


def rank_sources(
    standings: Sequence[Standing], *, now: float, shun_s: float = 30.0
) -> list[int]:
    """Order places in the settings' list: as listed, those that just failed last.

    A source that failed within `shun_s` seconds is still asked, only later: the last
    usable source is never ruled out.

    >>> rank_sources([Standing(False, failed_at=95.0), Standing(True)], now=100.0)
    [1, 0]
    """

    def shunned(place: int) -> bool:
        failed_at = standings[place].failed_at
        return failed_at is not None and now - failed_at < shun_s

    return sorted(range(len(standings)), key=lambda place: (shunned(place), place))
