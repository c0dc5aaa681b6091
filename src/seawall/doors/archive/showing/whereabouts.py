"""What a suite or a path is, as far as is known, and who has it: asks nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from seawall.debian.paths import parse_path, release_file
from seawall.doors.archive.archives import Archive, KnownArchives
from seawall.doors.archive.authority import ArchiveAuthority, Office
from seawall.doors.archive.files import SuiteFiles
from seawall.doors.archive.generations import suite_key
from seawall.doors.archive.indexes.lookup import Located, Packages
from seawall.errors import NotStoredError
from seawall.supply.explaining.inspection import Piece, Question, Sighting
from seawall.transfer.sources.place import Place

_DISTS = "dists/"


@dataclass(frozen=True)
class Whereabouts:
    """Finds what is to be explained of an archive."""

    archives: KnownArchives
    office: Office
    files: SuiteFiles
    packages: Packages

    async def sight(self, name: str, text: str) -> Sighting:
        """Find a suite by its name, or a file by its path.

        Raises:
            InputError: It is no path, or there is no such archive.
            NotStoredError: No suite that is kept names this file.
        """
        archive = self.archives.find(name)
        directory = await self._find_suite(archive, text)
        if directory is not None:
            return await self._sight_suite(archive, directory)
        path = parse_path(text.strip("/"))
        named = await self.files.find_known(archive, path)
        located = (
            named.located if named else await self.packages.find_known(archive, path)
        )
        if located is None:
            raise NotStoredError(
                f"no suite of {archive.name} that is kept names {path}: it would be"
                " passed on as a mirror has it, unverified; name the suite instead,"
                f" as in `seawall explain {archive.name} SUITE`"
            )
        return self._sight_file(archive, path, located)

    async def _find_suite(self, archive: Archive, text: str) -> str | None:
        """Read the name of a suite: as sources have it, or as a path to its word."""
        made = release_file(text.strip("/"))
        if made is not None:
            return made[0]
        known = await self.office.generations.directories(archive)
        for directory in (text.strip("/"), f"{_DISTS}{text.strip('/')}"):
            if directory in known:
                return directory
        if text.startswith((_DISTS, "pool/")) or "." in text.rpartition("/")[2][1:]:
            return None
        return text.strip("./") if text.endswith("/") else f"{_DISTS}{text}"

    async def _sight_suite(self, archive: Archive, directory: str) -> Sighting:
        key = suite_key(archive, directory)
        ranked = self.office.roster.describe(archive.mirrors)
        labels = [placing.source for placing in ranked]
        mirrors = sorted(archive.mirrors, key=lambda one: labels.index(one.label))
        authority = ArchiveAuthority(archive, self.office)
        _, held = await self.office.generations.current(key)
        pieces: list[Piece] = []
        if held is not None:
            for path, part in sorted(held.generation.indexes.items()):
                sources = archive.contents([f"{directory}/{path}".lstrip("/")])
                pieces.append(Piece(part.digest, path, part.size, sources))
        return Sighting(
            f"{archive.name} {directory or './'}",
            self.archives.offline,
            _places(archive),
            Question(key, authority, mirrors),
            pieces,
        )

    def _sight_file(self, archive: Archive, path: str, located: Located) -> Sighting:
        want = located.want
        piece = Piece(want.digest, "file", want.size, located.sources)
        return Sighting(
            f"{archive.name} {path}",
            self.archives.offline,
            _places(archive),
            pieces=[piece],
        )


def _places(archive: Archive) -> Sequence[Place]:
    snapshot = [] if archive.snapshot is None else [archive.snapshot.site]
    return [*archive.mirrors, *snapshot]
