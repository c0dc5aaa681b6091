"""An archive as this door sees it: its mirrors in order, its rules, its addresses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seawall.doors.archive.forms import Addresses
from seawall.doors.archive.suites.acceptance import AcceptanceOptions
from seawall.doors.archive.suites.generation import write_instant
from seawall.doors.archive.suites.keyring import KeyringOptions, Keyrings
from seawall.errors import (
    OfflineError,
    SeawallError,
    UnknownArchiveError,
    UpstreamError,
)
from seawall.oci.reference import RepositoryName
from seawall.supply.freshness import FreshnessOptions
from seawall.transfer.flight import ContentSource
from seawall.transfer.sources.place import Wire
from seawall.transfer.sources.website import Site, SiteAccess, SiteOptions
from seawall.transfer.standing.roster import Roster

TIMESTAMP = "{timestamp}"
"""What stands in a snapshot's address for a moment."""

# Snapshots are taken some time after a suite was made, and what it names is there then.
_SNAPSHOT_LAG_S = 6 * 3600.0


@dataclass(frozen=True)
class ArchiveOptions:
    """One archive's options.

    Attributes:
        name: As in the paths that clients use.
        mirrors: Addresses where it can be read, in the order they are asked.
        aliases: More addresses by which clients may ask for it; they are not dialled.
        snapshot: Address of old states, with `{timestamp}` in it; empty for none.
        keyring: Whose signatures count.
        generations: How many states of a suite are kept.
        refresh_s: How often suites in use are looked after unasked; 0 for never.
        freshness: How long a suite's answer holds.
        acceptance: What a suite may say.
        access: How its mirrors are asked.
    """

    name: str
    mirrors: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    snapshot: str = ""
    keyring: KeyringOptions = field(default_factory=KeyringOptions)
    generations: int = 8
    refresh_s: float = 3600.0
    freshness: FreshnessOptions = field(default_factory=FreshnessOptions)
    acceptance: AcceptanceOptions = field(default_factory=AcceptanceOptions)
    access: SiteAccess = field(default_factory=lambda: SiteAccess("archive"))


@dataclass(frozen=True)
class Snapshot:
    """A place that keeps what mirrors have thrown away, by the moment it was there.

    Attributes:
        site: What comes before the moment in its address.
        rest: What comes after it.
    """

    site: Site
    rest: str

    def content(self, path: str, date: float) -> ContentSource:
        """Give the source of a file that was named at a moment."""
        moments = (write_instant(date + _SNAPSHOT_LAG_S), write_instant(date))
        places = [f"{moment}{self.rest}/{path}" for moment in moments]
        return self.site.content(places, path)


class Archive:
    """One logical archive, such as `debian`.

    Attributes:
        options: What the settings say of it.
        repository: Under which name the catalog has what belongs to it.
        mirrors: Where it can be read, in the settings' order.
        snapshot: Where old files can be read, if anywhere.
        keyrings: Whose signatures count.
    """

    def __init__(self, options: ArchiveOptions, wire: Wire) -> None:
        self.options = options
        self.repository = RepositoryName(options.name, "archive")
        access = options.access
        self.mirrors: Sequence[Site] = [
            Site(SiteOptions(url), access, wire) for url in options.mirrors
        ]
        self.snapshot: Snapshot | None = None
        if options.snapshot:
            lead, _, rest = options.snapshot.partition(TIMESTAMP)
            site = Site(SiteOptions(lead.rstrip("/")), access, wire)
            site.is_last_resort = True  # it bounds how often it is asked
            self.snapshot = Snapshot(site, rest.rstrip("/"))
        self.keyrings = Keyrings(options.keyring)
        self._failing: set[str] = set()

    @property
    def name(self) -> str:
        """As in the paths that clients use."""
        return self.options.name

    def ranked(self, roster: Roster) -> list[Site]:
        """List the mirrors as they are asked: those that fare badly last."""
        return [self.mirrors[place] for place in roster.rank(self.mirrors)]

    def note(self, mirror: Site, error: SeawallError | None, roster: Roster) -> None:
        """Remember how a mirror fared; what it refuses says nothing about it."""
        if error is None:
            roster.note_success(mirror)
            self._failing.discard(mirror.label)
        elif isinstance(error, UpstreamError) and error.retryable:
            roster.note_failure(mirror, error)
            self._failing.add(mirror.label)

    def is_healthy(self, mirror: Site) -> bool | None:
        """Whether a mirror answered well when it was last asked; `None` if never."""
        if mirror.label in self._failing:
            return False
        return True if mirror.healthy_at else None

    def contents(
        self, paths: Sequence[str], *, date: float | None = None
    ) -> list[ContentSource]:
        """Give the sources of one content: every mirror, and at last the snapshot.

        Args:
            paths: Where it may be, the best place first.
            date: When the suite was made that names it; `None` spares the snapshot.
        """
        what = f"{paths[-1]} of {self.name}"
        sources: list[ContentSource] = [m.content(paths, what) for m in self.mirrors]
        if self.snapshot is not None and date is not None:
            sources.append(self.snapshot.content(paths[-1], date))
        return sources


class KnownArchives:
    """The archives of the settings; replaced as a whole when they are reloaded."""

    def __init__(self, archives: Mapping[str, Archive], *, offline: bool) -> None:
        self.replace(archives, offline=offline)

    def replace(self, archives: Mapping[str, Archive], *, offline: bool) -> None:
        """Take over other settings, between two requests."""
        self._archives = dict(archives)
        self.offline = offline
        self.addresses = Addresses(
            {
                name: (*one.options.mirrors, *one.options.aliases)
                for name, one in archives.items()
            }
        )

    def __iter__(self) -> Iterator[Archive]:
        """Go through all of them, by name."""
        return iter([self._archives[name] for name in sorted(self._archives)])

    def find(self, name: str) -> Archive:
        """Return an archive.

        Raises:
            UnknownArchiveError: The settings do not know it; it is never dialled.
        """
        archive = self._archives.get(name)
        if archive is None:
            raise UnknownArchiveError(
                f"the settings know no archive {name!r};"
                " add [archives.NAME] to allow it"
            )
        return archive

    def refuse_offline(self, what: str) -> None:
        """Raise if nobody may be asked.

        Raises:
            OfflineError: The settings say so.
        """
        if self.offline:
            raise OfflineError(
                f"Seawall is offline by its settings, and has not stored {what}",
                cause="policy.offline",
            )
