"""Who waits for a drill sees how far it is."""

import pytest

from seawall.cli.drilling.ticker import Ticker
from seawall.drill.playing.score import Outcome, Row

LOST = Row("stall-once", "much", "Seawall", Outcome.FAILED, seconds=2.0, reason="cut")


def test_each_row_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, without a bar where nobody watches."""
    ticker = Ticker(2, live=False)
    ticker.tell(LOST)
    ticker.end()

    assert "1/2  Seawall  stall-once  NO  2.0 s  cut\n" == capsys.readouterr().err


def test_a_bar_stands_below_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """With how many failed, and how much is left at this pace."""
    now_s = iter([0.0, 300.0])
    ticker = Ticker(2, clock=lambda: next(now_s), live=True)
    ticker.tell(LOST)
    ticker.end()
    said = capsys.readouterr().err

    assert "] 1 of 2, 1 failed, about 5 min left" in said
    assert said.endswith("left\r"), "the bar is taken away"
