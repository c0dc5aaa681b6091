"""Names: what a tag means now, from the catalog or the origin, stale if need be."""

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
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.records import NameKey, NameRecord
from seawall.supply import freshness
from seawall.supply.freshness import Freshness
from seawall.supply.manifests import Manifests
from seawall.supply.registries import Registry
from seawall.supply.rest import Rests
from seawall.transfer.sources.registry import RegistrySource

_NO_HEAD = frozenset({400, 405, 501})


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
class _Found:
    """What was found out; `error` is why only a mirror could say it."""

    record: NameRecord
    error: SeawallError | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """One question that is out, and since when."""

    task: asyncio.Task[_Found]
    asked_at: float


class NameObserver(Protocol):
    """Who wants to know how names fare."""

    def origin_failed(self, key: NameKey, error: SeawallError) -> None:
        """A source did not answer this name well."""
        ...

    def name_changed(self, key: NameKey, was: Digest | None, now: Digest) -> None:
        """A tag means another content than before."""
        ...


class Resolver:
    """Answers names; one question at a time goes out for each."""

    def __init__(
        self,
        catalog: Catalog,
        manifests: Manifests,
        *,
        clock: Clock,
        observer: NameObserver,
    ) -> None:
        self._catalog = catalog
        self._manifests = manifests
        self._clock = clock
        self._observer = observer
        self._asking: dict[NameKey, _Question] = {}
        self._rests = Rests(clock)

    async def resolve(
        self, registry: Registry, key: NameKey, *, offline: bool, refresh: bool = False
    ) -> Answer:
        """Say what a name means (invariant 4).

        Args:
            registry: Whose name it is.
            key: The name, and the kind of answer that the client can use.
            offline: Nobody may be asked.
            refresh: Ask even if the last answer is fresh.

        Raises:
            AbsentError: The origin says that there is no such name.
            UpstreamError: Nobody could say, and no last answer is young enough.
        """
        record = await self._catalog.find_name(key)
        state, ttl_s = freshness.judge_name(
            record, now=self._clock.now(), options=registry.freshness
        )
        if record is not None and not refresh:
            if state is Freshness.FRESH:
                return self._answer(record, Outcome.HIT, ttl_s)
            if state is Freshness.ABSENT:
                raise _absent(key, remembered=True)
        if offline:
            error = OfflineError(
                f"Seawall is offline by its settings, and has no answer for"
                f" {key.repository}:{key.tag}",
                cause="policy.offline",
            )
            return await self._stale_or_raise(registry, record, error)
        rest = None if refresh or record is None else self._rests.find(registry)
        if rest and record and await self._stale_allowed(registry, record, rest):
            return self._answer(record, Outcome.STALE, min(ttl_s, 0.0), rest)
        question = self._asking.get(key)
        joined = question is not None
        if question is None:
            question = self._start(key, self._ask(registry, key, record))
        return await self._await_answer(registry, record, question, joined=joined)

    async def close(self) -> None:
        """Stop asking."""
        tasks = [question.task for question in self._asking.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: NameKey, asking: Coroutine[None, None, _Found]) -> _Question:
        task = asyncio.create_task(asking)
        question = _Question(task, self._clock.monotonic())
        self._asking[key] = question

        def forget(done: asyncio.Task[_Found]) -> None:
            self._asking.pop(key, None)
            if not done.cancelled():
                done.exception()  # whoever waited has it; nobody may have waited

        task.add_done_callback(forget)
        return question

    async def _await_answer(
        self,
        registry: Registry,
        record: NameRecord | None,
        question: _Question,
        *,
        joined: bool,
    ) -> Answer:
        hold_s = None
        if record is not None and await self._stale_allowed(registry, record, None):
            # counted from the first who asked: a dead origin holds nobody else up
            passed_s = self._clock.monotonic() - question.asked_at
            hold_s = max(registry.freshness.hold_s - passed_s, 0.0)
        error: SeawallError
        try:
            async with asyncio.timeout(hold_s):
                found = await asyncio.shield(question.task)
        except TimeoutError:
            error = UnreachableError(
                f"{registry.origin.label} has not answered within"
                f" {registry.freshness.hold_s:g} s",
                cause="net.silence",
                host=registry.origin.label,
            )
            return await self._stale_or_raise(registry, record, error)
        except AbsentError:
            if record is not None and registry.freshness.keep_deleted:
                error = _absent(record.key, remembered=False)
                return await self._stale_or_raise(registry, record, error)
            raise
        except (UpstreamError, IntegrityError) as exc:
            return await self._stale_or_raise(registry, record, exc)
        if found.error is not None:
            return self._answer(found.record, Outcome.STALE, 0.0, found.error)
        outcome = Outcome.COLLAPSED if joined else Outcome.MISS
        if record and record.digest == found.record.digest and not joined:
            outcome = Outcome.REVALIDATED
        _, ttl_s = freshness.judge_name(
            found.record, now=self._clock.now(), options=registry.freshness
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

    async def _stale_allowed(
        self, registry: Registry, record: NameRecord, error: SeawallError | None
    ) -> bool:
        known = await self._catalog.find_repository(record.key.repository)
        return record.digest is not None and freshness.may_serve_stale(
            self._clock.now() - record.checked_at,
            error,
            options=registry.freshness,
            private=known is not None and bool(known.private),
        )

    async def _stale_or_raise(
        self, registry: Registry, record: NameRecord | None, error: SeawallError
    ) -> Answer:
        if record is None or not await self._stale_allowed(registry, record, error):
            raise error
        _, ttl_s = freshness.judge_name(
            record, now=self._clock.now(), options=registry.freshness
        )
        return self._answer(record, Outcome.STALE, min(ttl_s, 0.0), error)

    async def _ask(
        self, registry: Registry, key: NameKey, record: NameRecord | None
    ) -> _Found:
        """Ask those who may answer names, the origin last; its word is final."""
        verdict: SeawallError | None = None
        for source in registry.name_sources:
            try:
                found = await self._ask_source(registry, source, key, record)
            except AbsentError as exc:
                verdict = exc
                if source.is_origin:
                    self._note_absent(registry, key, source)
                    raise
            except SeawallError as exc:
                verdict = exc
                self._observer.origin_failed(key, exc)
                if source.is_origin:
                    self._rests.note(registry, exc)
            else:
                return _Found(self._note(key, record, found))
        if verdict is None:
            raise RuntimeError("a registry always has an origin")
        if record and await self._stale_allowed(registry, record, verdict):
            raise verdict
        return await self._ask_mirrors(registry, key, verdict)

    async def _ask_mirrors(
        self, registry: Registry, key: NameKey, verdict: SeawallError
    ) -> _Found:
        """The origin cannot answer, nor its last answer: a mirror's word is stale."""
        for source in registry.silent_mirrors:
            try:
                found = await self._ask_source(registry, source, key, None)
            except SeawallError as exc:
                self._observer.origin_failed(key, exc)
            else:
                return _Found(found, _only_mirror(registry, found, verdict))
        raise verdict

    async def _ask_source(
        self,
        registry: Registry,
        source: RegistrySource,
        key: NameKey,
        record: NameRecord | None,
    ) -> NameRecord:
        """HEAD where that is free; GET only what is new (docs/limits.md)."""
        if record is None or record.digest is None:
            return await self._take(source, key)
        try:
            head = await source.head_manifest(
                key.repository, key.tag, accept=mediatypes.ACCEPT[key.kind]
            )
        except UpstreamError as exc:
            if exc.status not in _NO_HEAD:
                raise
            return await self._take(source, key)
        if head.digest is None:
            return await self._take(source, key)
        if head.digest != record.digest:
            return await self._take_new(registry, source, key, head.digest)
        return replace(record, checked_at=self._clock.now(), source=source.label)

    async def _take_new(
        self, registry: Registry, source: RegistrySource, key: NameKey, digest: Digest
    ) -> NameRecord:
        """The tag moved: the new content must be here before the name says so."""
        kept = await self._manifests.find(digest)
        if kept is None:
            try:
                kept = await self._manifests.fetch(registry, key.repository, digest)
            except AbsentError:
                # a registry that builds on demand may know tags only
                return await self._take(source, key)
        else:
            self._catalog.record_link(key.repository, digest)
        return self._record(key, kept.digest, kept.media_type, len(kept.body), source)

    async def _take(self, source: RegistrySource, key: NameKey) -> NameRecord:
        kept = await self._manifests.fetch_by_tag(
            source, key.repository, key.tag, key.kind
        )
        return self._record(key, kept.digest, kept.media_type, len(kept.body), source)

    def _record(
        self,
        key: NameKey,
        digest: Digest,
        media_type: str,
        size: int,
        source: RegistrySource,
    ) -> NameRecord:
        now = self._clock.now()
        return NameRecord(key, digest, media_type, size, now, now, source.label)

    def _note(
        self, key: NameKey, record: NameRecord | None, found: NameRecord
    ) -> NameRecord:
        if record is not None and record.digest == found.digest:
            found = replace(found, changed_at=record.changed_at)
        elif found.digest is not None and record is not None:
            self._observer.name_changed(key, record.digest, found.digest)
        self._catalog.record_name(found)
        return found

    def _note_absent(
        self, registry: Registry, key: NameKey, source: RegistrySource
    ) -> None:
        """Remember the origin's 404, unless the last content is to outlive it."""
        if not registry.freshness.keep_deleted:
            now = self._clock.now()
            absent = NameRecord(key, None, "", 0, now, now, source.label)
            self._catalog.record_name(absent)


def _only_mirror(
    registry: Registry, found: NameRecord, error: SeawallError
) -> UpstreamError:
    return UpstreamError(
        f"{registry.origin.label} could not be asked; {found.source} answered,"
        f" which is a mirror: {error}",
        cause=error.cause.name if error.cause else None,
        host=registry.origin.label,
        status=error.status if isinstance(error, UpstreamError) else None,
    )


def _absent(key: NameKey, *, remembered: bool) -> AbsentError:
    when = "said so a moment ago" if remembered else "says that it is gone"
    return AbsentError(
        f"no {key.repository}:{key.tag}: its origin {when}", cause="not_found.tag"
    )
