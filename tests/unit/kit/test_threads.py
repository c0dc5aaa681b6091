"""Blocking calls are waited for, whatever happens to their caller."""

import asyncio
import threading

import pytest

from seawall.kit.threads import run_whole


async def test_the_result_comes_back() -> None:
    """A call in a thread gives what it returns."""
    assert 3 == await run_whole(None, len, "abc")


async def test_an_error_comes_back() -> None:
    """A call in a thread raises what it raises."""
    with pytest.raises(ZeroDivisionError):
        await run_whole(None, divmod, 1, 0)


@pytest.mark.parametrize("cancels", [1, 3])
async def test_a_cancelled_caller_waits_for_the_end(cancels: int) -> None:
    """However often the caller is cancelled, the thread has ended when it goes on."""
    may_end, ended = threading.Event(), threading.Event()

    def work() -> None:
        may_end.wait(5)
        ended.set()
        raise OSError("nobody hears it")

    task = asyncio.create_task(run_whole(None, work))
    for _ in range(cancels):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    waited = not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert waited
    assert ended.is_set()
