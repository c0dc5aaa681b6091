"""One source's health: how often it failed in a row, and how long it is left alone."""

import math
from dataclasses import dataclass

_FAILING = 3
_LATELY_S = 30.0


@dataclass(frozen=True, slots=True)
class CircuitOptions:
    """When a source is left alone, and for how long.

    Attributes:
        failures: So many in a row shut it.
        shut_s: For so long at first; it doubles with each failure from then on.
        longest_s: It is never shut for longer.
        probe_s: After that, one request finds out; the others wait for its outcome,
            at most for so long.
        lie_s: A source that gave wrong bytes is the last resort for so long.
    """

    failures: int = 5
    shut_s: float = 15.0
    longest_s: float = 300.0
    probe_s: float = 30.0
    lie_s: float = 24 * 3600.0


class Circuit:
    """Closed while a source does well, open after failures, half-open for one probe.

    Attributes:
        failed_at: Monotonic time of its last failure.
        shut_until: Until then it is asked only if nobody else is left.
        lied_until: The same, since it gave wrong bytes.
    """

    __slots__ = ("_failures", "_options", "failed_at", "lied_until", "shut_until")

    def __init__(self, options: CircuitOptions) -> None:
        self._options = options
        self._failures = 0
        self.failed_at: float | None = None
        self.shut_until = -math.inf
        self.lied_until = -math.inf

    @property
    def is_shut(self) -> bool:
        """Whether it failed too often in a row, whatever the time is."""
        return self._failures >= self._options.failures

    def is_failing(self, now: float) -> bool:
        """Whether all that was lately asked of it failed, three times or more."""
        if self.failed_at is None or self._failures < _FAILING:
            return False
        return self.is_shut or now - self.failed_at < _LATELY_S

    def fail(self, now: float) -> None:
        """Note a failure."""
        self.failed_at = now
        self._failures += 1
        if self.is_shut:
            doublings = min(self._failures - self._options.failures, 16)
            shut_s = self._options.shut_s * 2.0**doublings
            self.shut_until = now + min(shut_s, self._options.longest_s)

    def thrive(self) -> None:
        """Note that it brought what was asked for: it is as good as any."""
        self._failures = 0
        self.failed_at = None
        self.shut_until = -math.inf

    def lie(self, now: float) -> None:
        """Note that it gave wrong bytes, beyond doubt."""
        self.lied_until = now + self._options.lie_s

    def wants_probe(self, now: float) -> bool:
        """Say whether it was left alone for long enough, and nobody asks it now."""
        return self.is_shut and now >= self.shut_until

    def take_probe(self, now: float) -> bool:
        """Let one request find out: the first who calls this; all others get False."""
        if not self.wants_probe(now):
            return False
        self.shut_until = now + self._options.probe_s
        return True
