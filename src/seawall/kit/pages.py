"""Reads files without blocking: from the page cache at once, else in a thread."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import Executor

CHUNK_BYTES = 256 * 1024
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)


class PageBuffer:
    """One reader's buffer, filled again and again: no allocation per chunk.

    What `fill` gives is valid until the next `fill`; whoever keeps it copies it.
    """

    def __init__(
        self, chunk_bytes: int = CHUNK_BYTES, *, executor: Executor | None = None
    ) -> None:
        self._memory = memoryview(bytearray(chunk_bytes))
        self._executor = executor

    async def fill(self, descriptor: int, offset: int, length: int) -> memoryview:
        """Read up to `length` bytes at `offset`; fewer at the end of the file.

        What lies in the page cache is copied on the event loop, which takes
        microseconds; what does not (``RWF_NOWAIT``, preadv2(2)) is read in a thread,
        so that a slow disk delays one reader and not all of them.
        """
        part = self._memory[:length]
        count = 0
        if _NOWAIT:
            try:
                count = os.preadv(descriptor, [part], offset, _NOWAIT)
            except OSError:
                # EAGAIN: not cached. EOPNOTSUPP: a file system that cannot tell.
                count = 0
        if not count:
            loop = asyncio.get_running_loop()
            count = await loop.run_in_executor(
                self._executor, os.preadv, descriptor, [part], offset
            )
        return part[:count]


async def read_at(descriptor: int, offset: int, length: int) -> memoryview:
    """Read up to `length` bytes at `offset`, once; they are the caller's to keep."""
    return await PageBuffer(length).fill(descriptor, offset, length)


async def read_span(
    descriptor: int, start: int, stop: int, *, chunk_bytes: int = CHUNK_BYTES
) -> AsyncIterator[memoryview]:
    """Yield the bytes from `start` up to `stop` of a file that has them all.

    A chunk is valid until the next one is asked for.
    """
    buffer = PageBuffer(min(chunk_bytes, stop - start))
    while start < stop:
        chunk = await buffer.fill(descriptor, start, min(chunk_bytes, stop - start))
        if not chunk:
            raise EOFError(f"the file ends at {start}, before {stop}")
        start += len(chunk)
        yield chunk
