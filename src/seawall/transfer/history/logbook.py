"""Tells what one leg of a flight does: whom it asks, who keeps silent, who goes on."""

from collections.abc import Callable
from typing import Protocol

from seawall.errors import SeawallError
from seawall.kit.clock import Clock
from seawall.transfer.history.events import (
    Event,
    SecondDropped,
    SecondWon,
    SourceAnswered,
    SourceAsked,
    SourceLeft,
    SourceSilent,
    Switched,
    tell_trouble,
)


class Labelled(Protocol):
    """A source, by its name."""

    @property
    def label(self) -> str:
        """What logs and metrics call it."""
        ...


class Turn(Protocol):
    """One attempt at one source."""

    @property
    def source(self) -> Labelled:
        """Who is asked."""
        ...


class Logbook:
    """Tells of the attempts of one leg.

    Args:
        tell: Takes what happened.
        clock: Measures how long it took.
    """

    def __init__(self, tell: Callable[[Event], None], clock: Clock) -> None:
        self._tell = tell
        self._clock = clock
        self._turn: Turn | None = None
        self._last = ""
        self._cause = ""
        self._offset = 0
        self._began_at = 0.0

    def begin(self, turn: Turn, offset: int) -> None:
        """This attempt brings the bytes now; it may have been asked before."""
        label = turn.source.label
        if self._last not in ("", label):
            self._tell(Switched(self._last, label, offset, self._cause))
        self._turn, self._last, self._offset = turn, label, offset
        self._began_at = self._clock.monotonic()

    def ask(self, turn: Turn, start: int, stop: int | None) -> float:
        """A source is asked; give the time, for `answer`."""
        beside = self._turn is not None and self._turn is not turn
        self._tell(SourceAsked(turn.source.label, start, stop, beside))
        return self._clock.monotonic()

    def answer(self, turn: Turn, offset: int, asked_at: float) -> None:
        """Its headers are here."""
        wait_s = self._clock.monotonic() - asked_at
        self._tell(SourceAnswered(turn.source.label, offset, wait_s))

    def silent(
        self,
        label: str,
        phase: str,
        waited_s: float,
        limit_s: float,
        *,
        given_up: bool,
    ) -> None:
        """A source was waited for in vain."""
        self._tell(SourceSilent(label, phase, waited_s, limit_s, given_up))

    def overtake(self, label: str, offset: int) -> None:
        """A second source has the next bytes."""
        self._tell(SecondWon(label, self._last, offset))

    def drop(self, label: str) -> None:
        """A second source is not needed."""
        self._tell(SecondDropped(label))

    def leave(self, gained_bytes: int, error: SeawallError | None) -> None:
        """The attempt is over."""
        self._cause = "" if error is None else tell_trouble(error).cause
        took_s = self._clock.monotonic() - self._began_at
        left = SourceLeft(self._last, self._offset, gained_bytes, took_s, self._cause)
        self._turn = None
        self._tell(left)
