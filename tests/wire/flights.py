"""An engine on a disk, and a source whose bytes a test lets through one by one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from seawall.errors import BrokenReplyError, SeawallError
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.disk import DiskBlobs
from seawall.store.roles import Blobs
from seawall.testing.clock import FakeClock
from seawall.testing.samples import random_bytes
from seawall.testing.storecontract import read_blob
from seawall.transfer.engine import Engine, EngineOptions
from seawall.transfer.flight import ContentSource, Flight, FlightOptions, Want
from seawall.transfer.history import events
from seawall.transfer.history.events import Event
from seawall.transfer.history.subject import Subject
from seawall.transfer.waits.experience import Experience

REPOSITORY = RepositoryName("docker.io", "library/busybox")
BODY = random_bytes("body", 200_000)
DIGEST = Digest.of(BODY)
WANT = Want(REPOSITORY, DIGEST, len(BODY))
WHOLE = Span(0, len(BODY))
FLIGHT = FlightOptions(
    tail_bytes=1000, small_bytes=4000, far_bytes=50_000, checkpoint_bytes=10_000
)


class HastyClock(FakeClock):
    """A clock on which every wait is over at once, and counts."""

    async def sleep(self, wait_s: float) -> None:
        """Move on."""
        self.advance(wait_s)
        await asyncio.sleep(0)


@dataclass
class Puppet:
    """A source that gives as much as a test allows, and fails where it says.

    Attributes:
        body: What it says the content is.
        allowed: It goes on up to this offset, then waits.
        breaks: Errors that it raises at offsets, once each.
        total: The size it tells; -1 means the truth, None that it tells none.
        ranges: Whether it heeds them.
        asked: The ranges it was asked for.
        given_bytes: How much it gave, to all.
    """

    body: bytes = BODY
    label: str = "puppet"
    is_origin: bool = True
    is_last_resort: bool = False
    healthy_at: float = 0.0
    allowed: int = 2**40
    breaks: dict[int, SeawallError] = field(default_factory=dict)
    total: int | None = -1
    ranges: bool = True
    chunk_bytes: int = 5000
    asked: list[tuple[int, int | None]] = field(default_factory=list)
    open_replies: int = 0
    given_bytes: int = 0
    refusal: Exception | None = None
    experience: Experience = field(default_factory=Experience)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def allow(self, offset: int = 2**40) -> None:
        """Let bytes through up to here."""
        self.allowed = offset
        self._moved.set()

    @asynccontextmanager
    async def open(
        self, *, start: int = 0, stop: int | None = None
    ) -> AsyncIterator["PuppetReply"]:
        """Answer, unless it refuses."""
        self.asked.append((start, stop))
        if self.refusal is not None:
            raise self.refusal
        if self.ranges and start and start >= len(self.body):
            raise BrokenReplyError("no such range", status=416)
        self.open_replies += 1
        try:
            total = len(self.body) if self.total == -1 else self.total
            yield PuppetReply(self, start if self.ranges else 0, stop, total)
        finally:
            self.open_replies -= 1

    async def wait_for(self, offset: int) -> int:
        """Wait until bytes from this offset may go; tell up to where."""
        while self.allowed <= offset:
            self._moved.clear()
            await self._moved.wait()
        return self.allowed


@dataclass
class PuppetReply:
    """One answer of a puppet."""

    source: Puppet
    start: int
    stop: int | None
    total: int | None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes that are allowed."""
        source, at = self.source, self.start
        stop = len(source.body)
        if source.ranges and self.stop is not None:
            stop = self.stop
        while at < stop:
            if at in source.breaks:
                raise source.breaks.pop(at)
            end = min(at + source.chunk_bytes, stop, await source.wait_for(at))
            end = min([end, *(b for b in source.breaks if b > at)])
            source.given_bytes += end - at
            yield source.body[at:end]
            at = end
        if at in source.breaks:
            raise source.breaks.pop(at)


@dataclass
class Log:
    """What an engine tells of."""

    answered: int = 0
    stored: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    blamed: list[str] = field(default_factory=list)
    passages: int = 0
    pulsed: list[str] = field(default_factory=list)
    liars: list[str] = field(default_factory=list)
    wrong: list[Span] = field(default_factory=list)

    def flight_answered(self, _: Flight) -> None:
        """Count."""
        self.answered += 1

    def flight_stored(self, flight: Flight) -> None:
        """Note the source."""
        self.stored.append(flight.source)

    def happened(self, _: Subject | None, event: Event) -> None:
        """Note it, and what tests ask for most."""
        self.events.append(event)
        match event:
            case events.FlightEnded(trouble=trouble) if trouble is not None:
                self.failed.append(trouble.cause)
            case events.SourceFailed(source):
                self.blamed.append(source)
            case events.SourceLied(source, ranges=ranges):
                self.liars.append(source)
                self.wrong += [Span(first, last + 1) for first, last in ranges]
            case events.PassageOpened():
                self.passages += 1
            case events.ReaderPulsed(kind):
                self.pulsed.append(kind)
            case _:
                pass


@dataclass
class Hangar:
    """An engine with what is around it."""

    engine: Engine
    blobs: Blobs
    log: Log
    clock: FakeClock
    claims: list[int]

    async def fetch(
        self, *sources: ContentSource, want: Want = WANT, span: Span | None = None
    ) -> bytes:
        """Read a content, or a part of it, as one reader does."""
        async with self.engine.board(want, sources) as boarding:
            size = await boarding.wait_ready()
            parts = [
                bytes(chunk) async for chunk in boarding.read(span or Span(0, size))
            ]
        return b"".join(parts)

    async def read_into(
        self, got: bytearray, sources: Sequence[ContentSource], span: Span = WHOLE
    ) -> None:
        """Read a part of the body, and let the test watch."""
        async with (
            self.engine.board(WANT, sources) as boarding,
            aclosing(boarding.read(span)) as chunks,
        ):
            await boarding.wait_ready()
            async for chunk in chunks:
                got += chunk

    def stored(self, digest: Digest = DIGEST) -> bytes | None:
        """Read what is stored."""
        if self.blobs.find_size(digest) is None:
            return None
        return read_blob(self.blobs, digest)

    async def idle(self) -> None:
        """Wait until nothing is arriving any more."""
        await until(lambda: not self.engine.flights)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that other tasks and threads bring about."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  threads bring it about, too
            await asyncio.sleep(0.001)


@asynccontextmanager
async def open_hangar(
    root: Path,
    *,
    blobs: Blobs | None = None,
    options: EngineOptions | None = None,
    clock: FakeClock | None = None,
    room: bool = True,
) -> AsyncIterator[Hangar]:
    """Open an engine on a directory; close it at the end."""
    clock = clock or HastyClock()
    blobs = blobs or DiskBlobs(root, sync=False)
    log = Log()
    claims: list[int] = []

    async def take_room(need_bytes: int) -> bool:
        claims.append(need_bytes)
        return room

    engine = Engine(
        blobs,
        room=take_room,
        clock=clock,
        options=options or EngineOptions(flight=FLIGHT),
        observer=log,
    )
    try:
        yield Hangar(engine, blobs, log, clock, claims)
    finally:
        await engine.close()


def count_descriptors() -> int:
    """Count this process's open files."""
    return len(list(Path("/proc/self/fd").iterdir()))
