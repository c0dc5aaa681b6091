"""Whether a name's last answer still holds."""

import pytest

from seawall.errors import UnauthorizedError, UnreachableError
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.records import NameKey, NameRecord
from seawall.supply.freshness import (
    Freshness,
    FreshnessOptions,
    choose_fresh_s,
    judge_name,
    may_serve_stale,
)

OPTIONS = FreshnessOptions(
    fresh_by_tag={"^nightly": 3600.0}, immutable_tags=(r"^v?\d+\.\d+\.\d+$",)
)
NOW = 1_000_000.0


def judge(age_s: float, *, tag: str = "latest", absent: bool = False) -> Freshness:
    """Judge an answer of this age."""
    key = NameKey(RepositoryName("docker.io", "library/x"), tag, Kind.INDEX)
    digest = None if absent else Digest.of(b"")
    record = NameRecord(key, digest, "", 0, NOW - age_s, 0.0, "")
    return judge_name(record, now=NOW, options=OPTIONS)[0]


@pytest.mark.parametrize(
    ("tag", "fresh_s"),
    [("latest", 300.0), ("nightly-1", 3600.0), ("v1.2.3", 3e8), ("1.2", 300.0)],
)
def test_tags_hold_as_long_as_the_settings_say(tag: str, fresh_s: float) -> None:
    """Patterns choose for how long an answer to a tag holds."""
    assert fresh_s == min(choose_fresh_s(tag, OPTIONS), 3e8)


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [
        (0, Freshness.FRESH),
        (299, Freshness.FRESH),
        (300, Freshness.REVALIDATE),
        (1e9, Freshness.REVALIDATE),
        (-59, Freshness.FRESH),
        (-61, Freshness.REVALIDATE),
    ],
)
def test_an_answer_ages(age_s: float, expected: Freshness) -> None:
    """It is fresh for five minutes; from the future, its age is not known."""
    assert expected is judge(age_s)


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [
        (0, Freshness.ABSENT),
        (29, Freshness.ABSENT),
        (30, Freshness.MISSING),
        (-59, Freshness.ABSENT),
        (-61, Freshness.MISSING),
    ],
)
def test_a_404_is_remembered_briefly(age_s: float, expected: Freshness) -> None:
    """For half a minute; not for as long as a clock was set back."""
    assert expected is judge(age_s, absent=True)


def test_an_immutable_tag_is_never_old() -> None:
    """Years later it still holds."""
    assert Freshness.FRESH is judge(9 * 365 * 86400.0, tag="v1.2.3")


def test_nothing_known_is_missing() -> None:
    """Without an answer there is none."""
    assert Freshness.MISSING is judge_name(None, now=NOW, options=OPTIONS)[0]


REFUSED, DOWN = UnauthorizedError("403"), UnreachableError("down")


@pytest.mark.parametrize(
    ("age_s", "error", "private", "expected"),
    [
        (30 * 86400, DOWN, False, True),
        (30 * 86400 + 1, DOWN, False, False),
        (30 * 86400, DOWN, True, True),
        (600, REFUSED, True, True),
        (601, REFUSED, True, False),
        (601, REFUSED, False, True),
        (601, None, True, True),
        (-500, DOWN, False, True),
    ],
)
def test_how_old_an_answer_may_stand_in(
    age_s: float, error: UnauthorizedError | None, *, private: bool, expected: bool
) -> None:
    """A month if nobody can be asked, ten minutes if a private origin refuses."""
    found = may_serve_stale(age_s, error, options=OPTIONS, private=private)

    assert expected is found


@pytest.mark.parametrize(
    ("stretch", "left_s"), [(1.0, 200.0), (2.0, 500.0), (12.0, 900.0), (0.5, 200.0)]
)
def test_answers_hold_longer_while_questions_are_dear(
    stretch: float, left_s: float
) -> None:
    """They hold as many times longer as is said, but no longer than the stale may."""
    key = NameKey(RepositoryName("docker.io", "library/x"), "latest", Kind.INDEX)
    record = NameRecord(key, Digest.of(b""), "", 0, NOW - 100, 0.0, "")
    options = FreshnessOptions(stretch=stretch, stale_max_s=1000.0)

    assert left_s == judge_name(record, now=NOW, options=options)[1]
