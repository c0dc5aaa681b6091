"""Tells how one flight began, and how it ended."""

from typing import Protocol

from seawall.errors import SeawallError
from seawall.kit.clock import Clock
from seawall.transfer.flight import Flight
from seawall.transfer.history.events import FlightBegun, FlightEnded, tell_trouble
from seawall.transfer.history.subject import Witness
from seawall.transfer.standing.ranking import Placing


class Givers(Protocol):
    """Who knows where the bytes of a flight came from."""

    def tell_given(self) -> dict[str, int]:
        """Give the bytes that each source gave, of what is here."""
        ...


class Chronicle:
    """Tells of one flight; of one that found its content stored, nothing.

    Attributes:
        crew: Who flies it, once somebody does.
    """

    def __init__(self, flight: Flight, witness: Witness, clock: Clock) -> None:
        self.crew: Givers | None = None
        self._flight = flight
        self._witness = witness
        self._clock = clock
        self._began_at = clock.monotonic()
        self._resumed_bytes = 0
        self._begun = False

    def begin(self, order: tuple[Placing, ...]) -> None:
        """Tell that sources will be asked, in this order."""
        want, self._begun = self._flight.want, True
        self._resumed_bytes = self._flight.arrived
        self._witness.happened(
            want.digest,
            FlightBegun(
                str(want.repository), want.path, want.size, self._resumed_bytes, order
            ),
        )

    def end(self, result: str, error: SeawallError | None = None) -> None:
        """Tell that it is over: stored, failed or stopped."""
        if not self._begun and error is None:
            return
        flight = self._flight
        given = self.crew.tell_given() if self.crew is not None else {}
        self._witness.happened(
            flight.want.digest,
            FlightEnded(
                result,
                flight.size,
                self._resumed_bytes,
                tuple(sorted(given.items(), key=lambda one: -one[1])),
                self._clock.monotonic() - self._began_at,
                flight.readers,
                None if error is None else tell_trouble(error),
            ),
        )
