"""Builds every part of the service from its settings, and takes it down again."""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from seawall.app.annex import Annex, Footing, build_annex, build_archives
from seawall.app.bookkeeping import quota_figures, recall_budgets, write_budgets
from seawall.app.meters import Figure
from seawall.app.telemetry import Telemetry, Tracing
from seawall.doors.archive.archives import KnownArchives
from seawall.doors.registry.supplies import Supplies
from seawall.errors import SettingsError
from seawall.kit.clock import Clock, SystemClock
from seawall.oci.digest import Digest
from seawall.settings.effective import RegistryOptions, Settings, TracingOptions
from seawall.store.catalog import Catalog
from seawall.store.datadir import DataDirectory, open_data_directory
from seawall.store.disk import DiskBlobs
from seawall.store.janitor import Janitor, JanitorOptions
from seawall.store.records import ContentRecord
from seawall.supply.documents import Documents
from seawall.supply.explaining.explanation import Explanation
from seawall.supply.explaining.inspection import Inspection
from seawall.supply.holdings import Holdings
from seawall.supply.images.inquiry import Inquiry
from seawall.supply.images.listings import Listings
from seawall.supply.images.manifests import Manifests
from seawall.supply.images.privacy import Privacy
from seawall.supply.images.registries import KnownRegistries, Registry
from seawall.supply.images.tags import Tags
from seawall.supply.images.warmup import Warmup
from seawall.supply.pullthrough import PullThrough
from seawall.supply.resolver import Resolver
from seawall.transfer.asker import Asker
from seawall.transfer.auth.tokens import Tokens
from seawall.transfer.budget.desk import Budget
from seawall.transfer.care.experiences import Experiences
from seawall.transfer.engine import Engine
from seawall.transfer.flight import Flight
from seawall.transfer.history.events import Event
from seawall.transfer.history.subject import Subject
from seawall.transfer.sources.place import Wire
from seawall.transfer.sources.registry import RegistrySource
from seawall.transfer.transport import Transport

_SHARE_OF_FREE = 0.8
_LEFT_FREE = 0.05  # of a small device; of a large one it is the janitor's default


@dataclass(frozen=True)
class House:
    """Every part of one process, built and connected."""

    settings: Settings
    data: DataDirectory
    clock: Clock
    telemetry: Telemetry
    blobs: DiskBlobs
    catalog: Catalog
    janitor: Janitor
    engine: Engine
    registries: KnownRegistries
    resolver: Resolver
    tags: Tags
    documents: Documents
    manifests: Manifests
    contents: PullThrough
    inquiry: Inquiry
    listings: Listings
    privacy: Privacy
    holdings: Holdings
    warmup: Warmup
    annex: Annex
    wire: Wire

    @property
    def supplies(self) -> Supplies:
        """What the registry's front asks."""
        return Supplies(
            self.registries,
            self.catalog,
            self.tags,
            self.manifests,
            self.contents,
            self.inquiry,
            self.listings,
            self.privacy,
            self.clock,
        )

    async def explain(self, words: Sequence[str], last: int) -> Explanation:
        """Explain an image, or a suite or file of an archive; asks nobody.

        Args:
            words: An image; or an archive, and a suite or a path of it.
            last: How many fetches and questions are told.

        Raises:
            InputError: It is none of these.
            NotStoredError: Nothing is known of it.
        """
        inspection = Inspection(
            self.holdings, self.resolver, self.wire.budget, self.telemetry.journal
        )
        if len(words) == 1:
            return await inspection.explain_image(words[0], last=last)
        sighting = await self.annex.whereabouts.sight(words[0], words[1])
        return await inspection.explain(sighting, last=last)

    def figures(self) -> Iterator[Figure]:
        """Give the gauges of this moment, for `/metrics`."""
        flights = self.engine.flights
        readers = sum(flight.readers for flight in flights)
        yield Figure("flights_active", "Contents arriving now.", len(flights))
        yield Figure("readers", "Readers of contents that are arriving.", readers)
        used = self.janitor.used_bytes
        yield Figure("store_bytes", "Bytes of blobs, partial ones too.", used)
        yield from quota_figures(self.wire.budget)
        yield from self.annex.figures()

    def apply(self, settings: Settings, *, offline: bool) -> None:
        """Take over other registries, between two requests; the store stays."""
        self.registries.replace(
            build_registries(settings, self.wire),
            default=settings.default_registry,
            offline=offline,
        )
        self.annex.apply(settings.archives, self.wire, offline=offline)


class _Record:
    """Writes down what flights bring: contents, and who has them."""

    def __init__(self, telemetry: Telemetry, catalog: Catalog, clock: Clock) -> None:
        self._telemetry = telemetry
        self._catalog = catalog
        self._clock = clock

    def flight_answered(self, flight: Flight) -> None:
        """A source of this repository has it."""
        self._catalog.record_link(flight.want.repository, flight.want.digest)

    def flight_stored(self, flight: Flight) -> None:
        """It is durable: from now on the catalog may name it."""
        now = self._clock.now()
        record = ContentRecord(
            flight.want.digest, flight.size or 0, None, stored_at=now, used_at=now
        )
        self._catalog.record_content(record)

    def happened(self, subject: Subject | None, event: Event) -> None:
        """Pass it on."""
        self._telemetry.happened(subject, event)


def build_registries(settings: Settings, wire: Wire) -> dict[str, Registry]:
    """Build every registry of the settings; nobody is asked anything."""
    return {
        name: _build_registry(name, options, wire)
        for name, options in settings.registries.items()
    }


def _build_registry(name: str, options: RegistryOptions, wire: Wire) -> Registry:
    last = len(options.sources) - 1
    sources = [
        RegistrySource(source, options.access, wire, is_origin=place == last)
        for place, source in enumerate(options.sources)
    ]
    return Registry(name, sources, options.freshness, options.has_credentials)


@asynccontextmanager
async def open_house(
    settings: Settings, *, offline: bool | None = None
) -> AsyncIterator[House]:
    """Open the data directory and build everything on it; asks nobody anything.

    Args:
        settings: What to build.
        offline: Overrides the settings' own word.

    Raises:
        StoreLockedError: Another process has the data directory.
        StoreError: It cannot be opened.
    """
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        data = stack.enter_context(open_data_directory(settings.data))
        blobs = DiskBlobs(data.root)
        catalog = await Catalog.open(data.catalog_path, clock=clock)
        stack.push_async_callback(catalog.close)
        telemetry = Telemetry(clock, access_log=settings.file.access_log)
        if settings.tracing is not None:
            telemetry.spans = stack.enter_context(
                _trace(settings.tracing, telemetry.spans_ended)
            )
        transport = Transport(settings.transport, clock)
        stack.push_async_callback(transport.close)
        experiences = Experiences()
        wire = Wire(
            transport,
            Tokens(transport, clock, on_spent=telemetry.spent, experiences=experiences),
            Budget(clock, jitter=random.random, on_withheld=telemetry.withheld),
            clock,
            telemetry.spent,
            experiences,
        )
        learnt = catalog.diary("experience")
        await experiences.restore(learnt, clock)
        stack.callback(lambda: experiences.keep(learnt, clock))
        diary = catalog.diary("budgets")
        await recall_budgets(wire.budget, diary, clock.now())
        stack.callback(lambda: write_budgets(wire.budget, diary, clock.now()))
        asks_nobody = settings.file.offline if offline is None else offline
        registries = KnownRegistries(
            build_registries(settings, wire),
            default=settings.default_registry,
            offline=asks_nobody,
        )
        archives = KnownArchives(
            build_archives(settings.archives, wire), offline=asks_nobody
        )
        ground = _Ground(
            settings, data, blobs, catalog, telemetry, wire, registries, archives
        )
        house = await _furnish(stack, ground)
        telemetry.watch(house.figures)
        yield house


def _trace(
    options: TracingOptions, on_ended: Callable[[str, int], None]
) -> AbstractContextManager[Tracing]:
    """Begin to make spans; what that needs is loaded here, and nowhere else."""
    try:
        from seawall.app.tracing.spans import open_spans  # noqa: PLC0415  slow, seldom
    except ModuleNotFoundError as exc:
        raise SettingsError(
            "tracing.endpoint is set, and what spans need is not installed:"
            " pip install 'seawall[tracing]', or set it to \"\""
        ) from exc
    return open_spans(options.endpoint, options.sample, on_ended)


@dataclass(frozen=True)
class _Ground:
    """What everything else stands on."""

    settings: Settings
    data: DataDirectory
    blobs: DiskBlobs
    catalog: Catalog
    telemetry: Telemetry
    wire: Wire
    registries: KnownRegistries
    archives: KnownArchives


async def _furnish(stack: AsyncExitStack, ground: _Ground) -> House:
    clock, blobs, catalog = ground.wire.clock, ground.blobs, ground.catalog
    telemetry, registries = ground.telemetry, ground.registries
    flying: list[Engine] = []
    janitor = await _make_janitor(ground, flying)
    engine = Engine(
        blobs,
        room=janitor.take_room,
        clock=clock,
        options=ground.settings.engine,
        observer=_Record(telemetry, catalog, clock),
    )
    flying.append(engine)
    stack.push_async_callback(engine.close)
    documents = Documents(blobs, catalog, room=janitor.take_room, clock=clock)
    manifests = Manifests(
        documents, catalog, Asker(engine.roster, clock, telemetry, engine.allowance)
    )
    stack.push_async_callback(manifests.close)
    contents = PullThrough(blobs, catalog, engine, clock=clock)
    stack.callback(contents.close)
    resolver = Resolver(catalog, clock=clock, observer=telemetry)
    stack.push_async_callback(resolver.close)
    tags = Tags(resolver, manifests, catalog, clock, telemetry)
    privacy = Privacy(catalog, clock=clock)
    stack.push_async_callback(privacy.close)
    annex = _build_annex(ground, documents, engine, contents, resolver)
    stack.push_async_callback(annex.close)

    def forget(digest: Digest) -> None:
        manifests.forget(digest)
        contents.forget(digest)
        annex.forget(digest)

    janitor.on_removed = forget
    return House(
        settings=ground.settings,
        data=ground.data,
        clock=clock,
        telemetry=telemetry,
        blobs=blobs,
        catalog=catalog,
        janitor=janitor,
        engine=engine,
        registries=registries,
        resolver=resolver,
        tags=tags,
        documents=documents,
        manifests=manifests,
        contents=contents,
        inquiry=Inquiry(catalog),
        listings=Listings(catalog, manifests, clock=clock),
        privacy=privacy,
        holdings=Holdings(
            blobs, catalog, janitor, engine, registries, tags, clock, forget
        ),
        warmup=Warmup(registries, tags, manifests, contents, engine, catalog),
        annex=annex,
        wire=ground.wire,
    )


def _build_annex(
    ground: _Ground,
    documents: Documents,
    engine: Engine,
    contents: PullThrough,
    resolver: Resolver,
) -> Annex:
    return build_annex(
        Footing(
            ground.archives,
            ground.blobs,
            ground.catalog,
            documents,
            engine,
            contents,
            resolver,
            ground.wire.clock,
            ground.telemetry,
            ground.wire.via,
        )
    )


async def _make_janitor(ground: _Ground, flying: Sequence[Engine]) -> Janitor:
    """Make the janitor, which spares what the engines (made later) bring."""

    def arriving() -> set[Digest]:
        return {f.want.digest for engine in flying for f in engine.flights}

    limit = ground.settings.max_bytes
    if limit is None:
        partials = await asyncio.to_thread(lambda: list(ground.blobs.walk_partials()))
        held = (await ground.catalog.totals()).bytes
        held += sum(partial.bytes_held for partial in partials)
        free = await asyncio.to_thread(ground.blobs.free_bytes)
        # A start on a disk that others filled gives nothing up.
        limit = max(held, int((free + held) * _SHARE_OF_FREE))
    options = JanitorOptions(max_size_bytes=limit)
    device = await asyncio.to_thread(shutil.disk_usage, ground.data.root)
    left = min(options.keep_free_bytes, int(device.total * _LEFT_FREE))
    return Janitor(
        ground.blobs,
        ground.catalog,
        replace(options, keep_free_bytes=left),
        clock=ground.wire.clock,
        arriving=arriving,
    )
