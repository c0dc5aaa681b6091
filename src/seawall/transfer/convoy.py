"""Lets several connections bring one content: how many, from whom, and which pieces."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from seawall.errors import SeawallError
from seawall.kit.ranges import Span
from seawall.kit.threads import run_whole
from seawall.transfer import plan
from seawall.transfer.leg import Leg, Load, RangelessError
from seawall.transfer.plan import Setback
from seawall.transfer.stripes import (
    StripeOptions,
    Stripes,
    Way,
    choose_piece,
    choose_theft,
    cut_ways,
    find_free,
)

_CATCH_UP_BYTES = 8 * 1024 * 1024
_STEADY = 0.5  # of a measured speed, what was known before counts so much
_SILENT_S = 1.0  # a new connection that brings nothing for longer is not waited for


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the convoy needs of the crew.

    Attributes:
        legs: Lists the legs that are under way.
        launch: Starts one more.
    """

    legs: Callable[[], Sequence[Leg]]
    launch: Callable[[Leg], None]


class Convoy:
    """Opens more connections while that makes it faster, and gives each its pieces.

    While a client reads, all of them go to one source, the lead: unproven bytes come
    from one at a time. If nobody does, others help, from the end.

    Attributes:
        lead: The place of the source that the content comes from; `None` at first.
    """

    def __init__(self, load: Load, fleet: Fleet, setbacks: Sequence[Setback]) -> None:
        self._load = load
        self._flight = load.flight
        self._options: StripeOptions = load.flight.options.stripes
        self._fleet = fleet
        self._setbacks = setbacks
        self._stripes = Stripes(self._options)
        self._rates: dict[int, float] = {}
        self._seen: dict[int, int] = {}
        self._asked_at: dict[int, float] = {}
        self._moved_at: dict[int, float] = {}
        self._now = asyncio.get_running_loop().time
        self._setup_s = 0.0
        self._measured_at = 0.0
        self.lead: int | None = None

    @property
    def active(self) -> bool:
        """Whether there should be more than one connection."""
        return sum(self._stripes.legs.values()) > 1

    @property
    def full(self) -> bool:
        """Whether there are as many connections to the lead as there should be."""
        return self.active and self.lead is not None and not self._lacks(self.lead)

    @property
    def order(self) -> Sequence[int]:
        """Whom legs ask: the lead first."""
        lead, order = self.lead, self._load.order
        if lead is None or order[0] == lead:
            return order
        return [lead, *(place for place in order if place != lead)]

    def start(self) -> asyncio.Task[None] | None:
        """Look after a content that may be large enough; whoever calls ends it."""
        size, least = self._flight.want.size, self._options.least_bytes
        alone = self._options.legs < 2  # noqa: PLR2004  one is no stripe
        if alone or (size is not None and size < least):
            return None
        return asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Measure, decide and open connections, until it is cancelled."""
        flight = self._flight
        if await flight.wait_size() < self._options.least_bytes:
            return
        self._stripes.decide(self._now(), flight.arrived, 0)
        while not flight.finished:
            await asyncio.sleep(self._options.epoch_s)
            if flight.size is None or self.lead is None or flight.withheld:
                self._stripes.skip()
                continue
            others = self._find_helpers()
            if self._measure(self._now()):
                left_bytes = flight.size - flight.arrived
                now, arrived = self._now(), flight.arrived
                self._stripes.decide(now, arrived, left_bytes, others)
            else:
                self._stripes.skip()
            self.fill()
            await self._catch_up()

    def follow(self, place: int) -> None:
        """This source is the lead from now on: legs at others end where they are."""
        if self.lead == place:
            return
        changed, self.lead = self.lead is not None, place
        self._stripes.begin(place)
        if changed:
            for leg in self._fleet.legs():
                if leg.place != place:
                    leg.recall()

    def note_answer(self, leg: Leg) -> None:
        """A leg of the convoy has its answer: this is what it took."""
        asked_at = self._asked_at.pop(id(leg), None)
        if asked_at is not None:
            took_s = self._now() - asked_at
            self._setup_s += _STEADY * (took_s - self._setup_s)

    def note_end(self, leg: Leg, error: SeawallError | None) -> None:
        """A leg is done: another one goes on, unless its source wants no more."""
        self._asked_at.pop(id(leg), None)
        place = leg.order[0]
        if error is not None and leg.position == leg.span.start:
            ranges = not isinstance(error, RangelessError)
            count = self._count(place) if ranges else 0
            self._stripes.limit(place, max(count, int(place == self.lead)))
        if not self._flight.finished:
            self.fill()

    def fill(self) -> None:
        """Open the connections that should be there, as far as there is work."""
        flight = self._flight
        if flight.size is None or flight.withheld or not self.active:
            return
        for place in list(self._stripes.legs):
            while self._lacks(place):
                piece = self._choose(place)
                if piece is None:
                    break
                self._launch(piece, place)

    def bound(self, gap: Span) -> Span:
        """Cut a gap to what one connection should bring of it."""
        if not self.active or self.lead is None:
            return gap
        return choose_piece([gap], self._weigh(self.lead, len(gap))) or gap

    def _launch(self, piece: Span, place: int) -> None:
        alone = place != self.lead
        order = [place] if alone else self.order
        leg = Leg(replace(self._load, order=order), piece, [], far=True, loyal=True)
        self._asked_at[id(leg)] = self._moved_at[id(leg)] = self._now()
        self._fleet.launch(leg)

    def _find_helpers(self) -> list[int]:
        """Find which other sources may help: none while a client follows."""
        flight, lead = self._flight, self.lead
        if lead is None:
            return []
        if flight.followers and not flight.mixed:
            for place in self._stripes.legs:
                if place != lead:
                    self._stripes.limit(place, 0)
            return []
        liars = self._load.gear.roster.find_liars(flight.sources)
        now = self._load.gear.clock.monotonic()
        return plan.find_others(
            self._load.order, self._setbacks, lead, last_resort=liars, now=now
        )

    def _measure(self, now: float) -> bool:
        """Learn how fast each source's connections are; False if it is too early."""
        passed_s, self._measured_at = now - self._measured_at, now
        legs = self._fleet.legs()
        seen, self._seen = self._seen, {id(leg): leg.position for leg in legs}
        moved: dict[int, list[int]] = {}
        keys = {id(leg) for leg in legs}
        self._moved_at = {k: at for k, at in self._moved_at.items() if k in keys}
        for leg in legs:
            before = seen.get(id(leg))
            if before != leg.position:
                self._moved_at[id(leg)] = now
            if leg.place is not None and before is not None and before < leg.position:
                moved.setdefault(leg.place, []).append(leg.position - before)
        for place, counts in moved.items():
            rate = sum(counts) / len(counts) / passed_s
            known = self._rates.get(place, rate)
            self._rates[place] = rate + _STEADY * (known - rate)
        late = [asked for asked in self._asked_at.values() if now - asked < _SILENT_S]
        return not late

    def _lacks(self, place: int) -> bool:
        return self._count(place) < self._stripes.legs.get(place, 0)

    def _count(self, place: int) -> int:
        legs = self._fleet.legs()
        return sum((x.order[0] if x.place is None else x.place) == place for x in legs)

    def _choose(self, place: int) -> Span | None:
        """Choose a piece for one more connection to this source."""
        flight, size = self._flight, self._flight.size or 0
        legs = [leg for leg in self._fleet.legs() if leg.position < leg.span.stop]
        gaps = flight.extents.gaps(size)
        claims = [self._claim(leg) for leg in legs]
        free = find_free(gaps, claims)
        wanted = self._weigh(place, sum(map(len, free)))
        piece = choose_piece(free, wanted, last=place != self.lead)
        if piece is not None or not legs:
            return piece
        ways = [Way(self._way(leg), self._speed(leg)) for leg in legs if leg.ahead]
        return choose_theft(
            cut_ways(ways),
            self._rate(place),
            setup_s=self._setup_s,
            least_bytes=self._options.piece_bytes // 4,
        )

    def _speed(self, leg: Leg) -> float:
        """Tell how fast a leg is; nothing, if it has been silent for a while."""
        silent_s = self._now() - self._moved_at.get(id(leg), self._now())
        return 0.0 if silent_s > _SILENT_S else self._rate(leg.place)

    def _way(self, leg: Leg) -> Span:
        return Span(leg.position, min(leg.span.stop, self._flight.size or 0))

    def _claim(self, leg: Leg) -> Span:
        """Tell what a leg will surely bring itself; the rest others may take."""
        size = self._flight.size or 0
        left = size - self._flight.arrived
        stop = leg.position + self._weigh(leg.place, left)
        return Span(leg.position, max(min(stop, leg.span.stop, size), leg.position))

    def _weigh(self, place: int | None, count: int) -> int:
        """Tell what part of so many bytes is one connection's share, by its speed."""
        options, legs = self._options, self._stripes.legs
        if place is not None and place not in self._rates and place != self.lead:
            return options.piece_bytes  # nobody knows how fast it is
        whole = sum(self._rate(p) * n for p, n in legs.items())
        share = self._rate(place) / whole if whole else 1 / max(sum(legs.values()), 1)
        window = options.window_bytes // max(sum(legs.values()), 1)
        most = min(int(count * share), options.largest_bytes, window)
        return max(most, options.piece_bytes)

    def _rate(self, place: int | None) -> float:
        known = self._rates.get(place) if place is not None else None
        return min(self._rates.values(), default=0.0) if known is None else known

    async def _catch_up(self) -> None:
        """Hash what arrived ahead of its turn now, rather than all of it at the end."""
        flight, scribe = self._flight, self._load.scribe
        while (stop := flight.extents.stop_from(0)) > scribe.position:
            step = min(stop, scribe.position + _CATCH_UP_BYTES)
            await run_whole(flight.executor, scribe.read_back, step)
            if step == stop:
                return
