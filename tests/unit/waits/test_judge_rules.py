"""What a judge never does, whatever happens to it, in any order."""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from seawall.transfer.waits.actions import (
    Actions,
    BeginWatch,
    EndWatch,
    GiveUp,
    OpenSecond,
    Rearm,
)
from seawall.transfer.waits.experience import WATCHES, Experience
from seawall.transfer.waits.judge import Judge
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import Plight, WaitOptions

_NEAR = 1e-6
_WAKINGS = 20

spans = st.sampled_from([0.01, 0.5, 3, 15, 250]) | st.floats(0, 300)


class AnyEvents(RuleBasedStateMachine):
    """A request to which anything may happen; the awaited time is counted apart."""

    def __init__(self) -> None:
        super().__init__()
        self.experience = Experience()
        self.now = 0.0
        self.judge = Judge(self.experience, WaitOptions(), Plight())
        self.begin_anew(doublings=0, alone=False)

    @rule(doublings=st.integers(min_value=0, max_value=9), alone=st.booleans())
    def begin_anew(self, *, doublings: int, alone: bool) -> None:
        """Another request to the same source; the one before is left."""
        self.judge.leave(self.now)
        plight = Plight(doublings, alone)
        self.judge = Judge(self.experience, WaitOptions(), plight)
        self.armed = math.inf
        self.awaiting = False
        self.awaited_s = 0.0
        self.watching = False

    def take(self, actions: Actions) -> None:
        """See what it wants, and whether that is allowed."""
        for action in actions:
            match action:
                case Rearm(at):
                    assert not math.isnan(at)
                    self.armed = at
                case OpenSecond(_, waited_s):
                    assert self.awaiting
                    assert waited_s <= self.awaited_s + _NEAR
                case GiveUp(_, waited_s, limit_s):
                    assert self.awaiting
                    assert 2 <= limit_s <= 120
                    assert limit_s - _NEAR <= waited_s <= self.awaited_s + _NEAR
                    self.awaiting = False
                case BeginWatch(until):
                    assert until > self.now
                    self.watching, self.awaiting = True, False
                case EndWatch(_, waited_s):
                    assert self.watching
                    assert waited_s >= 0
                    self.watching = False

    def let(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        if self.awaiting:
            self.awaited_s += seconds

    @rule(phase=st.sampled_from(Phase))
    def begin(self, phase: Phase) -> None:
        """A phase begins."""
        actions = self.judge.begin(phase, self.now)
        if not self.watching:
            self.awaiting, self.awaited_s = True, 0.0
        self.take(actions)

    @rule(span=spans)
    def pass_time(self, span: float) -> None:
        """Time passes, and every waking that is wanted comes when it is wanted."""
        end = self.now + span
        for _ in range(_WAKINGS):
            if self.armed > end:
                break
            self.let(max(self.armed - self.now, 0.0))
            self.armed = math.inf
            self.take(self.judge.wake(self.now))
        self.let(max(end - self.now, 0.0))

    @rule(span=spans)
    def stand_still(self, span: float) -> None:
        """Time passes, and nobody wakes anybody until it is over."""
        self.let(span)
        if self.armed <= self.now:
            self.armed = math.inf
            self.take(self.judge.wake(self.now))

    @rule(count=st.integers(min_value=0, max_value=2**24))
    def receive(self, count: int) -> None:
        """Bytes come."""
        self.awaiting, self.awaited_s = False, 0.0
        self.take(self.judge.receive(count, self.now))

    @rule()
    def finish(self) -> None:
        """An answer comes."""
        self.awaiting, self.awaited_s = False, 0.0
        self.take(self.judge.finish(self.now))

    @rule()
    def hold(self) -> None:
        """We stop reading."""
        self.awaiting = False
        self.take(self.judge.hold(self.now))

    @precondition(lambda self: self.judge.phase is not None and not self.watching)
    @rule()
    def resume(self) -> None:
        """We read on."""
        self.awaiting = True
        self.take(self.judge.resume(self.now))

    @rule(lag_s=st.floats(min_value=-5, max_value=500))
    def pause(self, lag_s: float) -> None:
        """The loop says that it stood still."""
        self.take(self.judge.pause(lag_s, self.now))

    @rule(slack_s=st.floats(min_value=-100, max_value=100) | st.just(math.inf))
    def hurry(self, slack_s: float) -> None:
        """A client gets impatient."""
        self.take(self.judge.hurry(self.now + slack_s))

    @rule()
    def lose(self) -> None:
        """A second source wins."""
        actions = self.judge.lose(self.now)
        self.awaiting = False
        self.take(actions)

    @rule()
    def end(self) -> None:
        """It is over."""
        self.awaiting = False
        self.take(self.judge.end(self.now))

    @precondition(lambda self: self.awaiting)
    @rule()
    def nothing_comes(self) -> None:
        """Whatever came before, silence ends in giving up, and that in time."""
        began = self.awaited_s
        for _ in range(_WAKINGS):
            if not self.awaiting:
                break
            assert self.armed < math.inf
            self.let(max(self.armed - self.now, 0.0))
            self.armed = math.inf
            self.take(self.judge.wake(self.now))
        assert not self.awaiting
        assert self.awaited_s - began <= 120 * (1 + 3 * 0.25) + _NEAR

    @invariant()
    def is_sane(self) -> None:
        """Numbers are numbers, and watches are counted."""
        assert self.watching == self.judge.watching
        assert int(self.watching) == self.experience.watched <= WATCHES
        assert 0 <= self.judge.waited_s(self.now) < math.inf
        limits = self.judge.limits
        assert 0 < limits.second_s <= limits.give_up_s


TestAnyEvents = AnyEvents.TestCase
TestAnyEvents.settings = settings(max_examples=200, stateful_step_count=40)
