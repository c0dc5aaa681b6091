"""An archive as the authority on its suites: mirrors are asked, one word is taken."""

from collections.abc import Sequence
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field, replace

import msgspec

from seawall.debian.indexes import find_index
from seawall.doors.archive.archives import Archive
from seawall.doors.archive.generations import Generations, Held, suite_directory
from seawall.doors.archive.indexes.gathering import Gathering, Missing, note_silence
from seawall.doors.archive.indexes.indexing import Indexing
from seawall.doors.archive.indexes.wanted import Wanted
from seawall.doors.archive.suites.acceptance import Verdict, judge_candidate
from seawall.doors.archive.suites.candidates import Candidate, Validators, ask_mirror
from seawall.doors.archive.suites.generation import MEDIA_TYPE, Generation
from seawall.doors.archive.suites.remembering import Notes
from seawall.doors.archive.suites.rounds import ask_in_turn
from seawall.errors import (
    AbsentError,
    RefusedSuiteError,
    SeawallError,
    StoreError,
)
from seawall.kit.chores import Chores
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.store.records import NameKey, NameRecord
from seawall.supply.freshness import FreshnessOptions
from seawall.supply.resolver import Found
from seawall.transfer.history.events import NameUnanswered, tell_trouble
from seawall.transfer.history.subject import Witness
from seawall.transfer.sources.website import Site
from seawall.transfer.standing.roster import Roster

_DATE = "date"


@dataclass
class Memory:
    """What is remembered of mirrors between two questions; lost at a restart.

    Attributes:
        validators: For each mirror and suite the text it had, and what it can be
            asked by whether it still has that.
        missing: Since when files that clients want are missing.
    """

    validators: dict[tuple[str, NameKey], tuple[str, Validators]] = field(
        default_factory=dict
    )
    missing: Missing = field(default_factory=lambda: Missing(1024))


@dataclass(frozen=True)
class Office:
    """What every archive's authority works with; one per process.

    Attributes:
        dates: Of the newest generation of each suite that was ever taken: its document
            may be lost, and nothing older may follow it all the same.
    """

    generations: Generations
    indexing: Indexing
    wanted: Wanted
    clock: Clock
    observer: Witness
    chores: Chores
    roster: Roster
    dates: Notes
    memory: Memory = field(default_factory=Memory)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a suite: the generation, or if it is lost, its date."""

    held: Held | None
    since: float = 0.0


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

    def deny(self, key: NameKey, *, gone: bool) -> str:
        """Say that there is no such suite."""
        text = f"{self.archive.name} has no suite {suite_directory(key) or './'}"
        if gone:
            return f"{text} any more: its mirrors say so"
        return (
            f"{text}: its mirrors said so a moment ago; if that is not what its name"
            " should be, correct it in apt's sources"
        )

    async def ask(self, key: NameKey, record: NameRecord | None) -> Found:
        """Ask the mirrors in order; what is new is complete before its name flips.

        Raises:
            AbsentError: Every mirror says that there is no such suite.
            SeawallError: No mirror has a suite that may be served: why.
        """
        del record  # it may have been supplemented since: what is known now counts
        roster = self.office.roster
        known = await self._recall(key)
        confirmed = ""
        troubles: list[SeawallError] = []
        newer: list[Candidate] = []  # what is left to be taken
        asking = ask_in_turn(
            self.archive.ranked(roster),
            lambda mirror: self._ask_mirror(mirror, key, known.held),
            on_silence=lambda mirror: note_silence(mirror, roster),
        )
        async with aclosing(asking) as answers:
            async for mirror, answer in answers:
                try:
                    candidate = await answer
                    self.archive.note(mirror, None, roster)
                    verdict = self._judge(key, candidate, known)
                    if candidate is None or verdict is Verdict.SAME:
                        confirmed = confirmed or mirror.label
                    elif candidate.text not in {one.text for one in newer}:
                        newer.append(candidate)
                        if not self.thorough:
                            return await self._take(key, candidate, known.held)
                except SeawallError as exc:
                    self._note_trouble(key, mirror, exc)
                    troubles.append(exc)
                if confirmed and not self.thorough:
                    break
        # With nothing else to serve, half a suite is better than none.
        lenient = known.held is None and not confirmed
        left = newer if self.thorough or lenient else []  # the others were tried
        for candidate in sorted(left, key=_date, reverse=True):
            try:
                return await self._take(key, candidate, known.held, lenient=lenient)
            except SeawallError as exc:
                self._note_trouble(key, None, exc)
                troubles.append(exc)
        if not confirmed:
            raise _sum_up(self.archive, key, troubles)
        return await self._confirm(key, confirmed)

    async def _recall(self, key: NameKey) -> _Known:
        """Give what is known: if only its date is, nothing older may follow."""
        record, held = await self.office.generations.current(key)
        if held is not None or record is None or record.digest is None:
            return _Known(held)
        dates = await self.office.dates.find(key.repository, suite_directory(key))
        return _Known(None, dates.get(_DATE, 0.0))

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
        label = self.label if mirror is None else mirror.label
        unanswered = NameUnanswered(label, tell_trouble(error))
        self.office.observer.happened(key, unanswered)
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
        self, key: NameKey, candidate: Candidate | None, known: _Known
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
            None if known.held is None else known.held.generation,
            directory=suite_directory(key),
            now=self.office.clock.now(),
            since=known.since,
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
        made = _make_generation(key, candidate, self._earlier(current))
        gathering = self._gathering(candidate, made, current)
        try:
            indexes = await gathering.gather(lenient=lenient)
            elsewhere = current is not None or len(self.archive.mirrors) > 1
            if elsewhere and not lenient and not any(map(find_index, indexes)):
                await gathering.look_for_index()
            tables = await gathering.tabulate(indexes, lenient=lenient)
            files = await generations.keep_files(self.archive, candidate.files)
            made = msgspec.structs.replace(
                made, files=files, indexes=indexes, tables=tables
            )
            held = await generations.keep(self.archive, made)
            await self.office.dates.update(
                self.archive.repository,
                made.directory,
                lambda known: {_DATE: max(made.date, known.get(_DATE, 0.0))},
            )
        except StoreError as exc:
            record, _ = await generations.current(key)
            if record is None or current is None:
                held = generations.imagine(made, candidate.files)
                record = self._record(key, held, candidate)
            return Found(record, exc)  # a full disk breaks no update
        async with generations.lock(key):
            self._tidy_later(key)
            return Found(self._record(key, held, candidate))

    def _gathering(
        self, candidate: Candidate, made: Generation, current: Held | None
    ) -> Gathering:
        office = self.office
        return Gathering(
            archive=self.archive,
            candidate=candidate,
            made=made,
            known=None if current is None else current.generation,
            indexing=office.indexing,
            wanted=office.wanted,
            roster=office.roster,
            clock=office.clock,
            missing=office.memory.missing,
        )

    def _earlier(self, current: Held | None) -> tuple[Digest, ...]:
        """Give the documents of the generations before a new one, newest first."""
        if current is None:
            return ()
        listed = (current.digest, *current.generation.earlier)
        return listed[: self.archive.options.generations - 1]

    def _record(self, key: NameKey, held: Held, candidate: Candidate) -> NameRecord:
        now = self.office.clock.now()
        size = len(held.generation.encode())
        return NameRecord(
            key, held.digest, MEDIA_TYPE, size, now, now, candidate.source
        )

    def _tidy_later(self, key: NameKey) -> None:
        tidying = self.office.generations.tidy(self.archive, suite_directory(key))
        self.office.chores.start(tidying)


def _make_generation(
    key: NameKey, candidate: Candidate, earlier: tuple[Digest, ...]
) -> Generation:
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
        earlier=earlier,
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
