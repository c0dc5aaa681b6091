"""How fast a source is, and when it is too slow for what is left."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from seawall.transfer.waits.histogram import Grid, Histogram, spread
from seawall.transfer.waits.segment import Segment

GRID = Grid(low=1024.0)
"""From 1 KiB to 900 MiB a second; what is faster than that is never too slow."""

WINDOW_S = 10.0
WINDOWS = 2
"""So many windows in a row must be too slow: one may be anybody's bad luck."""

SOON_S = 5.0
"""What is far too slow is no bad luck: one window of half the length is enough."""

CRAWL_S = 5.0
_MUCH_GAIN = 4.0
_CRAWL_BYTES_PER_S = 1024.0
_CRAWL_SHARE = 0.02
_GAIN = 1.25
_HALF_LIFE = 500
_PRIOR_COUNT = 3
_PRIOR = [
    _PRIOR_COUNT * share for share in spread(GRID, median=4 * 1024.0**2, sigma=1.5)
]
_LONGEST_TIMES = 3
_LONGEST_MORE_S = 120.0
_MOST_RESTARTS = 16


class Speeds(Histogram):
    """The speeds of one source's connections, in bytes a second, a segment each."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(GRID, _PRIOR, _HALF_LIFE)

    def learn(self, bytes_per_s: float | None) -> None:
        """Take in how fast a segment was; `None` if that cannot be told."""
        if bytes_per_s is not None:
            self.add(bytes_per_s)

    def find(self, share: float) -> float:
        """Find the speed that this share of all segments stays below, in bytes/s."""
        return self.find_exceeded(1 - share)

    def bound(self, size: int) -> float:
        """Tell how many seconds a content may take at most: to bound what it holds."""
        return _LONGEST_TIMES * size / self.find(0.1) + _LONGEST_MORE_S


@dataclass(frozen=True, slots=True)
class Rival:
    """Another source that could go on instead, as its own history describes it.

    Attributes:
        setup_s: What it takes until its first byte, at worst one time in twenty.
        bytes_per_s: How fast it is, at worst one time in four.
    """

    setup_s: float
    bytes_per_s: float

    def finish_s(self, left_bytes: int) -> float:
        """Tell how long the rest would take it."""
        return self.setup_s + left_bytes / self.bytes_per_s


class Verdict(StrEnum):
    """What to do about a connection's speed."""

    KEEP = "keep"
    SWITCH = "switch"
    """A rival would be done sooner, although it has to begin."""
    RESTART = "restart"
    """It crawls, and nobody else has it: a new connection may do better."""


class Pace:
    """Judges the speed of one connection from its segments.

    Args:
        speeds: What is known of its source.
        restarts: How often this content was restarted there for its slowness: each
            time, it may crawl twice as long, so that all of them together cost at
            most what it takes anyway.
    """

    def __init__(self, speeds: Speeds, *, restarts: int = 0) -> None:
        # As it was before this connection: its own crawling is no excuse for it.
        self._crawl = max(_CRAWL_BYTES_PER_S, _CRAWL_SHARE * speeds.find(0.1))
        self._patience_s = CRAWL_S * 2.0 ** min(restarts, _MOST_RESTARTS)
        self._soon, self._window = Segment(), Segment()
        self._slow_windows = 0
        self._crawled_s = 0.0

    def note(
        self, segment: Segment, left_bytes: int, rivals: Sequence[Rival]
    ) -> Verdict:
        """Take in a piece of a body, and say whether to go on.

        Args:
            segment: The piece that just came.
            left_bytes: How much of the content is still to come on this connection.
            rivals: Other sources that may be asked for it.
        """
        best_s = min((rival.finish_s(left_bytes) for rival in rivals), default=math.inf)
        self._soon.join(segment)
        self._window.join(segment)
        verdict = self._look_soon(left_bytes, best_s)
        if verdict is Verdict.KEEP and self._window.elapsed_s >= WINDOW_S:
            verdict = self._look_back(left_bytes, best_s)
        return verdict

    def _look_soon(self, left_bytes: int, best_s: float) -> Verdict:
        """Find what is far too slow, for what is left or for this source."""
        elapsed_s = self._soon.elapsed_s
        if elapsed_s < SOON_S:
            return Verdict.KEEP
        speed, self._soon = self._soon.bytes_per_s, Segment()
        crawls = speed is not None and speed < self._crawl
        self._crawled_s = self._crawled_s + elapsed_s if crawls else 0.0
        if speed is not None and left_bytes / speed > _MUCH_GAIN * best_s:
            return Verdict.SWITCH
        if self._crawled_s >= self._patience_s:
            self._crawled_s = 0.0
            return Verdict.RESTART
        return Verdict.KEEP

    def _look_back(self, left_bytes: int, best_s: float) -> Verdict:
        """Find what is too slow for what is left, again and again."""
        speed, self._window = self._window.bytes_per_s, Segment()
        # no speed: it was us who were slow
        slow = speed is not None and left_bytes / speed > _GAIN * best_s
        self._slow_windows = self._slow_windows + 1 if slow else 0
        return Verdict.SWITCH if self._slow_windows >= WINDOWS else Verdict.KEEP
