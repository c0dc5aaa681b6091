"""How busy a machine is while a drill runs: whether figures suffer from the crowd."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

_LOOK_S = 0.05
_STAT = Path("/proc/stat")
_IDLE = (3, 4)  # "idle" and "iowait": proc(5)


@dataclass
class Strain:
    """Watches while it is entered; an async context manager.

    Attributes:
        late_s: By how much the drill's own loop came late, look by look.
        busy: The share of all processors that somebody used, or None if nobody knows.
    """

    late_s: list[float] = field(default_factory=list)
    busy: float | None = None
    _before: tuple[int, int] | None = None
    _watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to watch."""
        self._before = read_ticks()
        self._watch = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Watch no longer."""
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        after = read_ticks()
        if self._before and after and after[1] > self._before[1]:
            idle, total = (b - a for a, b in zip(self._before, after, strict=True))
            self.busy = 1 - idle / total

    @property
    def worst_s(self) -> float:
        """The delay that 99 of 100 looks stayed below."""
        ordered = sorted(self.late_s)
        return ordered[len(ordered) * 99 // 100] if ordered else 0.0

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _LOOK_S
            await asyncio.sleep(_LOOK_S)
            self.late_s.append(max(0.0, loop.time() - due_s))


def read_ticks(stat: Path = _STAT) -> tuple[int, int] | None:
    """Read how long all processors idled, and how long they were there, in ticks."""
    with suppress(OSError, ValueError, IndexError):
        ticks = [int(word) for word in stat.read_text().splitlines()[0].split()[1:9]]
        return sum(ticks[at] for at in _IDLE), sum(ticks)
    return None
