"""What happened, told: every event has its sentence, and none shows a secret."""

import json
from dataclasses import fields
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.doors.management import encode
from seawall.errors import BrokenReplyError, SeawallError, UnauthorizedError
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.records import NameKey
from seawall.supply.explaining.facts import Facts, NameFacts, Obstacle, PartFacts
from seawall.supply.explaining.outlook import explain
from seawall.supply.explaining.stories import choose_last, narrate, tell_stories
from seawall.supply.freshness import Freshness, FreshnessOptions
from seawall.transfer.history import events
from seawall.transfer.history.events import Entry, Event, tell_trouble
from seawall.transfer.standing.ranking import Placing

DIGEST = Digest.of(b"x")


def _placing(source: str, grade: str = "lied") -> Placing:
    return Placing(source, 0, is_origin=False, grade=grade, left_s=1.0, finish_s=1.0)


PLACING = _placing("one.example")
TROUBLE = events.Trouble("net.silence", "it was silent")
_SAMPLES: dict[Any, Any] = {
    "str": "one.example",
    "int": 5000,
    "int | None": 5000,
    "float": 1.5,
    "float | None": 1.5,
    "bool": True,
    "Digest": DIGEST,
    "Digest | None": DIGEST,
    "Trouble": TROUBLE,
    "Trouble | None": TROUBLE,
    "tuple[Placing, ...]": (PLACING,),
    "tuple[tuple[str, int], ...]": (("one.example", 5000),),
    "tuple[tuple[int, int], ...]": ((0, 99),),
}


def _name(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind).rpartition(".")[2]


def _sample(kind: Any) -> Any:
    values = {}
    for one in fields(kind):
        text = str(getattr(one.type, "__name__", one.type))
        if not isinstance(one.type, type) or text.startswith("tuple"):
            text = str(one.type)
        for package in (
            "seawall.oci.digest.",
            "seawall.transfer.history.events.",
            "seawall.transfer.standing.ranking.",
        ):
            text = text.replace(package, "")
        values[one.name] = _SAMPLES[text]
    return kind(**values)


@pytest.mark.parametrize("kind", get_args(Event), ids=_name)
def test_every_event_is_told(kind: Any) -> None:
    """Nothing happens of which nobody could be told."""
    sample: Event = _sample(kind)
    [story] = tell_stories("x", [Entry(1.0, sample)])
    [told] = story.told

    assert told.text == narrate(sample)
    assert told.text.strip()
    assert json.loads(encode(told))["event"] == told.event


def test_each_question_begins_a_story() -> None:
    """What came of one question is not mixed with the next; the last ones are told."""
    asked = events.NameAsked("o", None)
    answered = events.NameAnswered("o", DIGEST, 0.1)
    both: list[Event] = [asked, answered]
    entries = [Entry(float(at), event) for at, event in enumerate(both * 3)]
    stories = tell_stories("name x", entries)

    assert [0.0, 2.0, 4.0] == [story.began_at for story in stories]
    assert [2.0, 4.0] == [s.began_at for s in choose_last(reversed(stories), 2)]
    assert () == choose_last(stories, 0)


SECRET = "hunter2" + "0123456789abcdef"
_LEAKS = st.sampled_from(
    [
        f"https://me:{SECRET}@mirror.example/v2/",
        f"https://cdn.example/blob?X-Amz-Signature={SECRET}&ns=docker.io",
        f"Authorization: Bearer {SECRET}",
        f"password={SECRET}",
        f'{{"token": "{SECRET}"}}',
        f"ghp_{SECRET}",
        f"Basic {SECRET}==",
    ]
)
_ERRORS = st.sampled_from([SeawallError, BrokenReplyError, UnauthorizedError])


@settings(max_examples=200)
@given(st.text(max_size=30), _LEAKS, st.text(max_size=30), _ERRORS)
def test_no_explanation_shows_a_secret(
    before: str, leak: str, after: str, kind: type[SeawallError]
) -> None:
    """Whatever errors, hosts and names contain (invariants 7 and 10)."""
    text = f"{before} {leak} {after}"
    trouble = tell_trouble(kind(text))
    raw = events.Trouble("net.silence", text)  # as if a translation had forgotten to
    key = NameKey(RepositoryName("up.example", "app"), "1", Kind.INDEX)
    told: list[Event] = [
        events.NameUnanswered("o", trouble),
        events.NameUnanswered(text, raw),
        events.NameStale(raw, 0.0, 1.0),
        events.SourceFailed(text, trouble),
        events.FlightBegun(text, text, 1, 0, (_placing(text),)),
    ]
    entries = [Entry(0.0, event) for event in told]
    name = NameFacts(
        key,
        None,
        Freshness.MISSING,
        0.0,
        FreshnessOptions(),
        (text,),
        withheld=Obstacle(raw, 1.0),
        entries=entries,
    )
    order = (_placing(text, "well"),)
    part = PartFacts(DIGEST, "layer", 1, held=False, order=order, entries=entries)
    for offline in (False, True):
        facts = Facts(text, 1.0, offline, name, [part], [], [])

        assert SECRET not in encode(explain(facts, last=9)).decode()
