"""Judges the waits of one request: events and the time in, what to do out."""

import math
from dataclasses import replace

from seawall.transfer.waits.actions import (
    Actions,
    BeginWatch,
    EndWatch,
    GiveUp,
    Measured,
    OpenSecond,
    Rearm,
)
from seawall.transfer.waits.experience import WATCHES, Experience, Label
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import GLANCE_S, Segment
from seawall.transfer.waits.stopwatch import Stopwatch
from seawall.transfer.waits.thresholds import (
    Plight,
    Thresholds,
    WaitOptions,
    choose_thresholds,
    hasten,
)

WATCH_S = 180.0
_LATE_S = 1.0
_LATE_SHARE = 0.25
_EXCUSES = 3
_REFRESH_S = 1.0


class Judge:
    """One request's waits, one after the other, from connecting to the last byte.

    Only time in which something was awaited counts: from `begin` or `resume` to
    `finish`, `receive` or `hold`. Whatever else happens is ours: a slow disk, a slow
    client, an event loop that stood still.

    Times are seconds of one clock that never runs backwards. Events after the end
    change nothing. Whoever makes a judge calls `end` or `leave` at last.

    Args:
        experience: What its source taught; it goes on learning here.
        options: The bounds of its registry.
        plight: What this attempt is in.
    """

    __slots__ = (
        "_armed",
        "_asked",
        "_chosen_at",
        "_convicted",
        "_credit_s",
        "_excuses",
        "_experience",
        "_gamma",
        "_glanced",
        "_held_since",
        "_limits",
        "_needed_by",
        "_options",
        "_phase",
        "_plight",
        "_segment",
        "_segments",
        "_wait",
        "_watch_until",
    )

    def __init__(
        self, experience: Experience, options: WaitOptions, plight: Plight
    ) -> None:
        self._experience = experience
        self._options = options
        self._plight = plight
        self._phase: Phase | None = None
        self._limits = Thresholds(math.inf, math.inf)
        self._chosen_at = -math.inf
        self._needed_by = math.inf
        self._armed = math.inf
        self._watch_until = math.inf
        self._gamma = 1.0
        self._convicted = False
        self._segment = Segment()
        self._glanced = Segment()
        self._segments = 0
        self._held_since = math.inf
        self._wait = Stopwatch()
        self._asked = False
        self._credit_s = 0.0
        self._excuses = 0

    @property
    def phase(self) -> Phase | None:
        """What is awaited or watched; `None` in between, and after the end."""
        return self._phase

    @property
    def limits(self) -> Thresholds:
        """The limits of the present wait."""
        return self._limits

    @property
    def watching(self) -> bool:
        """Whether it was abandoned, and is only watched."""
        return self._watch_until < math.inf

    @property
    def doublings(self) -> int:
        """What the next attempt on this content at this source begins with."""
        before = 0 if self._segments else self._plight.doublings
        return before + self._convicted

    def waited_s(self, now: float) -> float:
        """Tell how long the present wait has lasted, without what was ours."""
        return self._wait.tell(now)

    def begin(self, phase: Phase, now: float) -> Actions:
        """Something was asked; the wait of this phase begins."""
        if self.watching:
            return ()
        self._clear()
        self._phase = phase
        self._choose_limits(phase, now)
        self._wait.start(now)
        return self._arm()

    def finish(self, now: float) -> Actions:
        """What was awaited is there: connected, a token, the headers of a manifest."""
        if self._phase is None:
            return ()
        if self.watching:
            return self._recover(now)
        self._experience.lesson(self._phase).learn(self._wait.tell(now))
        self._phase = None
        self._clear()
        return ()

    def receive(self, count: int, now: float) -> Actions:
        """Bytes of a body are there; until `resume`, nothing more is awaited."""
        if self._phase is None:
            return ()
        if self.watching:
            return self._recover(now)
        wait_s = self._wait.tell(now)
        if self._phase is not Phase.GAP:
            self._experience.lesson(self._phase).learn(wait_s)
            self._phase = Phase.GAP
            self._choose_limits(Phase.GAP, now)
            wait_s = 0.0
        self._clear()
        self._held_since = now
        segment = self._segment
        segment.note(count, wait_s)
        if segment.full:
            return self._measure(now)
        if segment.reading_s - self._glanced.reading_s < GLANCE_S:
            return ()
        return (Measured(self._glance(), ended=False),)

    def hold(self, now: float) -> Actions:
        """Nothing is awaited for a while: we are not ready to read."""
        if self._wait.running and not self.watching:
            self._wait.hold(now)
            self._held_since = now
        return ()

    def resume(self, now: float) -> Actions:
        """The next bytes are awaited, or the same ones again."""
        if self._phase is None or self._wait.running:
            return ()
        if self._phase is Phase.GAP:
            self._segment.held_s += max(now - self._held_since, 0.0)
        self._wait.start(now)
        return self._arm()

    def hurry(self, needed_by: float) -> Actions:
        """A client needs bytes by then, less what a second source takes; or `inf`."""
        self._needed_by = needed_by
        return self._arm()

    def pause(self, lag_s: float, now: float) -> Actions:
        """The event loop stood still for so long, until now."""
        self._watch_until += self._wait.skip(lag_s, now)
        return ()

    def wake(self, now: float) -> Actions:
        """The time that was asked for has come, or is long past."""
        armed, self._armed = self._armed, math.inf
        if self._phase is None or not self._wait.running:
            return ()
        self._excuse(armed, now)
        if now < self._due():
            return self._arm()
        if self.watching:
            return self._stop(now, Label.STALL)
        waited_s = self._wait.tell(now)
        if not self._asked and now < self._end():
            self._asked = True
            return (OpenSecond(self._phase, waited_s), *self._arm())
        self._convicted = True
        gave_up = GiveUp(self._phase, waited_s, self._limits.give_up_s)
        return (gave_up, *self._watch(now))

    def lose(self, now: float) -> Actions:
        """Another source was faster; what is still awaited here is only watched."""
        if self.watching or not self._wait.running:
            return self.end(now)
        return self._watch(now)

    def end(self, now: float) -> Actions:
        """The body has ended, or the connection failed: nothing more will come."""
        return self._stop(now, Label.STALL)

    def leave(self, now: float) -> Actions:
        """Nobody wants to know any more how it turns out."""
        return self._stop(now, Label.UNKNOWN)

    def _clear(self) -> None:
        """Forget the present wait; the next event begins another one."""
        self._wait.reset()
        self._held_since = math.inf
        self._asked = False
        self._credit_s = 0.0
        self._excuses = 0

    def _choose_limits(self, phase: Phase, now: float) -> None:
        self._chosen_at = now
        lesson = self._experience.lesson(phase)
        self._limits = choose_thresholds(lesson, self._options, self._plight)

    def _measure(self, now: float) -> Actions:
        measured = Measured(self._glance())
        self._segments += 1
        self._close_segment()
        # A fast source fills many segments a second; its limits hardly move in one.
        if now - self._chosen_at >= _REFRESH_S:
            self._choose_limits(Phase.GAP, now)
        return (measured,)

    def _glance(self) -> Segment:
        """Take what came since the last glance at this segment."""
        piece = self._segment.since(self._glanced)
        self._glanced = replace(self._segment)
        return piece

    def _close_segment(self) -> None:
        self._experience.learn_segment(self._segment)
        self._segment, self._glanced = Segment(), Segment()

    def _end(self) -> float:
        """Tell when the present wait is over."""
        return self._wait.find_time(self._limits.give_up_s + self._credit_s)

    def _due(self) -> float:
        """Tell when the next thing is to be done, if nothing comes."""
        if self.watching:
            return self._watch_until
        if self._asked:
            return self._end()
        slack_s = self._needed_by - self._wait.began
        limit_s = hasten(self._limits.second_s, slack_s)
        return self._wait.find_time(limit_s + self._credit_s)

    def _arm(self) -> Actions:
        """Ask to be woken, unless that will happen early enough anyway.

        Bytes only ever make it later, and come by thousands: a timer is left as it
        is, and asks again when it fires.
        """
        if not self._wait.running:
            return ()
        due = self._due()
        if self._armed <= due:
            return ()
        self._armed = due
        return (Rearm(due),)

    def _excuse(self, armed: float, now: float) -> None:
        """Take a late waking for what it is: the loop stood still, not the source.

        Bytes may wait in the socket then: they get a moment. A loop that is late
        again and again is not excused for ever.
        """
        late_s = now - max(armed, self._wait.began)
        allowed_s = max(_LATE_S, _LATE_SHARE * self._limits.give_up_s)
        if late_s <= allowed_s or self._excuses >= _EXCUSES:
            return
        self._excuses += 1
        self.pause(late_s, now)
        if now >= self._due():
            self._credit_s += allowed_s

    def _watch(self, now: float) -> Actions:
        """Keep an eye on what was abandoned, if there is room for it."""
        self._close_segment()
        # A connection that never stood has nothing to be watched.
        if self._phase in (None, Phase.CONNECT) or self._experience.watched >= WATCHES:
            return self._stop(now, Label.UNKNOWN)
        self._experience.watched += 1
        self._gamma = self._experience.lesson(self._phase).gamma
        self._watch_until = self._armed = now + WATCH_S
        return (BeginWatch(self._watch_until), Rearm(self._watch_until))

    def _recover(self, now: float) -> Actions:
        in_vain = self._convicted or self._wait.tell(now) > self._limits.give_up_s
        return self._stop(now, Label.FALSE if in_vain else Label.LATE)

    def _stop(self, now: float, label: Label) -> Actions:
        """End everything; what was watched is learnt under this label."""
        actions: Actions = ()
        if self._phase is not None and self.watching:
            waited_s = self._wait.tell(now)
            lesson = self._experience.lesson(self._phase)
            lesson.settle(label, waited_s, gamma=self._gamma)
            self._experience.watched -= 1
            self._watch_until = math.inf
            actions = (EndWatch(label, waited_s),)
        self._close_segment()
        self._phase = None
        self._clear()
        return actions
