"""Tags: a registry as the authority on its names, asked as cheaply as can be."""

import asyncio
from dataclasses import dataclass, replace

from seawall.errors import (
    AbsentError,
    SeawallError,
    UnreachableError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.records import NameKey, NameRecord
from seawall.supply.freshness import FreshnessOptions
from seawall.supply.images.manifests import KeptManifest, Manifests
from seawall.supply.images.registries import Registry
from seawall.supply.resolver import Answer, Found, Resolver
from seawall.transfer.budget.forecast import RELAXED, choose_stretch
from seawall.transfer.budget.spending import Purpose, asked_for
from seawall.transfer.history.events import NameUnanswered, tell_trouble
from seawall.transfer.history.subject import Witness
from seawall.transfer.sources.registry import RegistrySource

_SILENT_S = 5.0
_TROUBLED_S = 1.0  # it failed a moment ago: nothing better is to be expected
_BAD_HOLD_S = 0.4  # nobody waits for a source that is known to be bad
_NO_HEAD = frozenset({400, 405, 501})


@dataclass(frozen=True)
class Tags:
    """Answers tags, with the registry that they belong to as the authority."""

    resolver: Resolver
    manifests: Manifests
    catalog: Catalog
    clock: Clock
    observer: Witness

    async def resolve(
        self, registry: Registry, key: NameKey, *, offline: bool, refresh: bool = False
    ) -> Answer:
        """Say what a tag means; see `Resolver.resolve`."""
        return await self.resolver.resolve(
            RegistryAuthority(registry, self), key, offline=offline, refresh=refresh
        )


@dataclass(eq=False, slots=True)  # not frozen: every hit makes one
class RegistryAuthority:
    """Asks a registry's sources what a tag means; the origin has the last word."""

    registry: Registry
    tags: Tags

    @property
    def label(self) -> str:
        """The origin's."""
        return self.registry.origin.label

    @property
    def freshness(self) -> FreshnessOptions:
        """The registry's rules; answers hold longer while little of a quota is left."""
        rules = self.registry.freshness
        roster = self.tags.manifests.asker.roster
        # first of all whether anybody ever failed: this is asked with every hit
        if roster.knows_failures and roster.are_failing(self.registry.name_sources):
            rules = replace(rules, hold_s=min(rules.hold_s, _BAD_HOLD_S))
        share = self.registry.origin.quota_share()
        if share >= RELAXED:
            return rules
        return replace(rules, stretch=choose_stretch(share, longest=rules.stretch_max))

    def deny(self, key: NameKey, *, gone: bool) -> str:
        """Say that there is no such tag."""
        when = "says that it is gone" if gone else "said so a moment ago"
        return f"no {key.repository}:{key.tag}: its origin {when}"

    async def ask(self, key: NameKey, record: NameRecord | None) -> Found:
        """Ask those who may answer names, the origin last; then, if need be, mirrors.

        Raises:
            AbsentError: The origin says that there is no such tag.
            SeawallError: Nobody answered well: why the origin did not.
        """
        spare = record is not None and await self.tags.resolver.may_stand_in(
            record, None, self.registry.freshness
        )
        with asked_for(Purpose.REVALIDATION if spare else Purpose.WAITING):
            return await self._ask_all(key, record)

    async def _ask_all(self, key: NameKey, record: NameRecord | None) -> Found:
        if record is not None and await self.tags.resolver.may_stand_in(
            record, None, self.freshness
        ):
            return await self._ask_names(key, record)
        return await self._ask_anybody(key, record)

    async def _ask_names(self, key: NameKey, record: NameRecord | None) -> Found:
        """Ask those who may answer names: mirrors that are marked, then the origin.

        Where an earlier answer is known, each is asked once.
        """
        if record is None or record.digest is None:
            return await self._ask_well(key, record)
        verdict: SeawallError | None = None
        for source in self.registry.name_sources:
            try:
                return Found(await self._ask_source(source, key, record))
            except AbsentError as exc:
                verdict = exc
                if source.is_origin:
                    raise
            except SeawallError as exc:
                verdict = exc
                self._tell(key, source, exc)
        if verdict is None:
            raise RuntimeError("a registry always has an origin")
        raise verdict

    async def _ask_well(self, key: NameKey, record: NameRecord | None) -> Found:
        """Ask more than once, and another one as well while one keeps silent."""
        try:
            return Found(
                await self.tags.manifests.asker.ask(
                    self.registry.name_sources,
                    lambda one: self._ask_source(one, key, record),
                )
            )
        except AbsentError:
            raise
        except SeawallError as exc:
            self._tell(key, self.registry.origin, exc)
            raise

    async def _ask_anybody(self, key: NameKey, record: NameRecord | None) -> Found:
        """Ask mirrors, too, as soon as the origin is silent for long, or fails.

        A mirror's word is stale; it is heard only where no earlier answer can stand
        in, and only if the origin says nothing meanwhile.
        """
        origin = self.registry.origin
        asking = asyncio.create_task(self._ask_names(key, record))
        try:
            wait_s = self._tell_spare_s() if self.registry.silent_mirrors else None
            done, _ = await asyncio.wait([asking], timeout=wait_s)
            if not done:
                found = await self._ask_meanwhile(asking, key)
                if found is not None:
                    silence = _tell_silence(origin.label, wait_s or 0.0)
                    self.tags.manifests.asker.roster.note_failure(origin, silence)
                    return Found(found, _only_mirror(origin.label, found, silence))
            verdict = None
            try:
                return await asking
            except AbsentError:
                raise
            except SeawallError as exc:
                verdict = exc
            if record is not None and await self.tags.resolver.may_stand_in(
                record, verdict, self.freshness
            ):
                raise verdict
            try:
                found = await self._ask_mirrors(key)
            except SeawallError:
                raise verdict from None
            return Found(found, _only_mirror(origin.label, found, verdict))
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask_meanwhile(
        self, asking: asyncio.Task[Found], key: NameKey
    ) -> NameRecord | None:
        """Ask mirrors while the origin keeps silent; `None` if that ends first."""
        spare = asyncio.create_task(self._ask_mirrors(key))
        try:
            await asyncio.wait([asking, spare], return_when=asyncio.FIRST_COMPLETED)
            if asking.done() or not spare.done() or spare.exception() is not None:
                return None
            return spare.result()
        finally:
            spare.cancel()
            await asyncio.gather(spare, return_exceptions=True)

    def _tell_spare_s(self) -> float:
        """Tell how long the origin may be silent until mirrors are asked instead."""
        origin, asker = self.registry.origin, self.tags.manifests.asker
        learnt = origin.patience.learnt
        wait_s = _TROUBLED_S if asker.roster.is_troubled(origin) else _SILENT_S
        return max(wait_s, (learnt and learnt.manifest_s) or 0.0)

    async def _ask_mirrors(self, key: NameKey) -> NameRecord:
        """Ask those whose word counts only when the origin has none.

        Raises:
            SeawallError: None of them has, either.
        """

        async def ask(source: RegistrySource) -> NameRecord:
            try:
                return await self._ask_source(source, key, None)
            except SeawallError as exc:
                self._tell(key, source, exc)
                raise

        mirrors = self.registry.silent_mirrors
        if not mirrors:
            raise UnreachableError("there is no mirror", cause="net.silence")
        return await self.tags.manifests.asker.ask(mirrors, ask)

    def _tell(self, key: NameKey, source: RegistrySource, error: SeawallError) -> None:
        unanswered = NameUnanswered(source.label, tell_trouble(error))
        self.tags.observer.happened(key, unanswered)

    async def _ask_source(
        self, source: RegistrySource, key: NameKey, record: NameRecord | None
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
            return await self._take_new(source, key, head.digest)
        return replace(record, checked_at=self.tags.clock.now(), source=source.label)

    async def _take_new(
        self, source: RegistrySource, key: NameKey, digest: Digest
    ) -> NameRecord:
        """The tag moved: the new content must be here before the name says so."""
        manifests = self.tags.manifests
        kept = await manifests.find(digest)
        if kept is None:
            try:
                kept = await manifests.fetch(self.registry, key.repository, digest)
            except AbsentError:
                # a registry that builds on demand may know tags only
                return await self._take(source, key)
        else:
            self.tags.catalog.record_link(key.repository, digest)
        return self._record(key, kept, source)

    async def _take(self, source: RegistrySource, key: NameKey) -> NameRecord:
        kept = await self.tags.manifests.fetch_by_tag(
            source, key.repository, key.tag, key.kind
        )
        return self._record(key, kept, source)

    def _record(
        self, key: NameKey, kept: KeptManifest, source: RegistrySource
    ) -> NameRecord:
        now = self.tags.clock.now()
        size = len(kept.body)
        return NameRecord(
            key, kept.digest, kept.media_type, size, now, now, source.label
        )


def _tell_silence(origin: str, wait_s: float) -> UnreachableError:
    return UnreachableError(
        f"{origin} has not answered within {wait_s:g} s",
        cause="net.silence",
        host=origin,
    )


def _only_mirror(origin: str, found: NameRecord, error: SeawallError) -> UpstreamError:
    """Say that a mirror answered, in the kind of error that the origin gave."""
    kind, status = UpstreamError, None
    if isinstance(error, UpstreamError):
        kind, status = type(error), error.status
    return kind(
        f"{origin} could not be asked; {found.source} answered, which is a mirror:"
        f" {error}",
        cause=error.cause.name if error.cause else None,
        wait_s=error.wait_s,
        host=origin,
        status=status,
    )
