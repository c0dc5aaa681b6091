"""What a client's watchdog counts as progress, and how little of it keeps it calm."""

import math
from dataclasses import dataclass

_BYTE_SHARE = 0.3  # of the watchdog's time: two lost pulses are survived
_STEP_SHARE = 7 / 15  # one lost step is survived, with what the watchdog's tick adds
_BYTE_PULSE = 64
_STEP_BYTES = 1 << 20
_RARE_STEP_S = 120.0
_LINE_BYTES = 513 * 1024
_LINE_SHARE = 0.01
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing that a watchdog counts, and how often it is given some of it.

    Attributes:
        period_s: After so long without it, some is given out of the reserve.
        pulse_bytes: So much at least makes the watchdog see progress.
        share: Of the content; where that is less than `pulse_bytes`, it is enough.
        step: Only whole steps of so many bytes of the stream count; 0: every byte.
        reserve_bytes: Held back for it of a content that is `large`.
    """

    period_s: float
    pulse_bytes: int = _BYTE_PULSE
    share: float = 0.0
    step: int = 0
    reserve_bytes: int = 0

    @property
    def is_coarse(self) -> bool:
        """Whether a few bytes are no progress at all."""
        return bool(self.step or self.share)

    def choose_bytes(self, size: int) -> int:
        """Choose how much a pulse has, of a content of this size."""
        if not self.share:
            return self.pulse_bytes
        return min(self.pulse_bytes, int(size * self.share) + 1024)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What one kind of client is given while nothing arrives.

    Attributes:
        kind: What metrics call the client.
        beats: What its watchdog counts; none: it has no watchdog.
        watchdog_s: Seconds without a byte after which it gives up; `inf` if it never
            does, or minds more than bytes.
    """

    kind: str = "none"
    beats: tuple[Beat, ...] = ()
    watchdog_s: float = math.inf


PLAIN = Rhythm()
"""For a client that waits for ever: it is given all at once."""


def beat_bytes(watchdog_s: float) -> Beat:
    """For a watchdog to which one byte is progress."""
    return Beat(watchdog_s * _BYTE_SHARE)


def beat_steps(watchdog_s: float) -> Beat:
    """For a watchdog that sees whole mebibytes of the stream only."""
    return Beat(
        watchdog_s * _STEP_SHARE,
        pulse_bytes=_STEP_BYTES,
        step=_STEP_BYTES,
        reserve_bytes=4 * _MIB,
    )


def beat_rare_steps() -> Beat:
    """For who may see steps only, or may not: one each two minutes is cheap."""
    return Beat(_RARE_STEP_S, pulse_bytes=_STEP_BYTES, step=_STEP_BYTES)


def beat_lines(watchdog_s: float) -> Beat:
    """For a watchdog that sees lines: one each 512 KiB, or each hundredth if less."""
    return Beat(watchdog_s * _BYTE_SHARE, pulse_bytes=_LINE_BYTES, share=_LINE_SHARE)
