"""What a fetch tries next, decided from what it tried before."""

import itertools
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    DigestMismatchError,
    RateLimitedError,
    SeawallError,
    SizeMismatchError,
    UnreachableError,
)

_PARTIAL = 206
_WRONG_PARTS = 2
_IN_VAIN = 3
_AGAIN_S = 4.0
_AGAIN_LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How stubborn a fetch is.

    Attributes:
        tries: Setbacks in a row, without a byte gained, before it gives up.
        base_s: The first pause before asking the same source again; it doubles.
        cap_s: No pause is longer.
        longest_wait_s: A wait that a registry asked for is taken up to this long; a
            longer one ends the fetch, since the client can wait better than we can.
        hold_s: Silence is no setback that is counted, but is held for so long: what
            is silent may go on, what refuses again and again will not. 0: it counts.
        renew_s: A second source that is silent, too, is asked anew after this; then
            after twice as long.
    """

    tries: int = 5
    base_s: float = 0.25
    cap_s: float = 5.0
    longest_wait_s: float = 10.0
    hold_s: float = 120.0
    renew_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Setback:
    """One attempt that ended badly: at which source, why, and what it had brought.

    Attributes:
        place: The source's.
        error: Why it ended.
        gained: Bytes that it had brought.
        at: Monotonic time of its end.
    """

    place: int
    error: SeawallError
    gained: int = 0
    at: float = -math.inf


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
    first that may recover is asked again after a pause (full jitter, doubling). One
    that asked for a longer wait is asked when the others were in vain three times, or
    need as long; one that was too slow, when the others were in vain. A 404 is final
    at the origin and moves on elsewhere; so do refusals. Without an origin nobody's
    404 is: mirrors may be in the middle of an update, and only when each has said so
    there is nobody left to ask. A source that gave something wrong once is asked again
    when nobody else is left, and never after that.

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
    once = _find_forgiven(setbacks)
    late = once | set(last_resort)
    parts = (
        [p for p in order if p not in late],
        [p for p in order if p in late and p not in once],
        [p for p in order if p in once],
    )
    tried = list(filter(None, parts))
    for part in tried:
        own = [s for s in setbacks if s.place in part]
        # silence is held only where nobody is left who could be asked instead
        held = part is tried[-1] and bool(options.hold_s)
        if _count_tries(own, held=held) >= options.tries * len(part):
            continue
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
    lost = find_lost(setbacks) - _find_forgiven(setbacks)
    usable = [place for place in order if place not in lost]
    spared = _find_spared(usable, setbacks)
    limited = {p for p in usable if _asked_wait_s(setbacks, p) is not None}
    tried = {s.place for s in setbacks[-len(order) :]}
    fresh = [place for place in usable if place not in tried | spared | limited]
    if fresh:
        return Attempt(fresh[0])
    after = usable.index(last.place) + 1 if last.place in usable else 0
    waits = {
        place: _pause(setbacks, place, options, jitter)
        for place in usable[after:] + usable[:after]
    }

    def rate(place: int) -> tuple[bool, bool]:
        # who asked for a long wait is asked after who needs none, unless in vain
        vain = len(_find_vain(setbacks, place)) >= _IN_VAIN
        return (place in spared, vain or waits[place] > options.cap_s)

    bearable = (p for p in waits if waits[p] <= options.longest_wait_s)
    place = min(bearable, key=rate, default=None)
    return None if place is None else Attempt(place, waits[place])


def find_lost(setbacks: Sequence[Setback]) -> set[int]:
    """Find the places that asking again cannot help: refusals, absence, lies."""
    return {s.place for s in setbacks if not _may_recover(s.error)}


def gives_wrong_parts(setbacks: Sequence[Setback], place: int) -> bool:
    """Whether a source answers again and again with other parts than were asked for."""
    wrong = (_is_wrong_part(s.error) for s in setbacks if s.place == place)
    return sum(wrong) >= _WRONG_PARTS


def _is_wrong_part(error: SeawallError) -> bool:
    """Whether it was another part; one that broke off may have been the right one."""
    if not isinstance(error, BrokenReplyError) or error.status != _PARTIAL:
        return False
    return error.cause is None or error.cause.name != "net.conn_reset"


def _find_forgiven(setbacks: Sequence[Setback]) -> set[int]:
    """Find the one that gave something wrong, if that happened once: an accident.

    What is wrong a second time, here or elsewhere, is wrong for good.
    """
    wrong = [s.place for s in setbacks if _is_wrong(s)]
    if len(wrong) != 1:
        return set()
    final = {s.place for s in setbacks if not (_may_recover(s.error) or _is_wrong(s))}
    return set(wrong) - final


def _find_spared(usable: Sequence[int], setbacks: Sequence[Setback]) -> set[int]:
    """Find those too slow, while others were not asked in vain since then.

    One that breaks off may bring nothing once; silence, or three times nothing, is in
    vain.
    """
    last = {s.place: n for n, s in enumerate(setbacks)}
    slow = {p for p in usable if p in last and is_slow(setbacks[last[p]])}
    quick = set(usable) - slow
    spared = set()
    for place in slow:
        since = setbacks[last[place] :]
        vain = {other: _find_vain(since, other) for other in quick}
        hopeless = {
            other
            for other, ends in vain.items()
            if len(ends) >= _IN_VAIN or any(map(_is_silence, ends))
        }
        if quick - hopeless:
            spared.add(place)
    return spared


def _find_vain(setbacks: Sequence[Setback], place: int) -> list[Setback]:
    """Find a source's setbacks since it last brought a byte."""
    own = [s for s in setbacks if s.place == place]
    return list(itertools.takewhile(lambda s: not s.gained, reversed(own)))


def _is_silence(setback: Setback) -> bool:
    cause = setback.error.cause
    return cause is not None and cause.name == "net.silence"


def is_slow(setback: Setback) -> bool:
    """Whether a source was left because it was too slow."""
    cause = setback.error.cause
    return cause is not None and cause.name == "net.too_slow"


def _is_wrong(setback: Setback) -> bool:
    return isinstance(setback.error, DigestMismatchError | SizeMismatchError)


def find_others(
    order: Sequence[int],
    setbacks: Sequence[Setback],
    place: int,
    *,
    last_resort: Collection[int] = (),
    now: float = -math.inf,
) -> list[int]:
    """Find who could go on instead of the one at this place, at once; best first.

    That is whoever has not failed since a byte was last gained, or so long ago that
    it is worth asking again, and is no last resort. One that broke off after it had
    brought bytes counts as one that did not fail, unless it was too slow.
    """
    ruled_out = find_lost(setbacks) | set(last_resort) | {place}
    return [
        other
        for other in order
        if other not in ruled_out and _may_go_on(setbacks, other, now)
    ]


def choose_second(  # noqa: PLR0913  a decision has these facts
    order: Sequence[int],
    setbacks: Sequence[Setback],
    place: int,
    *,
    last_resort: Collection[int] = (),
    now: float = -math.inf,
    troubled: bool = False,
    connecting: bool = False,
) -> int | None:
    """Choose who is asked besides one that is silent; `None` if that is of no use.

    Where nobody else could go on, a new connection to the same source may fare
    better, unless it is connecting that takes long. Where that source is known to be
    in trouble, one that lied is asked, unless it lied twice here: bytes that a digest
    will prove are better than none.
    """
    others = find_others(order, setbacks, place, last_resort=last_resort, now=now)
    if not others and troubled:
        once = _find_forgiven(setbacks)
        ruled_out = find_lost(setbacks) - once | {place}
        others = [
            other
            for other in order
            if (other in once or other in last_resort)
            and other not in ruled_out
            and _may_go_on(setbacks, other, now)
        ]
    if others:
        return others[0]
    return None if connecting else place


def count_slow(setbacks: Sequence[Setback], place: int) -> int:
    """Count how often a source was left since it was too slow."""
    return sum(s.place == place and is_slow(s) for s in setbacks)


def _may_go_on(setbacks: Sequence[Setback], place: int, now: float) -> bool:
    """Whether a source is worth asking besides one that does badly."""
    own = [s for s in setbacks if s.place == place]
    if not own or _is_wrong(own[-1]):
        return True
    last, count = own[-1], len(_find_vain(own, place))
    if is_slow(last):
        return now - last.at >= _AGAIN_LONGEST_S
    if last.gained:
        return True
    recent = setbacks[len(setbacks) - _fruitless(setbacks) :]
    if last not in recent:
        return True
    wait_s = min(_AGAIN_S * 2.0 ** (count - 1), _AGAIN_LONGEST_S)
    asked_s = last.error.wait_s or 0.0
    return now - last.at >= max(wait_s, asked_s)


def choose_verdict(setbacks: Sequence[Setback], *, origin: int | None) -> SeawallError:
    """Choose which error to report: the origin's last word, else the last one.

    It says how long to wait, if somebody asked for that, and it may help.

    Without an origin it is a 404 only if that is the last word of every source that
    was asked: one that could not be asked may have it.
    """
    verdict = _choose_word(setbacks, origin)
    waits = [s.error.wait_s for s in setbacks if isinstance(s.error, RateLimitedError)]
    told = [wait_s for wait_s in waits if wait_s is not None]
    if verdict.retryable and verdict.wait_s is None and told:
        # it may be had then, from who was limited
        verdict.wait_s = min(told)
    return verdict


def _choose_word(setbacks: Sequence[Setback], origin: int | None) -> SeawallError:
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


def _count_tries(setbacks: Sequence[Setback], *, held: bool) -> int:
    """Count the setbacks in a row; where silence is held, only those that speak."""
    recent = setbacks[len(setbacks) - _fruitless(setbacks) :]
    return sum(not (held and _is_silence(s)) for s in recent)


def _pause(
    setbacks: Sequence[Setback],
    place: int,
    options: PlanOptions,
    jitter: Callable[[], float],
) -> float:
    own = [s for s in setbacks if s.place == place]
    longest_s = min(options.cap_s, options.base_s * 2.0 ** _fruitless(own))
    wait_s = jitter() * longest_s
    asked_s = _asked_wait_s(setbacks, place)
    if asked_s is None:
        return wait_s
    # not less than asked for, and not all at once: others wait for it, too
    return max(asked_s * (1 + 0.2 * jitter()), wait_s)


def _asked_wait_s(setbacks: Sequence[Setback], place: int) -> float | None:
    """Tell how long a source asked to be left alone, when it was asked last."""
    own = [s.error for s in setbacks if s.place == place]
    limited = own and isinstance(own[-1], RateLimitedError)
    return own[-1].wait_s if limited else None
