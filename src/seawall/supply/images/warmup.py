"""Brings images into the store before anybody asks for them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from seawall.errors import AbsentError, SeawallError, TooLargeError
from seawall.oci.descriptor import Descriptor, Platform
from seawall.oci.digest import Digest
from seawall.oci.manifest import parse_manifest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import (
    DOCKER_HUB,
    Reference,
    RepositoryName,
    parse_reference,
)
from seawall.store.catalog import Catalog
from seawall.store.records import NameKey
from seawall.supply.images.manifests import KeptManifest, Manifests
from seawall.supply.images.registries import KnownRegistries, Registry
from seawall.supply.images.tags import Tags
from seawall.supply.pullthrough import PullThrough
from seawall.transfer.budget.spending import Purpose, asked_for
from seawall.transfer.engine import Engine
from seawall.transfer.flight import Flight, Want

_LATEST = "latest"
_MAX_DEPTH = 8
_MAX_CONTENTS = 20_000
_QUEUED = 256


@dataclass(frozen=True, slots=True)
class WarmupOptions:
    """How much is done at once.

    Attributes:
        images: Names asked about at a time: one is mostly waiting.
        contents: Fetches at a time, of all images: a few fill any line, and leave
            room for pulls.
        report_s: How often a fetch says how far it is.
    """

    images: int = 4
    contents: int = 6
    report_s: float = 0.2


@dataclass(frozen=True, slots=True)
class Wish:
    """The platforms that are wanted of an index; none at all means every one."""

    platforms: tuple[Platform, ...] = ()

    def takes(self, platform: Platform | None) -> bool:
        """Whether an entry of an index is wanted; one without a platform always is."""
        if not self.platforms or platform is None:
            return True
        return any(wanted.matches(platform) for wanted in self.platforms)

    def __str__(self) -> str:
        """Name the platforms."""
        return ", ".join(map(str, self.platforms)) or "every platform"


class Step(StrEnum):
    """What a report is about."""

    RESOLVED = "resolved"  # the image's name means this digest
    PLANNED = "planned"  # the image needs this content, of this size
    ARRIVING = "arriving"  # so much of the content is here
    CONTENT = "content"  # the content is done with
    IMAGE = "image"  # the image is done with


class Result(StrEnum):
    """How a content or an image ended."""

    HELD = "held"  # the store had it
    FETCHED = "fetched"
    JOINED = "joined"  # somebody else's fetch brought it
    FOREIGN = "foreign"  # no registry has it; clients fetch it elsewhere
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that happened while images were brought in.

    Attributes:
        image: As it was asked for.
        digest: The content it is about; of an image, what its name means.
        arrived_bytes: What is here of it now; of an image, what was fetched.
        size: What it will be, if known.
        source: Who it comes from; empty for the store.
        result: How it ended, if it did.
        error: Why it failed; of a name, why its last answer had to do.
    """

    step: Step
    image: str
    digest: Digest | None = None
    arrived_bytes: int = 0
    size: int | None = None
    source: str = ""
    result: Result | None = None
    error: SeawallError | None = None


Tell = Callable[[Report], Awaitable[None]]


@dataclass(frozen=True)
class Warmup:
    """Fetches whole images through the same flights as pulls."""

    registries: KnownRegistries
    tags: Tags
    manifests: Manifests
    contents: PullThrough
    engine: Engine
    catalog: Catalog
    options: WarmupOptions = WarmupOptions()

    async def warm(
        self, images: Sequence[str], wish: Wish
    ) -> AsyncGenerator[Report, None]:
        """Bring in images, several at a time; one that fails stops no other.

        Whoever stops listening stops it; what is on its way still arrives.

        Yields:
            Reports as things happen; one `Step.IMAGE` for each image.
        """
        queue: asyncio.Queue[Report | None] = asyncio.Queue(_QUEUED)
        task = asyncio.create_task(self._warm_all(images, wish, queue))
        try:
            while (report := await queue.get()) is not None:
                yield report
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _warm_all(
        self,
        images: Sequence[str],
        wish: Wish,
        queue: asyncio.Queue[Report | None],
    ) -> None:
        line = iter(dict.fromkeys(images))
        slots = asyncio.Semaphore(self.options.contents)
        try:
            with asked_for(Purpose.WARMING):
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(self.options.images, len(images))):
                        group.create_task(self._work(line, wish, slots, queue.put))
        except ExceptionGroup:
            await queue.put(None)
            raise
        await queue.put(None)

    async def _work(
        self, line: Iterator[str], wish: Wish, slots: asyncio.Semaphore, tell: Tell
    ) -> None:
        for image in line:
            try:
                load = await self._start(image, wish, slots, tell)
                await load.bring()
            except SeawallError as exc:
                report = Report(Step.IMAGE, image, result=Result.FAILED, error=exc)
                await tell(report)

    async def _start(
        self, image: str, wish: Wish, slots: asyncio.Semaphore, tell: Tell
    ) -> "_Load":
        default = self.registries.default or DOCKER_HUB
        reference = parse_reference(image, default_registry=default)
        registry = self.registries.find(reference.repository.registry)
        digest, source, error = await self._resolve(registry, reference)
        await tell(Report(Step.RESOLVED, image, digest, source=source, error=error))
        place = _Place(image, registry, reference.repository, digest)
        return _Load(self, place, wish, slots, tell)

    async def _resolve(
        self, registry: Registry, reference: Reference
    ) -> tuple[Digest, str, SeawallError | None]:
        if reference.digest is not None:
            return reference.digest, "", None
        key = NameKey(reference.repository, reference.tag or _LATEST, Kind.INDEX)
        answer = await self.tags.resolve(registry, key, offline=self.registries.offline)
        return answer.digest, answer.record.source, answer.error


@dataclass(frozen=True, slots=True)
class _Place:
    image: str
    registry: Registry
    repository: RepositoryName
    digest: Digest


class _Load:
    """One image on its way in."""

    def __init__(
        self,
        house: Warmup,
        place: _Place,
        wish: Wish,
        slots: asyncio.Semaphore,
        tell: Tell,
    ) -> None:
        self._house = house
        self._place = place
        self._wish = wish
        self._slots = slots
        self._image = place.image
        self._tell = tell
        self._wanted: dict[Digest, Descriptor] = {}
        self._fetched_bytes = 0
        self._failed: SeawallError | None = None

    async def bring(self) -> None:
        """Fetch the manifests, then all that they need.

        Raises:
            SeawallError: A manifest could not be had; a content's failure is told.
        """
        await self._collect(self._place.digest, depth=0)
        for part in self._wanted.values():
            await self._tell(
                Report(Step.PLANNED, self._image, part.digest, size=part.size)
            )
        async with asyncio.TaskGroup() as group:
            for part in self._wanted.values():
                await self._slots.acquire()
                task = group.create_task(self._bring_content(part))
                task.add_done_callback(lambda _: self._slots.release())
        result = Result.FETCHED if self._fetched_bytes else Result.HELD
        await self._tell(
            Report(
                Step.IMAGE,
                self._image,
                self._place.digest,
                arrived_bytes=self._fetched_bytes,
                result=Result.FAILED if self._failed else result,
                error=self._failed,
            )
        )

    async def _collect(self, digest: Digest, *, depth: int) -> None:
        kept = await self._find_manifest(digest)
        manifest = parse_manifest(kept.body, media_type=kept.media_type)
        needed = (manifest.config, *manifest.layers)
        self._wanted |= {part.digest: part for part in needed if part is not None}
        if len(self._wanted) > _MAX_CONTENTS:
            raise TooLargeError(
                f"{self._place.image} needs more than {_MAX_CONTENTS} contents"
            )
        children = [c for c in manifest.children if self._wish.takes(c.platform)]
        if manifest.children and not children:
            there = sorted({str(c.platform) for c in manifest.children})
            raise AbsentError(
                f"{self._place.image} is not there for {self._wish};"
                f" it is for {', '.join(there)}",
                cause="not_found.artifact",
            )
        for child in children if depth < _MAX_DEPTH else ():
            await self._collect(child.digest, depth=depth + 1)

    async def _find_manifest(self, digest: Digest) -> KeptManifest:
        kept = await self._house.manifests.find(digest)
        result = Result.HELD
        if kept is None:
            place = self._place
            self._house.registries.refuse_offline(place.repository, digest)
            kept = await self._house.manifests.fetch(
                place.registry, place.repository, digest
            )
            result = Result.FETCHED
            self._fetched_bytes += len(kept.body)
        size = len(kept.body)
        await self._tell(
            Report(
                Step.CONTENT,
                self._image,
                digest,
                arrived_bytes=size,
                size=size,
                result=result,
            )
        )
        return kept

    async def _bring_content(self, part: Descriptor) -> None:
        try:
            await self._fetch(part)
        except SeawallError as exc:
            self._failed = self._failed or exc
            await self._tell(
                Report(
                    Step.CONTENT,
                    self._image,
                    part.digest,
                    size=part.size,
                    result=Result.FAILED,
                    error=exc,
                )
            )

    async def _fetch(self, part: Descriptor) -> None:
        if await self._house.contents.find_stored(part.digest) is not None:
            self._house.catalog.touch(part.digest)
            await self._end(part, Result.HELD)
            return
        if part.is_foreign:
            await self._end(part, Result.FOREIGN)
            return
        place = self._place
        self._house.registries.refuse_offline(place.repository, part.digest)
        want = Want(place.repository, part.digest, part.size)
        sources = place.registry.sources_of(place.repository, part.digest)
        async with self._house.engine.board(want, sources, follows=False) as boarding:
            before = boarding.flight.arrived
            await self._follow(boarding.flight, part)
            self._fetched_bytes += part.size - before
            result = Result.JOINED if boarding.joined else Result.FETCHED
            await self._end(part, result, source=boarding.flight.source)

    async def _follow(self, flight: Flight, part: Descriptor) -> None:
        end = asyncio.create_task(flight.wait_finished())
        try:
            while not end.done():
                await self._tell(
                    Report(
                        Step.ARRIVING,
                        self._image,
                        part.digest,
                        arrived_bytes=flight.arrived,
                        size=part.size,
                        source=flight.source,
                    )
                )
                await asyncio.wait({end}, timeout=self._house.options.report_s)
        finally:
            end.cancel()
            await asyncio.gather(end, return_exceptions=True)
        end.result()

    async def _end(self, part: Descriptor, result: Result, source: str = "") -> None:
        arrived_bytes = 0 if result is Result.FOREIGN else part.size
        await self._tell(
            Report(
                Step.CONTENT,
                self._image,
                part.digest,
                arrived_bytes=arrived_bytes,
                size=part.size,
                source=source,
                result=result,
            )
        )
