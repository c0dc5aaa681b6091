"""Suites by name: what each means now, looked after before anybody has to wait."""

from dataclasses import dataclass

from seawall.doors.archive.archives import Archive, KnownArchives
from seawall.doors.archive.authority import ArchiveAuthority, Office
from seawall.doors.archive.generations import Held, suite_key
from seawall.errors import RefusedSuiteError, SeawallError
from seawall.store.records import NameKey, NameRecord
from seawall.supply.resolver import Answer, Resolver

_SOON_S = 10.0
_LOOK_S = 60.0
_IN_USE_S = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Named:
    """What a suite's name means now: how that is known, and the generation itself."""

    answer: Answer
    held: Held


class SuiteNames:
    """Resolves the names of suites; one question at a time goes out for each.

    Attributes:
        known: What each suite was found to be.
        why_stale: For each suite that could not be confirmed, why.
    """

    def __init__(
        self, archives: KnownArchives, resolver: Resolver, office: Office
    ) -> None:
        self.known: dict[NameKey, tuple[NameRecord, Held]] = {}
        self.why_stale: dict[NameKey, str] = {}
        self._archives = archives
        self._resolver = resolver
        self._office = office
        self._asked_at: dict[NameKey, float] = {}

    async def resolve(
        self,
        archive: Archive,
        directory: str,
        *,
        refresh: bool = False,
        thorough: bool = False,
    ) -> Named:
        """Say what a suite is now (invariant 4).

        Args:
            archive: Whose suite.
            directory: Where it is.
            refresh: Ask even if the last answer is fresh.
            thorough: Ask all mirrors, and take the newest word.

        Raises:
            AbsentError: No mirror has such a suite.
            SeawallError: No mirror has one that may be served, and none is known.
        """
        key = suite_key(archive, directory)
        authority = ArchiveAuthority(archive, self._office, thorough=thorough)
        for again in (False, True):
            answer = await self._resolver.resolve(
                authority,
                key,
                offline=self._archives.offline,
                refresh=refresh or again,
            )
            if refresh or again:
                self._asked_at[key] = self._office.clock.monotonic()
            held = await self._office.generations.find(answer.digest)
            if held is not None:
                self._office.generations.note(archive, directory)
                self.known[key] = answer.record, held
                self._note(key, answer.error)
                return Named(answer, held)
        raise RefusedSuiteError(
            f"what is known of {directory or '.'} of {archive.name} cannot be read any"
            " more, and no mirror could be asked anew",
            cause="suite.inconsistent",
        )

    async def refresh_now(self, archive: Archive, directory: str) -> bool:
        """Ask about a suite that seems to have changed; say if that was worth it.

        It is asked about once in ten seconds at most.
        """
        key = suite_key(archive, directory)
        asked_at = self._asked_at.get(key)
        if asked_at is not None and self._office.clock.monotonic() - asked_at < _SOON_S:
            return False
        self._asked_at[key] = self._office.clock.monotonic()
        try:
            await self.resolve(archive, directory, refresh=True)
        except SeawallError:
            return False  # the mirrors' troubles are told where they are met
        return True

    def refresh_soon(self, archive: Archive, directory: str) -> None:
        """Ask about a suite in the background."""
        self._office.chores.start(self.refresh_now(archive, directory))

    async def run(self) -> None:
        """Look after the suites in use, until cancelled."""
        for archive in self._archives:
            for directory in await self._office.generations.directories(archive):
                key = suite_key(archive, directory)
                record, held = await self._office.generations.current(key)
                if record is not None and held is not None:
                    self.known.setdefault(key, (record, held))
        while True:
            await self._office.clock.sleep(_LOOK_S)
            if self._archives.offline:
                continue
            for archive in self._archives:
                for directory in await self._office.generations.directories(archive):
                    await self._look_after(archive, directory)

    async def _look_after(self, archive: Archive, directory: str) -> None:
        key, now_s = suite_key(archive, directory), self._office.clock.monotonic()
        every_s = archive.options.refresh_s
        since_s = now_s - self._asked_at.setdefault(key, now_s)
        used = await self._office.wanted.paths(archive, directory, within_s=_IN_USE_S)
        if not every_s or since_s < every_s or not used:
            return
        self._asked_at[key] = now_s
        try:
            await self.resolve(archive, directory, refresh=True, thorough=True)
        except SeawallError as exc:
            self._note(key, exc)

    def _note(self, key: NameKey, error: SeawallError | None) -> None:
        if error is None:
            self.why_stale.pop(key, None)
        else:
            self.why_stale[key] = str(error)
