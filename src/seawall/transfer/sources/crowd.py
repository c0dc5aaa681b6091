"""How many requests go to a place at once, since it said that they were too many."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from seawall.kit.clock import Clock

LEAST = 2  # one body, and one question that no body holds up
GROW_S = 10.0
_ENOUGH = 64  # who bears so many has no limit that we would reach


@dataclass(slots=True)
class Width:
    """Halves at each refusal, and grows by one every ten seconds without one.

    Attributes:
        limit: How many at once; `None` while it never refused.
        since: When that was chosen.
    """

    limit: int | None = None
    since: float = 0.0

    def tell(self, now: float) -> int | None:
        """Give the limit by now; `None` if there is none.

        >>> Width(4, since=100.0).tell(125.0)
        6
        """
        if self.limit is None:
            return None
        limit = self.limit + int(max(now - self.since, 0.0) / GROW_S)
        return limit if limit < _ENOUGH else None

    def narrow(self, running: int, now: float) -> None:
        """Take a refusal in, while so many requests were under way, that one too."""
        known = self.tell(now)
        most = running if known is None else min(running, known)
        self.limit, self.since = max(most // 2, LEAST), now


class Crowd:
    """Lets requests through as the width allows; the others wait in turn."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._width = Width()
        self._running = 0
        self._bodies = 0
        self._entered = 0
        self._narrowed = 0
        self._waiting: deque[asyncio.Event] = deque()

    @asynccontextmanager
    async def enter(self, *, body: bool) -> AsyncIterator[int]:
        """Wait for a place, and keep it; gives a number for `narrow`."""
        while not self._has_room(body=body):
            await self._wait_turn()
        self._running += 1
        self._bodies += body
        self._entered += 1
        try:
            yield self._entered
        finally:
            self._running -= 1
            self._bodies -= body
            for turn in self._waiting:
                turn.set()

    def narrow(self, number: int) -> None:
        """Note that a request was refused for being one of too many.

        Those that were sent before the last refusal say nothing new.
        """
        if number > self._narrowed:
            self._width.narrow(self._running, self._clock.monotonic())
            self._narrowed = self._entered

    def _has_room(self, *, body: bool) -> bool:
        limit = self._width.tell(self._clock.monotonic())
        if limit is None:
            return True
        return self._running < limit and not (body and self._bodies >= limit - 1)

    async def _wait_turn(self) -> None:
        """Wait until somebody left, or the width may have grown."""
        turn = asyncio.Event()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(GROW_S):
                await turn.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.remove(turn)
