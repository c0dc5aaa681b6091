"""Work that goes on when whoever began it is gone; stopped together at the end."""

import asyncio
from collections.abc import Callable, Coroutine

from seawall.errors import SeawallError


class Chores:
    """Runs work in the background; what fails deliberately is told, not raised."""

    def __init__(self, on_failure: Callable[[SeawallError], None]) -> None:
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def busy(self) -> bool:
        """Whether any work is going on."""
        return bool(self._tasks)

    @property
    def count(self) -> int:
        """How much work is going on."""
        return len(self._tasks)

    def start(self, work: Coroutine[None, None, object]) -> None:
        """Begin some work."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    async def close(self) -> None:
        """Stop all work, and wait until it has stopped."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), SeawallError):
            self._on_failure(error)
