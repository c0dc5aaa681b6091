"""What is held, looked at and changed: names, images and the contents they need."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace

from seawall.errors import InputError, NotStoredError, TooLargeError
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import ACCEPT, Kind
from seawall.oci.reference import (
    DOCKER_HUB,
    RepositoryName,
    parse_reference,
)
from seawall.store import verifier
from seawall.store.catalog import Catalog
from seawall.store.janitor import Janitor
from seawall.store.records import NameKey, NameRecord
from seawall.store.roles import Blobs
from seawall.store.verifier import Finding, Problem, Progress
from seawall.supply.images.registries import KnownRegistries
from seawall.supply.images.tags import Tags
from seawall.supply.keeping.anatomy import Part, read_tree
from seawall.supply.keeping.removal import Remover
from seawall.supply.keeping.views import (
    Arriving,
    HeldName,
    NamePage,
    Pinning,
    Refreshed,
    Removal,
    Shown,
    Status,
    Target,
)
from seawall.transfer.engine import Engine

LATEST = "latest"
_SHOWN_TAGS = 8


@dataclass(frozen=True)
class Holdings:
    """Looks at and changes what is held; `forget` drops a content from memory."""

    blobs: Blobs
    catalog: Catalog
    janitor: Janitor
    engine: Engine
    registries: KnownRegistries
    tags: Tags
    clock: Clock
    forget: Callable[[Digest], None]

    async def list_names(
        self,
        repository: RepositoryName | None = None,
        *,
        limit: int = 100,
        after: NameKey | None = None,
    ) -> NamePage:
        """List images' names in order, from the one that follows `after`."""
        records = await self.catalog.names(
            repository, kinds=tuple(ACCEPT), limit=limit, after=after
        )
        known = [(r, r.digest) for r in records if r.digest is not None]
        trees = await asyncio.to_thread(self._read_trees, known)
        names = [
            await self._describe(record, tree)
            for (record, _), tree in zip(known, trees, strict=True)
        ]
        more = len(records) == limit
        return NamePage(tuple(names), records[-1].key if more and records else None)

    async def show(self, text: str) -> Shown:
        """Tell all that is known of an image.

        Raises:
            InputError: It is no name.
            NotStoredError: It is not held.
        """
        target = self.parse_target(text)
        records = await self._find_records(target)
        record = records[0] if records else None
        digest = _digests(target, records)[0]
        tree = await asyncio.to_thread(
            read_tree,
            self.blobs,
            digest,
            media_type=record.media_type if record else "",
            size=record.size if record else 0,
        )
        content = await self.catalog.find_content(digest)
        if record is None and not tree.held:
            raise NotStoredError(f"{digest} is not held")
        held_bytes, missing_bytes = tree.measure()
        holders = await self.catalog.repositories_of(digest)
        since = record.checked_at if record else content.stored_at if content else 0.0
        return Shown(
            name=str(target),
            record=record,
            age_s=max(self.clock.now() - since, 0.0),
            private=await self._is_private(target.repository),
            pinned=content is not None and content.pinned,
            used_at=content.used_at if content else 0.0,
            held_bytes=held_bytes,
            missing_bytes=missing_bytes,
            tree=await self._date(tree),
            repositories=tuple(sorted(str(h.repository) for h in holders)),
            history=tuple(await self.catalog.history(record.key)) if record else (),
        )

    async def pin(self, text: str, *, pinned: bool = True) -> Pinning:
        """Keep an image, and all that it needs, from eviction; or let it go.

        The content is pinned that the name means now, with what arrives of it later.

        Raises:
            InputError: It is no name.
            NotStoredError: It is not held.
        """
        target = self.parse_target(text)
        records = await self._find_records(target)
        digests = _digests(target, records)
        missing: dict[Digest, int] = {}
        for digest in digests:
            if await self.catalog.find_content(digest) is None:
                raise NotStoredError(
                    f"{digest}, which {target} means, is not held; `seawall warm` it"
                )
            tree = await asyncio.to_thread(
                read_tree, self.blobs, digest, media_type="", size=0
            )
            lacking = [p for p in tree.walk() if not (p.held or p.foreign)]
            missing |= {part.digest: part.size for part in lacking}
        for digest in digests:
            await self.catalog.pin(digest, pinned=pinned)
        return Pinning(
            str(target), digests, pinned, len(missing), sum(missing.values())
        )

    async def remove(self, text: str) -> Removal:
        """Remove a name, or a content and its names, and what only they needed.

        Nothing that is pinned, or needed by a manifest that stays, is removed.

        Raises:
            InputError: It is no name.
            NotStoredError: It is not held.
            StoreError: The catalog or a file could not be changed.
        """
        target = self.parse_target(text)
        records = await self._find_records(target)
        remover = Remover(self.catalog, self.janitor, self.engine, self.forget)
        return await remover.remove(target, [record.key for record in records])

    async def refresh(self, text: str) -> Refreshed:
        """Ask a name's origin now, fresh or not.

        Raises:
            InputError: It is no name, or not one of a known registry.
            UpstreamError: Nobody could say, and no last answer is young enough.
        """
        target = self.parse_target(text)
        if target.repository is None or target.tag is None:
            raise InputError(
                f"{text} names a content, which never changes; name a tag instead"
            )
        registry = self.registries.find(target.repository.registry)
        offline = self.registries.offline
        key = NameKey(target.repository, target.tag, Kind.INDEX)
        before = await self.catalog.find_name(key)
        answer = await self.tags.resolve(registry, key, offline=offline, refresh=True)
        other = NameKey(target.repository, target.tag, Kind.MANIFEST)
        if await self.catalog.find_name(other) is not None:
            await self.tags.resolve(registry, other, offline=offline, refresh=True)
        return Refreshed(str(target), before.digest if before else None, answer)

    async def verify(self, *, repair: bool) -> AsyncGenerator[Finding | Progress, None]:
        """Hash everything, and compare files and rows; see `store.verifier`.

        Raises:
            StoreError: Something could not be read, or not be repaired.
        """
        steps = verifier.verify(self.blobs, self.catalog, repair=repair)
        async for step in steps:
            if isinstance(step, Finding) and step.problem is not Problem.NO_ROW:
                # Bad, whether it is taken away or not: not from memory either.
                self.forget(step.digest)
            yield step

    async def status(self) -> Status:
        """Say how much is held, and what is arriving."""
        return Status(
            totals=await self.catalog.totals(),
            free_bytes=await asyncio.to_thread(self.blobs.free_bytes),
            offline=self.registries.offline,
            registries=tuple(sorted(self.registries.names)),
            arriving=tuple(
                Arriving(
                    flight.want.digest,
                    str(flight.want.repository),
                    flight.arrived,
                    flight.size or flight.want.size,
                    flight.source,
                    flight.readers,
                )
                for flight in self.engine.flights
            ),
        )

    def parse_target(self, text: str) -> Target:
        """Read what a person names; without a tag, `latest` is meant.

        Raises:
            InputError: It is neither a name nor a digest.
        """
        if text.startswith(("sha256:", "sha512:")):
            return Target(None, None, Digest.parse(text))
        default = self.registries.default or DOCKER_HUB
        found = parse_reference(text, default_registry=default)
        tag = found.tag if found.tag or found.digest else LATEST
        return Target(found.repository, None if found.digest else tag, found.digest)

    def _read_trees(
        self, known: Sequence[tuple[NameRecord, Digest]]
    ) -> list[Part | None]:
        return [self._read_tree(record, digest) for record, digest in known]

    def _read_tree(self, record: NameRecord, digest: Digest) -> Part | None:
        try:
            return read_tree(
                self.blobs, digest, media_type=record.media_type, size=record.size
            )
        except TooLargeError:
            return None  # a list says of such an image that it is not complete

    async def _describe(self, record: NameRecord, tree: Part | None) -> HeldName:
        key = record.key
        digest = record.digest
        if digest is None:
            raise RuntimeError("only names that mean something are listed")
        held_bytes, missing_bytes = tree.measure() if tree else (0, record.size)
        whole = [image for image in tree.images if image.is_whole] if tree else []
        return HeldName(
            name=f"{key.repository}:{key.tag}",
            kind=key.kind,
            digest=digest,
            size=held_bytes,
            missing_bytes=missing_bytes,
            age_s=max(self.clock.now() - record.checked_at, 0.0),
            changed_at=record.changed_at,
            source=record.source,
            private=await self._is_private(key.repository),
            pinned=await self._is_pinned(digest),
            complete=tree is not None and tree.is_usable,
            platforms=tuple(str(i.platform) for i in whole if i.platform is not None),
        )

    async def _date(self, part: Part) -> Part:
        content = await self.catalog.find_content(part.digest) if part.held else None
        return replace(
            part,
            stored_at=content.stored_at if content else None,
            children=tuple([await self._date(child) for child in part.children]),
        )

    async def _find_records(self, target: Target) -> list[NameRecord]:
        """Give what a tag means for each kind of client, index first."""
        if target.repository is None or target.tag is None:
            return []
        keys = [NameKey(target.repository, target.tag, kind) for kind in ACCEPT]
        found = [await self.catalog.find_name(key) for key in keys]
        records = [r for r in found if r is not None and r.digest is not None]
        if not records:
            tags = await self.catalog.tags(target.repository)
            have = ", ".join(tags[:_SHOWN_TAGS]) or "none"
            raise NotStoredError(f"{target} is not held; tags held of it: {have}")
        return records

    async def _is_private(self, repository: RepositoryName | None) -> bool | None:
        if repository is None:
            return None
        known = await self.catalog.find_repository(repository)
        return None if known is None else known.private

    async def _is_pinned(self, digest: Digest) -> bool:
        content = await self.catalog.find_content(digest)
        return content is not None and content.pinned


def _digests(target: Target, records: Sequence[NameRecord]) -> tuple[Digest, ...]:
    if target.digest is not None:
        return (target.digest,)
    return tuple(dict.fromkeys(r.digest for r in records if r.digest is not None))
