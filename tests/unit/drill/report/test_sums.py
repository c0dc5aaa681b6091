"""What rows come to is computed fairly, and compared with the goals."""

from dataclasses import replace

import pytest

from seawall.drill.playing.scene import Spent
from seawall.drill.playing.score import Outcome, Row
from seawall.drill.report.sums import Summary, compare_with_goals, sum_up


def _row(name: str, seconds: float, sent: int, *, dear: bool = False) -> Row:
    spent = Spent(5, sent, 2)
    row = Row(name, "", "a", Outcome.PASSED, seconds=seconds, attempts=1, spent=spent)
    return replace(row, image_bytes=1000, dear=dear)


CALM, AGAIN = _row("calm", 1, 1000), _row("calm-again", 2, 1010)
HARD = _row("hard", 4, 1500)
LIAR = _row("liar", 11, 2000, dear=True)
SLOW = _row("slow", 21, 1200)
LOST = replace(HARD, scenario="lost", outcome=Outcome.FAILED, seconds=99.0)
VOID = replace(HARD, scenario="void", had=False, seconds=50.0)
UNPLAYED = Row("other", "odd", "a", Outcome.NOT_RUN, reason="needs root")
ROWS = [CALM, AGAIN, HARD, LIAR, SLOW, LOST, VOID, UNPLAYED]


def test_rows_are_counted() -> None:
    """What nobody has is counted apart; a row that was not run is no pass."""
    total = sum_up(ROWS, "a")

    assert (6, 1, 1) == (total.passed, total.failed, total.not_run)
    assert (6, 5) == (total.had, total.had_passed)


def test_figures_are_of_what_passed_and_had_something_go_wrong() -> None:
    """Against the fault-free pull, which is no fault itself."""
    total = sum_up(ROWS, "a")

    assert (1, 2) == (total.alone_s, total.amid_s)
    assert (10, 20) == (total.overhead_s, total.longest_s)
    assert (1.01, 1.5) == (total.calm_share, total.share)
    assert (2.0, 1.5) == (total.dear_share, total.other_share)


def test_nothing_is_summed_up_as_nothing() -> None:
    """A way without a row has no medians."""
    assert Summary("b") == sum_up(ROWS, "b")


GOOD = Summary("a", had=3, had_passed=3, overhead_s=5, calm_share=1.05, share=1.3)


@pytest.mark.parametrize(
    ("one", "met"),
    [
        (replace(GOOD, dear_share=2.1), "yyyyy"),
        (replace(GOOD, had_passed=2), "nyyyy"),
        (replace(GOOD, overhead_s=5.1), "ynyyy"),
        (replace(GOOD, calm_share=1.06), "yynyy"),
        (replace(GOOD, share=1.31), "yyyny"),
        (replace(GOOD, dear_share=2.2), "yyyyn"),
    ],
)
def test_goals_are_met_or_not(one: Summary, met: str) -> None:
    """The bound itself is within it."""
    found = "".join("y" if goal.met else "n" for goal in compare_with_goals(one))

    assert met == found
