"""One connection's part of a flight: bytes of a gap, from sources into the file."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from seawall.errors import (
    BrokenReplyError,
    DigestMismatchError,
    SeawallError,
    StoreError,
)
from seawall.kit.ranges import Span
from seawall.kit.threads import run_whole
from seawall.transfer import plan
from seawall.transfer.care import reasons
from seawall.transfer.care.gear import Gear
from seawall.transfer.care.holding import Hold
from seawall.transfer.care.second import Opened, Request, Second
from seawall.transfer.care.vigil import Attempt
from seawall.transfer.cargo.batch import Batch
from seawall.transfer.cargo.claim import Claim, refuse_longer
from seawall.transfer.cargo.scribe import Scribe
from seawall.transfer.cargo.suspicion import DISK
from seawall.transfer.flight import ContentSource, Flight
from seawall.transfer.history.logbook import Logbook
from seawall.transfer.plan import Setback
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import Segment
from seawall.transfer.waits.speed import Pace, Verdict
from seawall.transfer.waits.thresholds import Plight


class RangelessError(SeawallError):
    """A source would give all from the first byte on: no fault, and no use."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the legs of one flight share.

    Attributes:
        on_answer: Awaited whenever a source answered well, before its bytes are taken.
        hedged: Who was asked besides another one, each time.
    """

    flight: Flight
    order: Sequence[int]
    scribe: Scribe
    gear: Gear
    on_answer: Callable[["Leg"], Awaitable[None]]
    hedged: list[int] = field(default_factory=list)


@dataclass
class Leg:
    """Covers one gap of a flight, from as many attempts as the plan allows.

    Attributes:
        far: It runs ahead of another leg: of no use at a source without Range.
        loyal: It ends with its source's first failure; only silence has it ask others.
    """

    load: Load
    span: Span
    setbacks: list[Setback]
    far: bool = False
    loyal: bool = False
    position: int = field(init=False)
    _logbook: Logbook = field(init=False)
    _claim: Claim = field(init=False)
    _batch: Batch | None = field(default=None, init=False)
    _second: Second | None = field(default=None, init=False)
    _leash: asyncio.Timeout | None = field(default=None, init=False)
    _opened: Opened | None = field(default=None, init=False)
    _doublings: dict[int, int] = field(default_factory=dict, init=False)
    _verdict: Verdict = field(default=Verdict.KEEP, init=False)
    _needed_by: float = field(default=math.inf, init=False)
    _hold: Hold = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the gap's first byte."""
        self.position, gear = self.span.start, self.load.gear
        tell = partial(gear.tell, self.load.flight.want.digest)
        self._logbook = Logbook(tell, gear.clock)
        self._claim = Claim(gear.room)

    @property
    def place(self) -> int | None:
        """The source that it is at now."""
        return self._opened.place if self._opened else None

    @property
    def order(self) -> Sequence[int]:
        """Whom it asks, best first."""
        return self.load.order

    def recall(self) -> None:
        """End it where it is, without blame for anybody."""
        self.span = Span(self.span.start, max(self.position, self.span.start))
        if self._leash is not None:
            self._leash.reschedule(asyncio.get_running_loop().time())

    @property
    def ahead(self) -> bool:
        """Whether some of its way is left, and it knows where that ends."""
        known = self.load.flight.size is not None
        return known and self.position < self.span.stop <= (self.load.flight.size or 0)

    async def cover(self) -> None:
        """Bring the bytes of the gap, however many attempts that takes.

        Raises:
            DigestMismatchError: What is here cannot be part of the content.
            SeawallError: The plan gave up; the error is the most telling one.
        """
        flight, hold_s = self.load.flight, self.load.gear.plan.hold_s
        self._hold = Hold(hold_s, self._is_writing, self._let_go)
        try:
            while flight.size is None or self.position < self.span.stop:
                opened = await self._take_second()
                if opened is None:
                    opened = self._prepare(await self._choose())
                await self._try(opened)
        finally:
            self._hold.end()
            await self._drop_second()

    def hurry(self, needed_by: float) -> None:
        """A client needs the next bytes by then: ask a second source in time."""
        self._needed_by = needed_by
        if self._opened is not None:
            self._opened.attempt.hurry(needed_by)

    async def _choose(self) -> int:
        """Choose the next source to ask, and wait as long as it needs."""
        if self.loyal and self.setbacks:
            raise self.setbacks[-1].error
        flight, gear = self.load.flight, self.load.gear
        origin = find_origin(flight.sources)
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
        if self._hold.over:
            label = flight.sources[attempt.place].label
            raise reasons.held(label, gear.plan.hold_s)
        return attempt.place

    def _prepare(self, place: int) -> Opened:
        """Get ready to ask a source, and to judge how it does."""
        flight = self.load.flight
        source = flight.sources[place]
        plight = Plight(
            doublings=self._doublings.get(place, 0),
            alone=not self._find_others(place),
            headers_awaited=not flight.source,
        )
        restarts = plan.count_slow(self.setbacks, place)
        pace = Pace(source.experience.speeds, restarts=restarts)

        def measure(segment: Segment, ended: bool) -> None:  # noqa: FBT001  a callback
            if ended:
                self.load.gear.allowance.earn()
                self.load.gear.roster.note_measured(source)
            # where several sources bring it together, none is left for its slowness
            others = [] if flight.mixed else self._find_others(place)
            rivals = [flight.sources[p].experience.describe() for p in others]
            left_bytes = max(self.span.stop - self.position, 1)
            self._verdict = pace.note(segment, left_bytes, rivals)

        silent = partial(self._logbook.silent, source.label)
        attempt = Attempt(plight, partial(self._open_second, place), measure, silent)
        return Opened(place, source, attempt, self._logbook)

    def _find_others(self, place: int) -> list[int]:
        """Find who else could go on at once."""
        return plan.find_others(
            self.load.order,
            self.setbacks,
            place,
            last_resort=self.load.gear.roster.find_liars(self.load.flight.sources),
            now=self.load.gear.clock.monotonic(),
        )

    async def _try(self, opened: Opened) -> None:
        """Bring what one source gives, until it fails or another one is faster."""
        before, error = self.position, None
        self._verdict, self._opened = Verdict.KEEP, opened
        self._logbook.begin(opened, before)
        opened.attempt.hurry(self._needed_by)
        try:
            async with asyncio.timeout(None) as self._leash:
                await self._carry(opened)
        except (StoreError, DigestMismatchError, RangelessError):
            raise
        except TimeoutError:
            if self._hold.over:
                error = reasons.held(opened.source.label, self.load.gear.plan.hold_s)
                self._tell_setback(opened.place, error)
                raise error from None
            if self.position < self.span.stop:  # else it was recalled
                error = reasons.overtaken(opened.source.label)
        except SeawallError as exc:
            refuse_longer(self.load.flight, self.position, exc)
            error = exc
        finally:
            self._leash = self._opened = None
            await opened.close()
            gained = self.position - before
            self._logbook.leave(gained, error)
        if error is None:
            return
        place = opened.place
        self._doublings[place] = opened.attempt.doublings
        self._note_setback(place, error, gained)

    def _note_setback(self, place: int, error: SeawallError, gained: int = 0) -> None:
        at = self.load.gear.clock.monotonic()
        self.setbacks.append(Setback(place, error, gained, at))
        self._tell_setback(place, error)

    def _tell_setback(self, place: int, error: SeawallError) -> None:
        flight = self.load.flight
        self.load.gear.on_setback(flight.want, flight.sources[place], error)

    def _wanted(self, place: int, start: int) -> tuple[int, int | None]:
        """Tell what to ask for: a stop only if it does not go on to the end.

        A source that again and again answers with other parts than were asked for may
        still give the whole.
        """
        if not self.far and plan.gives_wrong_parts(self.setbacks, place):
            return 0, None
        size = self.load.flight.size
        return start, None if size is None or self.span.stop >= size else self.span.stop

    async def _carry(self, opened: Opened) -> None:
        """Bring bytes from one source until the gap is covered or it fails."""
        flight, source = self.load.flight, opened.source
        await opened.open(*self._wanted(opened.place, self.position))
        reply = opened.reply
        if self.far and reply.start < self.position:
            digest = flight.want.digest
            raise RangelessError(f"{source.label} gives no part of {digest}")
        flight.settle(reply.total, source.label)
        self._fit()
        await self.load.on_answer(self)
        offset = await self._take(opened)
        self._check_end(source, offset)
        self.load.gear.roster.note_success(source)

    async def _take(self, opened: Opened) -> int:
        """Write what comes; give the offset after the last byte that came."""
        offset = opened.reply.start
        batch = self._batch = Batch(self._write, self._tell_left)
        try:
            async for chunk in opened.chunks():
                if self._second is not None and not self._second.won:
                    await self._drop_second()
                self._hold.note_gain()
                self._needed_by = math.inf
                ahead = self.position + batch.pending_bytes - offset
                offset += len(chunk)
                if ahead < len(chunk):  # else a source without Range: it is here
                    await self._claim.note(self.load.flight, len(chunk))
                    await batch.add(chunk[ahead:] if ahead > 0 else chunk)
                if self.position + batch.pending_bytes >= self.span.stop:
                    break
                if self._verdict is not Verdict.KEEP:
                    raise reasons.too_slow(opened.source.label)
        finally:
            await batch.drain()
            self._batch = None
        return offset

    def _tell_left(self) -> int | None:
        unsized = self.load.flight.size is None
        return None if unsized else self.span.stop - self.position

    async def _write(self, chunks: list[bytes], count: int) -> None:
        flight, scribe = self.load.flight, self.load.scribe
        giver = self._opened.place if self._opened else DISK
        await run_whole(flight.writers, scribe.write_all, self.position, chunks, giver)
        self.position += count
        flight.notify()

    def _open_second(self, place: int, phase: Phase) -> None:
        """The source that is asked keeps silent: ask another one as well."""
        if self._second is None and self._leash is not None:
            prepare = partial(self._prepare_second, place, phase)
            if (request := prepare()) is not None:
                renew_s = self.load.gear.plan.renew_s
                self._second = Second(request, prepare, self._overtake, renew_s)

    def _prepare_second(self, place: int, phase: Phase) -> Request | None:
        roster, sources = self.load.gear.roster, self.load.flight.sources
        other = plan.choose_second(
            self.load.order,
            self.setbacks,
            place,
            last_resort=roster.find_liars(sources),
            now=self.load.gear.clock.monotonic(),
            troubled=roster.is_troubled(sources[place]),
            connecting=phase is Phase.CONNECT,
        )
        hedged = self.load.hedged
        if other is None or not self.load.gear.allowance.take(first=not hedged):
            return None
        hedged.append(other)
        pending = self._batch.pending_bytes if self._batch else 0
        return self._prepare(other), self._wanted(other, self.position + pending)

    def _overtake(self) -> None:
        """The second source has the next bytes: the first is done with."""
        if self._opened is not None and self._leash is not None:
            if self._second is not None:
                label = self.load.flight.sources[self._second.place].label
                self._logbook.overtake(label, self.position)
            self._opened.attempt.lose()
            self._let_go()

    def _is_writing(self) -> bool:
        return bool(self._batch and self._batch.pending_bytes)

    def _let_go(self) -> None:
        """End what is awaited of the source that is asked."""
        if self._leash is not None:
            self._leash.reschedule(asyncio.get_running_loop().time())

    async def _take_second(self) -> Opened | None:
        """Go on with the second source, if one is being asked."""
        second = self._second
        if second is None:
            return None
        try:
            opened = await second.take()
        except (StoreError, DigestMismatchError, RangelessError):
            raise
        except SeawallError as exc:
            self._second = None
            self._note_setback(second.place, exc)
            return None
        self._second = None
        return opened

    async def _drop_second(self) -> None:
        """The first source gave bytes after all, or nobody is needed any more."""
        second, self._second = self._second, None
        if second is not None:
            error = await second.drop()
            if error is not None:
                self._tell_setback(second.place, error)
            else:
                self._logbook.drop(self.load.flight.sources[second.place].label)

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


def find_origin(sources: Sequence[ContentSource]) -> int | None:
    """Tell the origin's place; mirrors that are all equal have none."""
    return next((i for i, s in enumerate(sources) if s.is_origin), None)
