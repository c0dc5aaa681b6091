"""Files that suites name: found in the kept generations, by path or by their sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seawall.debian.indexes import find_index
from seawall.debian.paths import ByHash, candidate_suites, parse_by_hash
from seawall.debian.release import Release, ReleaseFile
from seawall.doors.archive.archives import Archive
from seawall.doors.archive.generations import Generations, Held
from seawall.doors.archive.indexes.indexing import file_sources, want_file
from seawall.doors.archive.indexes.lookup import Located
from seawall.doors.archive.names import SuiteNames
from seawall.doors.archive.suites.candidates import join_path
from seawall.errors import SeawallError
from seawall.oci.digest import Digest
from seawall.transfer.flight import Want

_ASKED = 2  # suites that one path may lead to a question about
_STRONG = {"SHA256": "sha256", "SHA512": "sha512"}


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a generation names.

    Attributes:
        located: Which content it is, and who has it.
        held: The generation; `None` if only its own name says what it is.
        path: Below the suite's directory.
    """

    located: Located
    held: Held | None
    path: str


class SuiteFiles:
    """Finds files that suites name; asks about a suite that nobody asked about yet."""

    def __init__(self, names: SuiteNames, generations: Generations) -> None:
        self._names = names
        self._generations = generations

    async def find(
        self, archive: Archive, path: str, *, seen: Mapping[str, str]
    ) -> Named | None:
        """Find a file that a suite of the archive names; `None` if none does.

        Args:
            archive: Whose file.
            path: Below the archive's root.
            seen: By directory the text of the generation that the client was given:
                the paths of its files mean what they meant then.
        """
        by_hash = parse_by_hash(path)
        known = await self._known(archive, path, ask=_is_suites(path, by_hash))
        found = await self._find_in(archive, path, by_hash, known, seen)
        if found is None and by_hash is not None:
            for directory, generations in known.items():
                # the client may know a generation that came out a moment ago
                await self._names.refresh_now(archive, directory)
                again = await self._generations.retained(archive, directory)
                if found is None and _texts(again) != _texts(generations):
                    place = {directory: again}
                    found = await self._find_in(archive, path, by_hash, place, seen)
        if found is None and by_hash is not None:
            found = _find_nameless(archive, path, by_hash)
        return found

    async def find_known(self, archive: Archive, path: str) -> Named | None:
        """Find a file that a kept generation names; asks nobody."""
        by_hash = parse_by_hash(path)
        known = await self._known(archive, path, ask=False)
        found = await self._find_in(archive, path, by_hash, known, {})
        if found is None and by_hash is not None:
            found = _find_nameless(archive, path, by_hash)
        return found

    async def _known(
        self, archive: Archive, path: str, *, ask: bool
    ) -> dict[str, Sequence[Held]]:
        """List the suites that may name a path, with their generations."""
        here = set(await self._generations.directories(archive))
        candidates = candidate_suites(path)
        known: dict[str, Sequence[Held]] = {}
        for directory in candidates:
            if directory in here:
                held = await self._generations.retained(archive, directory)
                known |= {directory: held} if held else {}
        for directory in _likely(candidates) if ask and not known else ():
            try:
                named = await self._names.resolve(archive, directory)
            except SeawallError:
                continue  # another directory may be the suite's
            held = await self._generations.retained(archive, directory)
            known[directory] = held or (named.held,)
            break
        return known

    async def _find_in(
        self,
        archive: Archive,
        path: str,
        by_hash: ByHash | None,
        known: Mapping[str, Sequence[Held]],
        seen: Mapping[str, str],
    ) -> Named | None:
        for directory, generations in known.items():
            below = path[len(directory) + 1 :] if directory else path
            given: list[Held] = []
            if by_hash is None:
                text = seen.get(directory)
                given = [h for h in generations if h.generation.text == text]
            for held in generations if by_hash else [*given, *generations][:1]:
                release = await self._generations.release(held)
                if release is None:
                    continue
                file = (
                    release.files.get(below)
                    if by_hash is None
                    else _find_by_hash(release, below, by_hash)
                )
                if file is not None:
                    current = held is generations[0]
                    sources = file_sources(
                        archive, held.generation, file, current=current
                    )
                    want = want_file(archive, held.generation, file)
                    located = Located(want, sources, directory)
                    return Named(located, held, file.path)
        return None


def _likely(candidates: Sequence[str]) -> Sequence[str]:
    """Choose the directories that are worth a question: anybody may make paths up.

    Below `dists` a suite has a short name; elsewhere it lies beside its files.
    """
    if candidates[-1].startswith("dists/"):
        return candidates[-_ASKED:]
    return candidates[:1]


def _texts(generations: Sequence[Held]) -> list[str]:
    return [held.generation.text for held in generations]


def _is_suites(path: str, by_hash: ByHash | None) -> bool:
    """Whether only a suite can say what a path is, so that one is asked about."""
    name = path.rpartition("/")[2]
    return path.startswith("dists/") or by_hash is not None or bool(find_index(name))


def _find_by_hash(release: Release, below: str, by_hash: ByHash) -> ReleaseFile | None:
    """Find the file of this sum that lies where the path says, if several have it."""
    file = release.find_hash(by_hash.algorithm, by_hash.hex)
    if file is None:
        return None
    folder = below.partition("by-hash/")[0]
    if file.path.rpartition("/")[0] + "/" == folder or not folder:
        return file
    alike = (
        other
        for other in release.files.values()
        if other.hex == file.hex and other.path.rpartition("/")[0] + "/" == folder
    )
    return next(alike, file)


def _find_nameless(archive: Archive, path: str, by_hash: ByHash) -> Named | None:
    """A strong sum says itself what the file is, though no generation names it."""
    algorithm = _STRONG.get(by_hash.algorithm)
    if algorithm is None:
        return None
    want = Want(archive.repository, Digest(algorithm, by_hash.hex), path=path)
    located = Located(want, archive.contents([path]), None)
    return Named(located, None, join_path(by_hash.directory, by_hash.hex))
