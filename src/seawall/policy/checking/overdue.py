"""A bound on computing: a call that takes too long is broken off, and others go on."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OverdueError(Exception):
    """A call took longer than it may."""


class Patience:
    """Says when the next call begins.

    Attributes:
        calls: How many calls have begun.
    """

    def __init__(self) -> None:
        self.calls = 0
        self._seen = -1

    def look(self) -> bool:
        """Say whether the same call is at it as when this was asked last."""
        same, self._seen = self._seen == self.calls, self.calls
        return same


@contextmanager
def bound(call_s: float) -> Iterator[Patience]:
    """Break off, with `OverdueError`, a call that computes for longer than that.

    It may be broken off at half of that, or a little later. Regular expressions are
    broken off, too. Time is the processor's, so that a busy machine does not matter.
    Outside of the main thread there is no bound: only there signals can raise.

    Args:
        call_s: So long may one call take; count each in `calls`.
    """
    patience = Patience()
    if threading.current_thread() is not threading.main_thread():
        yield patience
        return

    def look(number: int, frame: FrameType | None) -> None:
        del number, frame
        if patience.look():
            raise OverdueError(f"took more than {call_s / 2:g} s")

    before = signal.signal(signal.SIGVTALRM, look)
    signal.setitimer(signal.ITIMER_VIRTUAL, call_s / 2, call_s / 2)
    try:
        yield patience
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
