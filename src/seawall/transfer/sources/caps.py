"""What the operator grants a source: nothing at all, so many connections, a speed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from seawall.errors import OfflineError
from seawall.kit.clock import Clock
from seawall.transfer.network.answers import Incoming

_BURST_S = 0.05


@dataclass(frozen=True, slots=True)
class CapOptions:
    """One source's bounds.

    Attributes:
        off: It is not asked at all.
        connections: Requests at once; 0: as many as the host takes. Of two or more
            one is kept for questions, so that bodies hold none of them up.
        bytes_per_s: Of all bodies together; 0: as fast as it goes.
    """

    off: bool = False
    connections: int = 0
    bytes_per_s: float = 0.0


class Caps:
    """Holds a source to its bounds."""

    def __init__(self, options: CapOptions, label: str, clock: Clock) -> None:
        self._options = options
        self._label = label
        self._clock = clock
        self._due = 0.0
        count = options.connections
        self._slots = asyncio.Semaphore(count) if count else None
        self._body_slots = asyncio.Semaphore(count - 1) if count > 1 else None

    @property
    def off(self) -> bool:
        """Whether it is not asked at all."""
        return self._options.off

    def check(self) -> None:
        """Refuse to ask a source that is switched off.

        Raises:
            OfflineError: The settings say so.
        """
        if self._options.off:
            raise OfflineError(
                f"{self._label} is switched off by the settings (off = true)",
                cause="policy.offline",
                host=self._label,
            )

    @asynccontextmanager
    async def slot(self, *, body: bool) -> AsyncIterator[None]:
        """Wait for a connection, and keep it."""
        if self._slots is None:
            yield
        elif body and self._body_slots is not None:
            async with self._body_slots, self._slots:
                yield
        else:
            async with self._slots:
                yield

    def pace(self, reply: Incoming) -> Incoming:
        """Give a body no faster than the source may be read."""
        return _Paced(reply, self) if self._options.bytes_per_s > 0 else reply

    async def spend(self, count: int) -> None:
        """Wait until so many bytes more are within the speed."""
        now = self._clock.monotonic()
        self._due = max(self._due, now) + count / self._options.bytes_per_s
        wait_s = self._due - now - _BURST_S
        if wait_s > 0:
            await self._clock.sleep(wait_s)


class _Paced:
    """A reply whose body comes at a bounded speed; the waits count as nobody's."""

    def __init__(self, reply: Incoming, caps: Caps) -> None:
        self._reply = reply
        self._caps = caps
        self.status = reply.status
        self.headers: Mapping[str, str] = reply.headers

    @property
    def host(self) -> str:
        """Who replied."""
        return self._reply.host

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body in order."""
        async for chunk in self._reply.chunks():
            await self._caps.spend(len(chunk))
            yield chunk
