"""Keeps the store within its size, and the catalog in step with the files."""

import asyncio
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import structlog

from seawall.errors import InputError, NotStoredError, StoreError
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.oci.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from seawall.store.catalog import Catalog
from seawall.store.durable import storage_errors
from seawall.store.eviction import Candidate, Mark, plan_eviction
from seawall.store.records import ContentRecord
from seawall.store.roles import Blobs, OpenBlob

_log = structlog.get_logger()

_ROOTS = 64
_ADOPT_BATCH = 500


@dataclass(frozen=True, slots=True)
class JanitorOptions:
    """How much may be kept, and for how long.

    Attributes:
        max_size_bytes: Blobs and partials together; None for as much as fits.
        keep_free_bytes: What is left free on the device for the catalog and others.
        slack: The part of the size given up beyond what is needed, to pause between.
        check_s: How often the size is looked at; what arrives meanwhile is beyond it.
        partial_max_age_s: How long what never finished arriving may be resumed.
        absent_max_age_s: How long it is remembered that the origin had no such name.
        adopt_wait_s: Between two looks at files during start, to leave the disk alone.
    """

    max_size_bytes: int | None = None
    keep_free_bytes: int = 256 << 20
    slack: float = 0.05
    check_s: float = 5.0
    partial_max_age_s: float = 7 * 86_400.0
    absent_max_age_s: float = 86_400.0
    adopt_wait_s: float = 0.02


class Janitor:
    """Makes room, and tidies up.

    Rows go first and durably, files after: a crash in between leaves files that no row
    names, which the next start adopts, and never a row without its file.

    Args:
        blobs: The files.
        catalog: Their rows.
        options: How much may be kept.
        clock: Tells ages, and waits between rounds.
        arriving: Tells what is arriving now; it and what needs it are spared.

    Attributes:
        on_removed: Told of each content that goes, so that nobody keeps it open.
    """

    def __init__(
        self,
        blobs: Blobs,
        catalog: Catalog,
        options: JanitorOptions,
        *,
        clock: Clock,
        arriving: Callable[[], Collection[Digest]] = frozenset,
    ) -> None:
        self._blobs = blobs
        self._catalog = catalog
        self._options = options
        self._clock = clock
        self._arriving = arriving
        self._evicting = asyncio.Lock()
        self._used_bytes: int | None = None
        self._free_bytes = 0
        self.on_removed: Callable[[Digest], None] = lambda _: None

    @property
    def used_bytes(self) -> int:
        """What blobs and partials take, as last measured and claimed since."""
        return self._used_bytes or 0

    async def take_room(self, need_bytes: int) -> bool:
        """Claim room for bytes that are about to arrive, evicting if need be.

        Where others fill the device, no more is given up than comes in its place, and
        nothing at all unless that is enough: what is held is worth more than a try.

        Returns:
            Whether there is room; if not, too little is held that may go.

        Raises:
            StoreError: The catalog or a file could not be changed.
        """
        if self._used_bytes is None:
            await self._measure(await asyncio.to_thread(self._count_partials))
        excess = self._excess(need_bytes)
        lack = need_bytes + self._options.keep_free_bytes - self._free_bytes
        wanted = max(excess, min(lack, need_bytes))
        if wanted > 0:
            if wanted > (await self._catalog.totals()).bytes:
                return False
            freed = await self.make_room(wanted)
            self._used_bytes = max(self.used_bytes - freed, 0)
            self._free_bytes += freed
            if freed < wanted:
                return False
        self._used_bytes = self.used_bytes + need_bytes
        self._free_bytes -= need_bytes
        return True

    async def make_room(self, need_bytes: int) -> int:
        """Evict until this much is freed, or nothing is left that may go.

        Returns:
            The bytes freed.

        Raises:
            StoreError: The catalog or a file could not be changed.
        """
        async with self._evicting:
            freed = 0
            after: Mark | None = None
            while freed < need_bytes:
                roots = await self._catalog.oldest_roots(after=after, limit=_ROOTS)
                plan = await self._plan(roots, need_bytes - freed)
                if plan:
                    freed += await self._evict(plan)
                elif len(roots) < _ROOTS:
                    break
                else:
                    after = Mark(roots[-1].used_at, roots[-1].digest)
        if freed:
            _log.info("store.evicted", freed=freed, needed=need_bytes)
        return freed

    async def remove(self, plan: Sequence[Candidate]) -> int:
        """Give up contents that somebody chose; bytes freed.

        Raises:
            StoreError: The catalog or a file could not be changed.
        """
        async with self._evicting:
            return await self._evict(tuple(plan)) if plan else 0

    async def run(self) -> None:
        """Tidy up now and then, until cancelled; first adopt what has no row."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_once())
            group.create_task(self._run_often())

    async def adopt(self) -> int:
        """Record every file that the catalog does not name; give how many."""
        adopted = 0
        files = self._blobs.walk()
        while batch := await asyncio.to_thread(take, files, _ADOPT_BATCH):
            missing = await self._catalog.find_missing([digest for digest, _ in batch])
            for digest in missing:
                adopted += await adopt_blob(self._blobs, self._catalog, digest)
            await self._clock.sleep(self._options.adopt_wait_s)
        if adopted:
            _log.info("store.adopted", blobs=adopted)
        return adopted

    async def tidy(self) -> int:
        """Forget what is too old, and give up what is beyond the size; bytes freed.

        A device that others fill is no reason: they would fill what was given up, too.
        """
        now = self._clock.now()
        await self._catalog.forget_absent(now - self._options.absent_max_age_s)
        partial_bytes, freed = await asyncio.to_thread(self._tidy_partials, now)
        await self._measure(partial_bytes)
        excess = self._excess(0)
        if excess <= 0:
            return freed
        excess += int((self._options.max_size_bytes or 0) * self._options.slack)
        return freed + await self.make_room(excess)

    async def _measure(self, partial_bytes: int) -> None:
        totals = await self._catalog.totals()
        free_bytes = await asyncio.to_thread(self._blobs.free_bytes)
        # Both at once: whoever takes room meanwhile would see a device without any.
        self._used_bytes = totals.bytes + partial_bytes
        self._free_bytes = free_bytes

    def _excess(self, need_bytes: int) -> int:
        """Count the bytes by which so much more would be beyond the store's size."""
        limit = self._options.max_size_bytes
        return 0 if limit is None else self.used_bytes + need_bytes - limit

    def _count_partials(self) -> int:
        return sum(partial.bytes_held for partial in self._blobs.walk_partials())

    async def _run_once(self) -> None:
        try:
            await asyncio.to_thread(self._blobs.sweep)
            await self.adopt()
        except StoreError as exc:
            _log.warning("store.unadopted", reason=str(exc))

    async def _run_often(self) -> None:
        while True:
            try:
                await self.tidy()
            except StoreError as exc:
                _log.warning("store.untidy", reason=str(exc))
            await self._clock.sleep(self._options.check_s)

    async def _plan(
        self, roots: list[Candidate], need_bytes: int
    ) -> tuple[Candidate, ...]:
        if not roots:
            return ()
        # Beyond the last root others may wait that are older than these ones' children.
        until = Mark(roots[-1].used_at, roots[-1].digest)
        return tuple(
            plan_eviction(
                await self._catalog.families(roots),
                need_bytes=need_bytes,
                spared=await self._catalog.ancestors(tuple(self._arriving())),
                until=until if len(roots) == _ROOTS else None,
            )
        )

    async def _evict(self, plan: tuple[Candidate, ...]) -> int:
        digests = [item.digest for item in plan]
        # Hidden first: nobody may find a file there that is about to go.
        self._blobs.condemn(digests)
        try:
            await self._catalog.remove_contents(digests)
        except BaseException:
            self._blobs.pardon(digests)
            raise
        for digest in digests:
            self.on_removed(digest)
        freed, saved = await asyncio.to_thread(self._remove, digests)
        for digest in saved:
            # It was stored again before its row went.
            await adopt_blob(self._blobs, self._catalog, digest)
        return freed

    def _remove(self, digests: list[Digest]) -> tuple[int, list[Digest]]:
        freed, saved = 0, []
        for digest in digests:
            size = self._blobs.remove_condemned(digest)
            if size is None:
                saved.append(digest)
            freed += size or 0
        return freed, saved

    def _tidy_partials(self, now: float) -> tuple[int, int]:
        held, freed = 0, 0
        for partial in self._blobs.walk_partials():
            held += partial.bytes_held
            if now - partial.modified_at > self._options.partial_max_age_s:
                freed += self._blobs.remove_partial(partial.digest)
        return max(0, held - freed), freed


async def adopt_blob(blobs: Blobs, catalog: Catalog, digest: Digest) -> bool:
    """Record a blob that is in the store; False if it no longer is."""
    try:
        record, manifest = await asyncio.to_thread(_inspect, blobs, digest)
    except NotStoredError:
        return False
    catalog.record_content(record, () if manifest is None else manifest.references)
    return True


def take(files: Iterator[tuple[Digest, int]], count: int) -> list[tuple[Digest, int]]:
    """Give the next few. Blocking."""
    return list(islice(files, count))


def _inspect(blobs: Blobs, digest: Digest) -> tuple[ContentRecord, Manifest | None]:
    with blobs.open_blob(digest) as blob:
        manifest = _read_manifest(blob)
        # Its last use is not known; its arrival is the least it can be.
        arrived_at = os.fstat(blob.fd).st_mtime
        media_type = None if manifest is None else manifest.media_type
        record = ContentRecord(digest, blob.size, media_type, arrived_at, arrived_at)
        return record, manifest


def _read_manifest(blob: OpenBlob) -> Manifest | None:
    if blob.size > MAX_MANIFEST_BYTES:
        return None
    with storage_errors("read a blob that the catalog does not name"):
        if os.pread(blob.fd, 1, 0) != b"{":
            return None
        body = os.pread(blob.fd, blob.size, 0)
    # Most small JSON is configuration, which is no manifest and needs nothing.
    with suppress(InputError):
        return parse_manifest(body)
    return None
