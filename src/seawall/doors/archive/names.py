"""Suites by name: what each means now, looked after before anybody has to wait."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from seawall.doors.archive.archives import Archive, KnownArchives
from seawall.doors.archive.authority import ArchiveAuthority, Office
from seawall.doors.archive.generations import Held, suite_key
from seawall.errors import RefusedSuiteError, SeawallError
from seawall.store.records import NameKey, NameRecord
from seawall.supply.resolver import Answer, Resolver

_log = structlog.get_logger("seawall.archives")

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
        self._refreshing: dict[NameKey, asyncio.Task[bool]] = {}

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
            f" more, and cannot be had anew: {answer.error or 'nobody was asked'}",
            cause="suite.inconsistent",
        )

    async def refresh_now(self, archive: Archive, directory: str) -> bool:
        """Ask about a suite that seems to have changed; say if that was worth it.

        Who comes while it is being asked about waits for that answer; for ten seconds
        after it nobody is asked again.
        """
        key = suite_key(archive, directory)
        running = self._refreshing.get(key)
        if running is None:
            now_s, asked_at = self._office.clock.monotonic(), self._asked_at.get(key)
            if asked_at is not None and now_s - asked_at < _SOON_S:
                return False
            running = asyncio.create_task(self._refresh(archive, directory))
            self._refreshing[key] = running
            running.add_done_callback(lambda _: self._refreshing.pop(key, None))
        return await asyncio.shield(running)

    async def _refresh(self, archive: Archive, directory: str) -> bool:
        try:
            await self.resolve(archive, directory, refresh=True)
        except SeawallError:
            return False  # the mirrors' troubles are told where they are met
        finally:
            key = suite_key(archive, directory)
            self._asked_at[key] = self._office.clock.monotonic()
        return True

    def refresh_soon(self, archive: Archive, directory: str) -> None:
        """Ask about a suite in the background."""
        self._office.chores.start(self.refresh_now(archive, directory))

    async def run(self) -> None:
        """Look after the suites in use, until cancelled; nothing else ends it.

        What goes wrong with one suite is told, and the next one is looked after.
        """
        await self._go_round(self._recall)
        while True:
            await self._office.clock.sleep(_LOOK_S)
            if not self._archives.offline:
                await self._go_round(self._look_after)

    async def _go_round(self, visit: Callable[[Archive, str], Awaitable[None]]) -> None:
        for archive in self._archives:
            directories: Sequence[str] = ()
            with _told(archive, ""):
                directories = await self._office.generations.directories(archive)
            for directory in directories:
                with _told(archive, directory):
                    await visit(archive, directory)

    async def _recall(self, archive: Archive, directory: str) -> None:
        """Know a suite again that was known before the start."""
        key = suite_key(archive, directory)
        record, held = await self._office.generations.current(key)
        if record is not None and held is not None:
            self.known.setdefault(key, (record, held))

    async def _look_after(self, archive: Archive, directory: str) -> None:
        if not await self._office.wanted.paths(archive, directory):
            # nobody asked for it in weeks
            await self._office.generations.tidy(archive, directory, pinned=False)
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


@contextmanager
def _told(archive: Archive, directory: str) -> Iterator[None]:
    """Let nothing that goes wrong with one suite end the care for all of them."""
    log = _log.bind(archive=archive.name, suite=directory)
    try:
        yield
    except SeawallError as exc:
        log.warning("not looked after", error=str(exc))
    except Exception:
        log.exception("not looked after")  # a mistake, but not of the other suites
