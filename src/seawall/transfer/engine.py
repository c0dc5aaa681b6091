"""Starts flights, lets readers board them, ends them, and keeps what they brought."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from seawall.errors import (
    DigestMismatchError,
    IntegrityError,
    SeawallError,
    StoreFullError,
    UnreachableError,
)
from seawall.kit.clock import Clock
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.store.roles import Blobs
from seawall.transfer.crew import Crew
from seawall.transfer.flight import ContentSource, Flight, FlightOptions, Room, Want
from seawall.transfer.leg import Gear
from seawall.transfer.passthrough import PassThrough
from seawall.transfer.plan import PlanOptions
from seawall.transfer.ranking import Standing, rank_sources


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Bounds on all flights together.

    Attributes:
        orphan_flights: Flights that may go on without a reader: kubelet comes back
            within 5 minutes, and finds more of its layer each time.
        orphan_bytes: Bytes that such flights may still have ahead of them, together.
        passages: Readers served straight through at a time while the disk is full.
        quarantine_s: After a wrong body, nobody may resume this content for so long.
    """

    orphan_flights: int = 32
    orphan_bytes: int = 32 * 1024**3
    passages: int = 16
    quarantine_s: float = 60.0
    flight: FlightOptions = field(default_factory=FlightOptions)
    plan: PlanOptions = field(default_factory=PlanOptions)


class Observer(Protocol):
    """Who wants to know what flights do."""

    def flight_answered(self, flight: Flight) -> None:
        """A source has the content for this repository."""
        ...

    def flight_stored(self, flight: Flight) -> None:
        """The content is verified and durable."""
        ...

    def flight_failed(self, flight: Flight, error: SeawallError) -> None:
        """The flight ended without its content."""
        ...

    def source_failed(self, source: ContentSource, error: SeawallError) -> None:
        """One attempt at one source ended badly."""
        ...

    def passage_opened(self, want: Want) -> None:
        """The disk is full; a reader is served straight through."""
        ...


class Engine:
    """All flights of one process: at most one per digest (invariant 2)."""

    def __init__(
        self,
        blobs: Blobs,
        *,
        room: Room,
        clock: Clock,
        options: EngineOptions,
        observer: Observer,
    ) -> None:
        self._blobs = blobs
        self._clock = clock
        self._gear = Gear(blobs, room, clock, options.plan, self._note_setback)
        self._options = options
        self._observer = observer
        self._executor = ThreadPoolExecutor(8, thread_name_prefix="seawall-transfer")
        self._launches: dict[Digest, asyncio.Task[Flight]] = {}
        self._flights: dict[Digest, Flight] = {}
        self._tasks: dict[Digest, asyncio.Task[None]] = {}
        self._quarantine: dict[Digest, float] = {}
        self._failed_at: dict[str, float] = {}
        self._passages = asyncio.Semaphore(options.passages)

    @property
    def flights(self) -> Sequence[Flight]:
        """What is arriving now."""
        return tuple(self._flights.values())

    def is_arriving(self, digest: Digest) -> bool:
        """Whether a flight of this content is under way; eviction leaves it alone."""
        return digest in self._launches

    def refuses_resume(self, digest: Digest) -> bool:
        """Whether a wrong body of this content went out within the last minute."""
        until = self._quarantine.get(digest)
        if until is None:
            return False
        if until > self._clock.monotonic():
            return True
        del self._quarantine[digest]
        return False

    @asynccontextmanager
    async def board(
        self, want: Want, sources: Sequence[ContentSource]
    ) -> AsyncIterator["Boarding"]:
        """Join the flight of this content, or start it.

        Leaving does not stop a flight, unless too many go on without any reader.

        Raises:
            StoreError: The partial file could not be opened.
        """
        launch = self._launches.get(want.digest)
        joined = launch is not None
        if launch is None:
            launch = asyncio.create_task(self._launch(want, sources))
            self._launches[want.digest] = launch
        flight = await asyncio.shield(launch)
        flight.readers += 1
        try:
            yield Boarding(self, flight, want, sources, joined=joined)
        finally:
            flight.readers -= 1
            if not flight.readers:
                await self._left(flight)

    def rank(self, sources: Sequence[ContentSource]) -> list[int]:
        """Order sources for a content: as listed, those that just failed last."""
        standings = [
            Standing(s.is_origin, self._failed_at.get(s.label)) for s in sources
        ]
        return rank_sources(standings, now=self._clock.monotonic())

    @asynccontextmanager
    async def passage(
        self, want: Want, sources: Sequence[ContentSource]
    ) -> AsyncIterator[PassThrough]:
        """Serve one reader straight through, while the disk is full (invariant 9).

        Raises:
            StoreFullError: As many readers are served that way already.
        """
        if self._passages.locked():
            raise StoreFullError(
                f"the disk is full, and {self._options.passages} readers are served"
                f" straight through already; {want.digest} must wait",
                cause="node.disk_full",
                wait_s=10,
            )
        async with self._passages:
            self._observer.passage_opened(want)
            yield PassThrough(
                want,
                sources,
                self.rank(sources),
                self._clock,
                self._options.plan,
                self._options.flight.small_bytes,
            )

    async def close(self) -> None:
        """Stop every flight; what arrived stays for the next start."""
        launches = list(self._launches.values())
        for launch in launches:
            launch.cancel()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*launches, *tasks, return_exceptions=True)
        self._executor.shutdown(wait=True)

    async def _launch(self, want: Want, sources: Sequence[ContentSource]) -> Flight:
        loop = asyncio.get_running_loop()
        try:
            partial = await loop.run_in_executor(
                self._executor, self._blobs.open_partial, want.digest
            )
        except BaseException:
            self._launches.pop(want.digest, None)
            raise
        flight = Flight(want, partial, sources, self._options.flight, self._executor)
        self._flights[want.digest] = flight
        self._tasks[want.digest] = asyncio.create_task(self._fly(flight))
        return flight

    async def _fly(self, flight: Flight) -> None:
        crew = Crew(flight, self.rank(flight.sources), self._gear)
        try:
            await crew.fly(on_answer=lambda: self._observer.flight_answered(flight))
        except SeawallError as exc:
            self._quarantine_if_wrong(flight, exc)
            self._end(flight)
            flight.fail(exc)
            self._observer.flight_failed(flight, exc)
        except asyncio.CancelledError:
            self._end(flight)
            flight.fail(
                UnreachableError(
                    f"the fetch of {flight.want.digest} was stopped",
                    cause="client_cancelled",
                )
            )
            raise
        else:
            self._observer.flight_stored(flight)
            self._end(flight)
            flight.finish()
        finally:
            if not flight.readers:
                await self._close_file(flight)

    def _quarantine_if_wrong(self, flight: Flight, error: SeawallError) -> None:
        if isinstance(error, DigestMismatchError) and flight.released:
            until = self._clock.monotonic() + self._options.quarantine_s
            self._quarantine[flight.want.digest] = until

    def _end(self, flight: Flight) -> None:
        self._launches.pop(flight.want.digest, None)
        self._flights.pop(flight.want.digest, None)
        self._tasks.pop(flight.want.digest, None)

    def _note_setback(self, source: ContentSource, error: SeawallError) -> None:
        if error.retryable or isinstance(error, IntegrityError):
            self._failed_at[source.label] = self._clock.monotonic()
        self._observer.source_failed(source, error)

    async def _left(self, flight: Flight) -> None:
        """The last reader left: close a finished flight, or let it go on alone."""
        if flight.finished:
            await self._close_file(flight)
            return
        orphans = [f for f in self._flights.values() if not f.readers]
        ahead = sum((f.size or f.want.size or 0) - f.arrived for f in orphans)
        too_many = len(orphans) > self._options.orphan_flights
        if too_many or ahead > self._options.orphan_bytes:
            task = self._tasks.get(flight.want.digest)
            if task is not None:
                task.cancel()

    async def _close_file(self, flight: Flight) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, flight.partial.close)


@dataclass
class Boarding:
    """One reader's place on a flight."""

    engine: Engine
    flight: Flight
    want: Want
    sources: Sequence[ContentSource]
    joined: bool

    async def wait_ready(self, size: int | None = None) -> int:
        """Wait until an answer may begin, and return the content's size.

        That is once a source answered well; a small content is verified by then.

        Args:
            size: What a manifest says, if nothing else needs to be waited for.

        Raises:
            SeawallError: No source has it, or none could be asked.
        """
        flight = self.flight
        try:
            if size is None:
                size = await flight.wait_size()
            if size <= flight.options.small_bytes:
                await flight.wait_finished()
        except StoreFullError:
            size = flight.size if flight.size is not None else self.want.size
            if size is None:
                raise
        return size

    async def read(self, span: Span) -> AsyncIterator[bytes | memoryview]:
        """Follow the flight through `span`; straight through if the disk fills up.

        Raises:
            SeawallError: It failed; what was read so far is no content.
        """
        given = span.start
        try:
            async for chunk in self.flight.read(span):
                yield chunk
                given += len(chunk)
        except StoreFullError:
            async with self.engine.passage(self.want, self.sources) as passage:
                descriptor = self.flight.partial.fd
                async for chunk in passage.read(
                    span, given=given, descriptor=descriptor
                ):
                    yield chunk
