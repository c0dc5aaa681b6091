"""Remembers for a while what happened to each name and content: bounded, in memory."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from seawall.kit.clock import Clock
from seawall.kit.recent import Recent
from seawall.transfer.history.events import (
    Entry,
    Event,
    FlightBegun,
    NameAsked,
    NameStale,
    ReaderPulsed,
)
from seawall.transfer.history.subject import Subject

_SUBJECTS = 1000
_EACH = 64
_REPEATED = (NameStale, ReaderPulsed)


@dataclass(slots=True)
class _Shelf:
    entries: deque[Entry]
    opening: list[Entry] = field(default_factory=list)


class Journal:
    """The last events of the subjects that were heard of last.

    Args:
        clock: The time.
        subjects: How many are remembered.
        each: How many events of each; what began the last fetch is kept beside them.
    """

    def __init__(
        self, clock: Clock, *, subjects: int = _SUBJECTS, each: int = _EACH
    ) -> None:
        self._clock = clock
        self._each = each
        self._shelves: Recent[Subject, _Shelf] = Recent(subjects)

    def note(self, subject: Subject, event: Event) -> None:
        """Remember an event; what comes again and again is counted."""
        shelf = self._shelves.get(subject)
        if shelf is None:
            shelf = _Shelf(deque(maxlen=self._each))
            self._shelves.put(subject, shelf)
        entry, entries = Entry(self._clock.now(), event), shelf.entries
        if isinstance(event, FlightBegun | NameAsked):
            shelf.opening[:] = [entry]
        elif isinstance(event, _REPEATED) and entries:
            last = entries[-1]
            if isinstance(last.event, type(event)):
                entry = Entry(entry.at, event, last.times + 1)
                entries.pop()
        entries.append(entry)

    def read(self, subject: Subject) -> Sequence[Entry]:
        """Give what is remembered, oldest first."""
        shelf = self._shelves.get(subject)
        if shelf is None:
            return ()
        missing = [e for e in shelf.opening if all(e is not x for x in shelf.entries)]
        return (*missing, *shelf.entries)

    def read_last(self, subject: Subject) -> Sequence[Entry]:
        """Give what is remembered since the last fetch or question began."""
        entries = self.read(subject)
        begun = [
            place
            for place, entry in enumerate(entries)
            if isinstance(entry.event, FlightBegun | NameAsked)
        ]
        return entries[begun[-1] if begun else 0 :]
