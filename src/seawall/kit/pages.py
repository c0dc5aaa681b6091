"""Reads files without blocking: from the page cache at once, else in a thread."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import Executor

CHUNK_BYTES = 256 * 1024
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)


async def read_at(
    descriptor: int, offset: int, length: int, *, executor: Executor | None = None
) -> bytes | memoryview:
    """Read up to `length` bytes at `offset`; fewer at the end of the file.

    What lies in the page cache is copied on the event loop, which takes
    microseconds; what does not (``RWF_NOWAIT``, preadv2(2)) is read in a thread, so
    that a slow disk delays one reader and not all of them.
    """
    if _NOWAIT:
        buffer = bytearray(length)
        try:
            count = os.preadv(descriptor, [buffer], offset, _NOWAIT)
        except (BlockingIOError, OSError):
            # EAGAIN: not cached. EOPNOTSUPP: a file system that cannot tell.
            count = 0
        if count:
            return memoryview(buffer)[:count]
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(executor, os.pread, descriptor, length, offset)


async def read_span(
    descriptor: int, start: int, stop: int, *, chunk_bytes: int = CHUNK_BYTES
) -> AsyncIterator[bytes | memoryview]:
    """Yield the bytes from `start` up to `stop` of a file that has them all."""
    while start < stop:
        chunk = await read_at(descriptor, start, min(chunk_bytes, stop - start))
        if not chunk:
            raise EOFError(f"the file ends at {start}, before {stop}")
        start += len(chunk)
        yield chunk
