"""What every source has taught, and where that is kept between two runs."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import structlog

from seawall.errors import InputError, StoreError
from seawall.kit.clock import Clock
from seawall.transfer.waits.encoding import decode_experience, encode_experience
from seawall.transfer.waits.experience import Experience

_MOST = 1000
_EVERY_S = 300.0
_log = structlog.get_logger("seawall.experiences")


class Note(Protocol):
    """What a memory keeps under one key."""

    @property
    def body(self) -> bytes:
        """As it was written."""
        ...


class Memory(Protocol):
    """Keeps bodies by key, here a source's label, beyond the process."""

    def read(self) -> Mapping[str, Note]:
        """Give all that is kept. Blocking."""
        ...

    def write(self, entries: Mapping[str, bytes], at: float) -> None:
        """Keep these, each instead of what was kept under its key before."""
        ...


class Experiences:
    """One experience per source, shared by all that ask it."""

    def __init__(self) -> None:
        self._known: dict[str, Experience] = {}

    def find(self, label: str) -> Experience:
        """Give what is known of a source; at first nothing."""
        experience = self._known.get(label)
        if experience is None:
            experience = self._known[label] = Experience()
        return experience

    async def restore(self, memory: Memory, clock: Clock) -> None:
        """Take over what an earlier run learnt; what is damaged is begun anew.

        Before any source is made: each keeps the experience that it was given.
        """
        try:
            notes = await asyncio.to_thread(memory.read)
        except StoreError as exc:
            _log.warning("all forgotten", error=str(exc))
            return
        for label, note in notes.items():
            try:
                known = decode_experience(note.body, now=clock.now())
            except InputError as exc:
                _log.warning("forgotten", source=label, error=str(exc))
                continue
            self._known.setdefault(label, known)

    async def keep_going(self, memory: Memory, clock: Clock) -> None:
        """Write it down every few minutes, until cancelled."""
        while True:
            await clock.sleep(_EVERY_S)
            self.keep(memory, clock)

    def keep(self, memory: Memory, clock: Clock) -> None:
        """Write down what was learnt so far; a store that cannot is no trouble."""
        now = clock.now()
        known = [(label, one) for label, one in self._known.items() if one.lessons]
        notes = {label: encode_experience(one, at=now) for label, one in known[-_MOST:]}
        try:
            memory.write(notes, now)
        except StoreError as exc:
            _log.warning("not kept", error=str(exc))
