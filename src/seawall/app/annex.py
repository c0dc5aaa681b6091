"""The archives' part of the house: built beside the registries', on the same ground."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seawall.app.meters import Figure
from seawall.app.telemetry import Telemetry
from seawall.doors.archive.archives import Archive, ArchiveOptions, KnownArchives
from seawall.doors.archive.authority import Office
from seawall.doors.archive.contents import ContentDesk
from seawall.doors.archive.door import ArchiveDoor, Desks
from seawall.doors.archive.files import SuiteFiles
from seawall.doors.archive.generations import Generations
from seawall.doors.archive.indexes.indexing import Indexing, Shelves
from seawall.doors.archive.indexes.lookup import Packages
from seawall.doors.archive.indexes.pathfinder import Tables
from seawall.doors.archive.indexes.wanted import Wanted
from seawall.doors.archive.names import SuiteNames
from seawall.doors.archive.passing import Passing
from seawall.doors.archive.releases import ReleaseDesk
from seawall.doors.archive.showing.report import Report
from seawall.doors.archive.showing.whereabouts import Whereabouts
from seawall.doors.archive.suites.remembering import Notes
from seawall.kit.chores import Chores
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.roles import Blobs
from seawall.supply.documents import Documents
from seawall.supply.pullthrough import PullThrough
from seawall.supply.resolver import Resolver
from seawall.transfer.engine import Engine
from seawall.transfer.sources.place import Wire


@dataclass(frozen=True)
class Footing:
    """What the archives' part stands on, and shares with the rest of the house."""

    archives: KnownArchives
    blobs: Blobs
    catalog: Catalog
    documents: Documents
    engine: Engine
    contents: PullThrough
    resolver: Resolver
    clock: Clock
    telemetry: Telemetry
    via: str


@dataclass(frozen=True)
class Annex:
    """Every part that serves archives, built and connected."""

    archives: KnownArchives
    door: ArchiveDoor
    names: SuiteNames
    report: Report
    generations: Generations
    indexing: Indexing
    tables: Tables
    chores: Chores
    whereabouts: Whereabouts

    def figures(self) -> Iterator[Figure]:
        """Give the gauges of this moment, for `/metrics`."""
        for gauge in self.report.gauges():
            labels = {"archive": gauge.archive, "suite": gauge.suite}
            age = "Since a mirror last confirmed the suite."
            yield Figure("suite_age_seconds", age, gauge.age_s, labels)
            if gauge.valid_left_s is not None:
                left = "How long the suite may be believed yet; negative after that."
                yield Figure(
                    "suite_valid_seconds_left", left, gauge.valid_left_s, labels
                )

    def apply(
        self, archives: Mapping[str, ArchiveOptions], wire: Wire, *, offline: bool
    ) -> None:
        """Take over other archives, between two requests; what is kept stays."""
        self.archives.replace(build_archives(archives, wire), offline=offline)

    def forget(self, digest: Digest) -> None:
        """Drop what was read of a content, when it is removed from the store."""
        self.generations.forget(digest)
        self.tables.forget(digest)

    async def close(self) -> None:
        """Stop what goes on in the background."""
        await self.door.close()
        await self.chores.close()
        await self.indexing.close()
        self.tables.close()


def build_archives(
    archives: Mapping[str, ArchiveOptions], wire: Wire
) -> dict[str, Archive]:
    """Build every archive of the settings; nobody is asked anything."""
    return {name: Archive(options, wire) for name, options in archives.items()}


def build_annex(footing: Footing) -> Annex:
    """Build every part that serves archives; nobody is asked anything."""
    archives, catalog, clock = footing.archives, footing.catalog, footing.clock
    telemetry = footing.telemetry
    chores = Chores(telemetry.chore_failed)
    generations = Generations(catalog, footing.documents)
    tables = Tables(footing.blobs, footing.documents)
    wanted = Wanted(catalog, clock=clock)
    indexing = Indexing(
        Shelves(archives, footing.engine, footing.contents, generations, tables, clock),
        lambda _, error: telemetry.chore_failed(error),
    )
    roster = footing.engine.roster
    dates = Notes(catalog, "dates", clock=clock)
    office = Office(
        generations, indexing, wanted, clock, telemetry, chores, roster, dates
    )
    names = SuiteNames(archives, footing.resolver, office)
    files = SuiteFiles(names, generations)
    packages = Packages(generations, indexing, tables, wanted)
    desks = Desks(
        archives=archives,
        releases=ReleaseDesk(archives, names, generations, wanted, roster, clock),
        files=files,
        packages=packages,
        contents=ContentDesk(archives, footing.contents, catalog, names, clock),
        passing=Passing(roster, clock=clock),
        indexing=indexing,
        wanted=wanted,
        clock=clock,
    )
    return Annex(
        archives=archives,
        door=ArchiveDoor(desks, via=footing.via),
        names=names,
        report=Report(archives, generations, names, clock),
        generations=generations,
        indexing=indexing,
        tables=tables,
        chores=chores,
        whereabouts=Whereabouts(archives, office, files, packages),
    )
