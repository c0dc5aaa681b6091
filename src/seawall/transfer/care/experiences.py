"""What every source has taught, and where that is kept between two runs."""

from collections.abc import Sequence
from typing import Protocol

import structlog

from seawall.errors import InputError, StoreError
from seawall.kit.clock import Clock
from seawall.transfer.waits.encoding import decode_experience, encode_experience
from seawall.transfer.waits.experience import Experience

_MOST = 1000
_log = structlog.get_logger("seawall.experiences")


class Memory(Protocol):
    """Keeps what was learnt, by the source's label, beyond the process."""

    async def read_experiences(self) -> Sequence[tuple[str, bytes]]:
        """Give all that is kept."""
        ...

    async def keep_experiences(
        self, bodies: Sequence[tuple[str, bytes]], *, at: float
    ) -> None:
        """Keep these, each instead of what was kept under its label before."""
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
        for label, body in await memory.read_experiences():
            try:
                known = decode_experience(body, now=clock.now())
            except InputError as exc:
                _log.warning("forgotten", source=label, error=str(exc))
                continue
            self._known.setdefault(label, known)

    async def keep(self, memory: Memory, clock: Clock) -> None:
        """Write down what was learnt so far; a store that cannot is no trouble."""
        now = clock.now()
        known = [(label, one) for label, one in self._known.items() if one.lessons]
        bodies = [(label, encode_experience(one, at=now)) for label, one in known]
        try:
            await memory.keep_experiences(bodies[-_MOST:], at=now)
        except StoreError as exc:
            _log.warning("not kept", error=str(exc))
