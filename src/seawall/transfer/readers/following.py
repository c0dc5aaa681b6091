"""Follows a flight's growing file for one reader, in its client's rhythm."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from seawall.errors import StoreError
from seawall.kit.alarm import Alarm
from seawall.kit.pages import PageBuffer
from seawall.kit.ranges import Span
from seawall.transfer.flight import Flight
from seawall.transfer.readers.pulses import Move, Pulses
from seawall.transfer.readers.rhythm import PLAIN, Rhythm

FOLLOW_BYTES = 128 * 1024  # a reader's buffer; many may follow one flight
_MARGIN = 0.9  # of a watchdog's time: what is sent later may come too late
_AGAIN = 0.3
_SECOND_S = 2.0  # what a second source takes to bring its first bytes


@dataclass(frozen=True, slots=True)
class Client:
    """Who reads.

    Attributes:
        rhythm: What its watchdog wants.
        hold_s: The longest silence that is held.
        on_pulse: Told of each pulse.
    """

    rhythm: Rhythm = PLAIN
    hold_s: float = 120.0
    on_pulse: Callable[[], None] = lambda: None


PATIENT = Client()
"""Waits for ever."""


async def follow(
    flight: Flight, span: Span, *, size: int, client: Client = PATIENT
) -> AsyncGenerator[bytes | memoryview, None]:
    """Follow the growing file through `span`, at the reader's own pace.

    A chunk is valid until the next one is asked for. Each pulse is a chunk of its
    own, so that it goes out at once.

    Args:
        flight: What is followed.
        span: The bytes wanted.
        size: What the reader was told the whole content has. If that turns out
            wrong, it is cut: else a content of another size would look complete.
        client: Who reads.

    Raises:
        SeawallError: The flight failed; what was read so far is no content.
    """
    loop = asyncio.get_running_loop()
    position = doubtful = span.start
    buffer = PageBuffer(FOLLOW_BYTES, executor=flight.executor)
    pulses = Pulses(client.rhythm, span, size, loop.time(), client.hold_s)
    alarm, told = Alarm(loop), span.start
    try:
        while position < span.stop:
            flight.refuse(span, given=doubtful, size=size)
            stop, look_at = flight.readable_stop(position, span, size), math.inf
            if pulses.reserve and not flight.finished:
                free = stop - pulses.reserve
                if free > position:
                    stop = free
                else:
                    move = _choose(flight, pulses, position, stop, span)
                    stop, look_at = move.stop, move.look_at
                    if move.pulse and position >= told:
                        told = stop  # a large pulse has several chunks
                        client.on_pulse()
            if stop <= position:
                alarm.set(look_at)
                await flight.wait_more(position, alarm)
                continue
            doubted = not flight.verified
            flight.released = flight.released or doubted
            length = min(stop - position, FOLLOW_BYTES)
            chunk = await buffer.fill(flight.descriptor, position, length)
            if not chunk:
                raise StoreError(f"the file of {flight.want.digest} ends at {position}")
            position += len(chunk)
            doubtful = position if doubted else doubtful
            yield chunk
            pulses.note_sent(position, loop.time())
    finally:
        alarm.cancel()


def _choose(
    flight: Flight, pulses: Pulses, position: int, available: int, span: Span
) -> Move:
    """Choose what a reader is given of its reserve, if anything, and when to look."""
    now = asyncio.get_running_loop().time()
    here = flight.extents.stop_from(position) >= span.stop
    move = pulses.choose(position, available, now, here=here)
    if available > position:
        return move
    return Move(position, _hurry(flight, position, pulses, now))


def _hurry(flight: Flight, position: int, pulses: Pulses, now: float) -> float:
    """Nothing is left to pulse: say until when the client must have something.

    Returns:
        When to say so again: at first nobody may have been asked yet.
    """
    limit_s, sent_at = pulses.rhythm.watchdog_s, pulses.sent_at
    if math.isinf(limit_s):
        return math.inf
    flight.on_hurry(position, sent_at + limit_s * _MARGIN - _SECOND_S)
    again = sent_at + limit_s * _AGAIN
    return again if now < again else math.inf
