"""When a mishap hits: by kind, method, count, time and part."""

import pytest

from seawall.drill.scenarios import effects
from seawall.drill.scenarios.mishap import GET, HEAD, LAYER, Asked, Mishap, Tally


def _hits(
    mishap: Mishap, count: int = 4, *, asked: Asked = Asked.LAYER, method: str = GET
) -> list[bool]:
    tally = Tally(mishap)
    return [
        tally.hits_now(asked, method, part=False, since_s=0.0) for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("how", "hits"),
    [
        ({}, [True, True, True, True]),
        ({"times": 2}, [True, True, False, False]),
        ({"skip": 1}, [False, True, True, True]),
        ({"every": 2}, [True, False, True, False]),
        ({"skip": 1, "times": 1}, [False, True, False, False]),
        ({"parts": True}, [False, False, False, False]),
        ({"methods": frozenset({HEAD})}, [False, False, False, False]),
    ],
    ids=str,
)
def test_how_often_it_hits(how: dict[str, object], hits: list[bool]) -> None:
    """Each count means what it says."""
    mishap = Mishap(effects.hang(), LAYER, **how)  # type: ignore[arg-type]

    assert hits == _hits(mishap)


def test_other_requests_are_left_alone() -> None:
    """They do not count either."""
    tally = Tally(Mishap(effects.hang(), LAYER, times=1))
    tally.hits_now(Asked.NAME, GET, part=False, since_s=0)

    assert tally.hits_now(Asked.LAYER, GET, part=False, since_s=0)


@pytest.mark.parametrize(
    ("since_s", "due"), [(0, False), (2, True), (7.9, True), (8, False)]
)
def test_its_time_begins_and_ends(since_s: float, *, due: bool) -> None:
    """The end is not a part of it."""
    tally = Tally(Mishap(effects.hang(), LAYER, begins_s=2, ends_s=8))

    assert due is tally.hits_now(Asked.LAYER, GET, part=False, since_s=since_s)


def test_parts_are_told_apart() -> None:
    """What hits parts leaves the whole alone."""
    tally = Tally(Mishap(effects.hang(), LAYER, times=1, parts=True))

    assert not tally.hits_now(Asked.LAYER, GET, part=False, since_s=0)
    assert tally.hits_now(Asked.LAYER, GET, part=True, since_s=0)
    assert not tally.hits_now(Asked.LAYER, GET, part=True, since_s=0)


@pytest.mark.parametrize(
    ("how", "lasts"),
    [
        ({}, True),
        ({"times": 3}, False),
        ({"ends_s": 3}, False),
        ({"every": 2}, False),
        ({"skip": 2}, True),
        ({"methods": frozenset({HEAD})}, False),
    ],
    ids=str,
)
def test_whether_it_lasts(how: dict[str, object], *, lasts: bool) -> None:
    """What lasts is met again however often somebody asks."""
    assert lasts is Mishap(effects.hang(), **how).lasts  # type: ignore[arg-type]
