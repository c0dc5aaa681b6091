"""What happened, told: events of the journal as sentences, cut where one begins."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from seawall.kit.units import show_age, show_bytes
from seawall.oci.digest import Digest
from seawall.supply.explaining.explanation import Story, Told
from seawall.transfer.budget.spending import Spent
from seawall.transfer.history import events
from seawall.transfer.history.events import Entry, Event, FlightBegun, NameAsked
from seawall.transfer.standing.ranking import Placing

_PLAIN = (str, int, float, bool, type(None))


def tell_stories(subject: str, entries: Sequence[Entry]) -> list[Story]:
    """Cut what is remembered of a subject into stories, oldest first."""
    runs: list[list[Entry]] = []
    for entry in entries:
        if not runs or isinstance(entry.event, FlightBegun | NameAsked):
            runs.append([])
        runs[-1].append(entry)
    return [Story(subject, run[0].at, tuple(map(tell, run))) for run in runs]


def tell(entry: Entry) -> Told:
    """Tell one event, in words and figures."""
    event = entry.event
    kind = type(event).__name__
    name = "".join(f"-{c.lower()}" if c.isupper() else c for c in kind).lstrip("-")
    known = {f.name: _write(getattr(event, f.name)) for f in fields(event)}
    return Told(entry.at, entry.times, name, narrate(event), known)


def narrate(event: Event) -> str:
    """Say in one sentence what happened."""
    return _TELLING[type(event)](event)


def say_standing(placing: Placing) -> str:
    """Say how a source stands.

    >>> say_standing(Placing("a", 0, False, "resting", 12.5, None))
    'failed again and again, rests for 12 s more'
    """
    left = "" if placing.left_s is None else show_age(placing.left_s)
    return {
        "well": "does well",
        "failed": f"failed a moment ago, comes later for {left} more",
        "resting": f"failed again and again, rests for {left} more",
        "lied": f"gave wrong bytes, is the last resort for {left} more",
        "last_resort": "is asked when all others were",
    }[placing.grade]


def _write(value: object) -> object:
    """Make a value of plain ones."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, tuple):
        return [_write(item) for item in value]
    if is_dataclass(value) and not isinstance(value, Digest):
        return {f.name: _write(getattr(value, f.name)) for f in fields(value)}
    return str(value)


def _flight_begun(event: FlightBegun) -> str:
    size = "of unknown size" if event.size is None else f"of {show_bytes(event.size)}"
    held = f", {show_bytes(event.held_bytes)} were here" if event.held_bytes else ""
    path = f" ({event.path})" if event.path else ""
    order = ", then ".join(map(_place, event.order))
    return f"fetch {size} for {event.repository}{path}{held}: {order}"


def _place(placing: Placing) -> str:
    well = placing.grade == "well"
    return placing.source + ("" if well else f" ({say_standing(placing)})")


def _flight_ended(event: events.FlightEnded) -> str:
    given = ", ".join(f"{show_bytes(count)} from {who}" for who, count in event.given)
    resumed = event.resumed_bytes
    given += f", {show_bytes(resumed)} from before a restart" if resumed else ""
    why = f": {event.trouble.text}" if event.trouble else ""
    given = f": {given}" if given and not why else ""
    return f"{event.result} after {_s(event.seconds)}{given}{why}"


def _source_asked(event: events.SourceAsked) -> str:
    stop = "" if event.stop is None else f" up to {event.stop - 1}"
    beside = ", beside the silent one" if event.beside else ""
    return f"{event.source} is asked for bytes from {event.offset} on{stop}{beside}"


def _source_left(event: events.SourceLeft) -> str:
    gained = f"{show_bytes(event.gained_bytes)} from byte {event.offset} on"
    why = f", then was left: {event.cause}" if event.cause else ""
    return f"{event.source} gave {gained} in {_s(event.seconds)}{why}"


def _source_silent(event: events.SourceSilent) -> str:
    what = "was given up" if event.given_up else "a second one is asked, too"
    return (
        f"{event.source} kept silent for {_s(event.waited_s)} ({event.phase};"
        f" patience {_s(event.limit_s)}): {what}"
    )


def _source_lied(event: events.SourceLied) -> str:
    where = ", ".join(f"{first}-{last}" for first, last in event.ranges)
    where = f" at {where}" if where else ""
    return (
        f"{event.source} gave wrong bytes{where}; for {show_age(event.last_resort_s)}"
        " it is asked only if all others fail"
    )


def _name_answered(event: events.NameAnswered) -> str:
    means = f"it means {event.digest}" if event.digest else "there is no such name"
    return f"{event.source} says after {_s(event.seconds)}: {means}"


def _name_stale(event: events.NameStale) -> str:
    until = datetime.fromtimestamp(event.until, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"the last answer was served, as it may be until {until}: {event.trouble.text}"
    )


def _spent(event: Spent) -> str:
    result = str(event.status) if event.status else f"no reply ({event.cause})"
    return (
        f"{event.method} {event.kind} at {event.host}: {result}"
        f" after {_s(event.wait_s)}"
    )


def _withheld(event: events.Withheld) -> str:
    return (
        f"{event.host} was not asked ({event.purpose}): what is left of the quota of"
        f" {event.account or 'our address'} is kept"
    )


_TELLING: dict[type[Event], Callable[[Any], str]] = {
    FlightBegun: _flight_begun,
    events.FlightEnded: _flight_ended,
    events.SourcesRanked: lambda e: f"in turn: {', then '.join(map(_place, e.order))}",
    events.SourceAsked: _source_asked,
    events.SourceAnswered: lambda e: (
        f"{e.source} answered after {_s(e.wait_s)}, from byte {e.offset} on"
    ),
    events.SourceLeft: _source_left,
    events.SourceSilent: _source_silent,
    events.SecondWon: lambda e: (
        f"{e.source} was first with what follows byte {e.offset}, before {e.over}"
        if e.offset
        else f"{e.source} was first, before {e.over}"
    ),
    events.SecondDropped: lambda e: f"{e.source} is not needed after all",
    events.Switched: lambda e: (
        f"it goes on at {e.now} from byte {e.offset}, after {e.was}"
        + (f": {e.cause}" if e.cause else "")
    ),
    events.Spread: lambda e: (
        f"connection {e.connections} brings bytes {e.start}-{e.stop - 1}"
    ),
    events.SourceFailed: lambda e: (
        f"{e.source} failed ({e.trouble.cause}): {e.trouble.text}"
    ),
    events.SourceLied: _source_lied,
    events.PassageOpened: lambda _: "the disk is full: a reader is served directly",
    events.ReaderPulsed: lambda e: (
        f"a client ({e.client}) was kept alive with bytes out of its reserve"
    ),
    NameAsked: lambda e: f"{e.authority} is asked",
    events.NameAnswered: _name_answered,
    events.NameFailed: lambda e: (
        f"nobody could say, after {_s(e.seconds)}: {e.trouble.text}"
    ),
    events.NameUnanswered: lambda e: (
        f"{e.source} did not answer ({e.trouble.cause}): {e.trouble.text}"
    ),
    events.NameChanged: lambda e: f"it changed from {e.was or 'nothing'} to {e.now}",
    events.NameStale: _name_stale,
    events.Withheld: _withheld,
    Spent: _spent,
}


def choose_last(stories: Iterable[Story], count: int) -> tuple[Story, ...]:
    """Choose the stories that began last, oldest first."""
    ordered = sorted(stories, key=lambda story: story.began_at)
    return tuple(ordered[max(len(ordered) - count, 0) :])


def _s(seconds: float) -> str:
    digits = 0 if seconds >= 100 else 1 if seconds >= 10 else 2  # noqa: PLR2004
    return f"{seconds:.{digits}f} s"
