"""Flies one flight: covers its gaps, far readers' ones too, verifies, commits."""

import asyncio
from collections.abc import Callable, Sequence

from seawall.errors import DigestMismatchError, SeawallError
from seawall.kit.ranges import Span
from seawall.transfer.flight import Flight
from seawall.transfer.leg import Gear, Leg, PrefixHash
from seawall.transfer.plan import Setback

_UNKNOWN_STOP = 2**62  # the stop of a gap while nobody has told the size


class Crew:
    """Runs the legs of one flight until its content is verified and durable."""

    def __init__(self, flight: Flight, order: Sequence[int], gear: Gear) -> None:
        self._flight = flight
        self._order = order
        self._gear = gear
        self._digesting = PrefixHash(flight)
        self._setbacks: list[Setback] = []
        self._main: Leg | None = None
        self._far: dict[asyncio.Task[None], Leg] = {}
        self._answered = False
        self._resumed = flight.arrived > 0

    async def fly(self, *, on_answer: Callable[[], None]) -> None:
        """Bring the content, verify it, make it durable.

        Wrong bytes of which no reader has seen any are thrown away, and another
        source is asked; otherwise the flight ends there (invariant 1).

        Raises:
            SeawallError: The content could not be brought.
        """
        self._flight.on_far = self._start_far
        self._on_answer = on_answer
        self._settle_if_complete()
        try:
            while True:
                await self._cover_gaps()
                try:
                    await self._seal()
                except DigestMismatchError as exc:
                    await self._discard(exc)
                else:
                    return
        finally:
            await self._stop_far()

    def _settle_if_complete(self) -> None:
        """A crash between the last byte and the commit needs no source at all."""
        flight, size = self._flight, self._flight.want.size
        if size and flight.partial.extents.first_gap(0, size) is None:
            flight.settle(size, "disk")

    async def _cover_gaps(self) -> None:
        while True:
            gap = self._next_gap()
            if gap is None:
                if not self._far:
                    return
                await asyncio.wait(self._far, return_when=asyncio.FIRST_COMPLETED)
                continue
            leg = self._main = self._make_leg(gap, self._setbacks)
            try:
                await leg.cover()
            finally:
                self._main = None

    def _next_gap(self) -> Span | None:
        """Find the first bytes that are neither here nor on a leg's way."""
        flight = self._flight
        size = flight.size
        if size is None:
            # one byte back, so that a resume of a complete file never gives 416
            arrived = flight.partial.extents.stop_from(0)
            return Span(max(arrived - 1, 0), _UNKNOWN_STOP)
        ways = sorted((x.position, x.span.stop) for x in self._far.values())
        start = 0
        while gap := flight.partial.extents.first_gap(start, size):
            on_way = next((w for w in ways if w[0] <= gap.start < w[1]), None)
            if on_way is None:
                stop = min([w[0] for w in ways if w[0] > gap.start] + [gap.stop])
                return Span(gap.start, stop)
            start = on_way[1]
        return None

    def _make_leg(self, gap: Span, setbacks: list[Setback]) -> Leg:
        return Leg(
            self._flight,
            gap,
            self._order,
            self._digesting,
            self._gear,
            self._take_room,
            setbacks,
        )

    async def _take_room(self, need_bytes: int) -> bool:
        """Called by a leg once a source answered well: tell, then ask for room."""
        if not self._answered:
            self._answered = True
            self._on_answer()
        return await self._gear.room(need_bytes)

    def _start_far(self, position: int) -> None:
        """A reader waits far ahead: open a connection of this flight for it."""
        flight = self._flight
        size = flight.size
        if size is None or flight.finished:
            return
        if len(self._far) + 1 >= flight.options.legs:
            return
        legs = list(self._far.values())
        near = flight.options.far_bytes
        if any(x.position - near <= position < x.span.stop for x in legs):
            return
        ahead = [x.position for x in legs if x.position > position]
        gap = flight.partial.extents.first_gap(position, min([*ahead, size]))
        if gap is None or gap.start != position:
            return
        if self._main is not None and self._main.position < gap.start:
            stop = min(self._main.span.stop, gap.start)
            self._main.span = Span(self._main.span.start, stop)
        leg = self._make_leg(gap, [])
        task = asyncio.create_task(self._cover_far(leg))
        self._far[task] = leg
        task.add_done_callback(self._far.pop)

    async def _cover_far(self, leg: Leg) -> None:
        try:
            await leg.cover()
        except SeawallError as exc:
            # the main leg covers this gap in its turn, with the full plan
            self._flight.far_error = exc

    async def _stop_far(self) -> None:
        tasks = list(self._far)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _seal(self) -> None:
        """Verify the digest and make the content durable, in that order."""
        flight = self._flight
        loop = asyncio.get_running_loop()
        size = flight.size or 0
        await loop.run_in_executor(flight.executor, self._digesting.catch_up, size)
        if self._digesting.hexdigest() != flight.want.digest.hex:
            raise DigestMismatchError(
                f"{flight.source} gave {size} bytes that are not"
                f" {flight.want.digest}; nothing of it was kept",
                cause="content.digest_mismatch",
            )
        await loop.run_in_executor(flight.executor, flight.partial.commit)

    async def _discard(self, error: DigestMismatchError) -> None:
        """Throw wrong bytes away; go on at another source if nobody saw them."""
        flight = self._flight
        loop = asyncio.get_running_loop()
        place = next(
            (i for i, s in enumerate(flight.sources) if s.label == flight.source), None
        )
        await loop.run_in_executor(flight.executor, flight.partial.discard)
        if self._resumed:
            # a crash may have left wrong bytes here: nobody upstream is to blame
            self._resumed, place = False, None
        if place is not None:
            self._gear.on_setback(flight.sources[place], error)
            self._setbacks.append(Setback(place, error))
        if flight.released:
            raise error
        if place is not None and not self._others_left():
            raise error
        flight.partial = await loop.run_in_executor(
            flight.executor, self._gear.blobs.open_partial, flight.want.digest
        )
        flight.size = None
        self._digesting.reset()

    def _others_left(self) -> bool:
        liars = {
            s.place for s in self._setbacks if isinstance(s.error, DigestMismatchError)
        }
        return len(liars) < len(self._order)
