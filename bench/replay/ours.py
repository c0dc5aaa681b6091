"""Seawall's patience, played: the judge itself, with every event at its time."""

import heapq
import itertools
import math

from bench.replay.rules import TRICKLE_GAP_S, Outcome
from seawall.transfer.waits.actions import (
    Actions,
    BeginWatch,
    GiveUp,
    Measured,
    OpenSecond,
    Rearm,
)
from seawall.transfer.waits.experience import Experience
from seawall.transfer.waits.judge import Judge
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import SEGMENT_BYTES
from seawall.transfer.waits.speed import Pace, Rival, Verdict
from seawall.transfer.waits.thresholds import Plight, WaitOptions, choose_thresholds

SECONDS_SHARE = 0.05
"""So many segments may have a second source, on average."""

_SECONDS_FIRST = 20.0
_TRICKLE_BYTES = 16
_LEFT_BYTES = 256 * 1024 * 1024
_LONGEST_S = 600.0


class Ours:
    """Learns as it goes, watches what it gave up, asks second sources.

    Args:
        alone: No other source could be asked.
        phase: What the trace's waits are.
    """

    def __init__(self, *, alone: bool = True, phase: Phase = Phase.GAP) -> None:
        self._experience = Experience()
        self._options = WaitOptions()
        self._alone = alone
        self._phase = phase
        self._budget = _SECONDS_FIRST
        self._watched: list[tuple[float, int, Judge, bool]] = []
        self._order = itertools.count()

    def patience_s(self) -> float:
        """Tell how long it would wait for a source that died now."""
        lesson = self._experience.lesson(self._phase)
        plight = Plight(alone=self._alone)
        return choose_thresholds(lesson, self._options, plight).give_up_s

    def wait(
        self, wait_s: float, doublings: int, now: float, rescue_s: float
    ) -> Outcome:
        """Wait for what takes `wait_s`, as the judge says."""
        self._settle(now)
        if not doublings:
            self._budget = min(self._budget + SECONDS_SHARE, _SECONDS_FIRST)
        plight = Plight(doublings=doublings, alone=self._alone)
        judge = Judge(self._experience, self._options, plight)
        wake_at = _find_wake(judge.begin(self._phase, now))
        rescue_at, seconds = math.inf, 0
        while True:
            at = min(now + wait_s, wake_at, rescue_at)
            if at >= now + wait_s:
                judge.receive(SEGMENT_BYTES, at)
                judge.end(at)
                return Outcome(wait_s, gave_up=False, seconds=seconds)
            if at >= rescue_at:
                self._keep(judge, judge.lose(at), now + wait_s)
                return Outcome(at - now, gave_up=False, seconds=1, rescued=True)
            actions = judge.wake(at)
            wake_at = _find_wake(actions)
            if isinstance(actions[0], OpenSecond) and self._may_ask(rescue_s):
                rescue_at, seconds = at + rescue_s, 1
            if isinstance(actions[0], GiveUp):
                self._keep(judge, actions, now + wait_s)
                return Outcome(
                    at - now,
                    gave_up=True,
                    doublings=judge.doublings,
                    seconds=seconds,
                )

    def trickle(self, now: float) -> float:
        """Tell after how many seconds it leaves a source that trickles."""
        pace = Pace(self._experience.speeds)
        rivals = [] if self._alone else [Rival(0.5, 10 * 1024.0**2)]
        judge = Judge(self._experience, self._options, Plight(alone=self._alone))
        judge.begin(self._phase, now)
        trickled_s = 0.0
        while trickled_s < _LONGEST_S:
            trickled_s += TRICKLE_GAP_S
            actions = judge.receive(_TRICKLE_BYTES, now + trickled_s)
            judge.resume(now + trickled_s)
            for action in actions:
                if not isinstance(action, Measured):
                    continue
                if pace.note(action.segment, _LEFT_BYTES, rivals) is not Verdict.KEEP:
                    judge.end(now + trickled_s)
                    return trickled_s
        return math.inf

    def _may_ask(self, rescue_s: float) -> bool:
        if rescue_s == math.inf or self._budget < 1:
            return False
        self._budget -= 1
        return True

    def _keep(self, judge: Judge, actions: Actions, ends_at: float) -> None:
        """Watch what was abandoned until it ends, or nobody watches any more."""
        for action in actions:
            if isinstance(action, BeginWatch):
                came = ends_at < action.until
                at = ends_at if came else action.until
                heapq.heappush(self._watched, (at, next(self._order), judge, came))

    def _settle(self, now: float) -> None:
        while self._watched and self._watched[0][0] <= now:
            at, _, judge, came = heapq.heappop(self._watched)
            if came:
                judge.receive(1, at)
            else:
                judge.wake(at)


def _find_wake(actions: Actions) -> float:
    return next((x.at for x in actions if isinstance(x, Rearm)), math.inf)
