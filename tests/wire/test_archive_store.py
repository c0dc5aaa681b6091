"""Archives and their store: restarts, offline, a full disk, losses, eviction."""

import time
from pathlib import Path

import pytest
from tests.wire.halls import (
    HELLO,
    IN_RELEASE,
    INDEX,
    LARGE,
    NAME,
    Got,
    Hall,
    Plan,
    open_hall,
)

from seawall.doors.archive.generations import suite_key
from seawall.drill import faults
from seawall.oci.digest import Digest
from seawall.testing.archives import SampleArchive
from seawall.testing.debs import SamplePackage

MORE = SamplePackage("more")
OFFLINE = Plan(settings={"offline": True})


def sample() -> SampleArchive:
    """Publish an archive."""
    archive = SampleArchive()
    archive.publish([HELLO, LARGE], date=time.time() - 3600)
    return archive


async def install(hall: Hall) -> list[Got]:
    """Do what a client does: update, then take a package."""
    return [*await hall.update(), await hall.ask(HELLO.pool_path)]


async def test_offline_serves_what_is_held(tmp_path: Path) -> None:
    """After a restart with nobody to ask, a client installs as before."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        before = await install(hall)
        await hall.settle()
    async with open_hall(tmp_path, archive, OFFLINE) as hall:
        got = await install(hall)
        absent = await hall.ask(LARGE.pool_path)
        unknown = await hall.ask("project/README")
        asked = len(hall.mirror.requests)

    assert [one.body for one in before] == [one.body for one in got]
    assert "unverified" not in got[2].told
    assert [503, 503] == [absent.status, unknown.status]
    assert "offline" in absent.phrase
    assert 0 == asked


async def test_an_interrupted_index_is_made_ready_later(tmp_path: Path) -> None:
    """A restart before an index was a table costs nothing but the time to make it."""
    archive = sample()
    for number in range(20):  # on a busy machine it may be ready before its end
        folder = tmp_path / str(number)
        folder.mkdir()
        async with open_hall(folder, archive) as hall:
            await hall.update()
            await hall.house.annex.indexing.close()
        async with open_hall(folder, archive, OFFLINE) as hall:
            annex = hall.house.annex
            held = await annex.generations.retained(
                annex.archives.find(NAME), "dists/stable"
            )
            tables = dict(held[0].generation.tables)
            path = f"/debian/{NAME}/{HELLO.pool_path}"
            head = await hall.ask_raw(path, method="HEAD")
        if not tables:
            break

    assert {} == tables
    # the package itself was never fetched: that it is known is what counts
    assert (200, str(len(HELLO.deb))) == (head.status, head.headers["content-length"])
    assert "unverified" not in head.told


@pytest.mark.parametrize("what", ["table", "index"])
async def test_what_is_lost_is_made_again(tmp_path: Path, what: str) -> None:
    """A table or an index that the disk lost is missed, and comes back."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
        await hall.settle()
        annex, house = hall.house.annex, hall.house
        held = await annex.generations.retained(
            annex.archives.find(NAME), "dists/stable"
        )
        parts = held[0].generation.tables if what == "table" else {}
        parts = parts or held[0].generation.indexes
        for part in parts.values():
            house.blobs.remove(part.digest)
            house.contents.forget(part.digest)
            annex.forget(part.digest)
        got = await install(hall)

    assert [200, 200, 200] == [one.status for one in got]
    assert "unverified" not in got[2].told


async def test_a_lost_suite_is_asked_for_again(tmp_path: Path) -> None:
    """Whatever of a suite's own files is gone, the next answer has it all again."""
    archive = sample()
    async with open_hall(tmp_path, archive, Plan(options={"fresh_s": 3600})) as hall:
        await hall.update()
        await hall.settle()
        annex, house = hall.house.annex, hall.house
        key = suite_key(annex.archives.find(NAME), "dists/stable")
        record, held = await annex.generations.current(key)
        assert record is not None
        assert record.digest is not None
        assert held is not None
        for digest in (record.digest, held.generation.files["InRelease"].digest):
            house.blobs.remove(digest)
            annex.forget(digest)
        got = await install(hall)

    assert [200, 200, 200] == [one.status for one in got]
    assert archive.files[IN_RELEASE] == got[0].body


FULL = Plan(settings={"max_size": 1})


async def test_a_full_disk_breaks_no_first_update(tmp_path: Path) -> None:
    """Where nothing can be kept, what is asked for is served all the same."""
    archive = sample()
    async with open_hall(tmp_path, archive, FULL) as hall:
        got = await install(hall)

    bodies = [archive.files[IN_RELEASE], archive.files[INDEX], HELLO.deb]
    assert [200, 200, 200] == [one.status for one in got]
    assert bodies == [one.body for one in got]


async def test_a_full_disk_leaves_the_last_generation(tmp_path: Path) -> None:
    """A suite that finds no room does not flip; the one before is served on."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        before = await install(hall)
        await hall.settle()
    async with open_hall(tmp_path, archive, FULL) as hall:
        hall.publish(HELLO, MORE)
        got = await install(hall)

    assert [one.body for one in before] == [one.body for one in got]
    assert "stale" in got[0].headers["warning"]
    assert "no room" in got[0].headers["warning"]


async def test_eviction_spares_what_is_served_now(tmp_path: Path) -> None:
    """Old generations and packages go when room is needed, the current suite stays."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await install(hall)
        await hall.settle()
        hall.publish(HELLO, MORE)
        await install(hall)
        await hall.settle()
        house, annex = hall.house, hall.house.annex
        await house.catalog.flush()
        freed = await house.janitor.make_room(10**9)
        held = await annex.generations.retained(
            annex.archives.find(NAME), "dists/stable"
        )
        hall.mirror.fail("*", faults.status(503))
        got = await hall.update()
        gone = await house.contents.find_stored(Digest.of(HELLO.deb))

    assert freed > 0
    assert 1 == len(held)
    assert [200, 200] == [one.status for one in got]
    assert archive.files[INDEX] == got[1].body
    assert gone is None
