"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools

_SETTLING_TURNS = 20  # enough for a chain of tasks that wake one another


class FakeClock:
    """A `seawall.kit.clock.Clock` moved by hand.

    >>> clock = FakeClock(now=1000.0)
    >>> clock.advance(60)
    >>> clock.now(), clock.monotonic()
    (1060.0, 60.0)
    """

    def __init__(self, *, now: float = 1_700_000_000.0) -> None:
        self._began = now
        self._passed_s = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Wall time, in seconds since the epoch."""
        return self._began + self._passed_s

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._passed_s

    async def sleep(self, wait_s: float) -> None:
        """Wait until the clock was moved that far; a wait of nothing only yields."""
        if wait_s <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        due = self._passed_s + wait_s
        heapq.heappush(self._sleepers, (due, next(self._order), woken))
        await woken

    @property
    def sleepers(self) -> int:
        """How many waits are under way."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    def advance(self, wait_s: float) -> None:
        """Move time on; who is due wakes when the event loop next runs."""
        if wait_s < 0:
            raise ValueError("time does not run backwards")
        self._passed_s += wait_s
        while self._sleepers and self._sleepers[0][0] <= self._passed_s:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)

    async def run_for(self, wait_s: float) -> None:
        """Move time on from wait to wait, letting tasks run at each of them."""
        end = self._passed_s + wait_s
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.advance(max(0.0, self._sleepers[0][0] - self._passed_s))
            await settle()
        self.advance(max(0.0, end - self._passed_s))
        await settle()


async def settle() -> None:
    """Let tasks that are ready run until they wait for something else."""
    for _ in range(_SETTLING_TURNS):
        await asyncio.sleep(0)
