"""Time as an argument: wall, monotonic and waiting, so that tests can move it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Wall time, in seconds since the epoch: for ages that outlive a process."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards: for waits within one process."""
        ...

    async def sleep(self, wait_s: float) -> None:
        """Wait; cancellation ends it at once."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Wall time, in seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, wait_s: float) -> None:
        """Wait on the running event loop."""
        await asyncio.sleep(wait_s)
