"""The replay: same seed, same figures; others' rules as they are; recorded traces."""

import json
import math
from pathlib import Path

import pytest
from bench.replay.compare import Length, find_equal, study_kind
from bench.replay.first import FirstDesign
from bench.replay.ours import Ours
from bench.replay.page import BEGIN, END, to_markdown, write_page
from bench.replay.play import Score, play, quantile
from bench.replay.recorded import build_traces, read_records
from bench.replay.rules import (
    AkkaPhi,
    CassandraPhi,
    CurlSpeed,
    Fixed,
    Policy,
    RetransmissionTimeout,
)
from bench.replay.traces import KINDS, Row, Trace, make_trace

QUIET = (0.06,) * 14


def trace(*rows: Row) -> Trace:
    """Make a trace of these."""
    return Trace("made", rows, 0.06)


@pytest.mark.parametrize("name", KINDS)
def test_a_seed_makes_a_trace(name: str) -> None:
    """The same seed, the same trace; another seed, another one."""
    assert make_trace(name, 1, 50) == make_trace(name, 1, 50)
    assert make_trace(name, 1, 50) != make_trace(name, 2, 50)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Fixed(30), 30),
        (CurlSpeed(), 35),
        (RetransmissionTimeout(), 1),
        (AkkaPhi(), 4 + 5.4 * 0.25),
        (CassandraPhi(), 2 * 18.4),
        (FirstDesign(), 10),
        (Ours(alone=False), 12),
        (Ours(alone=True), 24),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_rule_has_its_first_patience(policy: Policy, expected: float) -> None:
    """What each would wait for a source that nothing is known of."""
    assert expected == pytest.approx(policy.patience_s(), rel=0.1)


def test_rules_learn() -> None:
    """After a thousand waits of 2 s, means are 2 s and nothing deviates."""
    rules = [RetransmissionTimeout(), AkkaPhi(), CassandraPhi()]
    for rule in rules:
        for _ in range(1500):
            rule.wait(2.0, 5, 0.0, math.inf)

    expected = [2.0, 2 + 3 + 0.54, 2 * 18.4]
    assert expected == pytest.approx([rule.patience_s() for rule in rules], rel=0.05)


def test_a_false_cancel_costs_its_retries() -> None:
    """Given up twice at 10 s, then it ends: three waits and two new requests."""
    score = play(Fixed(10), trace(Row(15.0, (15.0, 4.0, *QUIET))))

    assert (2, 2) == (score.false, score.requests)
    assert 10 + 10 + 4 + 2 * 0.46 == pytest.approx(score.stalled_s)


def test_a_death_is_no_false_cancel() -> None:
    """A source that died was rightly given up; with another one that is all."""
    alone = play(Fixed(10), trace(Row(math.inf, QUIET)))
    paired = play(Fixed(10), trace(Row(math.inf, QUIET)), other=True)

    assert (0, 1, 0, 1) == (alone.false, alone.requests, paired.false, paired.requests)
    assert 10.52 == pytest.approx(alone.stalled_s)
    assert 10.4 < paired.stalled_s < 11.5


def test_a_second_source_saves_the_wait() -> None:
    """Seawall asks it before giving up, and watches how the first one ends."""
    rows = [Row(0.06, QUIET)] * 60 + [Row(30.0, QUIET), Row(40.0, QUIET)]
    ours = Ours(alone=False)
    score = play(ours, trace(*rows), other=True)

    assert (0, 2) == (score.false, score.requests)
    assert max(score.stalls_s) < 4
    ours.wait(0.06, 0, 1e6, math.inf)
    assert ours.patience_s() > 30


def test_only_seawall_leaves_a_trickle() -> None:
    """No limit on gaps sees it; five seconds do, alone or with another source."""
    policies: list[Policy] = [Fixed(10), CurlSpeed(), Ours(), Ours(alone=False)]

    expected = [math.inf, math.inf, 6.0, 6.0]
    assert expected == [policy.trickle(0.0) for policy in policies]


def test_a_trickle_is_counted() -> None:
    """Who never leaves pays ten minutes; who leaves pays until then."""
    row = Row(0.06, QUIET, trickles=True)

    assert 600 == play(Fixed(10), trace(row)).stalled_s
    assert 6.46 == pytest.approx(play(Ours(), trace(row)).stalled_s)
    assert 6 < play(Ours(alone=False), trace(row), other=True).stalled_s < 8


def test_a_healthy_source_is_not_given_up() -> None:
    """What the acceptance asks for, on a short trace."""
    score = play(Ours(), make_trace("healthy", 7, 1500))

    assert 0 == score.false
    assert score.delay_s < 10


def test_the_judge_agrees_with_the_formula() -> None:
    """Played event by event, or as a formula: the same patience, within reason."""
    made = make_trace("slow", 3, 1500)
    played = play(Ours(alone=False), made).patience_s[-1]
    counted = play(FirstDesign(), made).patience_s[-1]

    assert played == pytest.approx(counted, rel=0.35)


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 30.0), (5.0, 10.0), (-1.0, None)])
def test_equal_means_no_more_false_cancels(rate: float, expected: float | None) -> None:
    """The shortest delay among those that are as careful, or none."""
    assert expected == find_equal([(9.0, 1.0), (5.0, 10.0), (0.0, 30.0)], rate)


def test_a_quantile_of_nothing_is_nothing() -> None:
    """No death, no wait at one."""
    assert (0.0, 3) == (quantile([], 0.95), quantile([1, 2, 3], 0.95))
    assert math.inf == Score().leaving_s


def test_the_page_is_written_between_its_marks(tmp_path: Path) -> None:
    """What a person wrote around the tables stays; the same seed, the same page."""
    length = Length(segments=300, seeds=1)
    pages = []
    for _ in range(2):
        found = [study_kind("trickle", length), study_kind("healthy", length)]
        page = tmp_path / "patience.md"
        page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
        write_page(page, to_markdown(found, {50: {"Seawall": (0.1, 2.0)}}, length))
        pages.append(page.read_text())

    assert pages[0] == pages[1]
    assert pages[0].startswith(f"before\n{BEGIN}\n\n1 traces of 300 segments")
    assert pages[0].endswith(f"\n\n{END}\nafter\n")
    assert "| Seawall | 0.00 | 6.0 s |" in pages[0]


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    """Better no page than a wrong one."""
    page = tmp_path / "patience.md"
    page.write_text("mine")

    with pytest.raises(ValueError, match="lost its marks"):
        write_page(page, [])
    assert "mine" == page.read_text()


def test_recorded_waits_are_played(tmp_path: Path) -> None:
    """What ended, came back or died is a row; what we held back, or nobody saw, not."""
    row = {"at": 2.0, "source": "a", "phase": "gap", "outcome": "ok", "wait_s": 0.5}
    rows = [
        row,
        row | {"at": 1.0, "wait_s": 0.1},
        row | {"outcome": "watch_recovered", "recovered_s": 40.0},
        row | {"outcome": "watch_dead"},
        row | {"outcome": "convicted"},
        row | {"held_s": 1.0},
        row | {"lag_s": 1.0},
        row | {"source": "b", "phase": "first_byte", "outcome": "watch_dead"},
    ]
    path = tmp_path / "trace.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    traces, unused = build_traces(read_records(path))

    assert ["a gap", "b first_byte"] == [one.name for one in traces]
    assert [0.1, 0.5, 40.0, math.inf] == [one.wait_s for one in traces[0].rows]
    assert {"ok": 2, "convicted": 1} == unused
    assert 4 == play(Ours(), traces[0]).segments


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    """Which line, and what is wrong with it."""
    path = tmp_path / "trace.jsonl"
    path.write_text('\n{"at": "now"}\n')

    with pytest.raises(ValueError, match=r"trace\.jsonl:2: Expected `float`"):
        list(read_records(path))
