"""One connection's part of a flight: bytes of a gap, from sources into the file."""

import asyncio
import os
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from seawall.errors import (
    BrokenReplyError,
    DigestMismatchError,
    SeawallError,
    StoreError,
    StoreFullError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.kit.ranges import Span
from seawall.kit.threads import run_whole, wait_whole
from seawall.store.roles import Blobs
from seawall.transfer import plan
from seawall.transfer.flight import ContentReply, ContentSource, Flight, Room
from seawall.transfer.plan import PlanOptions, Setback
from seawall.transfer.standing.roster import Roster

BATCH_BYTES = 192 * 1024
LINGER_S = 0.2
CLAIM_BYTES = 64 * 1024 * 1024
_REREAD_BYTES = 1024 * 1024
_NO_SUCH_RANGE = 416


class RangelessError(SeawallError):
    """A source would give all from the first byte on: no fault, and no use."""


class Scribe:
    """Writes a flight's file, and hashes its contiguous prefix.

    Bytes that arrive in order are hashed from memory; what arrived ahead of its turn,
    or before a restart, is read back. What is hashed is never written again, so that
    the file holds the bytes that were verified, even if two legs overlap and their
    sources disagree. Blocking; used in threads.
    """

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Start again from the first byte."""
        self._hasher = self._flight.want.digest.hasher()
        self._position = 0

    def write(self, offset: int, data: bytes) -> None:
        """Put bytes in their place.

        Raises:
            StoreError: The storage could not do it.
        """
        with self._lock:
            hashed = self._position - offset
            if hashed > 0:
                offset, data = self._position, data[hashed:]
            if not data:
                return
            self._flight.partial.write(offset, data)
            if offset == self._position:
                self._hasher.update(data)
                self._position += len(data)

    def read_back(self, stop: int) -> None:
        """Hash what was not hashed yet, up to `stop`.

        Raises:
            StoreError: It cannot be read.
        """
        with self._lock:
            partial = self._flight.partial
            while self._position < stop:
                length = min(_REREAD_BYTES, stop - self._position)
                try:
                    data = os.pread(partial.fd, length, self._position)
                except OSError as exc:
                    raise StoreError(
                        f"could not read {partial.digest} back: {exc.strerror}"
                    ) from exc
                if not data:
                    raise StoreError(f"the file of {partial.digest} became shorter")
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
    roster: Roster
    on_setback: Callable[[ContentSource, SeawallError], None]


@dataclass(frozen=True, slots=True)
class Load:
    """What the legs of one flight share.

    Attributes:
        on_answer: Awaited whenever a source answered well, before its bytes are taken.
        givers: Places of the sources that bytes came from.
    """

    flight: Flight
    order: Sequence[int]
    scribe: Scribe
    gear: Gear
    on_answer: Callable[["Leg"], Awaitable[None]]
    givers: set[int] = field(default_factory=set)


@dataclass
class Leg:
    """Covers one gap of a flight, from as many attempts as the plan allows.

    Attributes:
        far: It runs ahead of another leg: of no use at a source without Range.
    """

    load: Load
    span: Span
    setbacks: list[Setback]
    far: bool = False
    position: int = field(init=False)
    _unclaimed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Begin at the gap's first byte."""
        self.position = self.span.start

    async def cover(self) -> None:
        """Bring the bytes of the gap, however many attempts that takes.

        Raises:
            DigestMismatchError: What is here cannot be part of the content.
            SeawallError: The plan gave up; the error is the most telling one.
        """
        flight, gear = self.load.flight, self.load.gear
        origin = find_origin(flight.sources)
        while flight.size is None or self.position < self.span.stop:
            attempt = plan.choose_attempt(
                self.load.order,
                self.setbacks,
                options=gear.plan,
                origin=origin,
                jitter=random.random,
                last_resort=gear.roster.find_liars(flight.sources),
            )
            if attempt is None:
                raise plan.choose_verdict(self.setbacks, origin=origin)
            if attempt.wait_s:
                await gear.clock.sleep(attempt.wait_s)
            before = self.position
            try:
                await self._carry(attempt.place)
            except (StoreError, DigestMismatchError, RangelessError):
                raise
            except SeawallError as exc:
                self._refuse_longer(exc)
                gained = self.position - before
                self.setbacks.append(Setback(attempt.place, exc, gained))
                gear.on_setback(flight.sources[attempt.place], exc)

    async def _carry(self, place: int) -> None:
        """Bring bytes from one source until the gap is covered or it fails."""
        flight = self.load.flight
        source = flight.sources[place]
        whole = flight.size is None or self.span.stop >= flight.size
        stop = None if whole else self.span.stop
        async with source.open(start=self.position, stop=stop) as reply:
            if self.far and reply.start < self.position:
                digest = flight.want.digest
                raise RangelessError(f"{source.label} gives no part of {digest}")
            flight.settle(reply.total, source.label)
            self._fit()
            await self.load.on_answer(self)
            offset = await self._take(reply, place)
            self._check_end(source, offset)
            self.load.gear.roster.note_success(source)
            self.load.givers.add(place)

    async def _take(self, reply: ContentReply, place: int) -> int:
        """Write what comes; give the offset after the last byte that came."""
        offset = reply.start
        batch = _Batch(self)
        try:
            async for chunk in reply.chunks():
                ahead = self.position + batch.pending_bytes - offset
                offset += len(chunk)
                if ahead >= len(chunk):
                    continue  # a source without Range: this part is here already
                self.load.givers.add(place)
                await self._claim_unsized(len(chunk))
                await batch.add(chunk[ahead:] if ahead > 0 else chunk)
                if self.position + batch.pending_bytes >= self.span.stop:
                    break
        finally:
            await batch.drain()
        return offset

    async def _claim_unsized(self, count: int) -> None:
        """Ask for room as it goes, where nobody knows how much will come."""
        flight = self.load.flight
        if flight.size is not None:
            return
        self._unclaimed += count
        if self._unclaimed >= CLAIM_BYTES:
            if not await self.load.gear.room(self._unclaimed):
                raise StoreFullError(
                    f"no room for more of {flight.want.digest}, whose size"
                    f" {flight.source} does not say",
                    cause="node.disk_full",
                )
            self._unclaimed = 0

    def _fit(self) -> None:
        """Cut the gap to what the content has, now that its size is known."""
        flight = self.load.flight
        if flight.size is None:
            return
        if flight.exceeds(flight.size):
            raise DigestMismatchError(
                f"{flight.arrived} bytes are here of {flight.want.digest}, which has"
                f" {flight.size} at {flight.source}",
                cause="content.size_mismatch",
            )
        if self.span.stop > flight.size:
            gap = flight.extents.first_gap(self.position, flight.size)
            stop = gap.stop if gap else flight.size
            self.span = Span(self.span.start, stop)

    def _refuse_longer(self, error: SeawallError) -> None:
        """A 416 where nobody knows the size: more is here than the content has."""
        flight = self.load.flight
        status = error.status if isinstance(error, UpstreamError) else None
        if status == _NO_SUCH_RANGE and flight.size is None and self.position:
            raise DigestMismatchError(
                f"{flight.want.digest} has no byte {self.position}: {error}",
                cause="content.size_mismatch",
            ) from error

    def _check_end(self, source: ContentSource, offset: int) -> None:
        flight = self.load.flight
        if flight.size is None:
            flight.settle(offset, source.label)
            self.span = Span(self.span.start, max(offset, self.span.start))
        elif self.position < self.span.stop:
            raise BrokenReplyError(
                f"{source.label} ended {flight.want.digest} at byte {offset}"
                f" of {flight.size}",
                cause="net.conn_reset",
                host=source.label,
            )


class _Batch:
    """Collects chunks while earlier ones are written and hashed in a thread."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._chunks: list[bytes] = []
        self._collected = 0
        self._writing: asyncio.Task[None] | None = None
        self._writing_bytes = 0
        self._ending = False
        self._enough = asyncio.Event()  # to write before the moment is over
        self._taken = asyncio.Event()  # what was collected is being written

    @property
    def pending_bytes(self) -> int:
        """Bytes taken from the source that the leg's position does not count yet."""
        return self._collected + self._writing_bytes

    async def add(self, chunk: bytes) -> None:
        """Take a chunk; waits only while much is ahead of it.

        Raises:
            StoreError: An earlier one could not be written.
        """
        leg = self._leg
        if leg.load.flight.size is not None:
            left = leg.span.stop - leg.position - self.pending_bytes
            chunk = chunk[: max(left, 0)]
        self._chunks.append(chunk)
        self._collected += len(chunk)
        if self._writing is None or self._writing.done():
            await self.drain()
            self._ending = False
            self._writing = asyncio.create_task(self._write())
        elif self._collected >= BATCH_BYTES:
            self._enough.set()
            if self._writing_bytes:
                self._taken.clear()
                await self._taken.wait()

    async def drain(self) -> None:
        """Wait until all is written, also when the source failed.

        A failed write is not forgotten: nothing may be written behind a hole.
        """
        self._ending = True
        self._enough.set()
        if self._writing is not None:
            await wait_whole(self._writing)

    async def _linger(self) -> None:
        """Let a slow source's small pieces become one write, for a moment.

        Every write is a thread's turn; many flights with small pieces would keep
        their threads and the event loop waiting for each other.
        """
        self._enough.clear()
        if self._ending or self._collected >= BATCH_BYTES:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._enough.wait()

    async def _write(self) -> None:
        try:
            while self._chunks:
                await self._write_collected()
                await self._linger()
        finally:
            self._taken.set()

    async def _write_collected(self) -> None:
        leg, flight = self._leg, self._leg.load.flight
        chunks, self._chunks = self._chunks, []
        self._writing_bytes, self._collected = self._collected, 0
        self._taken.set()
        await run_whole(
            flight.writers, _write, flight, leg.load.scribe, leg.position, chunks
        )
        leg.position += self._writing_bytes
        self._writing_bytes = 0
        flight.notify()


def find_origin(sources: Sequence[ContentSource]) -> int | None:
    """Tell the origin's place; mirrors that are all equal have none."""
    return next((i for i, s in enumerate(sources) if s.is_origin), None)


def _write(flight: Flight, scribe: Scribe, offset: int, chunks: list[bytes]) -> None:
    for chunk in chunks:
        scribe.write(offset, chunk)
        offset += len(chunk)
    flight.checkpoint_if_due(sum(map(len, chunks)))
