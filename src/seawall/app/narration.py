"""What happens to names and contents, as figures and log lines: each kind once."""

from dataclasses import fields
from typing import Any

import structlog

from seawall.app.meters import Meters
from seawall.oci.digest import Digest
from seawall.store.records import NameKey
from seawall.transfer.budget.spending import Spent
from seawall.transfer.history import events
from seawall.transfer.history.events import Event, Trouble
from seawall.transfer.history.subject import Subject

_DEBUG = 10  # as structlog counts levels
_QUIET: tuple[type[Event], ...] = (
    events.FlightBegun,
    events.SourcesRanked,
    events.SourceAsked,
    events.SourceAnswered,
    events.SourceLeft,
    events.SecondDropped,
    events.Spread,
    events.ReaderPulsed,
    events.NameAsked,
    events.NameAnswered,
    events.NameFailed,
    events.NameStale,
    events.Withheld,
    Spent,
)


class Narrator:
    """Counts events, and writes them down: the frequent ones only for who debugs."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._log: Any = structlog.get_logger("seawall")
        self._telling: dict[type[Event], Any] = {
            events.FlightEnded: self._flight_ended,
            events.SourceSilent: self._source_silent,
            events.SecondWon: self._second_won,
            events.Switched: self._switched,
            events.SourceFailed: self._source_failed,
            events.SourceLied: self._source_lied,
            events.PassageOpened: self._passage_opened,
            events.ReaderPulsed: self._reader_pulsed,
            events.NameUnanswered: self._name_unanswered,
            events.NameChanged: self._name_changed,
            events.Withheld: self._withheld,
        }
        self._requests: dict[tuple[str, ...], Any] = {}

    def happened(self, subject: Subject | None, event: Event) -> None:
        """Tell of one event."""
        if isinstance(event, Spent):  # every request upstream: no line, only a figure
            self._spent(event)
        elif (telling := self._telling.get(type(event))) is not None:
            telling(name_subject(subject), event)
        if isinstance(event, _QUIET) and self._log.is_enabled_for(_DEBUG):
            what = name_subject(subject)
            self._log.debug(name_event(type(event)), **what, **_plain(event))

    def _flight_ended(self, what: dict[str, str], event: events.FlightEnded) -> None:
        self._meters.flights.labels(event.result).inc()
        if event.result == "stopped":
            self._log.info("flight stopped", **what)
            return
        if event.trouble is not None:
            self._warn("flight failed", event.trouble, what)
            return
        for source, count in event.given:
            self._meters.received.labels(source).inc(count)
        self._log.info(
            "content stored",
            **what,
            bytes=event.size,
            seconds=round(event.seconds, 3),
            resumed=event.resumed_bytes or None,
            given=" ".join(f"{source}={count}" for source, count in event.given),
        )

    def _source_silent(self, what: dict[str, str], event: events.SourceSilent) -> None:
        self._log.info(
            "source silent",
            **what,
            source=event.source,
            phase=event.phase,
            waited_s=round(event.waited_s, 3),
            limit_s=round(event.limit_s, 3),
            given_up=event.given_up,
        )

    def _second_won(self, what: dict[str, str], event: events.SecondWon) -> None:
        self._log.info("second source won", **what, **_plain(event))

    def _switched(self, what: dict[str, str], event: events.Switched) -> None:
        self._meters.switches.labels(event.was, event.cause or "none").inc()
        self._log.info("source switched", **what, **_plain(event))

    def _source_failed(self, what: dict[str, str], event: events.SourceFailed) -> None:
        self._meters.failures.labels(event.source, event.trouble.cause).inc()
        self._warn("source failed", event.trouble, what | {"source": event.source})

    def _source_lied(self, what: dict[str, str], event: events.SourceLied) -> None:
        self._meters.lies.labels(event.source).inc()
        self._log.error(
            "source lied",
            source=event.source,
            **what,
            repository=event.repository,
            ranges=[f"{first}-{last}" for first, last in event.ranges],
            bytes=event.wrong_bytes,
            last_resort_s=event.last_resort_s,
        )

    def _passage_opened(self, what: dict[str, str], _: events.PassageOpened) -> None:
        self._meters.passages.inc()
        self._log.warning("disk full: serving straight through", **what)

    def _reader_pulsed(self, _: dict[str, str], event: events.ReaderPulsed) -> None:
        self._meters.pulses.labels(event.client).inc()

    def _name_unanswered(
        self, what: dict[str, str], event: events.NameUnanswered
    ) -> None:
        self._meters.failures.labels(event.source, event.trouble.cause).inc()
        self._warn("name not confirmed", event.trouble, what)

    def _name_changed(self, what: dict[str, str], event: events.NameChanged) -> None:
        self._meters.moves.inc()
        self._log.info("name changed", **what, was=str(event.was), now=str(event.now))

    def _withheld(self, _: dict[str, str], event: events.Withheld) -> None:
        labels = (event.registry, event.account or "anonymous", event.purpose)
        self._meters.withheld.labels(*labels).inc()

    def _spent(self, event: Spent) -> None:
        labels = (event.registry, event.kind, event.method, str(event.status))
        counter = self._requests.get(labels)
        if counter is None:
            counter = self._requests[labels] = self._meters.upstream.labels(*labels)
        counter.inc()

    def _warn(self, text: str, trouble: Trouble, what: dict[str, str]) -> None:
        self._log.warning(text, cause=trouble.cause, error=trouble.text, **what)


def name_subject(subject: Subject | None) -> dict[str, str]:
    """Say whom an event is about, as log lines and spans call it."""
    match subject:
        case Digest():
            return {"digest": str(subject)}
        case NameKey(repository, tag):
            return {"name": f"{repository}:{tag}"}
    return {}


def name_event(kind: type[Event]) -> str:
    """Name a kind of event.

    >>> name_event(events.SourceAsked)
    'source asked'
    """
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in kind.__name__)
    return words.strip()


def _plain(event: Event) -> dict[str, object]:
    """Give an event's fields for a log line."""
    known = {f.name: getattr(event, f.name) for f in fields(event)}
    return {k: str(v) if isinstance(v, Digest) else v for k, v in known.items()}
