"""A supply of names, contents and lists on a disk, above scripted upstreams."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.wire.flights import FLIGHT, HastyClock, Log
from tests.wire.sources import PATH, Bench, open_bench

from seawall.drill.gatekeeper import BasicAuth
from seawall.drill.stock import Contents
from seawall.drill.upstream import ScriptedUpstream
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.disk import DiskBlobs
from seawall.store.records import NameKey, NameRecord, RepositoryRecord
from seawall.supply.documents import Documents
from seawall.supply.freshness import FreshnessOptions
from seawall.supply.images.inquiry import Inquiry
from seawall.supply.images.listings import Listings
from seawall.supply.images.manifests import Manifests
from seawall.supply.images.privacy import Privacy
from seawall.supply.images.registries import Registry
from seawall.supply.images.tags import Tags
from seawall.supply.pullthrough import PullThrough
from seawall.supply.resolver import Answer, Resolver
from seawall.transfer.asker import Asker
from seawall.transfer.auth.credentials import CredentialOptions
from seawall.transfer.budget.desk import Budget
from seawall.transfer.engine import Engine, EngineOptions
from seawall.transfer.history import events
from seawall.transfer.history.events import Event
from seawall.transfer.history.subject import Subject

BUSYBOX = RepositoryName("docker.io", PATH)
TAG = NameKey(BUSYBOX, "1.0", Kind.INDEX)
MANIFESTS = "*/manifests/*"


class DatedClock(HastyClock):
    """A clock that can also be set back."""

    shift_s = 0.0

    def now(self) -> float:
        """Wall time."""
        return super().now() + self.shift_s


@dataclass
class Names:
    """What a resolver tells of."""

    failed: list[str] = field(default_factory=list)
    changed: list[tuple[Digest | None, Digest]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def happened(self, _: Subject | None, event: Event) -> None:
        """Note it, and what tests ask for most."""
        self.events.append(event)
        match event:
            case events.NameUnanswered(trouble=trouble):
                self.failed.append(trouble.cause)
            case events.NameChanged(was, now):
                self.changed.append((was, now))
            case _:
                pass


@dataclass
class _Ground:
    upstream: ScriptedUpstream
    mirror: ScriptedUpstream
    bench: Bench
    clock: DatedClock
    blobs: DiskBlobs
    catalog: Catalog


@dataclass
class Supply(_Ground):
    """Every part of a supply, and the upstreams below it."""

    documents: Documents
    manifests: Manifests
    resolver: Resolver
    tags: Tags
    contents: PullThrough
    inquiry: Inquiry
    engine: Engine
    listings: Listings
    privacy: Privacy
    registry: Registry
    names: Names
    log: Log
    room: list[bool]

    async def resolve(self, key: NameKey = TAG, **how: Any) -> Answer:
        """Ask what a name means."""
        options = {"offline": False} | how
        return await self.tags.resolve(self.registry, key, **options)

    def mark(self, *, private: bool | None) -> None:
        """Write down whether the repository is private."""
        self.catalog.record_repository(
            RepositoryRecord(BUSYBOX, private, self.clock.now())
        )

    async def record(self, key: NameKey = TAG) -> NameRecord | None:
        """Look up what the catalog says."""
        return await self.catalog.find_name(key)


@asynccontextmanager
async def open_supply(
    root: Path,
    contents: Contents,
    *,
    mirrored: Contents | None = None,
    names: bool = False,
    auth: BasicAuth | None = None,
    **rules: Any,
) -> AsyncIterator[Supply]:
    """Open a supply; with a mirror if it is given contents."""
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(
            ScriptedUpstream({PATH: contents}, auth)
        )
        mirror = await stack.enter_async_context(
            ScriptedUpstream({PATH: mirrored or contents})
        )
        bench = await stack.enter_async_context(open_bench())
        clock = DatedClock()
        bench.clock, bench.budget = clock, Budget(clock)
        blobs = DiskBlobs(root, sync=False)
        catalog = await Catalog.open(root / "catalog.sqlite", clock=clock)
        stack.push_async_callback(catalog.close)
        login = CredentialOptions(username="ann", password_env="ANN_SECRET")
        sources = [bench.source(upstream, credentials=login if auth else None)]
        if mirrored is not None:
            first = bench.source(mirror)
            first.is_origin, first.answers_names = False, names
            sources.insert(0, first)
        freshness = FreshnessOptions(**({"hold_s": 20} | rules))
        yield _furnish(
            stack,
            _Ground(upstream, mirror, bench, clock, blobs, catalog),
            Registry("docker.io", sources, freshness),
        )


def _furnish(stack: AsyncExitStack, ground: _Ground, registry: Registry) -> Supply:
    clock, blobs, catalog = ground.clock, ground.blobs, ground.catalog
    room, log, heard = [True], Log(), Names()

    async def take_room(_: int) -> bool:
        return room[0]

    engine = Engine(
        blobs,
        room=take_room,
        clock=clock,
        options=EngineOptions(flight=FLIGHT),
        observer=log,
    )
    stack.push_async_callback(engine.close)
    documents = Documents(blobs, catalog, room=take_room, clock=clock)
    manifests = Manifests(documents, catalog, Asker(engine.roster, clock, log))
    stack.push_async_callback(manifests.close)
    contents = PullThrough(blobs, catalog, engine, clock=clock)
    stack.callback(contents.close)
    resolver = Resolver(catalog, clock=clock, observer=heard)
    stack.push_async_callback(resolver.close)
    privacy = Privacy(catalog, clock=clock)
    stack.push_async_callback(privacy.close)
    return Supply(
        **vars(ground),
        documents=documents,
        manifests=manifests,
        resolver=resolver,
        tags=Tags(resolver, manifests, catalog, clock, heard),
        contents=contents,
        inquiry=Inquiry(catalog),
        engine=engine,
        listings=Listings(catalog, manifests, clock=clock),
        privacy=privacy,
        registry=registry,
        names=heard,
        log=log,
        room=room,
    )
