"""Explains: from what is known to what would happen now, and why."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from seawall.kit.redact import redact_text
from seawall.kit.units import show_age, show_bytes
from seawall.supply.explaining.explanation import (
    VERSION,
    Candidate,
    ContentOutlook,
    Explanation,
    NameOutlook,
    PatienceView,
    SourceView,
)
from seawall.supply.explaining.facts import Facts, NameFacts, PartFacts, SourceFacts
from seawall.supply.explaining.stories import choose_last, say_standing, tell_stories
from seawall.supply.freshness import Freshness
from seawall.transfer.standing.ranking import Placing

ValueT = TypeVar("ValueT")

_FOR_GOOD_S = 3e8
_SOONER = "would be done sooner, as its own history says"


def explain(facts: Facts, *, last: int) -> Explanation:
    """Say what would happen now, and what happened last; no secret is in it.

    Args:
        facts: All that is known.
        last: How many fetches and questions are told.
    """
    off = frozenset(source.label for source in facts.sources if source.off)
    stories = []
    if facts.name is not None:
        stories += tell_stories(f"name {_write(facts.name)}", facts.name.entries)
    for part in facts.parts:
        stories += tell_stories(f"{part.role} {part.digest}", part.entries)
    told = Explanation(
        VERSION,
        facts.subject,
        facts.now,
        facts.offline,
        None if facts.name is None else _foresee_name(facts.name, facts),
        tuple(_foresee(part, off, offline=facts.offline) for part in facts.parts),
        tuple(map(_view_source, facts.sources)),
        tuple(facts.budget),
        choose_last(stories, last),
    )
    return clean(told)


def clean(value: ValueT) -> ValueT:
    """Take what looks like a secret out of every text of a value, however deep."""
    cleaned: Any = value
    if isinstance(value, str):
        cleaned = redact_text(value)
    elif isinstance(value, tuple):
        cleaned = tuple(map(clean, value))
    elif isinstance(value, list):
        cleaned = list(map(clean, value))
    elif isinstance(value, dict):
        cleaned = {key: clean(item) for key, item in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        known = {f.name: clean(getattr(value, f.name)) for f in fields(value)}
        cleaned = replace(value, **known)
    found: ValueT = cleaned
    return found


def _write(name: NameFacts) -> str:
    return f"{name.key.repository}:{name.key.tag}"


def _foresee_name(name: NameFacts, facts: Facts) -> NameOutlook:
    verdict, text = judge_outlook(name, offline=facts.offline, now=facts.now)
    record = name.record
    known = record is not None and record.digest is not None
    return NameOutlook(
        _write(name),
        verdict,
        text,
        str(record.digest) if record is not None and record.digest else "",
        None if record is None else max(facts.now - record.checked_at, 0.0),
        name.ttl_s,
        record.checked_at + name.rules.stale_max_s if record and known else None,
    )


def judge_outlook(name: NameFacts, *, offline: bool, now: float) -> tuple[str, str]:
    """Say what a question about a name would meet now, in a word and a sentence.

    It is decided in the order in which `supply.resolver` does.
    """
    record = name.record
    age = "" if record is None else show_age(now - record.checked_at)
    if record is not None and name.state in (Freshness.FRESH, Freshness.ABSENT):
        what = "so" if name.state is Freshness.FRESH else "that there is none"
        text = f"{record.source} said {what} {age} ago; that holds {_show(name.ttl_s)}"
        return name.state.value, text + _stretched(name)
    obstacle = _find_obstacle(name, offline=offline)
    if obstacle is not None:
        verdict, why = obstacle
        if name.stands_in:
            return "stale", f"the last answer, {age} old, is served: {why}"
        return verdict, f"nothing can be answered: {why}"
    if name.asking:
        return "joins", "the question is out already; this one waits for its answer"
    return _foresee_question(name, age)


def _foresee_question(name: NameFacts, age: str) -> tuple[str, str]:
    """Say who would be asked, and how."""
    record = name.record
    asked = ", then ".join(name.sources) or "nobody"
    if record is not None and record.digest is not None:
        text = f"the last answer is {age} old: {asked} is asked by HEAD"
        if name.stands_in:
            hold = f"{name.rules.hold_s:g} s"
            text += f"; after {hold} without a reply the last answer is served"
        return "revalidate", text
    text = f"nothing is known: {asked} is asked by GET"
    if name.mirrors:
        text += f"; if that fails, {', then '.join(name.mirrors)}"
    return "ask", text


def _find_obstacle(name: NameFacts, *, offline: bool) -> tuple[str, str] | None:
    if offline:
        return "offline", "Seawall is offline by its settings"
    resting, withheld = name.resting, name.withheld
    if resting is not None and name.stands_in:
        left = show_age(resting.left_s)
        cause, text = resting.trouble.cause, resting.trouble.text
        return "resting", f"nobody is asked for {left} more: {text} ({cause})"
    if withheld is not None:
        left = show_age(withheld.left_s)
        text = f"{withheld.trouble.text}; it may be asked again in {left}"
        return "withheld", text
    return None


def _show(ttl_s: float) -> str:
    return "for good" if ttl_s > _FOR_GOOD_S else f"for {show_age(ttl_s)} more"


def _stretched(name: NameFacts) -> str:
    if name.rules.stretch <= 1:
        return ""
    return f", {name.rules.stretch:.1f} times as long, as little of the quota is left"


def _foresee(part: PartFacts, off: frozenset[str], *, offline: bool) -> ContentOutlook:
    verdict, text = "unknown", "no source of it is known"
    order: tuple[Candidate, ...] = ()
    if part.held:
        verdict, text = "hit", "held: nobody is asked"
    elif part.foreign:
        verdict, text = "foreign", "clients fetch it elsewhere"
    elif part.underway is not None:
        under = part.underway
        arrived = show_bytes(under.arrived_bytes)
        readers = f"{under.readers} reader{'s' if under.readers != 1 else ''}"
        source = under.source or "a source that has not answered yet"
        verdict, text = "joins", f"{arrived} are here from {source}; {readers}"
    elif offline:
        verdict, text = "offline", "not held, and Seawall is offline by its settings"
    elif part.order:
        order = tuple(choose_reasons(part.order, off))
        first, *others = order
        text = f"from {first.source} ({first.why})"
        text += "".join(f"; else {one.source} ({one.why})" for one in others)
        verdict = "fetch"
    return ContentOutlook(
        str(part.digest),
        part.role,
        part.platform,
        part.size,
        verdict,
        text,
        order,
    )


def choose_reasons(order: Sequence[Placing], off: frozenset[str]) -> list[Candidate]:
    """Say of each source of a content why it has this place.

    >>> one = Placing("a", 0, False, "well", None, None)
    >>> two = Placing("b", 1, True, "well", None, None)
    >>> [candidate.why for candidate in choose_reasons([one, two], frozenset())]
    ['it is listed first', 'the origin, listed later']
    """
    found = []
    for turn, placing in enumerate(order):
        if placing.source in off:
            why = "switched off by the settings"
        elif placing.grade != "well":
            why = say_standing(placing)
        else:
            why = _say_place(placing, order, turn)
        found.append(Candidate(placing.source, why))
    return found


def _say_place(placing: Placing, order: Sequence[Placing], turn: int) -> str:
    overtaken = [other for other in order[turn + 1 :] if other.listed < placing.listed]
    name = "the origin, " if placing.is_origin and len(order) > 1 else ""
    if not overtaken:
        lead = "the only one" if len(order) == 1 else "it is listed first"
        return lead if turn == 0 else f"{name}listed later"
    if all(other.grade != "well" for other in overtaken):
        return f"{name}does well, and those listed before it do not"
    return f"{name}{_SOONER}"


def _view_source(source: SourceFacts) -> SourceView:
    state = "off" if source.off else source.placing.grade
    text = "switched off" if source.off else say_standing(source.placing)
    return SourceView(
        source.label,
        "origin" if source.is_origin else "mirror",
        state,
        text,
        None if source.off else source.placing.left_s,
        source.answers_names,
        source.bytes_per_s,
        source.answered_s,
        tuple(
            PatienceView(phase, limits.second_s, limits.give_up_s)
            for phase, limits in source.patience.items()
        ),
    )
