"""Slots at a host: bodies never take the last ones."""

import asyncio
from contextlib import AsyncExitStack

from seawall.testing.clock import settle
from seawall.transfer.network.redirect import Origin
from seawall.transfer.network.slots import Slots

HOST = Origin.of("http://mirror.example")
OTHER = Origin.of("http://other.example")


async def test_bodies_leave_room_for_questions() -> None:
    """Where bodies wait for each other, a question is asked at once."""
    slots, entered = Slots(4), 0

    async def carry() -> None:
        nonlocal entered
        async with slots.take(HOST, is_body=True):
            entered += 1
            await asyncio.Event().wait()

    bodies = [asyncio.create_task(carry()) for _ in range(9)]
    await settle()
    async with asyncio.timeout(1), slots.take(HOST, is_body=False):
        among = entered
    for body in bodies:
        body.cancel()
    await asyncio.gather(*bodies, return_exceptions=True)

    assert 3 == among


async def test_questions_wait_for_each_other() -> None:
    """All slots together are bounded, for each host by itself."""
    slots = Slots(2)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(slots.take(HOST, is_body=False))
        async with asyncio.timeout(1), slots.take(OTHER, is_body=True):
            pass
        third = asyncio.create_task(
            stack.enter_async_context(slots.take(HOST, is_body=False))
        )
        await settle()
        waits = not third.done()
        third.cancel()

    assert waits
