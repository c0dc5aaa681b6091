"""Pieces of a body, joined into few writes while the next ones are read."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from seawall.kit.threads import wait_whole

BATCH_BYTES = 192 * 1024
LINGER_S = 0.2


class Batch:
    """Collects chunks while earlier ones are written and hashed in a thread.

    Args:
        write: Writes pieces that follow one another, so many bytes in all.
        left: Tells how many bytes may still be written; None if nobody knows.
    """

    def __init__(
        self,
        write: Callable[[list[bytes], int], Awaitable[None]],
        left: Callable[[], int | None],
    ) -> None:
        self._put = write
        self._left = left
        self._chunks: list[bytes] = []
        self._collected = 0
        self._writing: asyncio.Task[None] | None = None
        self._writing_bytes = 0
        self._ending = False
        self._enough = asyncio.Event()  # to write before the moment is over
        self._taken = asyncio.Event()  # what was collected is being written

    @property
    def pending_bytes(self) -> int:
        """Bytes taken from the source that are not written yet."""
        return self._collected + self._writing_bytes

    async def add(self, chunk: bytes) -> None:
        """Take a chunk; waits only while much is ahead of it.

        Raises:
            StoreError: An earlier one could not be written.
        """
        left = self._left()
        if left is not None:
            chunk = chunk[: max(left - self.pending_bytes, 0)]
        self._chunks.append(chunk)
        self._collected += len(chunk)
        if self._writing is None or self._writing.done():
            await self.drain()
            self._ending = False
            self._writing = asyncio.create_task(self._write())
        elif self._collected >= BATCH_BYTES:
            self._enough.set()
            if self._writing_bytes:
                self._taken.clear()
                await self._taken.wait()

    async def drain(self) -> None:
        """Wait until all is written, also when the source failed.

        A failed write is not forgotten: nothing may be written behind a hole.
        """
        self._ending = True
        self._enough.set()
        if self._writing is not None:
            await wait_whole(self._writing)

    async def _linger(self) -> None:
        """Let a slow source's small pieces become one write, for a moment.

        Every write is a thread's turn; many flights with small pieces would keep
        their threads and the event loop waiting for each other.
        """
        self._enough.clear()
        if self._ending or self._collected >= BATCH_BYTES:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._enough.wait()

    async def _write(self) -> None:
        try:
            while self._chunks:
                await self._write_collected()
                await self._linger()
        finally:
            self._taken.set()

    async def _write_collected(self) -> None:
        chunks, self._chunks = self._chunks, []
        self._writing_bytes, self._collected = self._collected, 0
        self._taken.set()
        await self._put(chunks, self._writing_bytes)
        self._writing_bytes = 0
