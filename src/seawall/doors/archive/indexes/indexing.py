"""Brings the files that a suite names, and makes tables of its indexes."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from seawall.debian.indexes import find_index
from seawall.debian.release import Release, ReleaseFile
from seawall.doors.archive.archives import Archive, KnownArchives
from seawall.doors.archive.generations import Generations, Held
from seawall.doors.archive.indexes.pathfinder import MAX_INDEX_BYTES, Tables
from seawall.doors.archive.indexes.wanted import is_prepared
from seawall.doors.archive.suites.candidates import join_path
from seawall.doors.archive.suites.generation import Generation, Part
from seawall.errors import (
    IntegrityError,
    RefusedSuiteError,
    SeawallError,
    TooLargeError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.kit.recent import Recent
from seawall.oci.digest import Digest
from seawall.supply.pullthrough import PullThrough
from seawall.transfer.engine import Engine
from seawall.transfer.flight import ContentSource, Want

MAX_FILE_BYTES = 1024 * 1024 * 1024
"""No file that a suite names is brought in beforehand if it is larger."""

_AT_ONCE = 4
_TRIES = 3
_REST_S = 60.0

Place = tuple[str, str, str]  # archive, text of the generation, path


def is_diff(path: str) -> bool:
    """Whether a path belongs to a list of differences, which are not served.

    Clients then take the whole index, which is here already.
    """
    return ".diff/" in path


@dataclass(frozen=True)
class Shelves:
    """Where contents are found, brought and kept, for those who need all of it."""

    archives: KnownArchives
    engine: Engine
    contents: PullThrough
    generations: Generations
    tables: Tables
    clock: Clock


@dataclass
class Indexing:
    """Makes indexes ready: in the store, with tables; in the background, once each.

    Attributes:
        shelves: Where everything is.
        on_trouble: Told what could not be made ready.
    """

    shelves: Shelves
    on_trouble: Callable[[Archive, SeawallError], None]
    _tasks: dict[Place, asyncio.Task[None]] = field(default_factory=dict)
    # packages wait for indexes, and those for nothing else
    _gates: Mapping[bool, asyncio.Semaphore] = field(
        default_factory=lambda: {
            is_index: asyncio.Semaphore(_AT_ONCE) for is_index in (True, False)
        }
    )
    _failed: Recent[Place, float] = field(default_factory=lambda: Recent(1024))
    _made: Recent[tuple[Digest, str], Part] = field(
        default_factory=lambda: Recent(1024)
    )
    _extras: Recent[tuple[str, str], dict[str, Part]] = field(
        default_factory=lambda: Recent(256)
    )

    @property
    def busy(self) -> bool:
        """Whether anything is being made ready."""
        return bool(self._tasks)

    async def bring(
        self, archive: Archive, generation: Generation, file: ReleaseFile
    ) -> Part:
        """Have a file of a suite in the store, from whichever mirror.

        Raises:
            TooLargeError: It is larger than any honest one.
            UpstreamError: No mirror gave it, or none may be asked.
            IntegrityError: What they gave is something else.
            StoreFullError: There is no room.
        """
        want = want_file(archive, generation, file)
        part = Part(want.digest, file.size)
        if file.size > MAX_FILE_BYTES:
            raise TooLargeError(f"{file.path} of {archive.name}: {file.size} bytes")
        for tries_left in reversed(range(_TRIES)):
            if await self.shelves.contents.find_stored(want.digest) is not None:
                break
            self.shelves.archives.refuse_offline(f"{file.path} of {archive.name}")
            sources = file_sources(archive, generation, file)
            async with self.shelves.engine.board(
                want, sources, follows=False
            ) as boarding:
                try:
                    await boarding.flight.wait_finished()
                    break
                except (UpstreamError, IntegrityError):
                    own = boarding.flight.want.asks_like(want)
                    if own or not tries_left:
                        raise
        return part

    async def tabulate(
        self,
        archive: Archive,
        release: Release,
        indexes: Mapping[str, Part],
        known: Generation | None,
        *,
        needed: Collection[str] | None = None,
    ) -> dict[str, Part]:
        """Have the tables of these indexes, as far as they are such.

        Args:
            archive: Whose they are.
            release: What names them.
            indexes: What is stored, by path.
            known: A generation whose tables hold for indexes that did not change.
            needed: Plain paths of those that there must be; all by default.

        Raises:
            RefusedSuiteError: One that is needed cannot be used.
            StoreError: It could not be kept.
        """
        if known is not None:
            for path, part in known.indexes.items():
                index = find_index(path)
                table = known.tables.get(index.stem) if index else None
                if index and table:
                    self._made.put((part.digest, index.stem), table)
        tables: dict[str, Part] = {}
        for path in sorted(indexes):
            index = find_index(path)
            if index is None or index.stem in tables:
                continue
            made = self._made.get((indexes[path].digest, index.stem))
            if made is None or not await self._is_stored(made):
                plain = release.files.get(index.stem)
                limit = plain.size if plain else MAX_INDEX_BYTES
                try:
                    made = await self.shelves.tables.build(
                        archive, indexes[path], index, max_bytes=limit
                    )
                except RefusedSuiteError:
                    if needed is None or index.stem in needed:
                        raise
                    continue  # it was of no use before, either
                self._made.put((indexes[path].digest, index.stem), made)
            tables[index.stem] = made
        return tables

    def start(self, archive: Archive, held: Held, path: str) -> None:
        """Make a file of a generation ready in the background, if it is not so yet.

        That is for what every update takes; what else there is comes when asked for.
        """
        if not is_prepared(path):
            return
        generation = held.generation
        index = find_index(path)
        ready = path in generation.indexes and (
            index is None or self.has_table(archive, generation, index.stem)
        )
        place = (archive.name, generation.text, path)
        failed_at = self._failed.get(place)
        tired = failed_at is not None and (
            self.shelves.clock.monotonic() - failed_at < _REST_S
        )
        if ready or tired or place in self._tasks:
            return
        task = asyncio.create_task(self._make_ready(archive, held, path))
        self._tasks[place] = task
        task.add_done_callback(lambda _: self._tasks.pop(place, None))

    def tables(self, archive: Archive, generation: Generation) -> dict[str, Part]:
        """Give the tables of a generation, by the path of the plain index."""
        extras = self._extras.get((archive.name, generation.text)) or {}
        return {**extras, **generation.tables}

    def has_table(self, archive: Archive, generation: Generation, stem: str) -> bool:
        """Whether a table of a generation is there, as far as is known."""
        part = self.tables(archive, generation).get(stem)
        return part is not None and part.digest not in self.shelves.tables.lost

    async def wait(self, archive: Archive, *, seconds: float) -> bool:
        """Wait until one more index of an archive is ready; say if there is one.

        Nobody waits for longer than so many seconds, nor for what lists no packages.
        """
        tasks = [
            task
            for place, task in self._tasks.items()
            if place[0] == archive.name and find_index(place[2])
        ]
        if not tasks or seconds <= 0:
            return False
        done, _ = await asyncio.wait(
            tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        return bool(done)

    async def close(self) -> None:
        """Stop all work; what is missing is made when it is asked for again."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make_ready(self, archive: Archive, held: Held, path: str) -> None:
        generation = held.generation
        try:
            await self._bring_in(archive, held, path)
        except SeawallError as exc:
            place = (archive.name, generation.text, path)
            self._failed.put(place, self.shelves.clock.monotonic())
            self.on_trouble(archive, exc)

    async def _bring_in(self, archive: Archive, held: Held, path: str) -> None:
        generation = held.generation
        async with self._gates[find_index(path) is not None]:
            release = await self.shelves.generations.release(held)
            file = release.files.get(path) if release else None
            if release is None or file is None:
                return
            part = await self.bring(archive, generation, file)
            tables = await self.tabulate(archive, release, {path: part}, generation)
            current = await self.shelves.generations.supplement(
                archive, generation, indexes={path: part}, tables=tables
            )
            if not current and tables:
                key = (archive.name, generation.text)
                known = self._extras.get(key) or {}
                self._extras.put(key, known | tables)

    async def _is_stored(self, part: Part) -> bool:
        return await self.shelves.contents.find_stored(part.digest) is not None


def want_file(archive: Archive, generation: Generation, file: ReleaseFile) -> Want:
    """Give the content that a file of a suite is."""
    digest = Digest(file.algorithm, file.hex)
    path = join_path(generation.directory, file.path)
    return Want(archive.repository, digest, file.size, path)


def file_sources(
    archive: Archive, generation: Generation, file: ReleaseFile, *, current: bool = True
) -> list[ContentSource]:
    """Give the sources of a file of a suite: by its hash, and at its own path.

    Args:
        archive: Whose mirrors.
        generation: What names the file.
        file: Which file.
        current: Whether mirrors may have this very file at its own path.
    """
    folder, _, _ = file.path.rpartition("/")
    hashed = join_path(folder, f"by-hash/{file.algorithm.upper()}/{file.hex}")
    paths = [hashed] if generation.by_hash else []
    if current or not paths:
        paths.append(file.path)
    return archive.contents(
        [join_path(generation.directory, path) for path in paths], date=generation.date
    )
