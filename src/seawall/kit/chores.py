"""Work that goes on when whoever began it is gone; stopped together at the end."""

import asyncio
from collections.abc import Callable, Coroutine

from seawall.errors import SeawallError


class Chores:
    """Runs work in the background; what fails deliberately is told, not raised."""

    def __init__(self, on_failure: Callable[[SeawallError], None]) -> None:
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether any work is going on."""
        return bool(self._tasks)

    def start(self, work: Coroutine[None, None, object]) -> None:
        """Begin some work."""
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop all work, and wait until it has stopped."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, work: Coroutine[None, None, object]) -> None:
        try:
            await work
        except SeawallError as exc:
            self._on_failure(exc)
