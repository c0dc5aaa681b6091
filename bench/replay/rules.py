"""What others do: fixed limits, curl's speed rule, TCP's, and phi accrual."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

TRICKLE_GAP_S = 1.0
"""A source that trickles gives something every second."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try.

    Attributes:
        spent_s: How long it was waited for.
        gave_up: Whether it was given up, else it ended.
        doublings: What the next try on the same content begins with.
        seconds: Second sources that were asked.
        rescued: Whether a second source had won by then.
    """

    spent_s: float
    gave_up: bool
    doublings: int = 0
    seconds: int = 0
    rescued: bool = False


class Policy(Protocol):
    """Something that decides how long to wait for a source."""

    def patience_s(self) -> float:
        """Tell how long it would wait for a source that died now."""
        ...

    def wait(
        self, wait_s: float, doublings: int, now: float, rescue_s: float
    ) -> Outcome:
        """Wait for what takes `wait_s`, and learn from it.

        Args:
            wait_s: How long it would take; infinite if it never ends.
            doublings: How often this content was given up at this source.
            now: When the wait begins; never before an earlier call's.
            rescue_s: How long a second source takes; infinite if there is none.
        """
        ...

    def trickle(self, now: float) -> float:
        """Tell after how many seconds it leaves a source that trickles."""
        ...


class Limit:
    """A rule that is one limit, which may move; the base of what others do."""

    trickle_gap_s = TRICKLE_GAP_S

    def patience_s(self) -> float:
        """Tell how long it would wait for a source that died now."""
        raise NotImplementedError

    def learn(self, wait_s: float) -> None:
        """Take in a wait that it saw the end of."""

    def stretch_s(self, _doublings: int) -> float:
        """Tell how long it waits after so many tries in vain."""
        return self.patience_s()

    def wait(
        self, wait_s: float, doublings: int, _now: float, _rescue_s: float
    ) -> Outcome:
        """Wait for what takes `wait_s`; a second source is nothing it knows."""
        limit_s = self.stretch_s(doublings)
        if wait_s > limit_s:
            return Outcome(limit_s, gave_up=True, doublings=doublings + 1)
        self.learn(wait_s)
        return Outcome(wait_s, gave_up=False)

    def trickle(self, _now: float) -> float:
        """Tell after how many seconds it leaves a source that trickles."""
        limit_s = self.patience_s()
        return limit_s if limit_s < self.trickle_gap_s else math.inf


class Fixed(Limit):
    """Always the same."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s

    def patience_s(self) -> float:
        """Tell how long it would wait for a source that died now."""
        return self._limit_s


class CurlSpeed(Fixed):
    """curl --speed-limit 1 --speed-time 30.

    Its speed is a mean over 5 s: that long after the last byte it still sees some.
    """

    def __init__(self, time_s: float = 30.0) -> None:
        super().__init__(5.0 + time_s)

    def trickle(self, _now: float) -> float:
        """A byte a second is enough for it."""
        return math.inf


class RetransmissionTimeout(Limit):
    """TCP's rule (RFC 6298): a smoothed mean and four mean deviations, doubling."""

    def __init__(self, times: float = 4.0) -> None:
        self._times = times
        self._mean_s: float | None = None
        self._deviation_s = 0.0

    def patience_s(self) -> float:
        """Tell how long it would wait for a source that died now."""
        mean_s = 1.0 if self._mean_s is None else self._mean_s
        return min(max(mean_s + self._times * self._deviation_s, 1.0), 60.0)

    def stretch_s(self, doublings: int) -> float:
        """Tell how long it waits after so many tries in vain."""
        return min(self.patience_s() * 2.0**doublings, 60.0)

    def learn(self, wait_s: float) -> None:
        """Take in a wait that it saw the end of."""
        if self._mean_s is None:
            self._mean_s, self._deviation_s = wait_s, wait_s / 2
            return
        off_s = abs(self._mean_s - wait_s)
        self._deviation_s += (off_s - self._deviation_s) / 4
        self._mean_s += (wait_s - self._mean_s) / 8


class _Window(Limit):
    """A rule that knows mean and deviation of the last thousand waits."""

    def __init__(self, first: list[float]) -> None:
        self._waits = deque(first, maxlen=1000)
        self._sum = sum(first)
        self._squares = sum(wait_s**2 for wait_s in first)

    @property
    def mean_s(self) -> float:
        return self._sum / len(self._waits)

    @property
    def sigma_s(self) -> float:
        variance = self._squares / len(self._waits) - self.mean_s**2
        return math.sqrt(max(variance, 0.0))

    def learn(self, wait_s: float) -> None:
        """Take in a wait that it saw the end of."""
        old_s = self._waits[0] if len(self._waits) == self._waits.maxlen else 0.0
        self._waits.append(wait_s)
        self._sum += wait_s - old_s
        self._squares += wait_s**2 - old_s**2


class AkkaPhi(_Window):
    """Akka's phi accrual: a normal distribution, a pause of 3 s, phi 8."""

    def __init__(self, phi: float = 8.0) -> None:
        super().__init__([0.75, 1.25])
        self._sigmas = _solve_logistic(phi)

    def patience_s(self) -> float:
        """Tell how long it would wait for a source that died now."""
        return self.mean_s + 3.0 + self._sigmas * max(self.sigma_s, 0.1)


class CassandraPhi(_Window):
    """Cassandra's phi accrual: an exponential distribution, phi 8.

    Its own window leaves out what is longer than 2 s, which suits heartbeats only;
    here it learns everything.
    """

    def __init__(self, phi: float = 8.0) -> None:
        super().__init__([2.0])
        self._times = phi * math.log(10)

    def patience_s(self) -> float:
        """Tell how long it would wait for a source that died now."""
        return self._times * self.mean_s


def _solve_logistic(phi: float) -> float:
    """Find how many deviations give this phi, in Akka's logistic approximation."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        exponent = middle * (1.5976 + 0.070566 * middle**2)
        found = math.log1p(math.exp(min(exponent, 700))) / math.log(10)
        low, high = (middle, high) if found < phi else (low, middle)
    return low


OTHERS: Mapping[str, Callable[[], Policy]] = {
    "fixed 10 s": lambda: Fixed(10),
    "fixed 30 s": lambda: Fixed(30),
    "fixed 60 s": lambda: Fixed(60),
    "curl 1 B/s, 30 s": CurlSpeed,
    "TCP RTO": RetransmissionTimeout,
    "phi 8, Akka": AkkaPhi,
    "phi 8, Cassandra": CassandraPhi,
}
