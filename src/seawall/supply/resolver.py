"""Names: what each means now, from the catalog or its authority, stale if need be."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from seawall.errors import (
    AbsentError,
    IntegrityError,
    OfflineError,
    SeawallError,
    UnreachableError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.records import NameKey, NameRecord
from seawall.supply import freshness
from seawall.supply.freshness import Freshness, FreshnessOptions
from seawall.supply.rest import Rests
from seawall.transfer.history import events
from seawall.transfer.history.events import tell_trouble
from seawall.transfer.history.subject import SUBJECT, Witness


class Outcome(Enum):
    """How a question was answered; becomes ``Cache-Status`` (RFC 9211)."""

    HIT = "hit"
    MISS = "miss"
    COLLAPSED = "collapsed"
    REVALIDATED = "revalidated"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a name means, how that is known, and how old it is.

    Attributes:
        record: The name's record; its digest is never `None` here.
        outcome: How the question was answered.
        age_s: Seconds since the origin said so.
        ttl_s: Seconds for which it holds; negative if stale.
        error: Why the origin was not heard, if it is stale.
    """

    record: NameRecord
    outcome: Outcome
    age_s: float
    ttl_s: float
    error: SeawallError | None = None

    @property
    def digest(self) -> Digest:
        """The content that the name means."""
        if self.record.digest is None:
            raise RuntimeError("an answer always has a digest")
        return self.record.digest


@dataclass(frozen=True, slots=True)
class Found:
    """What an authority found out.

    Attributes:
        record: What the name means; the content is here, or can be had.
        error: Why only somebody else could say: it counts as stale, and is not
            remembered.
    """

    record: NameRecord
    error: SeawallError | None = None


class Authority(Protocol):
    """Whoever can say what names mean: a registry, or what else has names."""

    @property
    def label(self) -> str:
        """What errors call it."""
        ...

    @property
    def freshness(self) -> FreshnessOptions:
        """How long its answers hold, and how long they may outlive it."""
        ...

    def deny(self, key: NameKey, *, gone: bool) -> str:
        """Say in its clients' words that there is no such name, as it said itself.

        Args:
            key: The name.
            gone: Whether it meant something before, and what it says is new.
        """
        ...

    async def ask(self, key: NameKey, record: NameRecord | None) -> Found:
        """Find out what a name means now.

        Args:
            key: The name.
            record: Its last answer; if that still holds, it comes back with another
                `checked_at`.

        Raises:
            AbsentError: There is no such name; this is final.
            UpstreamError: It could not be asked, or did not answer well.
            IntegrityError: Its answer is not what it must be.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Question:
    """One question that is out, and since when."""

    task: asyncio.Task[Found]
    asked_at: float


class Resolver:
    """Answers names; one question at a time goes out for each."""

    def __init__(self, catalog: Catalog, *, clock: Clock, observer: Witness) -> None:
        self._catalog = catalog
        self._clock = clock
        self._observer = observer
        self._asking: dict[NameKey, _Question] = {}
        self._rests = Rests(clock)

    async def resolve(
        self,
        authority: Authority,
        key: NameKey,
        *,
        offline: bool,
        refresh: bool = False,
    ) -> Answer:
        """Say what a name means (invariant 4).

        Args:
            authority: Who is asked.
            key: The name, and the kind of answer that the client can use.
            offline: Nobody may be asked.
            refresh: Ask even if the last answer is fresh.

        Raises:
            AbsentError: The authority says that there is no such name.
            UpstreamError: Nobody could say, and no last answer is young enough.
        """
        record = await self._catalog.find_name(key)
        state, ttl_s = freshness.judge_name(
            record, now=self._clock.now(), options=authority.freshness
        )
        if record is not None and not refresh:
            if state is Freshness.FRESH:
                return self._answer(record, Outcome.HIT, ttl_s)
            if state is Freshness.ABSENT:
                raise _absent(authority.deny(key, gone=False))
        if offline:
            error = OfflineError(
                f"Seawall is offline by its settings, and has no answer for"
                f" {key.repository}:{key.tag}",
                cause="policy.offline",
            )
            return await self._stale_or_raise(authority, record, error)
        spared = record is not None and not refresh
        rest = self._rests.find(key) if spared else None
        if (
            rest
            and record
            and await self.may_stand_in(record, rest, authority.freshness)
        ):
            self._tell_stale(record, rest, authority.freshness)
            return self._answer(record, Outcome.STALE, min(ttl_s, 0.0), rest)
        question = self._asking.get(key)
        joined = question is not None
        if question is None:
            question = self._start(key, self._ask(authority, key, record))
        return await self._await_answer(authority, record, question, joined=joined)

    def is_asking(self, key: NameKey) -> bool:
        """Whether a question about this name is out."""
        return key in self._asking

    def describe_rest(self, key: NameKey) -> tuple[SeawallError, float] | None:
        """Tell why nobody is asked about a name now, and for how many more seconds."""
        return self._rests.describe(key)

    async def close(self) -> None:
        """Stop asking."""
        tasks = [question.task for question in self._asking.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: NameKey, asking: Coroutine[None, None, Found]) -> _Question:
        task = asyncio.create_task(asking)
        question = _Question(task, self._clock.monotonic())
        self._asking[key] = question

        def forget(done: asyncio.Task[Found]) -> None:
            self._asking.pop(key, None)
            if not done.cancelled():
                done.exception()  # whoever waited has it; nobody may have waited

        task.add_done_callback(forget)
        return question

    async def _await_answer(
        self,
        authority: Authority,
        record: NameRecord | None,
        question: _Question,
        *,
        joined: bool,
    ) -> Answer:
        rules = authority.freshness
        hold_s = None
        if record is not None and await self.may_stand_in(record, None, rules):
            # counted from the first who asked: a dead origin holds nobody else up
            passed_s = self._clock.monotonic() - question.asked_at
            hold_s = max(rules.hold_s - passed_s, 0.0)
        error: SeawallError
        try:
            async with asyncio.timeout(hold_s):
                found = await asyncio.shield(question.task)
        except TimeoutError:
            error = UnreachableError(
                f"{authority.label} has not answered within {rules.hold_s:g} s",
                cause="net.silence",
                host=authority.label,
            )
            return await self._stale_or_raise(authority, record, error)
        except AbsentError:
            if record is not None and rules.keep_deleted:
                error = _absent(authority.deny(record.key, gone=True))
                return await self._stale_or_raise(authority, record, error)
            raise
        except (UpstreamError, IntegrityError) as exc:
            return await self._stale_or_raise(authority, record, exc)
        if found.error is not None:
            return self._answer(found.record, Outcome.STALE, 0.0, found.error)
        outcome = Outcome.COLLAPSED if joined else Outcome.MISS
        if record and record.digest == found.record.digest and not joined:
            outcome = Outcome.REVALIDATED
        _, ttl_s = freshness.judge_name(
            found.record, now=self._clock.now(), options=authority.freshness
        )
        return self._answer(found.record, outcome, ttl_s)

    def _answer(
        self,
        record: NameRecord,
        outcome: Outcome,
        ttl_s: float,
        error: SeawallError | None = None,
    ) -> Answer:
        age_s = max(self._clock.now() - record.checked_at, 0.0)
        return Answer(record, outcome, age_s, ttl_s, error)

    async def may_stand_in(
        self,
        record: NameRecord,
        error: SeawallError | None,
        options: FreshnessOptions,
    ) -> bool:
        """Say whether a last answer may be served instead (invariant 4).

        Args:
            record: The last answer.
            error: Why its authority cannot say; None while it has not answered.
            options: The authority's rules.
        """
        known = await self._catalog.find_repository(record.key.repository)
        return record.digest is not None and freshness.may_serve_stale(
            self._clock.now() - record.checked_at,
            error,
            options=options,
            private=known is not None and bool(known.private),
        )

    async def _stale_or_raise(
        self, authority: Authority, record: NameRecord | None, error: SeawallError
    ) -> Answer:
        rules = authority.freshness
        if record is None or not await self.may_stand_in(record, error, rules):
            raise error
        self._tell_stale(record, error, rules)
        _, ttl_s = freshness.judge_name(record, now=self._clock.now(), options=rules)
        return self._answer(record, Outcome.STALE, min(ttl_s, 0.0), error)

    def _tell_stale(
        self, record: NameRecord, error: SeawallError, rules: FreshnessOptions
    ) -> None:
        until = record.checked_at + rules.stale_max_s
        stale = events.NameStale(tell_trouble(error), record.checked_at, until)
        self._observer.happened(record.key, stale)

    async def _ask(
        self, authority: Authority, key: NameKey, record: NameRecord | None
    ) -> Found:
        """Ask the authority, and write down what it says; its word is final."""
        SUBJECT.set(key)
        asked_at = self._clock.monotonic()
        was = record.digest if record is not None else None
        self._observer.happened(key, events.NameAsked(authority.label, was))
        try:
            found = await authority.ask(key, record)
        except AbsentError:
            self._note_absent(authority, key, record)
            self._tell_answer(key, authority.label, None, asked_at)
            raise
        except SeawallError as exc:
            self._tell_failure(key, authority, exc, asked_at)
            raise
        if found.error is not None:
            self._tell_failure(key, authority, found.error, asked_at)
            return found
        noted = self._note(key, record, found.record)
        self._tell_answer(key, noted.source, noted.digest, asked_at)
        return Found(noted)

    def _tell_failure(
        self,
        key: NameKey,
        authority: Authority,
        error: SeawallError,
        asked_at: float,
    ) -> None:
        self._rests.note(key, authority.label, error)
        took_s = self._clock.monotonic() - asked_at
        self._observer.happened(key, events.NameFailed(took_s, tell_trouble(error)))

    def _tell_answer(
        self, key: NameKey, source: str, digest: Digest | None, asked_at: float
    ) -> None:
        took_s = self._clock.monotonic() - asked_at
        self._observer.happened(key, events.NameAnswered(source, digest, took_s))

    def _note(
        self, key: NameKey, record: NameRecord | None, found: NameRecord
    ) -> NameRecord:
        if record is not None and record.digest == found.digest:
            found = replace(found, changed_at=record.changed_at)
        elif found.digest is not None and record is not None:
            changed = events.NameChanged(record.digest, found.digest)
            self._observer.happened(key, changed)
        self._catalog.record_name(found)
        return found

    def _note_absent(
        self, authority: Authority, key: NameKey, record: NameRecord | None
    ) -> None:
        """Remember that there is none, unless a last content is to outlive it."""
        known = record is not None and record.digest is not None
        if not (known and authority.freshness.keep_deleted):
            now = self._clock.now()
            absent = NameRecord(key, None, "", 0, now, now, authority.label)
            self._catalog.record_name(absent)


def _absent(text: str) -> AbsentError:
    return AbsentError(text, cause="not_found.tag")
