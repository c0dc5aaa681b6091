"""Blocking calls in threads, which never run on behind their caller's back."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def run_whole(
    executor: Executor | None, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a blocking call in a thread; a caller that is cancelled waits for its end.

    A thread cannot be stopped. Whoever went on without it could close a file in its
    hands, and the next file opened would get the same number.
    """
    loop = asyncio.get_running_loop()
    return await wait_whole(
        loop.run_in_executor(executor, lambda: call(*args, **kwargs))
    )


async def wait_whole(future: asyncio.Future[T]) -> T:
    """Wait for the end of something that must not be left half done."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as exc:
            cancelled = exc
    if cancelled is None:
        return future.result()
    if not future.cancelled():
        future.exception()  # the cancellation goes first
    raise cancelled
