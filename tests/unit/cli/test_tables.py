"""Tables, trees and bars as plain text."""

import math

import pytest

from seawall.cli import tables
from seawall.cli.bars import LineBoard, open_board, show_pace
from seawall.transfer.progress import Meter


def _part(role: str, *, held: bool = True, **facts: object) -> dict[str, object]:
    known: dict[str, object] = {
        "role": role,
        "digest": "sha256:" + "a" * 64,
        "size": 1024,
        "held": held,
        "foreign": False,
        "platform": None,
        "artifact_type": None,
        "stored_at": 40.0,
        "children": [],
    }
    return known | facts


def test_columns_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe, columns line up, figures to the right."""
    rows = [["a", "1"], ["long\x1bname", "23"]]
    tables.print_table(("NAME", "SIZE"), rows, figures={"SIZE"})

    assert (
        "NAME       SIZE\na             1\nlong?name    23\n" == capsys.readouterr().out
    )


def test_a_tree_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """Each part stands under the one that needs it, with what is held of it."""
    image = _part("image", platform="linux/amd64", children=[_part("layer")])
    foreign = _part("layer", held=False, foreign=True)
    index = _part("index", children=[image, _part("image", held=False), foreign])
    tables.print_tree(index, now=100.0)

    assert [
        "index sha256:aaaaaaaaaaaa 1 KiB held for 1 min",
        "├─ image linux/amd64 sha256:aaaaaaaaaaaa 1 KiB held for 1 min",
        "│  └─ layer sha256:aaaaaaaaaaaa 1 KiB held for 1 min",
        "├─ image sha256:aaaaaaaaaaaa 1 KiB not held",
        "└─ layer sha256:aaaaaaaaaaaa 1 KiB foreign: clients fetch it elsewhere",
    ] == [click_free(line) for line in capsys.readouterr().out.splitlines()]


def click_free(line: str) -> str:
    """Take styles away, which the capture is no terminal for."""
    return line.replace("\x1b[2m", "").replace("\x1b[0m", "")


@pytest.mark.parametrize(
    ("value", "expected"), [(True, "yes"), (False, "no"), (None, "?")]
)
def test_what_nobody_knows_is_a_question(
    value: bool | None,  # noqa: FBT001
    expected: str,
) -> None:
    """Private, not private, and not asked yet are three things."""
    assert expected == tables.say(value)


def test_a_pace_without_a_size_has_no_end() -> None:
    """Where the size is not known, no time left is made up."""
    meter = Meter(bytes_per_s=2048.0)

    assert "1 KiB  2 KiB/s" == show_pace(meter, 1024, None)
    assert math.isinf(Meter().left_s(1))


def test_no_bars_in_a_pipe() -> None:
    """Where nobody looks, progress is lines."""
    with open_board(quiet=True) as board:
        assert isinstance(board, LineBoard)
