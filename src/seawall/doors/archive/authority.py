"""An archive as the authority on its suites: mirrors are asked, one word is taken."""

import platform
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace

import msgspec

from seawall.debian.indexes import find_index
from seawall.debian.release import ReleaseFile
from seawall.doors.archive.archives import Archive
from seawall.doors.archive.generations import Generations, Held, suite_directory
from seawall.doors.archive.indexes.indexing import Indexing, file_sources, is_diff
from seawall.doors.archive.indexes.wanted import Wanted
from seawall.doors.archive.suites.acceptance import Verdict, judge_candidate
from seawall.doors.archive.suites.candidates import Candidate, Validators, ask_mirror
from seawall.doors.archive.suites.generation import (
    MEDIA_TYPE,
    Generation,
    Part,
    write_day,
)
from seawall.errors import (
    AbsentError,
    IntegrityError,
    RefusedSuiteError,
    SeawallError,
    StoreError,
    UpstreamError,
)
from seawall.kit.chores import Chores
from seawall.kit.clock import Clock
from seawall.store.records import NameKey, NameRecord
from seawall.supply.freshness import FreshnessOptions
from seawall.supply.resolver import Found, NameObserver
from seawall.transfer.sources.website import Site
from seawall.transfer.standing.roster import Roster

# A file that a suite names may come to the mirrors later than the suite: for so long
# after its date, a suite waits for all that clients want of it.
_SYNC_S = 6 * 3600.0

_PACKED = re.compile(r"(?:^|/)Packages\.(?:xz|zst|gz|bz2)$")
_EMPTY_BYTES = 64  # an index that lists nothing is not asked for
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass
class Memory:
    """What is remembered of mirrors between two questions; lost at a restart.

    Attributes:
        validators: For each mirror and suite the text it had, and what it can be
            asked by whether it still has that.
    """

    validators: dict[tuple[str, NameKey], tuple[str, Validators]] = field(
        default_factory=dict
    )


@dataclass(frozen=True)
class Office:
    """What every archive's authority works with; one per process."""

    generations: Generations
    indexing: Indexing
    wanted: Wanted
    clock: Clock
    observer: NameObserver
    chores: Chores
    roster: Roster
    memory: Memory = field(default_factory=Memory)


@dataclass(frozen=True)
class ArchiveAuthority:
    """Asks an archive's mirrors what a suite is now.

    Attributes:
        thorough: All mirrors are asked and the newest word is taken; else the first
            good one is.
    """

    archive: Archive
    office: Office
    thorough: bool = False

    @property
    def label(self) -> str:
        """The archive's name."""
        return f"archive {self.archive.name}"

    @property
    def freshness(self) -> FreshnessOptions:
        """The archive's rules."""
        return self.archive.options.freshness

    async def ask(self, key: NameKey, record: NameRecord | None) -> Found:
        """Ask the mirrors in order; what is new is complete before its name flips.

        Raises:
            AbsentError: Every mirror says that there is no such suite.
            SeawallError: No mirror has a suite that may be served: why.
        """
        del record  # it may have been supplemented since: what is known now counts
        _, current = await self.office.generations.current(key)
        confirmed = ""
        troubles: list[SeawallError] = []
        newer: list[Candidate] = []  # what is left to be taken
        for mirror in self.archive.ranked(self.office.roster):
            try:
                candidate = await self._ask_mirror(mirror, key, current)
                self.archive.note(mirror, None, self.office.roster)
                verdict = self._judge(key, candidate, current)
                if candidate is None or verdict is Verdict.SAME:
                    confirmed = confirmed or mirror.label
                else:
                    newer.append(candidate)
                    if not self.thorough:
                        return await self._take(key, candidate, current)
            except SeawallError as exc:
                self._note_trouble(key, mirror, exc)
                troubles.append(exc)
            if confirmed and not self.thorough:
                break
        if confirmed and not self.thorough:
            newer = []
        # With nothing else to serve, half a suite is better than none.
        lenient = current is None and not confirmed
        for candidate in sorted(newer, key=_date, reverse=True):
            try:
                return await self._take(key, candidate, current, lenient=lenient)
            except SeawallError as exc:
                self._note_trouble(key, None, exc)
                troubles.append(exc)
        if not confirmed:
            raise _sum_up(self.archive, key, troubles)
        return await self._confirm(key, confirmed)

    async def _confirm(self, key: NameKey, source: str) -> Found:
        generations = self.office.generations
        async with generations.lock(key):
            record, _ = await generations.current(key)
            if record is None:
                raise AbsentError(
                    f"{_show(key)} was forgotten while it was asked about"
                )
            self._tidy_later(key)
            now = self.office.clock.now()
            return Found(replace(record, checked_at=now, source=source))

    def _note_trouble(
        self, key: NameKey, mirror: Site | None, error: SeawallError
    ) -> None:
        self.office.observer.origin_failed(key, error)
        if mirror is not None:
            self.archive.note(mirror, error, self.office.roster)

    async def _ask_mirror(
        self, mirror: Site, key: NameKey, current: Held | None
    ) -> Candidate | None:
        validators = self.office.memory.validators
        text, known = validators.get((mirror.label, key), ("", Validators()))
        if current is None or text != current.generation.text:
            known = Validators()
        candidate = await ask_mirror(
            mirror, suite_directory(key), self.archive.keyrings, known
        )
        if candidate is not None:
            validators[mirror.label, key] = candidate.text, candidate.validators
        return candidate

    def _judge(
        self, key: NameKey, candidate: Candidate | None, current: Held | None
    ) -> Verdict:
        """Judge what a mirror has.

        Raises:
            RefusedSuiteError: It must not follow what is known.
        """
        if candidate is None:
            return Verdict.SAME
        judgement = judge_candidate(
            candidate.release,
            candidate.text,
            None if current is None else current.generation,
            directory=suite_directory(key),
            now=self.office.clock.now(),
            options=self.archive.options.acceptance,
        )
        if judgement.verdict in (Verdict.REFUSED, Verdict.OLDER):
            raise RefusedSuiteError(
                f"{_show(key)} at {candidate.source} is refused: {judgement.reason}",
                cause=judgement.cause,
            )
        return judgement.verdict

    async def _take(
        self,
        key: NameKey,
        candidate: Candidate,
        current: Held | None,
        *,
        lenient: bool = False,
    ) -> Found:
        """Bring all that clients want of a suite, then let its name mean it.

        Args:
            key: Its name.
            candidate: What a mirror has.
            current: The generation that is known.
            lenient: Whether it is taken though its indexes are nowhere yet.

        Raises:
            SeawallError: Something of it cannot be had: all stays as it is.
        """
        generations = self.office.generations
        made = _make_generation(key, candidate)
        try:
            indexes = await self._bring_wanted(key, candidate, made)
            elsewhere = current is not None or len(self.archive.mirrors) > 1
            if elsewhere and not lenient and not any(map(find_index, indexes)):
                await self._look_for_index(key, candidate, made)
            tables = await self.office.indexing.tabulate(
                self.archive,
                candidate.release,
                indexes,
                None if current is None else current.generation,
            )
            files = await generations.keep_files(self.archive, candidate.files)
            made = msgspec.structs.replace(
                made, files=files, indexes=indexes, tables=tables
            )
            held = await generations.keep(self.archive, made)
        except StoreError as exc:
            record, _ = await generations.current(key)
            if record is None or current is None:
                held = generations.imagine(made, candidate.files)
                record = self._record(key, held, candidate)
            return Found(record, exc)  # a full disk breaks no update
        async with generations.lock(key):
            self._tidy_later(key)
            return Found(self._record(key, held, candidate))

    async def _bring_wanted(
        self, key: NameKey, candidate: Candidate, made: Generation
    ) -> dict[str, Part]:
        """Have in the store what clients asked for lately.

        Raises:
            SeawallError: One of the indexes cannot be had, or while the mirrors may
                still be in the middle of an update, any file.
        """
        release = candidate.release
        young = self.office.clock.now() - release.date < _SYNC_S
        parts: dict[str, Part] = {}
        for path in await self.office.wanted.paths(self.archive, made.directory):
            file = release.files.get(path)
            if file is None or is_diff(path):
                continue
            try:
                parts[path] = await self.office.indexing.bring(self.archive, made, file)
            except AbsentError as exc:
                if young or find_index(path) is not None:
                    raise _waits(key, candidate, path) from exc
        return parts

    async def _look_for_index(
        self, key: NameKey, candidate: Candidate, made: Generation
    ) -> None:
        """See that a suite is out whole, by one index: nobody has asked for any yet.

        Mirrors in the middle of an update may have a suite before they have its
        indexes; a suite that is long out need not be looked at.

        Raises:
            RefusedSuiteError: No mirror has the index yet.
        """
        file = choose_index(candidate.release.files.values())
        age_s = self.office.clock.now() - candidate.release.date
        if file is None or age_s >= _SYNC_S:
            return
        # by its sum alone, if it has such a name: at its path may be another one
        for source in file_sources(self.archive, made, file, current=False):
            with suppress(UpstreamError, IntegrityError):
                async with source.open(start=0, stop=1) as reply:
                    if reply.total in (None, file.size):
                        return
        raise _waits(key, candidate, file.path)

    def _record(self, key: NameKey, held: Held, candidate: Candidate) -> NameRecord:
        now = self.office.clock.now()
        size = len(held.generation.encode())
        return NameRecord(
            key, held.digest, MEDIA_TYPE, size, now, now, candidate.source
        )

    def _tidy_later(self, key: NameKey) -> None:
        tidying = self.office.generations.tidy(self.archive, suite_directory(key))
        self.office.chores.start(tidying)


def _make_generation(key: NameKey, candidate: Candidate) -> Generation:
    release = candidate.release
    return Generation(
        directory=suite_directory(key),
        suite=release.suite,
        codename=release.codename,
        date=release.date,
        valid_until=release.valid_until,
        signers=candidate.signers,
        text=candidate.text,
        by_hash=release.acquire_by_hash,
        files={},
    )


def choose_index(files: Iterable[ReleaseFile]) -> ReleaseFile | None:
    """Choose the packed index of packages that is the most likely to be asked for."""

    def rank(file: ReleaseFile) -> tuple[bool, bool, str]:
        own = f"binary-{_MACHINES.get(platform.machine(), '')}/" in file.path
        return own, file.path.startswith("main/"), file.path

    packed = [f for f in files if _PACKED.search(f.path) and f.size > _EMPTY_BYTES]
    return max(packed, key=rank, default=None)


def _waits(key: NameKey, candidate: Candidate, path: str) -> RefusedSuiteError:
    return RefusedSuiteError(
        f"{_show(key)} of {write_day(candidate.release.date)} waits for {path}, which"
        " no mirror has yet",
        cause="suite.inconsistent",
    )


def _sum_up(
    archive: Archive, key: NameKey, troubles: Sequence[SeawallError]
) -> SeawallError:
    """Make one error of what all mirrors said; absent is only what all say is."""
    if not troubles:
        return RefusedSuiteError(
            f"{archive.name} has no mirror that was asked for {_show(key)}",
            cause="suite.inconsistent",
        )
    real = [error for error in troubles if not isinstance(error, AbsentError)]
    chosen = next((e for e in real if e.retryable), (real or list(troubles))[0])
    if len(troubles) == 1:
        return chosen
    summed = copy(chosen)
    summed.args = ("; ".join(str(error) for error in troubles),)
    return summed


def _date(candidate: Candidate) -> float:
    return candidate.release.date


def _show(key: NameKey) -> str:
    return suite_directory(key) or "the flat suite"
