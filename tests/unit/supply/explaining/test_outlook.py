"""What would happen now, decided from what is known."""

from dataclasses import replace

import pytest

from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.records import NameKey, NameRecord
from seawall.supply.explaining.facts import (
    Facts,
    NameFacts,
    Obstacle,
    PartFacts,
    Underway,
)
from seawall.supply.explaining.outlook import choose_reasons, explain, judge_outlook
from seawall.supply.freshness import Freshness, FreshnessOptions
from seawall.transfer.history.events import Trouble
from seawall.transfer.standing.ranking import Placing

NOW = 10_000.0
DIGEST = Digest.of(b"x")
KEY = NameKey(RepositoryName("up.example", "app"), "1", Kind.INDEX)
RECORD = NameRecord(KEY, DIGEST, "", 1, NOW - 90, NOW - 90, "origin.example")
RULES = FreshnessOptions()
KNOWN = NameFacts(
    KEY,
    RECORD,
    Freshness.REVALIDATE,
    -5.0,
    RULES,
    ("origin.example",),
    ("mirror.example",),
    stands_in=True,
)
NEW = replace(KNOWN, record=None, state=Freshness.MISSING, stands_in=False)
REST = Obstacle(Trouble("net.silence", "origin.example was silent"), 4.0)
SPENT = Obstacle(Trouble("rate_limit.budget", "its quota is spent"), 600.0)


@pytest.mark.parametrize(
    ("name", "offline", "verdict", "part"),
    [
        (replace(KNOWN, state=Freshness.FRESH, ttl_s=30), True, "fresh", "30 s more"),
        (
            replace(KNOWN, state=Freshness.FRESH, ttl_s=1e9),
            False,
            "fresh",
            "holds for good",
        ),
        (
            replace(KNOWN, state=Freshness.ABSENT, ttl_s=9),
            False,
            "absent",
            "there is none",
        ),
        (KNOWN, True, "stale", "offline"),
        (NEW, True, "offline", "nothing can be answered"),
        (replace(KNOWN, resting=REST), False, "stale", "for 4 s more"),
        (replace(NEW, resting=REST), False, "ask", "by GET"),
        (replace(KNOWN, withheld=SPENT), False, "stale", "quota is spent"),
        (replace(NEW, withheld=SPENT), False, "withheld", "again in 10 min"),
        (replace(KNOWN, asking=True), False, "joins", "out already"),
        (KNOWN, False, "revalidate", "by HEAD"),
        (NEW, False, "ask", "if that fails, mirror.example"),
    ],
)
def test_names(
    name: NameFacts,
    offline: bool,  # noqa: FBT001
    verdict: str,
    part: str,
) -> None:
    """Each state of a name leads to one word, and a sentence that says why."""
    found, text = judge_outlook(name, offline=offline, now=NOW)

    assert verdict == found
    assert part in text


def test_a_stretched_answer_says_so() -> None:
    """Who sees an old answer as fresh learns that the quota is why."""
    rules = replace(RULES, stretch=4.0)
    fresh = replace(KNOWN, state=Freshness.FRESH, ttl_s=30, rules=rules)

    assert "4.0 times as long" in judge_outlook(fresh, offline=False, now=NOW)[1]


def _placing(source: str, listed: int, grade: str = "well") -> Placing:
    return Placing(source, listed, source == "c", grade, None, None)


@pytest.mark.parametrize(
    ("order", "off", "reasons"),
    [
        ([_placing("a", 0)], (), ["the only one"]),
        (
            [_placing("b", 1), _placing("a", 0)],
            (),
            ["would be done sooner, as its own history says", "listed later"],
        ),
        (
            [_placing("c", 1), _placing("a", 0, "last_resort")],
            (),
            [
                "the origin, does well, and those listed before it do not",
                "is asked when all others were",
            ],
        ),
        ([_placing("a", 0)], ("a",), ["switched off by the settings"]),
    ],
)
def test_reasons(
    order: list[Placing], off: tuple[str, ...], reasons: list[str]
) -> None:
    """Each source of a content has a reason for its place."""
    assert reasons == [one.why for one in choose_reasons(order, frozenset(off))]


def _foresee(part: PartFacts, *, offline: bool = False) -> tuple[str, str]:
    facts = Facts("x", NOW, offline, None, [part], [], [])
    [content] = explain(facts, last=5).contents
    return content.verdict, content.text


PART = PartFacts(DIGEST, "layer", 10, held=False)


def test_contents() -> None:
    """Held, foreign, arriving, fetched, out of reach, or of no known source."""
    order = (_placing("a", 0), _placing("c", 1, "lied"))
    fetched = replace(PART, order=order)
    arriving = replace(fetched, underway=Underway(2048, "a", 1))

    assert "hit" == _foresee(replace(PART, held=True), offline=True)[0]
    assert "foreign" == _foresee(replace(PART, foreign=True))[0]
    assert ("joins", "2 KiB are here from a; 1 reader") == _foresee(arriving)
    assert "offline" == _foresee(fetched, offline=True)[0]
    assert "unknown" == _foresee(PART)[0]
    assert _foresee(fetched)[1].startswith("from a (it is listed first); else c (gave")
