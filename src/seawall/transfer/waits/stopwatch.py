"""Measures one wait: only the time in which something was awaited counts."""

import math


class Stopwatch:
    """Runs while something is awaited; all times are of one clock of the caller's.

    Attributes:
        began: When it was started, moved by the pauses since; infinite before.
        running: Whether something is awaited now.
    """

    __slots__ = ("_since", "_spent_s", "began")

    def __init__(self) -> None:
        self.reset()

    @property
    def running(self) -> bool:
        """Whether something is awaited now."""
        return self._since < math.inf

    def reset(self) -> None:
        """Stop, and forget what was measured."""
        self.began = self._since = math.inf
        self._spent_s = 0.0

    def start(self, now: float) -> None:
        """Run, or run on."""
        if not self.running:
            self._since = now
            self.began = min(self.began, now)

    def hold(self, now: float) -> None:
        """Stop for a while; what was measured is kept."""
        if self.running:
            self._spent_s = self.tell(now)
            self._since = math.inf

    def tell(self, now: float) -> float:
        """Tell how long it ran, in seconds."""
        return self._spent_s + max(now - self._since, 0.0)

    def find_time(self, limit_s: float) -> float:
        """Find the time at which it will have run so long; infinite if it stands."""
        return self._since + limit_s - self._spent_s

    def skip(self, lag_s: float, now: float) -> float:
        """Take out so much of what it ran lately; tell how much it was."""
        skipped_s = min(max(lag_s, 0.0), max(now - self._since, 0.0))
        self._since += skipped_s
        self.began += skipped_s
        return skipped_s
