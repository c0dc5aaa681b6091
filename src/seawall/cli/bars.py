"""Progress as it is shown: bars with rate and time left on a terminal, else lines."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import click

from seawall.cli.exits import printable
from seawall.kit.units import show_age, show_bytes
from seawall.transfer.progress import Meter

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Board(Protocol):
    """Where progress is shown."""

    def move(self, key: str, label: str, done: int, total: int | None) -> None:
        """Say how far something is; the first time it appears."""
        ...

    def end(self, key: str) -> None:
        """Something is done with, and disappears."""
        ...

    def say(self, line: str) -> None:
        """Write a line that stays."""
        ...


class LineBoard:
    """For pipes and files: lines only, since bars would fill them."""

    def move(self, key: str, label: str, done: int, total: int | None) -> None:
        """Show nothing: what matters is said when it ends."""

    def end(self, key: str) -> None:
        """Show nothing."""

    def say(self, line: str) -> None:
        """Write a line."""
        click.echo(printable(line), err=True)


@dataclass
class BarBoard:
    """For terminals: one bar for each thing that moves."""

    progress: "Progress"
    _tasks: dict[str, "TaskID"] = field(default_factory=dict)
    _meters: dict[str, Meter] = field(default_factory=dict)

    def move(self, key: str, label: str, done: int, total: int | None) -> None:
        """Move a bar."""
        if key not in self._tasks:
            self._tasks[key] = self.progress.add_task("", total=total, pace="")
            self._meters[key] = Meter()
        meter = self._meters[key]
        meter.note(done, now=time.monotonic())
        self.progress.update(
            self._tasks[key],
            description=printable(label),
            completed=done,
            total=total,
            pace=show_pace(meter, done, total),
        )

    def end(self, key: str) -> None:
        """Take a bar away."""
        task = self._tasks.pop(key, None)
        if task is not None:
            self.progress.remove_task(task)
            del self._meters[key]

    def say(self, line: str) -> None:
        """Write a line above the bars."""
        self.progress.console.print(printable(line), markup=False, highlight=False)


def show_pace(meter: Meter, done: int, total: int | None) -> str:
    """Write bytes, rate and time left.

    >>> show_pace(Meter(bytes_per_s=1024.0), 1024, 3072)
    '1 KiB of 3 KiB  1 KiB/s  2 s left'
    """
    size = show_bytes(done) + (f" of {show_bytes(total)}" if total is not None else "")
    rate = f"{show_bytes(int(meter.bytes_per_s))}/s"
    left_s = math.inf if total is None else meter.left_s(total - done)
    left = "" if math.isinf(left_s) else f"  {show_age(math.ceil(left_s))} left"
    return f"{size}  {rate}{left}"


@contextmanager
def open_board(*, quiet: bool) -> Iterator[Board]:
    """Show progress on standard error, while the block lasts."""
    if quiet or not sys.stderr.isatty():
        yield LineBoard()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[pace]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield BarBoard(progress)


@contextmanager
def count_files(
    label: str = "reading", *, quiet: bool
) -> Iterator[Callable[[int, int], None] | None]:
    """Show how many files have been read, and of how many, while the block lasts.

    Args:
        label: What is done with them; or with other things.
        quiet: Whether to show nothing.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn(label),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
