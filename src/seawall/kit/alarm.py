"""Wakes one waiter at a time that is put off again and again."""

import asyncio
import math


class Alarm:
    """One waiter's alarm.

    A timer is left as it is when its time moves on, and asks again when it rings:
    bytes come by thousands a second, and each would set another one.

    Attributes:
        waiter: Whom it wakes.
    """

    __slots__ = ("_due", "_loop", "_timer", "waiter")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.waiter: asyncio.Future[None] | None = None
        self._loop = loop
        self._due = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, due: float) -> None:
        """Ring at this time of the loop; `inf` is never."""
        self._due = due
        if due == math.inf:
            return
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._ring)

    def cancel(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        self._timer = None
        if self._due > self._loop.time():
            self.set(self._due)
        elif self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
