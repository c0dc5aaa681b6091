"""Which content a path is: what the kept generations' suites and indexes say of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from seawall.debian.indexes import find_index
from seawall.doors.archive.archives import Archive
from seawall.doors.archive.generations import Generations, Held
from seawall.doors.archive.indexes.indexing import Indexing
from seawall.doors.archive.indexes.pathfinder import Tables
from seawall.doors.archive.indexes.wanted import Wanted
from seawall.doors.archive.suites.generation import Generation, Part
from seawall.oci.digest import Digest
from seawall.transfer.flight import ContentSource, Want

_WAIT_S = 25.0  # apt itself gives up after 30 s without a byte


@dataclass(frozen=True, slots=True)
class Located:
    """What a path is: a content, and who has it.

    Attributes:
        directory: Of the suite that names it, to be asked about again if nobody has
            it; `None` if none does.
    """

    want: Want
    sources: Sequence[ContentSource]
    directory: str | None


@dataclass(frozen=True)
class Packages:
    """Looks paths of packages up, the newest generation first."""

    generations: Generations
    indexing: Indexing
    tables: Tables
    wanted: Wanted

    async def find(self, archive: Archive, path: str) -> Located | None:
        """Find what a path is; `None` if no index that is kept lists it.

        Indexes that clients asked for, and that are no tables yet, are waited for.
        """
        found = await self.find_known(archive, path)
        if found is not None:
            return found
        await self._start_all(archive)
        clock = self.indexing.shelves.clock
        until = clock.monotonic() + _WAIT_S
        while found is None and await self.indexing.wait(
            archive, seconds=until - clock.monotonic()
        ):
            found = await self.find_known(archive, path)
        return found

    async def find_known(self, archive: Archive, path: str) -> Located | None:
        """Find what a path is, in the tables that there are."""
        order = await self._order(archive)
        hit = await self.tables.find([part for part, _ in order], path)
        if hit is None:
            return None
        place, entry = hit
        generation = order[place][1]
        digest = Digest("sha256", entry.sha256)
        want = Want(archive.repository, digest, entry.size, path)
        sources = archive.contents([path], date=generation.date)
        return Located(want, sources, generation.directory)

    async def _order(self, archive: Archive) -> list[tuple[Part, Generation]]:
        """List all tables, each once, with the newest generation that has it."""
        held = [
            held.generation
            for directory in await self.generations.directories(archive)
            for held in await self.generations.retained(archive, directory)
        ]
        held.sort(key=lambda generation: generation.date, reverse=True)
        found: dict[Digest, tuple[Part, Generation]] = {}
        for generation in held:
            for part in self.indexing.tables(archive, generation).values():
                found.setdefault(part.digest, (part, generation))
        return list(found.values())

    async def _start_all(self, archive: Archive) -> None:
        """See that all that clients asked for is, or will be, looked into."""
        for directory in await self.generations.directories(archive):
            for held in (await self.generations.retained(archive, directory))[:1]:
                await self._start_missing(archive, held)

    async def _start_missing(self, archive: Archive, held: Held) -> None:
        """Make ready what was interrupted by a restart, or lost from the store."""
        directory = held.generation.directory
        generation = held.generation
        for path in await self.wanted.paths(archive, directory):
            index = find_index(path)
            if index and not self.indexing.has_table(archive, generation, index.stem):
                self.indexing.start(archive, held, path)
