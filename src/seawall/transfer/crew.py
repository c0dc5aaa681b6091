"""Flies one flight: covers its gaps, far readers' ones too, verifies, commits."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from seawall.errors import DigestMismatchError, SeawallError, StoreFullError
from seawall.kit.ranges import Span
from seawall.kit.threads import run_whole
from seawall.transfer import plan
from seawall.transfer.care.gear import Gear
from seawall.transfer.cargo.mender import Mender
from seawall.transfer.cargo.scribe import Scribe
from seawall.transfer.cargo.suspicion import DISK, Suspicion, list_suspicions
from seawall.transfer.convoy import Convoy, Fleet
from seawall.transfer.flight import Flight
from seawall.transfer.history.events import Spread
from seawall.transfer.leg import Leg, Load, find_origin
from seawall.transfer.plan import Setback

_UNKNOWN_STOP = 2**62  # the stop of a gap while nobody has told the size


class Crew:
    """Runs the legs of one flight until its content is verified and durable.

    Args:
        flight: The flight, begun.
        order: Places of its sources, best first.
        gear: What all flights work with.
        on_answer: Told once, when a source has the content.
    """

    def __init__(
        self,
        flight: Flight,
        order: Sequence[int],
        gear: Gear,
        *,
        on_answer: Callable[[], None],
    ) -> None:
        self._flight = flight
        self._gear = gear
        self._load = Load(flight, order, Scribe(flight), gear, self._answered)
        self._on_answer = on_answer
        self._setbacks: list[Setback] = []
        self._main: Leg | None = None
        self._far: dict[asyncio.Task[SeawallError | None], Leg] = {}
        self._ending = False
        self._far_failed = False
        self._told = False
        self._has_room = False
        self._resumed = flight.arrived > 0
        self._convoy = Convoy(
            self._load, Fleet(self._legs, self._launch_far), self._setbacks
        )
        flight.run_stop = self._load.scribe.provenance.run_stop

    async def fly(self) -> None:
        """Bring the content, verify it, make it durable.

        Where bytes are wrong, other sources are asked for what one of them gave, and
        what differs is replaced. If that does not help, wrong bytes of which no reader
        has seen any are thrown away; otherwise the flight ends there (invariant 1).

        Raises:
            SeawallError: The content could not be brought.
        """
        self._flight.on_far = self._start_far
        self._flight.on_hurry = self._hurry
        self._settle_if_complete()
        stripes = self._convoy.start()
        try:
            while True:
                try:
                    await self._cover_gaps()
                    await self._seal()
                except DigestMismatchError as exc:
                    await self._stop_far()
                    if await self._mend(exc):
                        return
                    await self._discard(exc)
                else:
                    return
        finally:
            self._ending = True
            if stripes is not None:
                stripes.cancel()
                await asyncio.gather(stripes, return_exceptions=True)
            await self._stop_far()

    def tell_given(self) -> dict[str, int]:
        """Give the bytes that each source gave, of what is here."""
        givers = self._load.scribe.provenance.givers()
        sources = self._flight.sources
        return {sources[p].label: n for p, n in givers.items() if p != DISK}

    def _legs(self) -> list[Leg]:
        return [*([self._main] if self._main else []), *self._far.values()]

    def _settle_if_complete(self) -> None:
        """A crash between the last byte and the commit needs no source at all."""
        flight, size = self._flight, self._flight.want.size
        if size is not None and flight.extents.first_gap(0, size) is None:
            flight.settle(size, "disk")

    def _is_complete(self) -> bool:
        """Whether all is here, though a leg may still wait for what another brought."""
        size = self._flight.size
        return size is not None and self._flight.extents.first_gap(0, size) is None

    async def _cover_gaps(self) -> None:
        while True:
            gap = self._next_gap()
            if gap is None or (self._far and self._convoy.full):
                if not self._far or self._is_complete():
                    return await self._stop_far()
                await asyncio.wait(self._far, return_when=asyncio.FIRST_COMPLETED)
                continue
            load = replace(self._load, order=self._convoy.order)
            leg = self._main = Leg(load, self._convoy.bound(gap), self._setbacks)
            try:
                await leg.cover()
            finally:
                self._main = None

    def _next_gap(self) -> Span | None:
        """Find the first bytes that are neither here nor on a leg's way."""
        extents, size = self._flight.extents, self._flight.size
        if size is None:
            size = self._flight.want.size
        if size is None:
            # one byte back, so that a resume of a complete file never gives 416
            return Span(max(extents.stop_from(0) - 1, 0), _UNKNOWN_STOP)
        ways = sorted((x.position, x.span.stop) for x in self._far.values())
        start = 0
        while gap := extents.first_gap(start, size):
            on_way = next((w for w in ways if w[0] <= gap.start < w[1]), None)
            if on_way is None:
                stop = min([w[0] for w in ways if w[0] > gap.start] + [gap.stop])
                return Span(gap.start, stop)
            start = on_way[1]
        return None

    async def _answered(self, leg: Leg) -> None:
        """A source answered well: tell, then ask for room; once each."""
        flight, at = self._flight, leg.position
        self._convoy.note_answer(leg)
        self._note_place(leg)
        if leg.far and flight.extents.stop_from(at) > at:
            leg.span = Span(leg.span.start, at)  # somebody else was faster
        for other in self._legs() if leg.far else ():
            if other is not leg and other.position < at < other.span.stop:
                other.span = Span(other.span.start, at)
        if not self._told:
            self._told = True
            self._on_answer()
        if self._has_room or flight.size is None:
            return
        self._has_room = await self._gear.room(flight.size - flight.arrived)
        if not self._has_room:
            raise StoreFullError(
                f"no room for {flight.want.digest}, {flight.size} bytes:"
                " too little is held that may go for it",
                cause="node.disk_full",
            )

    def _note_place(self, leg: Leg) -> None:
        """Who answered is the lead now, unless it only helps, where that is fine."""
        flight, lead = self._flight, self._convoy.lead
        if leg.place is None or leg.place == lead:
            return
        if len(leg.order) > 1 or lead is None:
            self._convoy.follow(leg.place)
        elif flight.followers and not flight.mixed:
            leg.recall()  # somebody came on board meanwhile, and reads
        else:
            flight.mixed = True

    def _start_far(self, position: int) -> None:
        """A reader waits far ahead: open a connection of this flight for it."""
        flight = self._flight
        size = flight.size
        if size is None or flight.finished or self._far_failed:
            return
        if len(self._far) + 1 >= flight.options.legs:
            return
        legs = list(self._far.values())
        near = flight.options.far_bytes
        if any(x.position - near <= position < x.span.stop for x in legs):
            return
        ahead = [x.position for x in legs if x.position > position]
        gap = flight.extents.first_gap(position, min([*ahead, size]))
        if gap is None or gap.start != position:
            return
        self._launch_far(Leg(self._load, gap, [], far=True))

    def _hurry(self, position: int, needed_by: float) -> None:
        """A reader waits for these very bytes, and its client not for long."""
        for leg in self._legs():
            if leg.position <= position < leg.span.stop:
                leg.hurry(needed_by)

    def _launch_far(self, leg: Leg) -> None:
        spread = Spread(leg.span.start, leg.span.stop, len(self._legs()) + 1)
        self._gear.tell(self._flight.want.digest, spread)
        task = asyncio.create_task(self._cover_far(leg))
        self._far[task] = leg
        task.add_done_callback(self._end_far)

    def _end_far(self, task: asyncio.Task[SeawallError | None]) -> None:
        leg = self._far.pop(task)
        if not (task.cancelled() or task.exception() or self._ending):
            self._convoy.note_end(leg, task.result())

    async def _cover_far(self, leg: Leg) -> SeawallError | None:
        try:
            await leg.cover()
        except SeawallError as exc:
            # The main leg covers this gap in its turn, with the full plan, and says
            # why if it cannot. No other far leg is begun: readers ask at every turn.
            self._far_failed = self._far_failed or not leg.loyal
            return exc
        return None

    async def _stop_far(self) -> None:
        tasks = list(self._far)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _seal(self) -> None:
        """Verify the digest and make the content durable, in that order."""
        flight, scribe = self._flight, self._load.scribe
        size = flight.size or 0
        if scribe.position < size:  # else it was hashed as it came: no thread's turn
            await run_whole(flight.executor, scribe.read_back, size)
        # A longer file would be committed whole, with bytes that nothing verified.
        if flight.exceeds(size) or scribe.hexdigest() != flight.want.digest.hex:
            raise DigestMismatchError(
                f"{flight.source} gave {size} bytes that are not"
                f" {flight.want.digest}; nothing of it was kept",
                cause="content.digest_mismatch",
            )
        await run_whole(flight.executor, flight.partial.commit)

    async def _discard(self, error: DigestMismatchError) -> None:
        """Throw wrong bytes away; go on at another source if nobody saw them."""
        flight = self._flight
        flight.withheld = True
        await run_whole(flight.executor, flight.partial.discard)
        resumed, self._resumed = self._resumed, False
        # A crash may have left wrong bytes here: then nobody upstream is to blame.
        suspects = set() if resumed else self._find_suspects(error)
        if flight.released or not (resumed or suspects):
            raise error
        await run_whole(flight.executor, self._begin_anew)
        flight.size = None
        flight.withheld = False
        self._load.scribe.reset()

    async def _mend(self, error: DigestMismatchError) -> bool:
        """Find the liar by what others have, and replace only what differs."""
        flight, scribe, size = self._flight, self._load.scribe, self._flight.size
        if not size or flight.exceeds(size) or flight.extents.first_gap(0, size):
            return False
        flight.withheld = True
        blame = partial(self._gear.on_setback, flight.want)
        mender = Mender(flight, scribe, blame, self._gear.clock)
        finding = await mender.mend(self._list_suspicions(size))
        for place in mender.unmasked:
            self._blame(place, error, [Span(0, size)])
        if finding is None:
            return False
        flight.wrong = finding.wrong
        if finding.suspect != DISK:
            self._blame(finding.suspect, error, finding.wrong)
        await run_whole(flight.executor, flight.partial.commit)
        flight.withheld = False
        return True

    def _list_suspicions(self, size: int) -> list[Suspicion]:
        sources = self._flight.sources
        lost = plan.find_lost(self._setbacks)
        return list_suspicions(
            self._load.scribe.provenance,
            size,
            [place for place in self._load.order if place not in lost],
            origin=find_origin(sources),
            liars=self._gear.roster.find_liars(sources),
        )

    def _blame(
        self, place: int, error: DigestMismatchError, wrong: Sequence[Span]
    ) -> None:
        """Name a source whose bytes were wrong beyond doubt; nobody asks it again."""
        source = self._flight.sources[place]
        self._setbacks.append(self._note_wrong(place, error))
        self._gear.on_setback(self._flight.want, source, error)
        self._gear.on_lie(source, self._flight, wrong)

    def _find_suspects(self, error: DigestMismatchError) -> set[int]:
        """Tell which sources not to ask again; one alone is sure to be the liar.

        Of several that gave a part each, all sit out but one, the origin if there is
        one: what it gives alone next time is either right, or its own fault.
        """
        givers = set(self._load.scribe.provenance.givers()) - {DISK}
        lost = plan.find_lost(self._setbacks)
        if len(givers) == 1:
            for place in givers:
                self._blame(place, error, self._load.scribe.provenance.spans_of(place))
            return givers
        origin = find_origin(self._flight.sources)
        spared = max(givers - lost, default=None) if origin is None else origin
        doubted = givers - {spared}
        self._setbacks += [self._note_wrong(place, error) for place in sorted(doubted)]
        return doubted

    def _note_wrong(self, place: int, error: DigestMismatchError) -> Setback:
        return Setback(place, error, at=self._gear.clock.monotonic())

    def _begin_anew(self) -> None:
        self._flight.begin(self._gear.blobs.open_partial(self._flight.want.digest))
