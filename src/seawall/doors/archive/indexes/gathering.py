"""What a suite must have before its name means it: brought together, or waited for."""

import platform
import re
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from seawall.debian.indexes import find_index
from seawall.debian.release import ReleaseFile
from seawall.doors.archive.archives import Archive
from seawall.doors.archive.indexes.indexing import Indexing, file_sources, is_diff
from seawall.doors.archive.indexes.wanted import Wanted
from seawall.doors.archive.suites.candidates import Candidate
from seawall.doors.archive.suites.generation import Generation, Part, write_day
from seawall.doors.archive.suites.rounds import ask_in_turn
from seawall.errors import (
    AbsentError,
    IntegrityError,
    RefusedSuiteError,
    SeawallError,
    TooLargeError,
    UnreachableError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.kit.recent import Recent
from seawall.transfer.flight import ContentSource
from seawall.transfer.standing.roster import Ranked, Roster

# A file that a suite names may come to the mirrors later than the suite: for so long
# after its date, a suite waits for what clients want of it.
_SYNC_S = 6 * 3600.0

# What is no index is not waited for longer, through however many suites.
_MISSED_S = 3600.0

_PACKED = re.compile(r"(?:^|/)Packages\.(?:xz|zst|gz|bz2)$")
_EMPTY_BYTES = 64  # an index that lists nothing is not asked for
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}

Missing = Recent[tuple[str, str, str], float]
"""Since when a file is missing, by archive, suite and path."""


@dataclass(frozen=True)
class Gathering:
    """Brings what clients want of one suite that may become the next generation.

    Attributes:
        made: The generation that it would be.
        known: The one that it would follow, if any is known.
        missing: Since when files are missing; outlives this.
    """

    archive: Archive
    candidate: Candidate
    made: Generation
    known: Generation | None
    indexing: Indexing
    wanted: Wanted
    roster: Roster
    clock: Clock
    missing: Missing

    async def gather(self, *, lenient: bool) -> dict[str, Part]:
        """Have in the store what clients asked for lately.

        Args:
            lenient: Nothing is waited for.

        Raises:
            SeawallError: An index that is served now cannot be had of this one, or
                anything while the mirrors may still be in the middle of an update.
        """
        files = self.candidate.release.files
        parts: dict[str, Part] = {}
        for path in await self.wanted.paths(self.archive, self.made.directory):
            file = files.get(path)
            if file is None or is_diff(path):
                continue
            place = (self.archive.name, self.made.directory, path)
            try:
                parts[path] = await self.indexing.bring(self.archive, self.made, file)
                self.missing.drop(place)
            except (UpstreamError, IntegrityError) as exc:
                if not lenient and self._waits_for(path, exc):
                    if isinstance(exc, AbsentError):
                        raise self._explain(path) from exc
                    raise
        return parts

    async def tabulate(
        self, indexes: Mapping[str, Part], *, lenient: bool
    ) -> dict[str, Part]:
        """Have the tables of indexes; there must be those that are served now.

        Raises:
            RefusedSuiteError: One of those cannot be used.
            StoreError: One could not be kept.
        """
        return await self.indexing.tabulate(
            self.archive,
            self.candidate.release,
            indexes,
            self.known,
            needed=() if lenient or self.known is None else self.known.tables,
        )

    async def look_for_index(self) -> None:
        """See that a suite is out whole, by one index: nobody has asked for any yet.

        Mirrors in the middle of an update may have a suite before they have its
        indexes; a suite that is long out need not be looked at.

        Raises:
            RefusedSuiteError: No mirror has the index yet.
        """
        file = choose_index(self.candidate.release.files.values())
        if file is None or not self._is_young():
            return
        # by its sum alone, if it has such a name: at its path may be another one
        sources = file_sources(self.archive, self.made, file, current=False)
        ranked = [sources[place] for place in self.roster.rank(sources)]
        # who just gave the suite is the first to have it
        ranked.sort(key=lambda source: source.label != self.candidate.source)

        async def ask(source: ContentSource) -> bool:
            async with source.open(start=0, stop=1) as reply:
                return reply.total in (None, file.size)

        asking = ask_in_turn(
            ranked, ask, on_silence=lambda one: note_silence(one, self.roster)
        )
        async with aclosing(asking) as answers:
            async for source, answer in answers:
                try:
                    if await answer:
                        return
                except (UpstreamError, IntegrityError) as exc:
                    self.roster.note_failure(source, exc)
        raise self._explain(file.path)

    def _waits_for(self, path: str, error: SeawallError) -> bool:
        index = find_index(path)
        if index and (self.known is None or path in self.known.indexes):
            return True
        now_s = self.clock.monotonic()
        place = (self.archive.name, self.made.directory, path)
        since_s = self.missing.get(place)
        if since_s is None:
            since_s = now_s
            self.missing.put(place, now_s)
        hopeless = isinstance(error, TooLargeError) or now_s - since_s >= _MISSED_S
        return self._is_young() and not hopeless

    def _is_young(self) -> bool:
        return self.clock.now() - self.candidate.release.date < _SYNC_S

    def _explain(self, path: str) -> RefusedSuiteError:
        directory = self.made.directory or "the flat suite"
        return RefusedSuiteError(
            f"{directory} of {write_day(self.made.date)} waits for {path}, which no"
            " mirror has yet",
            cause="suite.inconsistent",
        )


def note_silence(source: Ranked, roster: Roster) -> None:
    """Note that somebody was silent for so long that others were asked, too."""
    error = UnreachableError(f"{source.label} is silent", cause="net.silence")
    roster.note_failure(source, error)


def choose_index(files: Iterable[ReleaseFile]) -> ReleaseFile | None:
    """Choose the packed index of packages that is the most likely to be asked for."""

    def rank(file: ReleaseFile) -> tuple[bool, bool, str]:
        own = f"binary-{_MACHINES.get(platform.machine(), '')}/" in file.path
        return own, file.path.startswith("main/"), file.path

    packed = [f for f in files if _PACKED.search(f.path) and f.size > _EMPTY_BYTES]
    return max(packed, key=rank, default=None)
