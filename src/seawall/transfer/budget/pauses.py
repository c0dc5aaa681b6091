"""How long a limiter that refused is left alone, and who tries it first."""

from dataclasses import dataclass

LONGEST_S = 24 * 3600.0
_FIRST_S = 5.0
_WINDOW_SHARE = 0.25
_LONGEST_UNASKED_S = 300.0


@dataclass(slots=True)
class Pause:
    """A time of silence, after which one request goes first.

    Attributes:
        until: When it ends.
        count: Refusals in a row.
        probe: The request that tries it now, by its order.
        sent_before: Requests up to this order were sent before the last refusal.
        cause: The name of what the limiter said.
    """

    until: float = 0.0
    count: int = 0
    probe: int | None = None
    sent_before: int = 0
    cause: str = ""

    def wait_s(self, now: float) -> float:
        """Seconds that it lasts from now on; never more than a day."""
        return min(max(self.until - now, 0.0), LONGEST_S)

    def extend(self, now: float, wait_s: float, order: int) -> float:
        """Take one more refusal into account; give the seconds from now on.

        Requests that were under way when it began say nothing new: only one that was
        sent after it counts as refused again.
        """
        if not self.count or order > self.sent_before:
            self.count += 1
            self.until = now + wait_s
        else:
            self.until = max(self.until, now + wait_s)
        self.probe = None
        return self.wait_s(now)


def choose_pause_s(
    asked_s: float | None, window_s: float | None, refusals: int
) -> float:
    """Choose the seconds of a pause: as asked, else longer each time.

    Where a window is named and no wait, a quarter of it is where to begin, and all of
    it is the most: many slide, and finding out costs one request.

    Args:
        asked_s: How long the registry asked to wait, if it did.
        window_s: The window of the limit that it named, if it did.
        refusals: How many there were in a row before this one.

    >>> choose_pause_s(60.0, None, 0), choose_pause_s(None, None, 2)
    (60.0, 20.0)
    >>> [choose_pause_s(None, 60.0, refusals) for refusals in range(4)]
    [15.0, 30.0, 60.0, 60.0]
    """
    if asked_s is not None:
        return min(max(asked_s, 1.0), LONGEST_S)
    if window_s is not None:
        wait_s = window_s * _WINDOW_SHARE * 2.0 ** min(refusals, 10)
        return min(max(wait_s, 1.0), max(window_s, 1.0), LONGEST_S)
    return min(_FIRST_S * 2.0 ** min(refusals, 10), _LONGEST_UNASKED_S)
