"""What is stored and what names mean: at hand in memory, durable moments later."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from seawall.errors import StoreError
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.eviction import Candidate, Mark
from seawall.store.ledger import reads, writes
from seawall.store.ledger.book import Book
from seawall.store.ledger.database import READERS
from seawall.store.ledger.diary import Diary
from seawall.store.records import (
    Child,
    ContentRecord,
    ListingRecord,
    NameChange,
    NameKey,
    NameRecord,
    RepositoryRecord,
    Totals,
)
from seawall.store.shelf import UNKNOWN, Shelf

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

_HELD = 8192
_TOUCH_EVERY_S = 30.0
_MAX_TOUCHED = 10_000

Linked = tuple[RepositoryName, Digest]


class Catalog:
    """The catalog, for one event loop's thread.

    Every `record_…` is visible at once and durable within about 50 ms, in the order
    of the calls; `flush` waits for that. Reads that are not at hand run on a few
    threads. Record a content only after its blob is durable: then nothing here ever
    names what is not.
    """

    def __init__(self, book: Book, *, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._executor = ThreadPoolExecutor(READERS, "seawall-catalog")
        self._closed = False
        self._touched: dict[Digest, float] = {}
        self._touched_at = clock.monotonic()
        self._names: Shelf[NameKey, NameRecord | None] = self._shelf()
        self._contents: Shelf[Digest, ContentRecord | None] = self._shelf()
        self._links: Shelf[Linked, bool] = self._shelf()
        self._owners: Shelf[Digest, frozenset[RepositoryName]] = self._shelf(0)
        self._repositories: Shelf[RepositoryName, RepositoryRecord | None] = (
            self._shelf()
        )
        self._listings: Shelf[tuple[RepositoryName, str], ListingRecord | None] = (
            self._shelf(0)
        )
        self._sizes: Shelf[Linked, int | None] = self._shelf()
        self._parents: Shelf[Digest, dict[Digest, int]] = self._shelf(0)

    @classmethod
    async def open(cls, path: Path, *, clock: Clock) -> "Catalog":
        """Open the file, made or upgraded as need be.

        Raises:
            StoreVersionError: A newer Seawall wrote it.
            StoreError: It is no catalog, or cannot be opened.
        """
        return cls(await asyncio.to_thread(Book, path), clock=clock)

    async def close(self) -> None:
        """Write what is left and close the file; closing twice is fine.

        Raises:
            StoreError: Something could not be written, and is lost.
        """
        if self._closed:
            return
        self._write_touches()
        self._closed = True
        await asyncio.to_thread(self._close)

    async def find_name(self, key: NameKey) -> NameRecord | None:
        """Give the last good answer to a name."""
        found = self._names.peek(key)
        if found is not UNKNOWN:
            return found
        question = partial(self._book.read, reads.find_name, key)
        return await self._names.load(key, question, self._threads())

    def record_name(self, record: NameRecord) -> None:
        """Write down what a name means; a change is also kept as history."""
        number = self._book.submit(writes.put_name(record))
        self._names.put(record.key, record, number)

    async def remove_name(self, key: NameKey) -> None:
        """Forget a name, durably; its history stays.

        Raises:
            StoreError: It could not be written yet.
        """
        self._names.put(key, None, self._book.submit([writes.remove_name(key)]))
        await self.flush()

    async def forget_absent(self, before: float) -> None:
        """Forget names that the origin did not know, if last asked before then."""
        self._book.submit([writes.forget_absent(before)])
        await self._settle()
        self._names.clear()

    async def find_content(self, digest: Digest) -> ContentRecord | None:
        """Give what is known of a stored content; None if it is not stored."""
        found = self._contents.peek(digest)
        if found is not UNKNOWN:
            return found
        question = partial(self._book.read, reads.find_content, digest)
        return await self._contents.load(digest, question, self._threads())

    def record_content(
        self, record: ContentRecord, children: Sequence[Child] = ()
    ) -> None:
        """Write down that a content is stored, and what it needs if a manifest.

        Recording it again never forgets: media type and pin stay, last use only grows.
        """
        digest = record.digest
        operations = [writes.put_content(record)]
        operations += [writes.add_child(digest, child) for child in children]
        number = self._book.submit(operations)
        before = self._contents.peek(digest)
        if before is UNKNOWN:
            self._contents.put(digest, record, number, hold=False)
        else:
            self._contents.put(digest, record.joined_with(before), number)
        for child in children:
            parents = self._parents.peek(child.digest)
            known = {} if parents is UNKNOWN else parents
            self._parents.put(child.digest, known | {digest: child.size}, number)

    async def find_size_hint(
        self, repository: RepositoryName, digest: Digest
    ) -> int | None:
        """Give the size that a manifest of this repository promises for a content."""
        key = (repository, digest)
        found = self._sizes.peek(key)
        if found is not UNKNOWN and found is not None:
            return found
        parents = self._parents.peek(digest)
        for parent, size in () if parents is UNKNOWN else parents.items():
            if await self.is_linked(repository, parent):
                return size
        question = partial(self._book.read, reads.find_size_hint, repository, digest)
        size_hint = await self._sizes.load(key, question, self._threads())
        if size_hint is None:
            # The manifest may be older than a link to it that is not durable yet.
            for parent, size in await self._ask(
                partial(self._book.read, reads.find_parents, digest)
            ):
                if self._links.peek((repository, parent)) is True:
                    return size
        return size_hint

    async def is_linked(self, repository: RepositoryName, digest: Digest) -> bool:
        """Whether this repository is known to contain a content."""
        key = (repository, digest)
        found = self._links.peek(key)
        if found is not UNKNOWN:
            return found
        question = partial(self._book.read, reads.is_linked, repository, digest)
        return await self._links.load(key, question, self._threads())

    def record_link(self, repository: RepositoryName, digest: Digest) -> None:
        """Write down that this repository contains a content."""
        key = (repository, digest)
        if self._links.peek(key) is True:
            return
        number = self._book.submit(writes.add_link(repository, digest))
        self._links.put(key, value=True, number=number)
        owners = self._owners.peek(digest)
        known = frozenset() if owners is UNKNOWN else owners
        self._owners.put(digest, known | {repository}, number)

    async def repositories_of(self, digest: Digest) -> list[RepositoryRecord]:
        """List repositories known to contain a content; at most 256, public first."""
        unwritten = self._owners.peek(digest)
        stored = await self._ask(partial(self._book.read, reads.find_owners, digest))
        found = {record.repository: record for record in stored}
        for repository in frozenset() if unwritten is UNKNOWN else unwritten:
            found.setdefault(repository, RepositoryRecord(repository, None, 0.0))
        for repository, record in found.items():
            newer = self._repositories.peek(repository)
            found[repository] = record if newer is UNKNOWN else newer or record
        return sorted(found.values(), key=lambda record: record.private is not False)

    async def find_repository(
        self, repository: RepositoryName
    ) -> RepositoryRecord | None:
        """Give what is known of a repository; None if nobody has asked about it."""
        found = self._repositories.peek(repository)
        if found is not UNKNOWN:
            return found
        question = partial(self._book.read, reads.find_repository, repository)
        return await self._repositories.load(repository, question, self._threads())

    def record_repository(self, record: RepositoryRecord) -> None:
        """Write down what is known of a repository."""
        number = self._book.submit([writes.put_repository(record)])
        self._repositories.put(record.repository, record, number)

    async def find_listing(
        self, repository: RepositoryName, key: str
    ) -> ListingRecord | None:
        """Give the last good answer to a listing; the 64 newest of a repository."""
        place = (repository, key)
        found = self._listings.peek(place)
        if found is not UNKNOWN:
            return found
        question = partial(self._book.read, reads.find_listing, repository, key)
        return await self._listings.load(place, question, self._threads())

    def record_listing(self, record: ListingRecord) -> None:
        """Write down the answer to a listing."""
        number = self._book.submit(writes.put_listing(record))
        self._listings.put((record.repository, record.key), record, number)

    def touch(self, digest: Digest) -> None:
        """Note that a content was used now; may be lost, but nothing else is."""
        self._touched[digest] = self._clock.now()
        waited_s = self._clock.monotonic() - self._touched_at
        if waited_s >= _TOUCH_EVERY_S or len(self._touched) >= _MAX_TOUCHED:
            self._write_touches()

    async def pin(self, digest: Digest, *, pinned: bool = True) -> None:
        """Keep a content, and all it needs, from eviction; durable on return.

        Raises:
            StoreError: It could not be written yet.
        """
        number = self._book.submit([writes.pin(digest, pinned=pinned)])
        known = self._contents.peek(digest)
        if known is not UNKNOWN and known is not None:
            self._contents.put(digest, replace(known, pinned=pinned), number)
        await self.flush()
        if known is UNKNOWN:
            self._contents.forget(digest)

    async def unpin(self, digest: Digest) -> None:
        """Let eviction have a content again; durable on return.

        Raises:
            StoreError: It could not be written yet.
        """
        await self.pin(digest, pinned=False)

    async def remove_contents(self, digests: Iterable[Digest]) -> None:
        """Forget contents, what they need and who contains them; durable on return.

        Raises:
            StoreError: It could not be written yet; nothing may be removed from disk.
        """
        gone = list(digests)
        number = self._book.submit(map(writes.remove_content, gone))
        for digest in gone:
            self._contents.put(digest, None, number)
        await self.flush()
        # Only now, when the disk would no longer say otherwise.
        self._links.clear()
        self._sizes.clear()

    async def names(
        self,
        repository: RepositoryName | None = None,
        *,
        kinds: Collection[Kind] = tuple(Kind),
        limit: int = 100,
        after: NameKey | None = None,
    ) -> list[NameRecord]:
        """List names of these kinds in order, from the one that follows `after`."""
        return await self._ask(
            partial(
                self._book.read,
                reads.page_names,
                repository=repository,
                kinds=kinds,
                after=after,
                limit=limit,
            )
        )

    async def contents(
        self, *, limit: int = 100, after: Digest | None = None
    ) -> list[ContentRecord]:
        """List stored contents by digest, from the one that follows `after`."""
        return await self._ask(
            partial(self._book.read, reads.page_contents, after=after, limit=limit)
        )

    async def history(self, key: NameKey) -> list[NameChange]:
        """List what a name meant and since when, newest first; at most 1000."""
        return await self._ask(partial(self._book.read, reads.read_history, key))

    async def tags(self, repository: RepositoryName) -> list[str]:
        """List the tags known to mean something, in order."""
        return await self._ask(partial(self._book.read, reads.read_tags, repository))

    async def totals(self) -> Totals:
        """Say how much there is; costs the same however much."""
        return await self._ask(partial(self._book.read, reads.read_totals))

    async def find_missing(self, digests: Sequence[Digest]) -> set[Digest]:
        """Say which of these the catalog does not name."""
        return await self._ask(partial(self._book.read, reads.find_missing, digests))

    async def oldest_roots(self, *, after: Mark | None, limit: int) -> list[Candidate]:
        """List what eviction may begin with, least recently used first."""
        self._write_touches()
        return await self._ask(
            partial(self._book.read, reads.oldest_roots, after=after, limit=limit)
        )

    async def families(self, roots: Sequence[Candidate]) -> dict[Digest, Candidate]:
        """Give these and every stored content below them, with who needs whom."""
        return await self._ask(partial(self._book.read, reads.read_families, roots))

    async def ancestors(self, digests: Collection[Digest]) -> set[Digest]:
        """Give these and every stored content that needs them."""
        return await self._ask(partial(self._book.read, reads.read_ancestors, digests))

    async def flush(self) -> None:
        """Wait until everything recorded is durable.

        Raises:
            StoreFullError: The disk is full; it is tried again until there is room.
            StoreError: It could not be written, or something was lost earlier.
        """
        self._write_touches()
        await asyncio.wrap_future(self._book.flush())
        loss = self._book.take_loss()
        if loss is not None:
            raise loss

    def diary(self, name: str) -> Diary:
        """Open what outlives a restart: "budgets" or "experience"."""
        return Diary(self._book, name)

    @property
    def dropped(self) -> int:
        """How many changes were lost to a disk that stayed full."""
        return self._book.dropped

    async def _ask(self, question: Callable[[], T]) -> T:
        await self._settle()
        return await asyncio.get_running_loop().run_in_executor(
            self._threads(), question
        )

    async def _settle(self) -> None:
        # While the disk refuses, what it took before is still the best answer; the
        # writer says so in the log, and `flush` to whoever needs to know.
        with suppress(StoreError):
            await asyncio.wrap_future(self._book.flush())

    def _write_touches(self) -> None:
        self._touched_at = self._clock.monotonic()
        touched, self._touched = self._touched, {}
        self._book.submit(writes.touch(digest, at) for digest, at in touched.items())

    def _threads(self) -> ThreadPoolExecutor:
        if self._closed:
            raise StoreError("the catalog is closed")
        return self._executor

    def _shelf(self, limit: int = _HELD) -> Shelf[K, V]:
        return Shelf(limit, lambda: self._book.written)

    def _close(self) -> None:
        try:
            self._book.close()
        finally:
            self._executor.shutdown()
