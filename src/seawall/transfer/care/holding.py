"""How long a silent last source is held: seconds since bytes were last gained."""

import asyncio
from collections.abc import Callable

_LATE_S = 1.0


class Hold:
    """Counts the seconds since bytes were last gained; says once when it is enough.

    A pulse hides a silence from a client, so something must end it: a node that pulls
    one image after the other waits for nothing meanwhile.

    Args:
        hold_s: The longest silence.
        is_ours: Whether something else than a source is waited for just now.
        on_over: Told when it is over.

    Attributes:
        over: Whether it is.
    """

    def __init__(
        self, hold_s: float, is_ours: Callable[[], bool], on_over: Callable[[], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._hold_s = hold_s
        self._is_ours = is_ours
        self._on_over = on_over
        self._since = self._loop.time()
        self._timer = self._loop.call_later(hold_s, self._look)
        self.over = False

    def note_gain(self) -> None:
        """Bytes came."""
        self._since = self._loop.time()

    def end(self) -> None:
        """Count no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        # a loop that stood still, or a slow disk, is no silence of a source
        late_s = now - self._timer.when()
        self._since += late_s if late_s > _LATE_S else 0.0
        if self._is_ours():
            self._since = now
        due = self._since + self._hold_s
        if now < due:
            self._timer = self._loop.call_at(due, self._look)
            return
        self.over = True
        self._on_over()
