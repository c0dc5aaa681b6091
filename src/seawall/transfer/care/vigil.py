"""Waits for one reply as its judge says: timers here, decisions in `transfer.waits`."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from seawall.transfer.patience import Patience
from seawall.transfer.waits.actions import (
    Action,
    Actions,
    EndWatch,
    GiveUp,
    Measured,
    OpenSecond,
    Rearm,
)
from seawall.transfer.waits.experience import Experience
from seawall.transfer.waits.judge import Judge
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import Segment
from seawall.transfer.waits.thresholds import Plight

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Errand:
    """What a request is for, and what its source taught so far.

    Attributes:
        phase: What is awaited once the connection stands.
    """

    phase: Phase = Phase.MANIFEST
    experience: Experience = field(default_factory=Experience)

    @property
    def is_body(self) -> bool:
        """Whether it brings a content, not an answer to a question."""
        return self.phase is Phase.FIRST_BYTE


class OnSilent(Protocol):
    """Told of a wait that was too long."""

    def __call__(
        self, phase: str, waited_s: float, limit_s: float, *, given_up: bool
    ) -> None:
        """A source kept silent."""
        ...


class Attempt:
    """What one attempt at a content tells its request, and wants to be told of it.

    Attributes:
        plight: What it is in.
        is_question: Whether it is not a content's bytes that are wanted.
        vigil: Its request's, once that was sent.
        needed_by: When a client needs bytes, less what a second source takes.
    """

    def __init__(
        self,
        plight: Plight,
        on_second: Callable[[Phase], None],
        on_measured: Callable[[Segment, bool], None],
        on_silent: OnSilent,
        *,
        is_question: bool = False,
    ) -> None:
        self.plight = plight
        self.is_question = is_question
        self.on_second = on_second
        self.on_measured = on_measured
        self.on_silent = on_silent
        self.vigil: Vigil | None = None
        self.needed_by = math.inf

    @property
    def doublings(self) -> int:
        """What the next attempt at the same source begins with."""
        return self.vigil.doublings if self.vigil else self.plight.doublings

    def lose(self) -> None:
        """Another source was faster; whoever says so ends the wait, too."""
        if self.vigil is not None:
            self.vigil.lose()

    def hurry(self, needed_by: float) -> None:
        """A client needs bytes by then, less what a second source takes."""
        self.needed_by = needed_by
        if self.vigil is not None:
            self.vigil.hurry(needed_by)


ATTEMPT: ContextVar[Attempt | None] = ContextVar("attempt", default=None)
"""The attempt that this task is making."""


class Vigil:
    """One request's waits, from connecting to the last byte.

    Attributes:
        limit_s: The patience that ran out, once it did.
    """

    def __init__(self, patience: Patience, errand: Errand) -> None:
        self._loop = asyncio.get_running_loop()
        self._patience = patience
        self._errand = errand
        attempt = ATTEMPT.get()
        heard = attempt is not None and (errand.is_body or attempt.is_question)
        self._attempt = attempt if heard else None
        self._plight, self._needed_by = Plight(), math.inf
        if self._attempt is not None:
            self._plight, self._attempt.vigil = self._attempt.plight, self
            self._needed_by = self._attempt.needed_by
        self._judge = self._appoint(Phase.CONNECT)
        self._answering = False
        self._deadline: asyncio.Timeout | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.limit_s = 0.0

    @property
    def doublings(self) -> int:
        """What the next attempt at the same source begins with."""
        return self._judge.doublings

    async def wait_reply(self, asking: Awaitable[ResultT]) -> ResultT:
        """Wait for headers, those of a redirect too.

        Raises:
            TimeoutError: Patience ran out; `limit_s` says which.
        """
        now = self._loop.time()
        judge = self._judge
        self._act(judge.resume(now) if self._answering else self._connect(now))
        try:
            result = await self._wait(asking)
        except BaseException:
            self.close(may_watch=False)
            raise
        # room, redirects and slots are ours; the wait goes on when we read
        self._act(self._judge.hold(self._loop.time()))
        return result

    def note_connected(self, new: bool) -> None:  # noqa: FBT001  of a callback
        """The connection stands: from now on it is the answer that is awaited.

        Args:
            new: It was made for this request, so that something is learnt from it.
        """
        if self._answering:
            return
        self._answering = True
        now = self._loop.time()
        if new:
            self._act(self._judge.finish(now))
        else:
            self._judge.leave(now)
        self._judge = self._appoint(self._errand.phase)
        self._act(self._judge.begin(self._errand.phase, now))

    def note_headers(self) -> None:
        """The last reply's headers are here; a content's bytes are still awaited."""
        if not self._errand.is_body:
            self._act(self._judge.resume(self._loop.time()))
            self._act(self._judge.finish(self._loop.time()))

    async def read(self, reading: Awaitable[tuple[bytes, bool]]) -> tuple[bytes, bool]:
        """Wait for bytes of the body.

        Raises:
            TimeoutError: Patience ran out; `limit_s` says which.
        """
        judge, now = self._judge, self._loop.time()
        if judge.phase is None:
            self._act(judge.begin(Phase.GAP, now))
        else:
            self._act(judge.resume(now))
        read = await self._wait(reading)
        if read[0]:
            self._act(judge.receive(len(read[0]), self._loop.time()))
        return read

    def lose(self) -> None:
        """Another source was faster."""
        self._act(self._judge.lose(self._loop.time()))

    def hurry(self, needed_by: float) -> None:
        """A client needs bytes by then; forgotten as soon as there are some."""
        self._needed_by = needed_by
        self._act(self._judge.hurry(needed_by))

    def close(self, *, may_watch: bool) -> bool:
        """End it, unless it goes on to be watched; then `watch` is to be called.

        Args:
            may_watch: There is a body of which more might come after all.
        """
        watched = may_watch and self._judge.watching
        if not watched:
            self._act(self._judge.leave(self._loop.time()))
            self._disarm()
        return watched

    async def watch(self, reading: Awaitable[tuple[bytes, bool]]) -> None:
        """Find out whether anything comes after all; raises what `reading` raises."""
        judge = self._judge
        try:
            chunk, _ = await self._wait(reading)
            now = self._loop.time()
            self._act(judge.receive(len(chunk), now) if chunk else judge.end(now))
        except TimeoutError:
            return  # nothing came: the judge knows
        except asyncio.CancelledError:
            self._act(judge.leave(self._loop.time()))
            raise
        finally:
            self._act(judge.end(self._loop.time()))
            self._disarm()

    def _connect(self, now: float) -> Actions:
        return self._judge.begin(Phase.CONNECT, now)

    def _appoint(self, phase: Phase) -> Judge:
        bounds = self._patience.bounds(phase)
        judge = Judge(self._errand.experience, bounds, self._plight)
        judge.hurry(self._needed_by)  # nothing is awaited yet
        return judge

    async def _wait(self, awaited: Awaitable[ResultT]) -> ResultT:
        try:
            async with asyncio.timeout(None) as self._deadline:
                return await awaited
        finally:
            self._deadline = None

    def _wake(self) -> None:
        self._timer = None
        self._act(self._judge.wake(self._loop.time()))

    def _act(self, actions: Actions) -> None:
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        attempt = self._attempt
        match action:
            case Rearm(at):
                self._disarm()
                self._timer = self._loop.call_at(at, self._wake)
            case GiveUp(phase, waited_s, limit_s):
                self.limit_s = limit_s
                if attempt is not None:
                    attempt.on_silent(phase, waited_s, limit_s, given_up=True)
                self._interrupt()
            case EndWatch():
                self._interrupt()
            case OpenSecond(phase, waited_s) if attempt is not None:
                limit_s = self._judge.limits.second_s
                attempt.on_silent(phase, waited_s, limit_s, given_up=False)
                attempt.on_second(phase)
            case Measured(segment, ended) if attempt is not None:
                attempt.on_measured(segment, ended)

    def _interrupt(self) -> None:
        if self._deadline is not None:
            self._deadline.reschedule(self._loop.time())

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
