"""A source's open answer, and a second one that is opened while the first is silent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

from seawall.errors import BrokenReplyError, SeawallError
from seawall.transfer.care.vigil import ATTEMPT, Attempt
from seawall.transfer.flight import ContentReply, ContentSource
from seawall.transfer.history.logbook import Logbook


class Opened:
    """One attempt at one source: its answer, to be closed by whoever holds it.

    Attributes:
        place: The source's place among those of its flight.
        attempt: What its request tells, and is told.
    """

    def __init__(
        self,
        place: int,
        source: ContentSource,
        attempt: Attempt,
        logbook: Logbook,
    ) -> None:
        self.place = place
        self.attempt = attempt
        self.source = source
        self._logbook = logbook
        self._stack = AsyncExitStack()
        self._reply: ContentReply | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._first = b""

    @property
    def reply(self) -> ContentReply:
        """The answer, once `open` has returned."""
        if self._reply is None:
            raise RuntimeError("the source was not asked yet")
        return self._reply

    async def open(self, start: int, stop: int | None) -> None:
        """Ask the source, unless it has answered already."""
        if self._reply is not None:
            return
        asked_at = self._logbook.ask(self, start, stop)
        mark = ATTEMPT.set(self.attempt)
        try:
            opening = self.source.open(start=start, stop=stop)
            self._reply = await self._stack.enter_async_context(opening)
        finally:
            ATTEMPT.reset(mark)
        self._logbook.answer(self, self._reply.start, asked_at)

    async def read_first(self) -> None:
        """Wait for the first bytes; `chunks` gives them, too.

        Raises:
            BrokenReplyError: There are none.
        """
        self._chunks = self.reply.chunks()
        self._first = await anext(self._chunks, b"")
        if not self._first:
            raise BrokenReplyError(
                f"{self.source.label} ended its answer before the first byte",
                cause="net.conn_reset",
                host=self.source.label,
            )

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the body in order."""
        return self.reply.chunks() if self._chunks is None else self._read_on()

    async def _read_on(self) -> AsyncIterator[bytes]:
        if self._chunks is None:
            return
        yield self._first
        async for chunk in self._chunks:
            yield chunk

    async def close(self) -> None:
        """End the request."""
        await self._stack.aclose()


Request: TypeAlias = tuple[Opened, tuple[int, int | None]]
"""An attempt that was not asked yet, and what is wanted of it; no stop means all."""


class Second:
    """Opens a second source; whoever brings the next bytes goes on.

    One that keeps silent, too, is asked anew after a while, each time after twice as
    long: where everything hangs, what hung once need not answer when others do again.

    Args:
        request: What is asked.
        renew: Gives what is asked instead; `None` if too much was asked already.
        on_ready: Told when it has the very next bytes. One without Range has not: it
            takes over only when the first fails.
        renew_s: How long it has, at first, until it is asked anew.

    Attributes:
        won: Whether it was told.
    """

    def __init__(
        self,
        request: Request,
        renew: Callable[[], Request | None],
        on_ready: Callable[[], None],
        renew_s: float,
    ) -> None:
        self.won = False
        self._opened = request[0]
        self._renew_s = renew_s
        self._renew = renew
        self._on_ready = on_ready
        self._task = asyncio.create_task(self._open(request))

    @property
    def place(self) -> int:
        """The place of the source that is asked."""
        return self._opened.place

    async def take(self) -> Opened:
        """Wait for its first bytes; the caller closes it.

        Raises:
            SeawallError: It has none; nothing is left to close.
        """
        try:
            await asyncio.shield(self._task)
        except SeawallError:
            await self._opened.close()
            raise
        return self._opened

    async def drop(self) -> SeawallError | None:
        """Do without it; give what went wrong there meanwhile."""
        self._task.cancel()
        ends = await asyncio.gather(self._task, return_exceptions=True)
        await self._opened.close()
        return ends[0] if isinstance(ends[0], SeawallError) else None

    async def _open(self, request: Request | None) -> None:
        wait_s = self._renew_s
        while request is not None:
            self._opened, (start, stop) = request
            asking = asyncio.create_task(self._ask(self._opened, start, stop))
            try:
                request = await self._wait(asking, wait_s)
            finally:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            if request is not None:
                await self._opened.close()
            wait_s *= 2
        if self._opened.reply.start >= start:
            self.won = True
            self._on_ready()

    async def _wait(self, asking: asyncio.Task[None], wait_s: float) -> Request | None:
        """Wait for its first bytes; give what to ask instead if none come."""
        done, _ = await asyncio.wait([asking], timeout=wait_s)
        request = None if done else self._renew()
        if request is None:
            await asking
        return request

    async def _ask(self, opened: Opened, start: int, stop: int | None) -> None:
        await opened.open(start, stop)
        await opened.read_first()
