"""A crowd shows: in how busy processors are, and in how late a loop comes."""

import asyncio
from pathlib import Path

import pytest

from seawall.drill.strain import Strain, read_ticks


@pytest.mark.long
async def test_a_loop_that_was_held_up_shows() -> None:
    """What was late is seen, by as much as it was late."""
    async with Strain() as strain:
        for _ in range(4):
            await asyncio.sleep(1)

    assert strain.late_s
    assert 0 <= strain.worst_s <= max(strain.late_s)


def test_the_worst_leaves_one_in_a_hundred_out() -> None:
    """So that one hiccup says nothing."""
    assert 0.001 == Strain([0.001] * 199 + [9.0]).worst_s
    assert 0.0 == Strain().worst_s


def test_idle_time_is_read(tmp_path: Path) -> None:
    """Waiting for disks is idling, too."""
    stat = tmp_path / "stat"
    stat.write_text("cpu  10 1 5 80 4 0 0 0 0 0\ncpu0 1 1 1 1\n")

    assert (84, 100) == read_ticks(stat)


def test_a_machine_that_does_not_say_is_no_failure(tmp_path: Path) -> None:
    """Then nobody knows."""
    assert read_ticks(tmp_path / "none") is None
