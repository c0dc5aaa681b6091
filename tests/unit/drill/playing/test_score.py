"""A row is shown with what it cost, or with why it was not run."""

import json

from seawall.drill.playing.scene import Spent
from seawall.drill.playing.score import TITLES, Outcome, Row, list_cells, list_ways

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
LOST = Row("lost", "all", "b", Outcome.FAILED, seconds=99.0, reason="it broke")
VOID = Row("void", "nobody", "a", Outcome.PASSED, had=False, seconds=50.0)
UNPLAYED = Row("other", "odd", "a", Outcome.NOT_RUN, reason="needs root")


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


def test_who_was_drilled_comes_in_order() -> None:
    """Once each."""
    assert ["a", "b"] == list_ways([HARD, LOST, VOID])


def test_a_row_as_json_has_everything() -> None:
    """Programs read more than people do."""
    plain = json.loads(json.dumps(HARD.to_json()))

    assert "passed" == plain["outcome"]
    assert {"requests": 9, "bytes": 1500, "quota": 3} == plain["upstream"]
    assert 1.5 == plain["upstream_share"]
