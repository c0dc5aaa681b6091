"""One connection's part of a flight: bytes of a gap, from sources into the file."""

import asyncio
import os
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from seawall.errors import BrokenReplyError, SeawallError, StoreFullError
from seawall.kit.clock import Clock
from seawall.kit.ranges import Span
from seawall.store.roles import Blobs
from seawall.transfer import plan
from seawall.transfer.flight import ContentSource, Flight, Room
from seawall.transfer.plan import PlanOptions, Setback

BATCH_BYTES = 512 * 1024
_REREAD_BYTES = 1024 * 1024


class PrefixHash:
    """A digest that follows the contiguous prefix of a growing file.

    Bytes that arrive in order are hashed from memory; what arrived ahead of its turn,
    or before a restart, is read back from the file. Blocking; used in threads.
    """

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Start again from the first byte."""
        self._hasher = self._flight.want.digest.hasher()
        self._position = 0

    def add(self, offset: int, data: bytes) -> None:
        """Take these bytes if it is their turn."""
        with self._lock:
            if offset == self._position:
                self._hasher.update(data)
                self._position += len(data)

    def catch_up(self, stop: int) -> None:
        """Read back what was not hashed yet, up to `stop`."""
        with self._lock:
            partial = self._flight.partial
            while self._position < stop:
                length = min(_REREAD_BYTES, stop - self._position)
                data = os.pread(partial.fd, length, self._position)
                if not data:
                    return
                self._hasher.update(data)
                self._position += len(data)

    def hexdigest(self) -> str:
        """Give the digest of all bytes taken so far."""
        return self._hasher.hexdigest()


@dataclass(frozen=True, slots=True)
class Gear:
    """What all legs of an engine work with."""

    blobs: Blobs
    room: Room
    clock: Clock
    plan: PlanOptions
    on_setback: Callable[[ContentSource, SeawallError], None]


@dataclass
class Leg:
    """Covers one gap of a flight, from as many attempts as the plan allows."""

    flight: Flight
    span: Span
    order: Sequence[int]
    digesting: PrefixHash
    gear: Gear
    room: Room
    setbacks: list[Setback]
    position: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the gap's first byte."""
        self.position = self.span.start

    async def cover(self) -> None:
        """Bring the bytes of the gap, however many attempts that takes.

        Raises:
            SeawallError: The plan gave up; the error is the most telling one.
        """
        sources = self.flight.sources
        origin = next((i for i, s in enumerate(sources) if s.is_origin), -1)
        while self.flight.size is None or self.position < self.span.stop:
            attempt = plan.choose_attempt(
                self.order,
                self.setbacks,
                options=self.gear.plan,
                origin=origin,
                jitter=random.random,
            )
            if attempt is None:
                raise plan.choose_verdict(self.setbacks, origin=origin)
            if attempt.wait_s:
                await self.gear.clock.sleep(attempt.wait_s)
            source = sources[attempt.place]
            before = self.position
            try:
                await self._carry(source)
            except StoreFullError:
                raise
            except SeawallError as exc:
                gained = self.position - before
                self.setbacks.append(Setback(attempt.place, exc, gained))
                self.gear.on_setback(source, exc)

    async def _carry(self, source: ContentSource) -> None:
        """Bring bytes from one source until the gap is covered or it fails."""
        flight, want = self.flight, self.flight.want
        whole = flight.size is None or self.span.stop >= flight.size
        stop = None if whole else self.span.stop
        async with source.open_blob(
            want.repository, want.digest, start=self.position, stop=stop
        ) as reply:
            flight.settle(reply.total, source.label)
            if flight.size is not None and self.span.stop > flight.size:
                self.span = Span(self.span.start, flight.size)
            await self._take_room(flight)
            offset = reply.start
            batch = _Batch(self)
            try:
                async for chunk in reply.chunks():
                    ahead = self.position + batch.pending_bytes - offset
                    offset += len(chunk)
                    if ahead >= len(chunk):
                        continue  # a source without Range: this part is here already
                    await batch.add(chunk[ahead:] if ahead > 0 else chunk)
                    if self.position + batch.pending_bytes >= self.span.stop:
                        break
            finally:
                await batch.drain()
            self._check_end(source, offset)

    def _check_end(self, source: ContentSource, offset: int) -> None:
        flight = self.flight
        if flight.size is None:
            flight.settle(offset, source.label)
            self.span = Span(self.span.start, offset)
        elif self.position < self.span.stop:
            raise BrokenReplyError(
                f"{source.label} ended {flight.want.digest} at byte {offset}"
                f" of {flight.size}",
                cause="net.conn_reset",
                host=source.label,
            )

    async def _take_room(self, flight: Flight) -> None:
        if flight.size is not None and not await self.room(
            flight.size - flight.arrived
        ):
            raise StoreFullError(
                f"no room for {flight.want.digest}, {flight.size} bytes:"
                " everything left is pinned or arriving",
                cause="node.disk_full",
            )


class _Batch:
    """Collects chunks while the last batch is written and hashed in a thread."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._chunks: list[bytes] = []
        self._collected = 0
        self._writing: asyncio.Future[None] | None = None
        self._writing_bytes = 0

    @property
    def pending_bytes(self) -> int:
        """Bytes taken from the source that the leg's position does not count yet."""
        return self._collected + self._writing_bytes

    async def add(self, chunk: bytes) -> None:
        """Take a chunk; waits only while a full batch is ahead of it."""
        leg = self._leg
        if leg.flight.size is not None:
            chunk = chunk[: leg.span.stop - leg.position - self.pending_bytes]
        self._chunks.append(chunk)
        self._collected += len(chunk)
        writing = self._writing
        if writing is None or writing.done() or self._collected >= BATCH_BYTES:
            await self._settle()
            self._submit()

    async def drain(self) -> None:
        """Write what was collected, also when the source failed."""
        await self._settle()
        if self._chunks:
            self._submit()
            await self._settle()

    def _submit(self) -> None:
        chunks, self._chunks = self._chunks, []
        self._writing_bytes, self._collected = self._collected, 0
        leg = self._leg
        self._writing = asyncio.get_running_loop().run_in_executor(
            leg.flight.executor, _write, leg.flight, leg.digesting, leg.position, chunks
        )
        self._writing.add_done_callback(self._arrived)

    def _arrived(self, writing: asyncio.Future[None]) -> None:
        """Count a written batch, once: when it ends or when it is waited for."""
        if writing is not self._writing:
            return
        self._writing = None
        written_bytes, self._writing_bytes = self._writing_bytes, 0
        if writing.cancelled() or writing.exception() is not None:
            return
        leg = self._leg
        leg.position += written_bytes
        leg.flight.notify()

    async def _settle(self) -> None:
        writing = self._writing
        if writing is not None:
            try:
                await writing
            finally:
                if writing.done():
                    self._arrived(writing)


def _write(
    flight: Flight, digesting: PrefixHash, offset: int, chunks: list[bytes]
) -> None:
    for chunk in chunks:
        flight.partial.write(offset, chunk)
        digesting.add(offset, chunk)
        offset += len(chunk)
    flight.checkpoint_if_due(sum(map(len, chunks)))
