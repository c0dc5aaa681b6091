"""How archives fare: mirrors, suites, how long they hold; for people and metrics."""

from collections.abc import Iterator
from dataclasses import dataclass

from seawall.doors.archive.archives import Archive, KnownArchives
from seawall.doors.archive.generations import Generations, Held, suite_key
from seawall.doors.archive.names import SuiteNames
from seawall.kit.clock import Clock
from seawall.kit.redact import redact_text, redact_url
from seawall.store.records import NameRecord

_DISTS = "dists/"


@dataclass(frozen=True, slots=True)
class MirrorView:
    """One mirror, and whether it answered well when it was last asked.

    Attributes:
        healthy: `None` if it was not asked since the start.
    """

    url: str
    healthy: bool | None


@dataclass(frozen=True, slots=True)
class SuiteView:
    """One suite, as it is served.

    Attributes:
        suite: As sources name it.
        date: When it was made, in epoch seconds.
        valid_until: When its word ends; `None` if it does not say.
        checked_at: When a mirror last confirmed it.
        signers: Fingerprints of those who signed it.
        generations: How many states of it are kept.
        indexes: How many of its indexes can be looked into.
        stale: Why it could not be confirmed; empty if it was.
    """

    suite: str
    date: float
    valid_until: float | None
    checked_at: float
    signers: tuple[str, ...]
    generations: int
    indexes: int
    stale: str


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """One archive.

    Attributes:
        notes: Keyrings of the machine that were passed over, and why.
    """

    name: str
    mirrors: tuple[MirrorView, ...]
    suites: tuple[SuiteView, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gauge:
    """One suite's figures of this moment.

    Attributes:
        valid_left_s: `None` if the suite does not say; negative after its end.
        age_s: Since a mirror last confirmed it.
    """

    archive: str
    suite: str
    valid_left_s: float | None
    age_s: float


@dataclass(frozen=True)
class Report:
    """Looks at archives; asks nobody."""

    archives: KnownArchives
    generations: Generations
    names: SuiteNames
    clock: Clock

    async def describe(self) -> tuple[ArchiveView, ...]:
        """Describe every archive, and every suite that is known of it."""
        return tuple([await self._describe(archive) for archive in self.archives])

    def gauges(self) -> Iterator[Gauge]:
        """Give the figures of all suites that were found or used since the start."""
        now = self.clock.now()
        for key, (record, held) in sorted(self.names.known.items()):
            generation = held.generation
            yield Gauge(
                key.repository.registry,
                show_suite(generation.directory),
                generation.left_s(now),
                max(now - record.checked_at, 0.0),
            )

    async def _describe(self, archive: Archive) -> ArchiveView:
        suites = []
        for directory in await self.generations.directories(archive):
            key = suite_key(archive, directory)
            record, held = await self.generations.current(key)
            if record is not None and held is not None:
                suites.append(await self._view(archive, record, held))
        mirrors = tuple(
            MirrorView(redact_url(url), archive.is_healthy(site))
            for url, site in zip(archive.options.mirrors, archive.mirrors, strict=True)
        )
        notes = tuple(map(redact_text, archive.keyrings.notes))
        return ArchiveView(archive.name, mirrors, tuple(suites), notes)

    async def _view(
        self, archive: Archive, record: NameRecord, held: Held
    ) -> SuiteView:
        generation = held.generation
        retained = await self.generations.retained(archive, generation.directory)
        return SuiteView(
            suite=show_suite(generation.directory),
            date=generation.date,
            valid_until=generation.valid_until,
            checked_at=record.checked_at,
            signers=generation.signers,
            generations=len(retained),
            indexes=len(generation.tables),
            stale=redact_text(self.names.why_stale.get(record.key, "")),
        )


def show_suite(directory: str) -> str:
    """Write a suite as sources name it.

    >>> show_suite("dists/bookworm"), show_suite("flat"), show_suite("")
    ('bookworm', 'flat/', './')
    """
    if directory.startswith(_DISTS):
        return directory.removeprefix(_DISTS)
    return f"{directory or '.'}/"
