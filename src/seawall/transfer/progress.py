"""How fast bytes come and how long the rest will take, from what was seen so far."""

import math
from dataclasses import dataclass

HALF_LIFE_S = 4.0
"""What was seen so long ago counts half: steady to read, and soon aware of a stall."""

_EARLIEST_S = 0.05  # shorter gaps say more about the scheduler than about the network


@dataclass(slots=True)
class Meter:
    """Tells the rate of a growing count of bytes: a moving average by time.

    >>> meter = Meter()
    >>> for second in range(60):
    ...     meter.note(second * 1000, now=float(second))
    >>> round(meter.bytes_per_s), round(meter.left_s(5000))
    (1000, 5)
    """

    half_life_s: float = HALF_LIFE_S
    bytes_per_s: float = 0.0
    _count: int = 0
    _at: float | None = None
    _seen_s: float = 0.0

    def note(self, count: int, *, now: float) -> None:
        """Take in how many bytes there are now; the first time only sets the start.

        Args:
            count: All bytes so far; a smaller count than before starts anew.
            now: Seconds that never run backwards.
        """
        if self._at is None or count < self._count:
            self._count, self._at = count, now
            return
        gap_s = now - self._at
        if gap_s < _EARLIEST_S:
            return
        rate = (count - self._count) / gap_s
        self._seen_s += gap_s
        # The weight of what came before; it starts as the plain average.
        old = 0.5 ** (gap_s / self.half_life_s)
        share = (1 - old) / (1 - 0.5 ** (self._seen_s / self.half_life_s))
        self.bytes_per_s += share * (rate - self.bytes_per_s)
        self._count, self._at = count, now

    def left_s(self, left_bytes: int) -> float:
        """Say how long so many bytes will take; infinity if nothing comes.

        >>> Meter().left_s(1)
        inf
        """
        if left_bytes <= 0:
            return 0.0
        return left_bytes / self.bytes_per_s if self.bytes_per_s >= 1 else math.inf
