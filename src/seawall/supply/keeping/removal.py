"""Removes a name or a content, with all that nothing else needs."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass

from seawall.errors import NotStoredError
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.eviction import Candidate, plan_eviction
from seawall.store.janitor import Janitor
from seawall.store.records import NameKey, NameRecord
from seawall.supply.keeping.views import Kept, Removal, Target
from seawall.transfer.engine import Engine

_PAGE = 1000
_EVERYTHING = 2**63


@dataclass(frozen=True)
class Remover:
    """Decides by the same plan as eviction, which breaks no image that stays."""

    catalog: Catalog
    janitor: Janitor
    engine: Engine
    forget: Callable[[Digest], None]

    async def remove(self, target: Target, keys: Sequence[NameKey]) -> Removal:
        """Remove these names, or a content with every name that means it.

        Raises:
            NotStoredError: It is not held.
            StoreError: The catalog or a file could not be changed.
        """
        digests = await self._find_roots(target, keys)
        pinned = [d for d in digests if await self._is_pinned(d)]
        if pinned:
            reason = f"it is pinned; `seawall unpin {target}` lets it go"
            return Removal((), 0, 0, tuple(Kept(digest, reason) for digest in pinned))
        gone = set(keys)
        named: dict[Digest, NameKey] = {}
        async for record in self._walk_names():
            if record.digest is None:
                continue
            if record.digest == target.digest:
                gone.add(record.key)
            elif record.key not in gone:
                named[record.digest] = record.key
        roots, kept = await self._choose_roots(digests, named)
        if not (roots or gone or kept):
            raise NotStoredError(f"{target} is not held")
        for key in gone:
            await self.catalog.remove_name(key)
        plan = await self._plan(roots, named)
        freed_bytes = await self.janitor.remove(plan)
        removed = {item.digest for item in plan}
        for digest in removed:
            self.forget(digest)
        kept += [
            Kept(root.digest, "something that needs it is arriving now")
            for root in roots
            if root.digest not in removed
        ]
        names = tuple(sorted({f"{key.repository}:{key.tag}" for key in gone}))
        return Removal(names, len(plan), freed_bytes, tuple(kept))

    async def _find_roots(
        self, target: Target, keys: Sequence[NameKey]
    ) -> tuple[Digest, ...]:
        if target.digest is not None:
            return (target.digest,)
        records = [await self.catalog.find_name(key) for key in keys]
        return tuple({r.digest: None for r in records if r and r.digest})

    async def _is_pinned(self, digest: Digest) -> bool:
        content = await self.catalog.find_content(digest)
        return content is not None and content.pinned

    async def _choose_roots(
        self, digests: Sequence[Digest], named: dict[Digest, NameKey]
    ) -> tuple[list[Candidate], list[Kept]]:
        roots: list[Candidate] = []
        kept: list[Kept] = []
        for digest in digests:
            content = await self.catalog.find_content(digest)
            needed_by = await self.catalog.ancestors([digest]) - {digest}
            if digest in named:
                key = named[digest]
                kept.append(Kept(digest, f"{key.repository}:{key.tag} means it too"))
            elif needed_by:
                kept.append(Kept(digest, f"{min(needed_by)} needs it"))
            elif content is not None:
                roots.append(Candidate(digest, content.size, content.used_at))
        return roots, kept

    async def _plan(
        self, roots: Sequence[Candidate], named: Collection[Digest]
    ) -> list[Candidate]:
        arriving = [flight.want.digest for flight in self.engine.flights]
        return plan_eviction(
            await self.catalog.families(roots),
            need_bytes=_EVERYTHING,
            spared={*named, *await self.catalog.ancestors(arriving)},
        )

    async def _walk_names(self) -> AsyncIterator[NameRecord]:
        after: NameKey | None = None
        while page := await self.catalog.names(limit=_PAGE, after=after):
            for record in page:
                yield record
            after = page[-1].key
