"""Starts flights, lets readers board them, ends them, and keeps what they brought."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from seawall.errors import (
    DigestMismatchError,
    IntegrityError,
    NotStoredError,
    SeawallError,
    UnreachableError,
)
from seawall.kit.clock import Clock
from seawall.kit.ranges import Span
from seawall.kit.threads import run_whole
from seawall.oci.digest import Digest
from seawall.store.roles import Blobs
from seawall.transfer.care.gear import Gear
from seawall.transfer.crew import Crew
from seawall.transfer.flight import ContentSource, Flight, FlightOptions, Room, Want
from seawall.transfer.history import events
from seawall.transfer.history.chronicle import Chronicle
from seawall.transfer.history.events import tell_trouble
from seawall.transfer.history.subject import SUBJECT, Witness
from seawall.transfer.passthrough import PassThrough
from seawall.transfer.plan import PlanOptions
from seawall.transfer.readers.boarding import Boarding
from seawall.transfer.readers.following import Client
from seawall.transfer.readers.rhythm import PLAIN, Rhythm
from seawall.transfer.readers.seats import Seats
from seawall.transfer.standing.allowance import Allowance
from seawall.transfer.standing.circuit import CircuitOptions
from seawall.transfer.standing.roster import Roster


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
    circuit: CircuitOptions = field(default_factory=CircuitOptions)


class Observer(Witness, Protocol):
    """Who wants to know what flights do, and what happens to their contents."""

    def flight_answered(self, flight: Flight) -> None:
        """A source has the content for this repository."""
        ...

    def flight_stored(self, flight: Flight) -> None:
        """The content is verified and durable."""
        ...


class Engine:
    """All flights of one process: at most one per digest (invariant 2).

    Attributes:
        roster: How sources fared, for whoever else asks them.
        allowance: How many second sources may be asked yet.
        seats: Who goes straight through while the disk is full.
    """

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
        self.roster = Roster(clock, options.circuit)
        self.allowance = Allowance()
        self._gear = Gear(
            blobs,
            room,
            clock,
            options.plan,
            self.roster,
            self.allowance,
            self._note_setback,
            self._note_lie,
            observer.happened,
        )
        self._options = options
        self._observer = observer
        self._executor = ThreadPoolExecutor(8, thread_name_prefix="seawall-transfer")
        # Writing and hashing are short, and apart from what waits for a disk; more of
        # them at once than there are spare cores would only hold up the event loop.
        writers = max(2, min(4, (os.cpu_count() or 1) // 2))
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="seawall-writer")
        self._flights: dict[Digest, Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._quarantine: dict[Digest, float] = {}
        self.seats = Seats(options.passages)
        self._closed = False

    @property
    def hold_s(self) -> float:
        """The longest silence that is held for a client."""
        return self._options.plan.hold_s

    @property
    def flights(self) -> Sequence[Flight]:
        """What is arriving now."""
        return tuple(self._flights.values())

    def is_arriving(self, digest: Digest) -> bool:
        """Whether a flight of this content is under way; eviction leaves it alone."""
        return digest in self._flights

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
        self,
        want: Want,
        sources: Sequence[ContentSource],
        rhythm: Rhythm = PLAIN,
        *,
        follows: bool = True,
    ) -> AsyncIterator[Boarding]:
        """Join the flight of this content, or start it.

        Leaving does not stop a flight, unless too many go on without any reader. If
        nobody on board `follows` it byte by byte, several sources may bring it.

        Args:
            want: The content.
            sources: Who is asked for it, if no flight is under way.
            rhythm: What the reader's client must be given while nothing arrives.
            follows: Whether it is read byte by byte, and not only awaited.

        Raises:
            UnreachableError: Seawall is stopping.
        """
        flight = self._flights.get(want.digest)
        while flight is not None and (flight.stopping or flight.error is not None):
            await flight.landed.wait()
            flight = self._flights.get(want.digest)
        joined = flight is not None
        if flight is None:
            flight = self._launch(want, sources)
        client = Client(
            rhythm,
            self.hold_s,
            partial(
                self._observer.happened,
                want.digest,
                events.ReaderPulsed(rhythm.kind),
            ),
        )
        boarding = Boarding(self, flight, want, sources, joined=joined, client=client)
        flight.readers += 1
        flight.followers += follows
        try:
            yield boarding
        finally:
            boarding.leave()
            flight.readers -= 1
            flight.followers -= follows
            if not flight.readers:
                self._left(flight)

    def rank(
        self, sources: Sequence[ContentSource], size: int | None = None
    ) -> list[int]:
        """Order sources for a content of this size, best first."""
        return self.roster.rank(sources, size)

    @asynccontextmanager
    async def passage(
        self, want: Want, sources: Sequence[ContentSource]
    ) -> AsyncIterator[PassThrough]:
        """Serve one reader straight through, while the disk is full (invariant 9).

        The reader has one of the seats, which bound how many are served that way.
        """
        self._observer.happened(want.digest, events.PassageOpened())
        try:
            yield PassThrough(
                want,
                sources,
                self.rank(sources),
                self._gear,
                small_bytes=self._options.flight.small_bytes,
            )
        except DigestMismatchError:
            self._quarantine_content(want.digest)
            raise

    async def close(self) -> None:
        """Stop every flight; what arrived stays for the next start."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._executor.shutdown)
        await asyncio.to_thread(self._writers.shutdown)

    def _launch(self, want: Want, sources: Sequence[ContentSource]) -> Flight:
        if self._closed:
            raise UnreachableError(
                f"Seawall is stopping; {want.digest} is not fetched any more",
                cause="client_cancelled",
            )
        flight = Flight(
            want, sources, self._options.flight, self._executor, self._writers
        )
        self._flights[want.digest] = flight
        task = asyncio.create_task(self._fly(flight))
        flight.stop = task.cancel
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._bury(flight))
        return flight

    def _bury(self, flight: Flight) -> None:
        """End a flight that was stopped before its first step: nothing else would."""
        if flight.landed.is_set():
            return
        if not flight.finished:
            flight.fail(
                UnreachableError("stopped at once", cause="client_cancelled"), cut=True
            )
        self._flights.pop(flight.want.digest, None)
        flight.landed.set()
        if not flight.readers:
            flight.close()

    async def _fly(self, flight: Flight) -> None:
        stopped = UnreachableError(
            f"the fetch of {flight.want.digest} was stopped", cause="client_cancelled"
        )
        SUBJECT.set(flight.want.digest)
        chronicle = Chronicle(flight, self._observer, self._clock)
        try:
            if not await run_whole(self._executor, self._begin, flight):
                await self._bring(flight, chronicle)
            flight.finish()
        except SeawallError as exc:
            if isinstance(exc, DigestMismatchError) and flight.released:
                self._quarantine_content(flight.want.digest)
            flight.fail(exc, cut=isinstance(exc, IntegrityError))
            chronicle.end("failed", exc)
        finally:
            # Cancelled, or a bug: readers must not wait for ever for its end.
            if not flight.finished:
                flight.fail(stopped, cut=True)
                chronicle.end("stopped", stopped)
            # Its files first: the next flight of this content opens the same ones.
            try:
                await run_whole(self._executor, flight.land)
            finally:
                self._flights.pop(flight.want.digest, None)
                flight.landed.set()
                if not flight.readers:
                    flight.close()

    def _begin(self, flight: Flight) -> bool:
        """Open the file; say whether the content was stored a moment ago. Blocking."""
        digest = flight.want.digest
        try:
            flight.adopt(self._blobs.open_blob(digest))
        except NotStoredError:
            partial = self._blobs.open_partial(digest)
            size = flight.want.size
            if size is not None and any(s.stop > size for s in partial.extents.spans()):
                # More than there is cannot be right: not a byte of it goes out.
                partial.discard()
                partial.close()
                partial = self._blobs.open_partial(digest)
            flight.begin(partial)
            return False
        return True

    async def _bring(self, flight: Flight, chronicle: Chronicle) -> None:
        sources, size = flight.sources, flight.want.size
        order = self.rank(sources, size)
        chronicle.begin(self.roster.describe(sources, size, order=order))
        crew = Crew(
            flight,
            order,
            self._gear,
            on_answer=lambda: self._observer.flight_answered(flight),
        )
        chronicle.crew = crew
        await crew.fly()
        if flight.wrong and flight.released:
            self._quarantine_content(flight.want.digest)
        self._observer.flight_stored(flight)
        chronicle.end("stored")

    def _quarantine_content(self, digest: Digest) -> None:
        now = self._clock.monotonic()
        current = {d: until for d, until in self._quarantine.items() if until > now}
        self._quarantine = current | {digest: now + self._options.quarantine_s}

    def _note_setback(
        self, want: Want, source: ContentSource, error: SeawallError
    ) -> None:
        self.roster.note_failure(source, error)
        failed = events.SourceFailed(source.label, tell_trouble(error))
        self._observer.happened(want.digest, failed)

    def _note_lie(
        self, source: ContentSource, flight: Flight, wrong: Sequence[Span]
    ) -> None:
        self.roster.note_lie(source)
        want, lie_s = flight.want, self.roster.lie_s
        lied = events.tell_lie(source.label, str(want.repository), wrong, lie_s)
        self._observer.happened(want.digest, lied)

    def _left(self, flight: Flight) -> None:
        """The last reader left: give its file back, or let the flight go on alone."""
        if flight.landed.is_set():
            flight.close()
            return
        orphans = [f for f in self._flights.values() if not f.readers]
        ahead = sum(max((f.size or f.want.size or 0) - f.arrived, 0) for f in orphans)
        too_many = len(orphans) > self._options.orphan_flights
        if not flight.finished and (too_many or ahead > self._options.orphan_bytes):
            flight.stopping = True
            flight.stop()
