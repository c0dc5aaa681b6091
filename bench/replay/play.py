"""Plays a trace through a policy: every try, every retry, and what they cost."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.replay.rules import Policy
from bench.replay.traces import Row, Trace

RETRY_S = 0.4
"""A new request: connection, answer and all."""

WATCHDOG_S = 10.0
"""The shortest watchdog of a client (CRI-O): a stall as long costs the pull."""

TRICKLE_END_S = 600.0
"""Whoever never leaves a source that trickles is counted with so much."""

_SEGMENT_S = 0.1


@dataclass(slots=True)
class Score:
    """What a policy did with some traces.

    Attributes:
        segments: How many there were.
        false: Tries given up that would have ended.
        stalls_s: How long each segment kept its client waiting, in all.
        requests: Beyond the one that each segment needs.
        patience_s: How long a source that died would have been waited for, at each.
        deaths_s: How long a client waited where the source did die.
        left_s: When trickling sources were left.
    """

    segments: int = 0
    false: int = 0
    requests: int = 0
    stalls_s: list[float] = field(default_factory=list)
    patience_s: list[float] = field(default_factory=list)
    deaths_s: list[float] = field(default_factory=list)
    left_s: list[float] = field(default_factory=list)

    @property
    def false_rate(self) -> float:
        """False cancels per 1000 segments."""
        return 1000 * self.false / self.segments

    @property
    def request_rate(self) -> float:
        """Extra requests per 1000 segments."""
        return 1000 * self.requests / self.segments

    @property
    def stalled_s(self) -> float:
        """Stalled time per segment, in seconds."""
        return sum(self.stalls_s) / self.segments

    @property
    def over_rate(self) -> float:
        """Segments per 1000 that stalled for longer than a watchdog."""
        return 1000 * sum(s > WATCHDOG_S for s in self.stalls_s) / self.segments

    @property
    def delay_s(self) -> float:
        """How long it takes to find out that a source died, on average."""
        return sum(self.patience_s) / len(self.patience_s)

    @property
    def leaving_s(self) -> float:
        """How long it takes to leave a source that trickles; infinite for never."""
        return sum(self.left_s) / len(self.left_s) if self.left_s else math.inf

    def join(self, other: "Score") -> None:
        """Take in what was scored elsewhere."""
        self.segments += other.segments
        self.false += other.false
        self.requests += other.requests
        self.stalls_s += other.stalls_s
        self.patience_s += other.patience_s
        self.deaths_s += other.deaths_s
        self.left_s += other.left_s


def quantile(values: Sequence[float], share: float) -> float:
    """Give the value that this share stays below; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def play(policy: Policy, trace: Trace, *, other: bool = False) -> Score:
    """Play a trace, one segment after the other.

    A try that is given up is made again: at the same source, where it mostly meets
    the same, or at another, healthy one if there is one.

    Args:
        policy: Decides; it learns only from what it would have seen.
        trace: What the source does.
        other: There is another source, which takes over what is given up.
    """
    score = Score()
    dice = random.Random(f"other/{trace.name}")  # noqa: S311  no secret
    now = 0.0
    for row in trace.rows:
        score.segments += 1
        score.patience_s.append(policy.patience_s())
        rescue_s = math.inf
        if other:
            rescue_s = RETRY_S + 0.06 * math.exp(dice.gauss(0, 0.6))
        turn = _Turn(now, rescue_s, RETRY_S + trace.median_s)
        tell = _leave_trickle if row.trickles else _wait
        stalled_s = tell(policy, row, score, turn)
        score.stalls_s.append(stalled_s)
        if row.wait_s == math.inf:
            score.deaths_s.append(stalled_s)
        now += stalled_s + _SEGMENT_S
    return score


def _wait(policy: Policy, row: Row, score: Score, turn: "_Turn") -> float:
    stalled_s, doublings = 0.0, 0
    wait_s = row.wait_s
    for retry_s in row.retries:
        now = turn.now + stalled_s
        outcome = policy.wait(wait_s, doublings, now, turn.rescue_s)
        stalled_s += outcome.spent_s
        score.requests += outcome.seconds
        if not outcome.gave_up:
            return stalled_s
        score.requests += 1
        score.false += wait_s < math.inf
        if turn.rescue_s < math.inf:
            return stalled_s + turn.rescue_s
        stalled_s += turn.retry_s
        doublings = outcome.doublings
        wait_s = retry_s
    return stalled_s + wait_s


def _leave_trickle(policy: Policy, _row: Row, score: Score, turn: "_Turn") -> float:
    left_s = policy.trickle(turn.now)
    if left_s == math.inf:
        return TRICKLE_END_S
    score.left_s.append(left_s)
    score.requests += 1
    return left_s + min(turn.rescue_s, turn.retry_s)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One segment's circumstances.

    Attributes:
        rescue_s: How long another source takes; infinite if there is none.
        retry_s: How long a retry at the same takes, beside its wait.
    """

    now: float
    rescue_s: float
    retry_s: float
