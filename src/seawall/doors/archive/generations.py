"""The generations that are kept: found, read, and written down so that a name flips."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import msgspec

from seawall.debian.clearsign import MAX_MESSAGE_BYTES
from seawall.debian.release import Release, parse_release
from seawall.doors.archive.archives import Archive
from seawall.doors.archive.suites.candidates import signed_text
from seawall.doors.archive.suites.generation import (
    MAX_DOCUMENT_BYTES,
    MEDIA_TYPE,
    Generation,
    Part,
    parse_generation,
)
from seawall.errors import ArchiveSyntaxError, InputError
from seawall.kit.recent import Recent
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.store.catalog import Catalog
from seawall.store.records import NameKey, NameRecord
from seawall.supply.documents import Documents

RELEASE_TYPE = "application/vnd.seawall.release"

_ROOT = "."
_PAPERS_BYTES = 32 * 1024 * 1024
_DOCUMENTS = 512
_RELEASE_LINES = 200_000  # some 40 MiB, as they are read
_PAGE = 200
_LOOKED_AT = 300  # changes of a name: a generation has some, as indexes come to it


@dataclass(frozen=True, slots=True)
class Held:
    """A generation that is kept, and the digest of its document."""

    digest: Digest
    generation: Generation


def suite_key(archive: Archive, directory: str) -> NameKey:
    """Give the name under which the catalog has a suite."""
    return NameKey(archive.repository, directory or _ROOT, Kind.ANY)


def suite_directory(key: NameKey) -> str:
    """Give the directory of a suite's name."""
    return "" if key.tag == _ROOT else key.tag


class Generations:
    """Finds and keeps generations; asks nobody.

    A suite's name means the document of its generation; what the name meant before
    are the generations kept beside it. The current document is pinned, and all that
    it needs with it.
    """

    def __init__(self, catalog: Catalog, documents: Documents) -> None:
        self._catalog = catalog
        self._documents = documents
        self._papers = Recent[Digest, bytes](_PAPERS_BYTES)
        self._read = Recent[Digest, Generation](_DOCUMENTS)
        self._releases = Recent[str, Release](_RELEASE_LINES)
        self._tidied: dict[NameKey, tuple[Digest | None, bool]] = {}
        self._directories: dict[str, set[str]] = {}
        self._retained: dict[NameKey, tuple[Digest, tuple[Held, ...]]] = {}
        self._locks: WeakValueDictionary[NameKey, asyncio.Lock] = WeakValueDictionary()

    def lock(self, key: NameKey) -> asyncio.Lock:
        """Give the lock under which a suite's name may change."""
        return self._locks.setdefault(key, asyncio.Lock())

    async def find(self, digest: Digest) -> Held | None:
        """Read the generation with this document; `None` if it is not to be had."""
        known = self._read.get(digest)
        if known is None:
            body = await self.read(digest, MAX_DOCUMENT_BYTES)
            if body is None:
                return None
            try:
                known = parse_generation(body)
            except ArchiveSyntaxError:
                return None
            self._read.put(digest, known)
        return Held(digest, known)

    async def current(self, key: NameKey) -> tuple[NameRecord | None, Held | None]:
        """Give what a suite's name means now, and the generation if it can be read."""
        record = await self._catalog.find_name(key)
        if record is None or record.digest is None:
            return record, None
        return record, await self.find(record.digest)

    async def retained(self, archive: Archive, directory: str) -> Sequence[Held]:
        """List the generations of a suite, the current one first."""
        key = suite_key(archive, directory)
        record = await self._catalog.find_name(key)
        now = None if record is None else record.digest
        if now is None:
            return ()
        known = self._retained.get(key)
        if known is None or known[0] != now:
            known = now, await self._list(key, now, archive.options.generations)
            self._retained[key] = known
        return known[1]

    async def directories(self, archive: Archive) -> list[str]:
        """List the suites of an archive that are known."""
        known = self._directories.get(archive.name)
        if known is not None:
            return sorted(known)
        found: set[str] = set()
        after: NameKey | None = None
        while True:
            page = await self._catalog.names(
                archive.repository, limit=_PAGE, after=after
            )
            found |= {suite_directory(r.key) for r in page if r.digest is not None}
            if len(page) < _PAGE:
                break
            after = page[-1].key
        # others may have been resolved meanwhile
        found |= self._directories.get(archive.name, set())
        self._directories[archive.name] = found
        return sorted(found)

    def note(self, archive: Archive, directory: str) -> None:
        """Remember that a suite is known from now on."""
        self._directories.setdefault(archive.name, set()).add(directory)

    async def release(self, held: Held) -> Release | None:
        """Read what a generation says of its files; `None` if that is not to be had."""
        known = self._releases.get(held.generation.text)
        if known is not None:
            return known
        files: dict[str, bytes] = {}
        for name, part in held.generation.files.items():
            body = await self.read(part.digest, MAX_MESSAGE_BYTES)
            if body is None:
                return None
            files[name] = body
        try:
            known = await asyncio.to_thread(lambda: parse_release(signed_text(files)))
        except (InputError, KeyError):
            return None
        lines = len(known.files) + len(known.by_hash)
        self._releases.put(held.generation.text, known, lines)
        return known

    async def read(self, digest: Digest, max_bytes: int) -> bytes | None:
        """Read a small content whole, from memory or the store."""
        body = self._papers.get(digest)
        if body is None:
            body = await self._documents.read(digest, max_bytes)
            if body is not None:
                self._papers.put(digest, body, len(body))
        return body

    async def keep_files(
        self, archive: Archive, files: Mapping[str, bytes]
    ) -> dict[str, Part]:
        """Keep release files.

        Raises:
            StoreFullError: There is no room; they are in memory all the same.
        """
        kept: dict[str, Part] = {}
        for name, body in files.items():
            digest = await asyncio.to_thread(Digest.of, body)
            self._papers.put(digest, body, len(body))
            kept[name] = Part(digest, len(body))
        for body in files.values():
            await self._documents.keep(archive.repository, body, RELEASE_TYPE)
        return kept

    async def keep(self, archive: Archive, generation: Generation) -> Held:
        """Keep a generation's document; its name is still to be written down.

        Raises:
            StoreFullError: There is no room.
        """
        body = generation.encode()
        digest = await self._documents.keep(
            archive.repository, body, MEDIA_TYPE, children=generation.parts
        )
        self._read.put(digest, generation)
        return Held(digest, generation)

    def imagine(self, generation: Generation, files: Mapping[str, bytes]) -> Held:
        """Hold a generation in memory alone, for as long as there is no room."""
        parts: dict[str, Part] = {}
        for name, body in files.items():
            parts[name] = Part(Digest.of(body), len(body))
            self._papers.put(parts[name].digest, body, len(body))
        bare = msgspec.structs.replace(generation, files=parts, indexes={}, tables={})
        digest = Digest.of(bare.encode())
        self._read.put(digest, bare)
        return Held(digest, bare)

    async def supplement(
        self,
        archive: Archive,
        generation: Generation,
        *,
        files: Mapping[str, Part] | None = None,
        indexes: Mapping[str, Part] | None = None,
        tables: Mapping[str, Part] | None = None,
    ) -> bool:
        """Add to the current generation what came later; the name then means both.

        Returns:
            Whether it is still the current one; if not, nothing changes.

        Raises:
            StoreFullError: There is no room.
        """
        key = suite_key(archive, generation.directory)
        async with self.lock(key):
            record, held = await self.current(key)
            if record is None or held is None:
                return False
            now = held.generation
            if now.text != generation.text:
                return False
            more = msgspec.structs.replace(
                now,
                files={**now.files, **(files or {})},
                indexes={**now.indexes, **(indexes or {})},
                tables={**now.tables, **(tables or {})},
            )
            if more != now:
                kept = await self.keep(archive, more)
                size = len(more.encode())
                self._catalog.record_name(
                    replace(record, digest=kept.digest, size=size)
                )
        await self.tidy(archive, generation.directory)
        return True

    async def tidy(
        self, archive: Archive, directory: str, *, pinned: bool = True
    ) -> None:
        """Pin the current generation, and let eviction have the others.

        Args:
            archive: Whose suite.
            directory: Where it is.
            pinned: Nobody uses it if not: then eviction may have all of it.

        Raises:
            StoreError: That could not be written yet.
        """
        key = suite_key(archive, directory)
        record = await self._catalog.find_name(key)
        now = None if record is None else record.digest
        if self._tidied.get(key) == (now, pinned):
            return
        for digest in [*([now] if now else []), *await self._history(key)]:
            content = await self._catalog.find_content(digest)
            held = pinned and digest == now
            if content is not None and content.pinned != held:
                await self._catalog.pin(digest, pinned=held)
        self._tidied[key] = now, pinned

    def forget(self, digest: Digest) -> None:
        """Drop what was read of a content, when it is removed from the store."""
        self._papers.drop(digest)
        self._read.drop(digest)
        for key, (_, held) in list(self._retained.items()):
            if any(one.digest == digest for one in held):
                del self._retained[key]

    async def _list(self, key: NameKey, now: Digest, count: int) -> tuple[Held, ...]:
        found: dict[str, Held] = {}
        newest = await self.find(now)
        # History is short if much was added to a generation: each time is a change.
        listed = () if newest is None else newest.generation.earlier
        for digests in ([now, *listed], await self._history(key)):
            for digest in digests:
                held = await self.find(digest)
                if held is not None:
                    # The newest document of a generation has all that came later.
                    found.setdefault(held.generation.text, held)
                if len(found) >= count:
                    return tuple(found.values())
        return tuple(found.values())

    async def _history(self, key: NameKey) -> list[Digest]:
        changes = (await self._catalog.history(key))[:_LOOKED_AT]
        digests = [change.digest for change in changes if change.digest is not None]
        return list(dict.fromkeys(digests))
