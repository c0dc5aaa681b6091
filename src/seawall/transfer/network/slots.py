"""How many requests go to one host at a time, with some kept free for questions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from seawall.transfer.network.redirect import Origin

_BODY_SHARE = 0.75


class Slots:
    """Bounds requests per host: bodies take long, and never take the last slots.

    Args:
        per_host: Requests to one host at once; bodies get three quarters of that.
    """

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._for_bodies = max(int(per_host * _BODY_SHARE), 1)
        self._taken: WeakValueDictionary[tuple[Origin, bool], asyncio.Semaphore]
        self._taken = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, origin: Origin, *, is_body: bool) -> AsyncIterator[None]:
        """Wait for a slot at this host, and hold it."""
        async with AsyncExitStack() as stack:
            if is_body:
                bodies = self._find(origin, is_body=True)
                await stack.enter_async_context(bodies)
            await stack.enter_async_context(self._find(origin, is_body=False))
            yield

    def _find(self, origin: Origin, *, is_body: bool) -> asyncio.Semaphore:
        key = (origin, is_body)
        slot = self._taken.get(key)
        if slot is None:
            count = self._for_bodies if is_body else self._per_host
            slot = self._taken[key] = asyncio.Semaphore(count)
        return slot
