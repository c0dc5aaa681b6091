"""Real houses in a temporary directory, filled from samples, for several folders."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from seawall.app import serving
from seawall.app.compose import House, open_house
from seawall.doors.management import ManagementDoor
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.settings.effective import Settings, make_settings
from seawall.settings.loading import read_settings
from seawall.store.records import ContentRecord, NameKey, NameRecord
from seawall.testing.samples import Sample

REGISTRY = "drill.test"
APP = RepositoryName(REGISTRY, "team/app")


def write_settings(place: Path, url: str = "http://127.0.0.1:9") -> Path:
    """Write a settings file that knows one registry, and a data directory below."""
    path = place / "seawall.toml"
    path.write_text(
        "known_registries = false\nmachine_archives = false\n"
        f'data = "{place / "data"}"\n'
        f'[registries."{REGISTRY}"]\nsources = ["{url}"]\ndefault = true\n'
    )
    return path


def load_settings(path: Path) -> Settings:
    """Read a settings file as the command line does."""
    return make_settings(read_settings(path, environment={}), path)


async def fill(
    house: House,
    sample: Sample,
    *,
    repository: RepositoryName = APP,
    without: tuple[Digest, ...] = (),
) -> None:
    """Put a sample into the store with its tags, as if it had been pulled."""
    now = house.clock.now()
    for digest, body in sample.contents.items():
        if digest in without:
            continue
        media_type = sample.media_types[digest]
        if digest in sample.manifests:
            await house.manifests.keep(repository, digest, body, media_type, "a-test")
            continue
        await asyncio.to_thread(house.blobs.put, digest, body)
        record = ContentRecord(digest, len(body), None, stored_at=now, used_at=now)
        house.catalog.record_content(record)
        house.catalog.record_link(repository, digest)
    for tag, digest in sample.tags.items():
        key = NameKey(repository, tag, Kind.INDEX)
        media_type, size = sample.media_types[digest], len(sample.contents[digest])
        house.catalog.record_name(
            NameRecord(key, digest, media_type, size, now, now, "a-test")
        )
    await house.catalog.flush()


@asynccontextmanager
async def opened(place: Path, url: str = "http://127.0.0.1:9") -> AsyncIterator[House]:
    """Open a house on a settings file below this place."""
    async with open_house(load_settings(write_settings(place, url))) as house:
        yield house


@asynccontextmanager
async def managed(house: House) -> AsyncIterator[None]:
    """Serve a house's management door on its socket, as the service does."""
    door = ManagementDoor(house.holdings, house.warmup, explain=house.explain)
    server = serving.start_web(door.answer, house, house.settings.web)
    control = serving.bind_control(house.data.socket_path)
    task = asyncio.create_task(server.serve([control]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
        control.close()
