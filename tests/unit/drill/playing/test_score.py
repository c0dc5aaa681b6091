"""Rows become tables, and what they come to is computed fairly."""

import json

from seawall.drill.playing.scene import Spent
from seawall.drill.playing.score import (
    TITLES,
    Outcome,
    Row,
    list_cells,
    list_ways,
    sum_up,
    to_markdown,
)

CALM = Row(
    "calm",
    "nothing",
    "a",
    Outcome.PASSED,
    seconds=1.0,
    attempts=1,
    spent=Spent(5, 1000, 2),
    image_bytes=1000,
)
HARD = Row(
    "hard",
    "much",
    "a",
    Outcome.PASSED,
    seconds=4.0,
    attempts=2,
    spent=Spent(9, 1500, 3),
    image_bytes=1000,
)
LOST = Row("lost", "all", "a", Outcome.FAILED, seconds=99.0, reason="it broke")
VOID = Row("void", "nobody", "a", Outcome.PASSED, had=False, seconds=50.0)
UNPLAYED = Row("other", "odd", "a", Outcome.NOT_RUN, reason="needs root")
ROWS = [CALM, HARD, LOST, VOID, UNPLAYED]


def test_rows_are_summed_up() -> None:
    """Medians are of what passed and had something go wrong, against the calm pull."""
    total = sum_up(ROWS, "a")

    assert (3, 1, 1) == (total.passed, total.failed, total.not_run)
    assert (3.0, 1.5) == (total.overhead_s, total.share)


def test_nothing_is_summed_up_as_nothing() -> None:
    """A way without a row has no medians."""
    total = sum_up([], "a")

    assert (0, 0.0, 0.0) == (total.passed, total.overhead_s, total.share)


def test_a_row_that_was_not_run_shows_no_figures() -> None:
    """It says why instead; it is never a pass."""
    cells = list_cells(UNPLAYED)

    assert len(TITLES) == len(cells)
    assert ("other", "not run", "needs root") == (cells[0], cells[1], cells[-1])
    assert {""} == set(cells[2:-1])


def test_a_row_shows_what_it_cost() -> None:
    """Seconds, attempts, requests, bytes and quota."""
    assert ("hard", "yes", "4.0", "2", "9", "1.5 KiB", "3", "") == list_cells(HARD)
    assert ("NO", "it broke") == (list_cells(LOST)[1], list_cells(LOST)[-1])
    assert "fails cleanly" in list_cells(VOID)[-1]


def test_a_table_has_a_line_for_each_scenario() -> None:
    """A column for each way, and the sums below."""
    other = Row("calm", "nothing", "b", Outcome.FAILED, seconds=2.0)
    lines = to_markdown([*ROWS, other])
    calm = next(line for line in lines if line.startswith("| `calm`"))

    assert ["a", "b"] == list_ways([*ROWS, other])
    assert "| scenario | what happens | a | b |" == lines[0]
    assert (
        "| `calm` | nothing | 1.0 s, 5 req, 1.00 x, 2 q"
        " | **fails** (2.0 s, 0 req, 0.00 x, 0 q) |" == calm
    )
    assert "| `other` | odd | not run: needs root |  |" in lines
    assert "| **passed** | | **3 of 4** | **0 of 1** |" in lines


def test_a_row_as_json_has_everything() -> None:
    """Programs read more than people do."""
    plain = json.loads(json.dumps(HARD.to_json()))

    assert "passed" == plain["outcome"]
    assert {"requests": 9, "bytes": 1500, "quota": 3} == plain["upstream"]
    assert 1.5 == plain["upstream_share"]
