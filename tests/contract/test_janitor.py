"""Room is made without breaking an image, and files find their rows."""

import asyncio
import threading
from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from seawall.errors import NotStoredError
from seawall.oci.digest import Digest
from seawall.oci.manifest import parse_manifest
from seawall.store.catalog import Catalog
from seawall.store.disk import DiskBlobs
from seawall.store.janitor import Janitor, JanitorOptions
from seawall.store.records import ContentRecord
from seawall.testing.clock import FakeClock
from seawall.testing.samples import Sample, random_blob, random_image, random_index


def store(sample: Sample, blobs: DiskBlobs, catalog: Catalog, *, used_at: float) -> int:
    """Store a sample as a pull would; give its bytes."""
    for digest, data in sample.contents.items():
        blobs.put(digest, data)
        row = ContentRecord(digest, len(data), None, used_at, used_at)
        if digest in sample.manifests:
            catalog.record_content(row, parse_manifest(data).references)
        else:
            catalog.record_content(row)
    return sum(map(len, sample.contents.values()))


def held(sample: Sample, blobs: DiskBlobs) -> int:
    """Say how many contents of a sample are stored."""
    return sum(blobs.find_size(digest) is not None for digest in sample.contents)


class SharedDevice(DiskBlobs):
    """A device that others fill: what is left on it is said here."""

    left_bytes = 0

    def free_bytes(self) -> int:
        """Say how much others left."""
        return self.left_bytes


def janitor_of(
    blobs: DiskBlobs,
    catalog: Catalog,
    clock: FakeClock,
    *,
    arriving: Collection[Digest] = (),
    **options: float,
) -> Janitor:
    """Make a janitor."""
    chosen = JanitorOptions(**({"keep_free_bytes": 0} | options))  # type: ignore[arg-type]
    return Janitor(blobs, catalog, chosen, clock=clock, arriving=lambda: arriving)


async def test_the_oldest_image_goes_whole(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """Making room takes an image with all that only it needs, rows and files."""
    old, new = random_index("old"), random_index("new")
    old_bytes = store(old, disk, catalog, used_at=1.0)
    store(new, disk, catalog, used_at=2.0)
    freed = await janitor_of(disk, catalog, clock).make_room(old_bytes)

    assert old_bytes == freed
    assert (0, len(new.contents)) == (held(old, disk), held(new, disk))
    assert set(old.contents) == await catalog.find_missing(list(old.contents))


async def test_hundreds_of_images_go_in_batches(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """Exactly the older ones go, however many batches that takes."""
    images = [random_image(number, layers=1, layer_bytes=10) for number in range(150)]
    for number, image in enumerate(images):
        store(image, disk, catalog, used_at=float(number))
    need = sum(len(data) for image in images[:100] for data in image.contents.values())
    await janitor_of(disk, catalog, clock).make_room(need)

    assert [0] * 100 == [held(image, disk) for image in images[:100]]
    assert [3] * 50 == [held(image, disk) for image in images[100:]]


async def test_what_arrives_is_spared(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """Neither what is arriving nor the index that needs it is taken."""
    index = random_index("old")
    store(index, disk, catalog, used_at=1.0)
    layer = index.blobs[0]
    janitor = janitor_of(disk, catalog, clock, arriving=[layer])
    freed = await janitor.make_room(1 << 30)

    assert freed == 0
    assert held(index, disk) == len(index.contents)


async def test_a_pinned_image_stays(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """A pin holds whatever is asked for."""
    image, other = random_image("pinned"), random_image("other")
    store(image, disk, catalog, used_at=1.0)
    store(other, disk, catalog, used_at=2.0)
    await catalog.pin(image.digest)
    await janitor_of(disk, catalog, clock).make_room(1 << 30)

    assert (len(image.contents), 0) == (held(image, disk), held(other, disk))


async def test_the_size_is_kept(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """A round brings the store below its size, and nothing goes while it is."""
    images = [random_image(number) for number in range(10)]
    sizes = [
        store(image, disk, catalog, used_at=float(at))
        for at, image in enumerate(images)
    ]
    janitor = janitor_of(disk, catalog, clock, max_size_bytes=sum(sizes) - 1)
    await janitor.tidy()
    once = await catalog.totals()
    await janitor.tidy()

    assert disk.find_size(images[0].digest) is None
    assert sum(sizes) * 0.8 < once.bytes < sum(sizes)
    assert once == await catalog.totals()


async def test_a_device_that_others_filled_takes_nothing(
    tmp_path: Path, catalog: Catalog, clock: FakeClock
) -> None:
    """Neither a round nor a content that would not fit gives up what is held."""
    shared = SharedDevice(tmp_path)
    image = random_image("held")
    held_bytes = store(image, shared, catalog, used_at=1.0)
    janitor = janitor_of(
        shared, catalog, clock, keep_free_bytes=1 << 20, max_size_bytes=1 << 30
    )
    await janitor.tidy()

    assert not await janitor.take_room(held_bytes + 1)
    assert len(image.contents) == held(image, shared)


async def test_a_content_beyond_the_size_takes_nothing(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """What could not be kept even alone makes nobody else go."""
    image = random_image("held")
    held_bytes = store(image, disk, catalog, used_at=1.0)
    janitor = janitor_of(disk, catalog, clock, max_size_bytes=2 * held_bytes)

    assert not await janitor.take_room(4 * held_bytes)
    assert len(image.contents) == held(image, disk)


async def test_no_more_goes_than_comes_in_its_place(
    tmp_path: Path, catalog: Catalog, clock: FakeClock
) -> None:
    """On a device that others filled, the oldest makes room for what is new."""
    shared = SharedDevice(tmp_path)
    old, new = random_image("old"), random_image("new")
    old_bytes = store(old, shared, catalog, used_at=1.0)
    store(new, shared, catalog, used_at=2.0)
    janitor = janitor_of(shared, catalog, clock, keep_free_bytes=1 << 40)

    assert await janitor.take_room(old_bytes)
    assert (0, len(new.contents)) == (held(old, shared), held(new, shared))


async def test_old_partials_go(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """What never finished arriving is not kept for ever."""
    digest, data = random_blob()
    partial = disk.open_partial(digest)
    partial.write(0, data[:10])
    partial.close()
    janitor = janitor_of(disk, catalog, clock, partial_max_age_s=-1e12)
    await janitor.tidy()

    assert list(disk.walk_partials()) == []


async def test_files_without_a_row_are_adopted(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """What a crash left unrecorded is known again, with what it needs."""
    image = random_image("stray")
    for digest, data in image.contents.items():
        disk.put(digest, data)
    adopted = await janitor_of(disk, catalog, clock, adopt_wait_s=0.0).adopt()
    manifest = await catalog.find_content(image.digest)
    roots = await catalog.oldest_roots(after=None, limit=9)

    assert len(image.contents) == adopted
    assert manifest is not None
    assert image.media_type == manifest.media_type
    assert [image.digest] == [root.digest for root in roots]


class WatchedBlobs(DiskBlobs):
    """A store that says when blobs are about to go."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.condemning = asyncio.Event()

    def condemn(self, digests: Iterable[Digest]) -> None:
        """Hide them, and say so."""
        super().condemn(digests)
        self.condemning.set()


async def test_what_comes_back_while_it_goes_stays(
    tmp_path: Path, catalog: Catalog, clock: FakeClock
) -> None:
    """A blob stored again between its row's and its file's end has both."""
    blobs = WatchedBlobs(tmp_path)
    (digest, data), (other, _) = random_blob(1), random_blob(2)
    for number in (1, 2):
        name, body = random_blob(number)
        blobs.put(name, body)
        at = float(number)
        catalog.record_content(ContentRecord(name, len(body), None, at, at))
    going = asyncio.ensure_future(janitor_of(blobs, catalog, clock).make_room(1))
    await blobs.condemning.wait()
    blobs.put(digest, data)
    await going
    row = await catalog.find_content(digest)

    assert len(data) == blobs.find_size(digest)
    assert row is not None
    assert blobs.find_size(other) is None


async def test_it_runs_until_told_to_stop(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """Adoption and tidying happen by themselves."""
    digest, data = random_blob()
    disk.put(digest, data)
    janitor = janitor_of(disk, catalog, clock)
    running = asyncio.ensure_future(janitor.run())
    while await catalog.find_content(digest) is None:
        clock.advance(1.0)
        await asyncio.sleep(0)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running


async def test_nothing_left_is_said_by_the_figure(
    disk: DiskBlobs, catalog: Catalog, clock: FakeClock
) -> None:
    """Asked for more than there is, it gives what there is."""
    digest, data = random_blob()
    disk.put(digest, data)
    catalog.record_content(ContentRecord(digest, len(data), None, 1.0, 1.0))
    janitor = janitor_of(disk, catalog, clock)

    assert len(data) == await janitor.make_room(1 << 40)
    assert await janitor.make_room(1) == 0
    with pytest.raises(NotStoredError):
        disk.open_blob(digest)


class SlowDevice(DiskBlobs):
    """A device that takes its time to say how much is left on it."""

    asked = threading.Event()
    answer = threading.Event()

    def free_bytes(self) -> int:
        """Say it when the test lets it."""
        self.asked.set()
        assert self.answer.wait(10)
        return 1 << 40


async def test_room_can_be_taken_while_it_is_measured(
    tmp_path: Path, catalog: Catalog, clock: FakeClock
) -> None:
    """A device that was not asked yet is not taken for a full one."""
    device = SlowDevice(tmp_path)
    janitor = janitor_of(device, catalog, clock, keep_free_bytes=1 << 30)
    tidying = asyncio.create_task(janitor.tidy())
    assert await asyncio.to_thread(device.asked.wait, 10)
    taking = asyncio.create_task(janitor.take_room(1000))
    await asyncio.sleep(0)
    device.answer.set()

    assert await taking
    await tidying
