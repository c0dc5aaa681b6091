"""All sources of the process, as they fared: who is asked, in which order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from seawall.errors import IntegrityError, SeawallError, WithheldError
from seawall.kit.clock import Clock
from seawall.transfer.standing.circuit import Circuit, CircuitOptions
from seawall.transfer.standing.ranking import (
    SHUN_S,
    Placing,
    Standing,
    describe_placing,
    rank_sources,
)
from seawall.transfer.waits.experience import Experience

_REMEMBERED_S = 600.0
_FEW = 5


class Ranked(Protocol):
    """A source, as far as its rank depends on it."""

    @property
    def label(self) -> str:
        """What it is remembered under."""
        ...

    @property
    def is_origin(self) -> bool:
        """Whether its word is the last."""
        ...

    @property
    def is_last_resort(self) -> bool:
        """Whether it is asked only when all others were, however they fare."""
        ...

    @property
    def experience(self) -> Experience:
        """What it taught about waiting for it, and about its speed."""
        ...


class Roster:
    """Remembers how each source fared, for all that ask it."""

    def __init__(self, clock: Clock, options: CircuitOptions | None = None) -> None:
        self._clock = clock
        self._options = options or CircuitOptions()
        self._circuits: dict[str, Circuit] = {}
        self._measured_at: dict[str, float] = {}

    def rank(self, sources: Sequence[Ranked], size: int | None = None) -> list[int]:
        """Order places of sources, best first; whoever asks this asks the first.

        Args:
            sources: As the settings list them.
            size: Of a content that is large enough for speed to count.
        """
        now = self._clock.monotonic()
        known = [self._circuits.get(source.label) for source in sources]
        if len(known) == 1:  # nothing to compare it with
            if known[0] is not None:
                known[0].take_probe(now)
            return [0]
        standings = self._stand_all(sources, size)
        for place, circuit in enumerate(known):
            if circuit is None or not circuit.wants_probe(now):
                continue
            trial = list(standings)
            trial[place] = replace(trial[place], failed_at=None)
            order = rank_sources(trial, now=now)
            # nothing is found out about a source behind one that does well
            if order[0] == place and circuit.take_probe(now):
                return order
        return rank_sources(standings, now=now)

    def describe(
        self,
        sources: Sequence[Ranked],
        size: int | None = None,
        *,
        order: Sequence[int] | None = None,
    ) -> tuple[Placing, ...]:
        """Say how sources stand now, best first; unlike `rank`, whoever asks asks none.

        Args:
            sources: As the settings list them.
            size: Of a content that is large enough for speed to count.
            order: What `rank` said, if that was asked.
        """
        now = self._clock.monotonic()
        standings = self._stand_all(sources, size)
        places = rank_sources(standings, now=now) if order is None else order
        return tuple(
            describe_placing(sources[place].label, place, standings[place], now=now)
            for place in places
        )

    @property
    def lie_s(self) -> float:
        """For how long a source that gave wrong bytes is the last resort."""
        return self._options.lie_s

    def _stand_all(self, sources: Sequence[Ranked], size: int | None) -> list[Standing]:
        return [
            _stand(
                source,
                self._circuits.get(source.label),
                self._tell_finish(source, size),
            )
            for source in sources
        ]

    def find_liars(self, sources: Sequence[Ranked]) -> frozenset[int]:
        """Find the places of sources that gave wrong bytes not long ago.

        If that is true of all but last resorts, those are no better.
        """
        if not self._circuits:
            return frozenset()
        now = self._clock.monotonic()
        circuits = [self._circuits.get(source.label) for source in sources]
        lied = (c is not None and now < c.lied_until for c in circuits)
        liars = frozenset(place for place, liar in enumerate(lied) if liar)
        spared = {p for p, source in enumerate(sources) if source.is_last_resort}
        everybody = liars | spared
        return everybody if liars and len(everybody) == len(sources) else liars

    def is_troubled(self, source: Ranked) -> bool:
        """Whether a source failed not long ago, and has done nothing well since."""
        circuit = self._circuits.get(source.label)
        if circuit is None or circuit.failed_at is None:
            return False
        return self._clock.monotonic() - circuit.failed_at < SHUN_S

    @property
    def knows_failures(self) -> bool:
        """Whether any source ever failed."""
        return bool(self._circuits)

    def are_failing(self, sources: Sequence[Ranked]) -> bool:
        """Whether every source is known to be bad: nobody should wait for them."""
        now = self._clock.monotonic()
        known = [self._circuits.get(source.label) for source in sources]
        return all(c is not None and c.is_failing(now) for c in known)

    def note_failure(self, source: Ranked, error: SeawallError) -> None:
        """Note that an attempt ended badly; refusals are no failures."""
        if isinstance(error, WithheldError):
            return  # it was not asked at all
        if error.retryable or isinstance(error, IntegrityError):
            self._find(source).fail(self._clock.monotonic())

    def note_success(self, source: Ranked) -> None:
        """Note that it brought what was asked for."""
        circuit = self._circuits.get(source.label)
        if circuit is not None:
            circuit.thrive()

    def note_measured(self, source: Ranked) -> None:
        """Note that it showed how fast it is, just now."""
        self._measured_at[source.label] = self._clock.monotonic()

    def _tell_finish(self, source: Ranked, size: int | None) -> float | None:
        """Tell how long a content would take it, if that is known and not long ago.

        What was measured long ago is forgotten, so that a source that was slow is
        tried again.
        """
        measured_at = self._measured_at.get(source.label)
        if size is None or measured_at is None:
            return None
        if self._clock.monotonic() - measured_at > _REMEMBERED_S:
            return None
        if source.experience.speeds.count < _FEW:
            return None
        return source.experience.describe().finish_s(size)

    def note_lie(self, source: Ranked) -> None:
        """Note that it gave wrong bytes, beyond doubt."""
        self._find(source).lie(self._clock.monotonic())

    def _find(self, source: Ranked) -> Circuit:
        circuit = self._circuits.get(source.label)
        if circuit is None:
            circuit = self._circuits[source.label] = Circuit(self._options)
        return circuit


def _stand(source: Ranked, circuit: Circuit | None, finish_s: float | None) -> Standing:
    last = source.is_last_resort
    if circuit is None:
        return Standing(source.is_origin, is_last_resort=last, finish_s=finish_s)
    return Standing(
        source.is_origin,
        circuit.failed_at,
        shut_until=circuit.shut_until,
        lied_until=circuit.lied_until,
        is_last_resort=last,
        finish_s=finish_s,
    )
