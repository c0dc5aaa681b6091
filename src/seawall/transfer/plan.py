"""What a fetch tries next, decided from what it tried before."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from seawall.errors import (
    AbsentError,
    DigestMismatchError,
    RateLimitedError,
    SeawallError,
    SizeMismatchError,
    UnreachableError,
)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How stubborn a fetch is.

    Attributes:
        tries: Setbacks in a row, without a byte gained, before it gives up.
        base_s: The first pause before asking the same source again; it doubles.
        cap_s: No pause is longer.
        longest_wait_s: A wait that a registry asked for is taken up to this long; a
            longer one ends the fetch, since the client can wait better than we can.
    """

    tries: int = 5
    base_s: float = 0.25
    cap_s: float = 5.0
    longest_wait_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Setback:
    """One attempt that ended badly: at which source, why, and what it had brought."""

    place: int
    error: SeawallError
    gained: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """Ask the source at this place, after waiting so many seconds."""

    place: int
    wait_s: float = 0.0


def choose_attempt(  # noqa: PLR0913  a decision has these facts
    order: Sequence[int],
    setbacks: Sequence[Setback],
    *,
    options: PlanOptions,
    origin: int | None,
    jitter: Callable[[], float],
    last_resort: Collection[int] = (),
) -> Attempt | None:
    """Choose the next attempt, or `None` when going on makes no sense.

    A source that just failed yields to the others at once; when all have failed, the
    first that may recover is asked again after a pause (full jitter, doubling). A
    404 is final at the origin and moves on elsewhere; so do refusals. Without an
    origin nobody's 404 is: mirrors may be in the middle of an update, and only when
    each has said so there is nobody left to ask. A source whose bytes were wrong is
    not asked again.

    Args:
        order: Places of the sources, best first.
        setbacks: What was tried before, oldest first.
        options: How stubborn to be.
        origin: The place of the origin; None if the sources are all equal.
        jitter: Gives numbers in [0, 1).
        last_resort: Places that are asked only when all others were, in vain.
    """
    last = setbacks[-1] if setbacks else None
    if last and last.place == origin and isinstance(last.error, AbsentError):
        return None
    parts = [[p for p in order if (p in last_resort) is late] for late in (False, True)]
    for part in filter(None, parts):
        own = [s for s in setbacks if s.place in part]
        attempt = _choose_among(part, own, options, jitter)
        if attempt is not None:
            return attempt
    return None


def _choose_among(
    order: Sequence[int],
    setbacks: Sequence[Setback],
    options: PlanOptions,
    jitter: Callable[[], float],
) -> Attempt | None:
    if not setbacks:
        return Attempt(order[0])
    last = setbacks[-1]
    if _fruitless(setbacks) >= options.tries * len(order):
        return None
    lost = find_lost(setbacks)
    usable = [place for place in order if place not in lost]
    tried = {s.place for s in setbacks[-len(order) :]}
    fresh = [place for place in usable if place not in tried]
    if fresh:
        return Attempt(fresh[0])
    after = usable.index(last.place) + 1 if last.place in usable else 0
    waits = {
        place: _pause(setbacks, place, options, jitter)
        for place in usable[after:] + usable[:after]
    }
    bearable = (p for p in waits if waits[p] <= options.longest_wait_s)
    place = next(bearable, None)
    return None if place is None else Attempt(place, waits[place])


def find_lost(setbacks: Sequence[Setback]) -> set[int]:
    """Find the places that asking again cannot help: refusals, absence, lies."""
    return {s.place for s in setbacks if not _may_recover(s.error)}


def find_others(
    order: Sequence[int],
    setbacks: Sequence[Setback],
    place: int,
    *,
    last_resort: Collection[int] = (),
) -> list[int]:
    """Find who could go on instead of the one at this place, at once; best first.

    That is whoever has not failed since a byte was last gained, and is no last resort.
    """
    count = _fruitless(setbacks)
    failed = {s.place for s in setbacks[len(setbacks) - count :]}
    ruled_out = failed | find_lost(setbacks) | set(last_resort) | {place}
    return [other for other in order if other not in ruled_out]


def choose_verdict(setbacks: Sequence[Setback], *, origin: int | None) -> SeawallError:
    """Choose which error to report: the origin's last word, else the last one.

    Without an origin it is a 404 only if that is the last word of every source that
    was asked: one that could not be asked may have it.
    """
    for setback in reversed(setbacks):
        if setback.place == origin:
            return setback.error
    if origin is not None:
        return setbacks[-1].error
    last_words: dict[int, SeawallError] = {}
    for setback in reversed(setbacks):
        last_words.setdefault(setback.place, setback.error)
    doubts = [e for e in last_words.values() if not isinstance(e, AbsentError)]
    return (doubts or [setbacks[-1].error])[0]


def _may_recover(error: SeawallError) -> bool:
    if isinstance(error, DigestMismatchError | SizeMismatchError):
        return False
    if isinstance(error, UnreachableError) and error.cause is not None:
        return error.cause.name not in {"tls.unknown_ca", "tls.http_registry"}
    return error.retryable


def _fruitless(setbacks: Sequence[Setback]) -> int:
    """Count the setbacks since a byte was last gained."""
    count = 0
    for setback in reversed(setbacks):
        count += 1
        if setback.gained:
            break
    return count


def _pause(
    setbacks: Sequence[Setback],
    place: int,
    options: PlanOptions,
    jitter: Callable[[], float],
) -> float:
    own = [s for s in setbacks if s.place == place]
    longest_s = min(options.cap_s, options.base_s * 2.0 ** _fruitless(own))
    wait_s = jitter() * longest_s
    asked = own[-1].error
    if isinstance(asked, RateLimitedError) and asked.wait_s is not None:
        # not less than asked for, and not all at once: others wait for it, too
        return max(asked.wait_s * (1 + 0.2 * jitter()), wait_s)
    return wait_s
