"""Flies one flight: covers its gaps, far readers' ones too, verifies, commits."""

import asyncio
from collections.abc import Callable, Sequence

from seawall.errors import DigestMismatchError, SeawallError, StoreFullError
from seawall.kit.ranges import Span
from seawall.kit.threads import run_whole
from seawall.transfer.cargo.scribe import Scribe
from seawall.transfer.flight import Flight
from seawall.transfer.leg import Gear, Leg, Load, find_origin
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
        self._far: dict[asyncio.Task[None], Leg] = {}
        self._far_failed = False
        self._told = False
        self._has_room = False
        self._resumed = flight.arrived > 0

    async def fly(self) -> None:
        """Bring the content, verify it, make it durable.

        Wrong bytes of which no reader has seen any are thrown away, and another
        source is asked; otherwise the flight ends there (invariant 1).

        Raises:
            SeawallError: The content could not be brought.
        """
        self._flight.on_far = self._start_far
        self._settle_if_complete()
        try:
            while True:
                try:
                    await self._cover_gaps()
                    await self._seal()
                except DigestMismatchError as exc:
                    await self._stop_far()
                    await self._discard(exc)
                else:
                    return
        finally:
            await self._stop_far()

    def _settle_if_complete(self) -> None:
        """A crash between the last byte and the commit needs no source at all."""
        flight, size = self._flight, self._flight.want.size
        if size is not None and flight.extents.first_gap(0, size) is None:
            flight.settle(size, "disk")

    async def _cover_gaps(self) -> None:
        while True:
            gap = self._next_gap()
            if gap is None:
                if not self._far:
                    return
                await asyncio.wait(self._far, return_when=asyncio.FIRST_COMPLETED)
                continue
            leg = self._main = Leg(self._load, gap, self._setbacks)
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
        flight, main = self._flight, self._main
        if leg.far and main is not None and main.position < leg.position:
            stop = min(main.span.stop, leg.position)
            main.span = Span(main.span.start, stop)
        if not self._told:
            self._told = True
            self._on_answer()
        if self._has_room or flight.size is None:
            return
        self._has_room = await self._gear.room(flight.size - flight.arrived)
        if not self._has_room:
            raise StoreFullError(
                f"no room for {flight.want.digest}, {flight.size} bytes:"
                " everything left is pinned or arriving",
                cause="node.disk_full",
            )

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
        leg = Leg(self._load, gap, [], far=True)
        task = asyncio.create_task(self._cover_far(leg))
        self._far[task] = leg
        task.add_done_callback(self._far.pop)

    async def _cover_far(self, leg: Leg) -> None:
        try:
            await leg.cover()
        except SeawallError:
            # The main leg covers this gap in its turn, with the full plan, and says
            # why if it cannot. No other far leg is begun: readers ask at every turn.
            self._far_failed = True

    async def _stop_far(self) -> None:
        tasks = list(self._far)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _seal(self) -> None:
        """Verify the digest and make the content durable, in that order."""
        flight, scribe = self._flight, self._load.scribe
        size = flight.size or 0
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
        self._load.givers.clear()
        self._setbacks += [Setback(place, error) for place in sorted(suspects)]
        if flight.released or not (resumed or suspects):
            raise error
        await run_whole(flight.executor, self._begin_anew)
        flight.size = None
        flight.withheld = False
        self._load.scribe.reset()

    def _find_suspects(self, error: DigestMismatchError) -> set[int]:
        """Tell which sources not to ask again; one alone is sure to be the liar.

        Of several that gave a part each, all sit out but one, the origin if there is
        one: what it gives alone next time is either right, or its own fault.
        """
        sources, givers = self._flight.sources, self._load.givers
        if len(givers) == 1:
            for place in givers:
                self._gear.on_setback(sources[place], error)
            return set(givers)
        origin = find_origin(sources)
        return givers - {max(givers, default=None) if origin is None else origin}

    def _begin_anew(self) -> None:
        self._flight.begin(self._gear.blobs.open_partial(self._flight.want.digest))
