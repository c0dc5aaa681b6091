"""Mirrors asked in turn: the next one, too, when one is silent for long."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any, TypeVar

_SILENT_S = 4.0  # apt gives up after 30 s without a byte, and there may be many

Place = TypeVar("Place")
Answer = TypeVar("Answer")


async def ask_in_turn(
    places: Sequence[Place],
    ask: Callable[[Place], Coroutine[Any, Any, Answer]],
    *,
    on_silence: Callable[[Place], None],
    silent_s: float = _SILENT_S,
) -> AsyncGenerator[tuple[Place, asyncio.Task[Answer]], None]:
    """Ask one place after the other, for as long as the caller wants more answers.

    Who is silent is not given up, but the next one is asked beside it. What is not
    answered when the caller has enough is cancelled: close this (`aclosing`).

    Args:
        places: In the order they are asked.
        ask: Puts the question to one of them.
        on_silence: Told who has said nothing for so long.
        silent_s: How long that is.

    Yields:
        Who answered, and the answer: a task that is done.
    """
    waiting = list(places)
    running: dict[asyncio.Task[Answer], Place] = {}
    newest: asyncio.Task[Answer] | None = None  # has a while yet to say something
    try:
        while waiting or running:
            if waiting and newest is None:
                place = waiting.pop(0)
                newest = asyncio.create_task(ask(place))
                running[newest] = place
            done, _ = await asyncio.wait(
                running,
                timeout=silent_s if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if done:
                task = done.pop()
                newest = None if task is newest else newest
                yield running.pop(task), task
            elif newest is not None:
                on_silence(running[newest])
                newest = None
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
