"""Bars and tables as a terminal gets them."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from seawall.cli import tables
from seawall.cli.bars import BarBoard


def test_a_bar_moves_and_goes() -> None:
    """A bar shows label, bytes and rate while it moves, and leaves what was said."""
    shown = io.StringIO()
    columns = (
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[pace]}", markup=False),
    )
    console = Console(file=shown, force_terminal=True, width=80)
    with Progress(*columns, console=console, transient=True) as progress:
        board = BarBoard(progress)
        board.move("a", "layer [red] from x.test", 0, 2048)
        board.move("a", "layer [red] from x.test", 1024, 2048)
        board.say("done with [b]")
        progress.refresh()
        during = len(progress.tasks)
        board.end("a")
        board.end("a")
        after = len(progress.tasks)

    assert (1, 0) == (during, after)
    assert "layer [red] from x.test 1 KiB of 2 KiB" in shown.getvalue()
    assert "done with [b]" in shown.getvalue()


def test_a_table_has_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal, a name in brackets is a name and no colour."""
    tables._print_rich(("NAME", "SIZE"), [["[red]x", "1 KiB"]], {"SIZE"})
    out = capsys.readouterr().out

    assert "[red]x" in out
    assert "1 KiB" in out
