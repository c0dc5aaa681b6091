"""How far a drill has come: a line for each row, and on a terminal a bar below."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from seawall.cli.exits import printable

if TYPE_CHECKING:
    from seawall.drill.playing.score import Row

_BAR_CHARS = 24
_LINE_CHARS = 200
_CLEAR = "\r\x1b[2K"


@dataclass
class Ticker:
    """Tells on standard error how a run is getting on.

    Attributes:
        total: How many rows there will be.
        clock: Seconds, for how much is left.
        live: Whether a bar is drawn: on a terminal.
    """

    total: int
    clock: Callable[[], float] = time.monotonic
    live: bool = field(default_factory=sys.stderr.isatty)
    _done: int = 0
    _failed: int = 0
    _began_s: float = 0.0

    def __post_init__(self) -> None:
        """Begin now."""
        self._began_s = self.clock()

    def tell(self, row: "Row") -> None:
        """Say how one row ended."""
        from seawall.drill.playing.score import Outcome, list_cells

        self._done += 1
        self._failed += row.outcome is Outcome.FAILED
        name, passed, seconds, *_, note = list_cells(row)
        words = [f"{self._done}/{self.total}", row.way, name, passed]
        words += [f"{seconds} s" if seconds else "", note]
        line = printable("  ".join(word for word in words if word))[:_LINE_CHARS]
        click.echo((_CLEAR if self.live else "") + line, err=True)
        if self.live:
            click.echo(self.draw(), nl=False, err=True)

    def end(self) -> None:
        """Take the bar away."""
        if self.live:
            click.echo(_CLEAR, nl=False, err=True)

    def draw(self) -> str:
        """Draw the bar, with what is left by the pace so far.

        >>> clock = iter([0.0, 30.0])
        >>> one = Ticker(4, clock=lambda: next(clock), live=False)
        >>> one._done = 1
        >>> one.draw()
        '[######..................] 1 of 4, 0 failed, about 90 s left'
        """
        filled = _BAR_CHARS * self._done // max(1, self.total)
        bar = "#" * filled + "." * (_BAR_CHARS - filled)
        spent_s = self.clock() - self._began_s
        left_s = spent_s / max(1, self._done) * (self.total - self._done)
        left = f"{left_s / 60:.0f} min" if left_s > 2 * 60 else f"{left_s:.0f} s"
        return (
            f"[{bar}] {self._done} of {self.total}, {self._failed} failed,"
            f" about {left} left"
        )
