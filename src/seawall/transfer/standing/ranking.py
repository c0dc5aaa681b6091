"""In which order the sources of a content are asked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

SHUN_S = 30.0
"""A source that failed is asked after the others for so long."""

_MUCH_SOONER = 2.0
_SOONER_S = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one source when a content is wanted.

    Attributes:
        is_origin: It has the last word on names, and comes last among equals.
        failed_at: Monotonic time of its last failure, `None` if it never failed.
        shut_until: It failed again and again, and is left alone until then.
        lied_until: It gave wrong bytes, and is the last resort until then.
        is_last_resort: It is for what all others have lost, and comes behind them.
        finish_s: When it would be done, as its own history says; `None` if it has
            none, or none that is young enough.
    """

    is_origin: bool
    failed_at: float | None = None
    shut_until: float = -math.inf
    lied_until: float = -math.inf
    is_last_resort: bool = False
    finish_s: float | None = None


class Grade(IntEnum):
    """What decides first about a source's place; the lower, the earlier."""

    WELL = 0
    FAILED = 1
    RESTING = 2
    LIED = 3
    LAST_RESORT = 4


@dataclass(frozen=True, slots=True)
class Placing:
    """A source's place in an order, and why it is there.

    Attributes:
        source: Its label.
        listed: Its place in the settings' list.
        is_origin: It has the last word on names.
        grade: well, failed, resting, lied or last_resort.
        left_s: For how many seconds it has that grade; `None` if it is for good.
        finish_s: When it would be done, as its own history says, if that is known.
    """

    source: str
    listed: int
    is_origin: bool
    grade: str
    left_s: float | None
    finish_s: float | None


def describe_placing(
    label: str, listed: int, standing: Standing, *, now: float, shun_s: float = SHUN_S
) -> Placing:
    """Say why a source stands where it does.

    >>> describe_placing("a", 0, Standing(False, failed_at=95.0), now=100.0).left_s
    25.0
    """
    grade = _grade(standing, now, shun_s)
    until: dict[Grade, float] = {
        Grade.FAILED: (standing.failed_at or 0.0) + shun_s,
        Grade.RESTING: standing.shut_until,
        Grade.LIED: standing.lied_until,
    }
    left_s = until[grade] - now if grade in until else None
    return Placing(
        label, listed, standing.is_origin, grade.name.lower(), left_s, standing.finish_s
    )


def rank_sources(
    standings: Sequence[Standing], *, now: float, shun_s: float = SHUN_S
) -> list[int]:
    """Order places in the settings' list: as listed, those that just failed last.

    Behind those that failed within `shun_s` seconds come those that are shut, and
    behind them the liars; last resorts are behind all of those. Each is still asked,
    only later: the last usable source is never ruled out. A source that would be done
    much sooner comes before one that is listed before it; by how much says that a
    guess does not overrule the settings.

    >>> rank_sources([Standing(False, failed_at=95.0), Standing(True)], now=100.0)
    [1, 0]
    """
    order: list[int] = []
    for place, standing in enumerate(standings):
        at = len(order)
        while at and _before(standing, standings[order[at - 1]], now, shun_s):
            at -= 1
        order.insert(at, place)
    return order


def _before(one: Standing, other: Standing, now: float, shun_s: float) -> bool:
    grade, other_grade = _grade(one, now, shun_s), _grade(other, now, shun_s)
    if grade != other_grade:
        return grade < other_grade
    if one.finish_s is None or other.finish_s is None:
        return False
    return one.finish_s * _MUCH_SOONER + _SOONER_S < other.finish_s


def _grade(standing: Standing, now: float, shun_s: float) -> Grade:
    if standing.is_last_resort:
        return Grade.LAST_RESORT
    if now < standing.lied_until:
        return Grade.LIED
    if now < standing.shut_until:
        return Grade.RESTING
    failed_at = standing.failed_at
    failed = failed_at is not None and now - failed_at < shun_s
    return Grade.FAILED if failed else Grade.WELL
