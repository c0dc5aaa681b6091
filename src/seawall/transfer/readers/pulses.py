"""Decides for one reader up to where bytes may go now, and when to look again."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from seawall.kit.ranges import Span
from seawall.transfer.readers.rhythm import Beat, Rhythm

LEAST_RESERVE = 64 * 1024
LARGE_BYTES = 64 * 1024 * 1024
_RESERVE_SHARE = 8  # no more than this part of a content is ever held back


@dataclass(frozen=True, slots=True)
class Move:
    """What a reader may be given now.

    Attributes:
        stop: Up to here; the reader's position if nothing may go.
        look_at: When more may go although nothing arrives; `inf` if it may not.
        pulse: Whether it comes out of the reserve.
    """

    stop: int
    look_at: float = math.inf
    pulse: bool = False


def choose_reserve(rhythm: Rhythm, size: int, hold_s: float) -> int:
    """Choose how many of the last bytes are held back while a content arrives.

    As many as the pulses of one silence need, of the longest that is held; but of a
    content that is not large, steps of a mebibyte are not held back at all, since a
    watchdog that counts those is slower than such a content.

    >>> from seawall.transfer.readers.rhythm import beat_bytes, beat_steps
    >>> choose_reserve(Rhythm("x", (beat_bytes(10),)), 10**9, 120.0)
    65536
    >>> choose_reserve(Rhythm("x", (beat_steps(300),)), 10**9, 120.0)
    4194304
    """
    if not rhythm.beats:
        return 0
    need = sum(_tell_need(beat, size, hold_s) for beat in rhythm.beats)
    return max(LEAST_RESERVE, min(need, size // _RESERVE_SHARE))


def _tell_need(beat: Beat, size: int, hold_s: float) -> int:
    if beat.step and size <= LARGE_BYTES:
        return 0
    count = math.ceil(hold_s / beat.period_s)
    return max(beat.reserve_bytes, count * beat.choose_bytes(size))


class Pulses:
    """One reader's beats.

    All times are of one clock that never runs backwards.

    Args:
        rhythm: Its client's.
        span: The bytes that it asked for.
        size: Of the whole content.
        now: When it began.
        hold_s: The longest silence that is held.

    Attributes:
        rhythm: Its client's.
        reserve: Bytes that are held back.
        sent_at: When it was last given anything.
    """

    def __init__(
        self, rhythm: Rhythm, span: Span, size: int, now: float, hold_s: float
    ) -> None:
        self.rhythm = rhythm
        self.reserve = choose_reserve(rhythm, size, hold_s)
        self.sent_at = now
        self._fine = [beat for beat in rhythm.beats if not beat.is_coarse]
        coarse = (beat for beat in rhythm.beats if beat.is_coarse)
        self._coarse = [_Count(beat, span.start, size, now) for beat in coarse]

    def choose(self, position: int, available: int, now: float, *, here: bool) -> Move:
        """Say up to where bytes may go now.

        Args:
            position: What was sent already ends here.
            available: What may be sent at all ends here.
            now: The time.
            here: All that was asked for has arrived, or nothing more will: nothing
                is held back any more.
        """
        free = available if here else available - self.reserve
        if free > position:
            return Move(free)
        stop, look_at = position, math.inf
        for target, due in self._list_due(position, available):
            if target <= position:
                continue
            if now >= due:
                stop = max(stop, target)
            else:
                look_at = min(look_at, due)
        return Move(stop, look_at, pulse=stop > position)

    def note_sent(self, position: int, now: float) -> None:
        """Note up to where the client's side has it now."""
        self.sent_at = now
        for count in self._coarse:
            count.note(position, now)

    def _list_due(self, position: int, available: int) -> Iterator[tuple[int, float]]:
        """Give for each beat up to where its pulse would go, and when."""
        for beat in self._fine:
            few = min(position + beat.pulse_bytes, available)
            yield few, self.sent_at + beat.period_s
        for count in self._coarse:
            yield count.aim(position, available), count.due


class _Count:
    """What the watchdog has counted by one beat to which a few bytes are nothing.

    Attributes:
        due: When it wants to see progress again.
    """

    def __init__(self, beat: Beat, start: int, size: int, now: float) -> None:
        self.due = now + beat.period_s
        self._beat = beat
        self._pulse_bytes = beat.choose_bytes(size)
        self._counted = start
        # Whose steps a resumed read goes on with is not known: then only a whole
        # step more is sure to have a boundary in it.
        self._exact = bool(beat.step) and start % beat.step == 0

    def aim(self, position: int, available: int) -> int:
        """Say where a pulse would end; no further than `position` if there is none."""
        beat = self._beat
        target = position + self._pulse_bytes
        if self._exact:
            target = (position // beat.step + 1) * beat.step
        return target if target <= available else position

    def note(self, position: int, now: float) -> None:
        """Note that bytes were sent up to here."""
        least = self._pulse_bytes
        if self._exact:
            least = self._beat.step - self._counted % self._beat.step
        if position - self._counted >= least:
            self._counted = position
            self.due = now + self._beat.period_s
