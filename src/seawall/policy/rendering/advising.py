"""How long a client is told to wait for progress: longer than Seawall may be silent."""

import bisect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from seawall.policy.knowledge.mirrorhosts import is_public
from seawall.policy.mirrors import Route, Target

_SHARE = 0.75
"""Of the client's time, the longest silence: CRI-O may have counted its last progress a
tenth of it before the silence began, containerd looks each 10 s, and learnt waits move.
"""
_STEPS_S = (60, 90, 120, 180, 240, 300, 450, 600, 900, 1200, 1800, 2700, 3600)
_MINUTE_S, _HOUR_S = 60, 3600
_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PART = r"([0-9]{1,12}(?:\.[0-9]{0,9})?)(h|ms|m|s|us|ns)"

_Seconds = Annotated[float, Meta(ge=0, le=1e6)]


class Heard(msgspec.Struct, frozen=True):
    """What Seawall says of one registry.

    Attributes:
        state: Whether that is learnt, fixed by its settings, or only a bound.
        silence_s: The longest silence that a client may have to outlast.
        mebibyte_s: What a mebibyte takes at worst; 0 if that is not known.
        waits: That it was learnt from.
    """

    registry: str
    state: Literal["learnt", "fixed", "unknown"]
    silence_s: _Seconds
    mebibyte_s: _Seconds = 0.0
    waits: Annotated[int, Meta(ge=0)] = 0


class Learnt(msgspec.Struct, frozen=True):
    """What a Seawall has learnt of waits.

    Attributes:
        hold_s: It ends a silence after so long, whatever it has learnt.
        registries: What it says of them; empty if it was not asked.
        version: Of the form in which it says so.
    """

    hold_s: _Seconds = 120.0  # `clients.hold_max`, if settings say nothing
    registries: tuple[Heard, ...] = ()
    version: Literal[1] = 1


class Timer(msgspec.Struct, frozen=True):
    """A client's own watchdog.

    Attributes:
        key: What the client calls its time.
        least_s: It is never given less, whatever was learnt.
        why: Why not.
        off: Whether 0 turns it off; else 0 is worse than any other time.
        steps: Whether only whole mebibytes are progress to it.
    """

    key: str
    least_s: float
    why: str
    off: bool = True
    steps: bool = False


CONTAINERD = Timer(
    "image_pull_progress_timeout",
    300.0,
    "its own time, since slow disks outlasted a minute",
    off=False,  # 2.1 and later stop every pull at 0 (containerd#14158)
    steps=True,
)
CRIO = Timer("pull_progress_timeout", 60.0, "a slow disk is silence to it, too")
CRI_DOCKERD = Timer("--image-pull-progress-deadline", 60.0, "its own time")


class Advice(msgspec.Struct, frozen=True):
    """How long a client should wait for progress.

    Attributes:
        key: What the client calls it.
        value: As clients in Go write it: `5m0s`.
        seconds: The same.
        least_s: What is there already is right if it is no less.
        off: Whether 0, which is for ever, is right, too.
        why: Where the figure comes from, in lines.
    """

    key: str
    value: str
    seconds: float
    least_s: float
    off: bool
    why: tuple[str, ...]

    def allows(self, value: object) -> bool:
        """Whether some other value will do as well.

        What is learnt moves from day to day, and the value that was written yesterday
        is not wrong for that: it is, once it is shorter than a silence that was learnt.
        """
        seconds = read_duration(value) if isinstance(value, str) else None
        if seconds == 0:
            return self.off
        return seconds is not None and seconds >= self.least_s


def advise(
    timer: Timer, routes: Iterable[Route], learnt: Learnt, told_s: float = 0.0
) -> Advice:
    """Choose a client's time from what was learnt of the registries behind its mirrors.

    Args:
        timer: The client's watchdog.
        routes: The rewrite map.
        learnt: What Seawall has learnt.
        told_s: What the settings say that such clients wait: Seawall keeps them alive
            in a rhythm that fits this time, and no shorter one.
    """
    heard = {one.registry: one for one in learnt.registries}
    silences = {name: heard.get(name) for name in list_walled(routes)}
    known_s = max(
        (_last(timer, one) for one in silences.values() if one and _is_known(one)),
        default=0.0,
    )
    bound_s = max(
        (
            one.silence_s if one else learnt.hold_s
            for one in silences.values()
            if not _is_known(one)
        ),
        default=0.0,
    )
    least_s = max(timer.least_s, told_s)
    wanted_s = max(known_s, bound_s) / _SHARE
    seconds = _round_up(max(least_s, wanted_s))
    why = list(_explain(timer, silences, learnt))
    if told_s > max(timer.least_s, wanted_s):
        why.append(f"- but no less than {told_s:g} s, as [clients] says that it waits")
    elif timer.least_s >= wanted_s:
        least = write_duration(timer.least_s)
        why.append(f"- but no less than {least}: {timer.why}")
    value = write_duration(seconds)
    return Advice(
        timer.key, value, seconds, max(least_s, known_s), timer.off, tuple(why)
    )


def _is_known(one: Heard | None) -> bool:
    return one is not None and one.state != "unknown"


def _last(timer: Timer, one: Heard) -> float:
    """Tell how long a silence of a registry may seem to a client."""
    return one.silence_s + (one.mebibyte_s if timer.steps else 0.0)


def _explain(
    timer: Timer, silences: Mapping[str, Heard | None], learnt: Learnt
) -> Iterator[str]:
    yield f"{timer.key}: longer than Seawall may be silent for"
    if not silences:
        yield "- none of the mirrors is one: they are for everybody"
    for name, one in silences.items():
        if one is None or one.state == "unknown":
            silence_s = one.silence_s if one else learnt.hold_s
            why = "the most that is held, as too little was learnt yet"
            if not learnt.registries:
                why = "the most that is held, as no Seawall was asked"
            elif one is None:
                why = "the most that is held, as it knows no such registry"
        else:
            silence_s = _last(timer, one)
            why = f"as was learnt from {one.waits} waits"
            if one.state == "fixed":
                why = "as its settings fix"
        yield f"- {name}: {silence_s:.0f} s, {why}"


def list_walled(routes: Iterable[Route]) -> list[str]:
    """List the registries that Seawall may be asked for, each once.

    A mirror's path begins with the registry, if that is another one than the map says.
    A mirror for everybody is not Seawall; of all others nobody knows but who runs them.
    """
    names: dict[str, None] = {}
    for route in routes:
        for target in route.targets:
            if not is_public(target.host):
                names[_name(route, target)] = None
    return list(names)


def _name(route: Route, target: Target) -> str:
    first = target.path.partition("/")[0]
    return first if "." in first else route.registry


def _round_up(seconds: float) -> int:
    """Round up to what people would have written.

    >>> _round_up(61), _round_up(160), _round_up(3601)
    (90, 180, 7200)
    """
    place = bisect.bisect_left(_STEPS_S, seconds)
    if place < len(_STEPS_S):
        return _STEPS_S[place]
    return -int(-seconds // _HOUR_S) * _HOUR_S


def write_duration(seconds: float) -> str:
    """Write a time as Go does.

    >>> write_duration(90), write_duration(7200), write_duration(45)
    ('1m30s', '2h0m0s', '45s')
    """
    hours, rest = divmod(int(seconds), _HOUR_S)
    minutes, left = divmod(rest, _MINUTE_S)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"


def read_duration(text: str) -> float | None:
    """Read a time as Go does; `None` if it is none.

    >>> read_duration("1h30m"), read_duration("0"), read_duration("5 minutes")
    (5400.0, 0.0, None)
    """
    if text == "0":
        return 0.0
    if not re.fullmatch(f"(?:{_PART}){{1,8}}", text):
        return None
    return sum(
        float(figure) * _UNITS_S[unit] for figure, unit in re.findall(_PART, text)
    )
