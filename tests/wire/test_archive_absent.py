"""What a 404 means: for the path that was asked for, and as long as it is so."""

import asyncio
import hashlib
from pathlib import Path

from tests.wire.halls import HELLO, NAME, Hall, Plan, open_hall

from seawall.drill import faults
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.records import ContentRecord, RepositoryRecord
from seawall.testing.archives import SampleArchive

HELLO_BY_SUM = f"by-hash/SHA256/{hashlib.sha256(HELLO.deb).hexdigest()}"


def sample() -> SampleArchive:
    """Publish an archive."""
    archive = SampleArchive()
    archive.publish([HELLO])
    return archive


async def begin(hall: Hall) -> None:
    """Let a client update, so that packages can be looked up."""
    await hall.update()
    await hall.settle()


async def test_a_wrong_path_hides_no_package(tmp_path: Path) -> None:
    """Whoever asks for a sum where it never was takes it from nobody else."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        wrong = await hall.ask(f"nowhere/{HELLO_BY_SUM}")
        right = await hall.ask(HELLO.pool_path)

    assert [404, 200] == [wrong.status, right.status]
    assert HELLO.deb == right.body


async def test_what_came_since_is_given(tmp_path: Path) -> None:
    """A 404 of a moment ago is no answer when the content is here."""
    plan = Plan(options={"fresh_s": 3600})
    async with open_hall(tmp_path, sample(), plan) as hall:
        await begin(hall)
        hall.mirror.hide("*/pool/*")
        first = await hall.ask(HELLO.pool_path)
        await asyncio.to_thread(hall.house.blobs.put, Digest.of(HELLO.deb), HELLO.deb)
        second = await hall.ask(HELLO.pool_path)

    assert [404, 200] == [first.status, second.status]


async def test_who_joins_a_wrong_path_asks_at_the_right_one(tmp_path: Path) -> None:
    """A fetch that looks elsewhere may fail; that is not the last word on a content."""
    plan = Plan(options={"fresh_s": 3600})
    async with open_hall(tmp_path, sample(), plan) as hall:
        await begin(hall)
        hall.mirror.fail("*/nowhere/by-hash/*", faults.late(0.5))
        wrong = asyncio.create_task(hall.ask(f"nowhere/{HELLO_BY_SUM}"))
        await asyncio.sleep(0.1)
        right = await hall.ask(HELLO.pool_path)

    assert 404 == (await wrong).status
    assert (200, HELLO.deb) == (right.status, right.body)
    assert NAME in (await wrong).phrase


async def hide(hall: Hall, body: bytes) -> str:
    """Have a content here that came through somebody's private repository."""
    house, digest = hall.house, Digest.of(body)
    secret = RepositoryName("up.example", "secret")
    await asyncio.to_thread(house.blobs.put, digest, body)
    now = house.clock.now()
    house.catalog.record_content(
        ContentRecord(digest, len(body), None, stored_at=now, used_at=now)
    )
    house.catalog.record_link(secret, digest)
    house.catalog.record_repository(
        RepositoryRecord(secret, private=True, checked_at=now)
    )
    return digest.hex


async def test_nobody_learns_what_is_here_as_a_secret(tmp_path: Path) -> None:
    """Asked for by its sum from elsewhere, a private content is as absent as others."""
    async with open_hall(tmp_path, sample(), Plan(mirrors=2)) as hall:
        await begin(hall)
        sums = [await hide(hall, b"secret"), "1" * 64]
        paths = [f"dists/stable/main/by-hash/SHA256/{it}" for it in sums]
        got = [await hall.ask(path, client="192.0.2.7") for path in paths]

    told = [
        (one.status, one.phrase.replace(it, "SUM"), one.body.replace(it.encode(), b""))
        for one, it in zip(got, sums, strict=True)
    ]
    assert 404 == told[0][0]
    assert told[0] == told[1]


async def test_a_proof_is_shared_and_bounded(tmp_path: Path) -> None:
    """A crowd costs the mirror one answer, and a longer body is not read to its end."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        await hide(hall, HELLO.deb)
        crowd = await asyncio.gather(
            *(hall.ask(HELLO.pool_path, client="192.0.2.7") for _ in range(20))
        )
        asked = hall.mirror.count("*/pool/*")
        wrong = await hide(hall, b"short")
        path = f"dists/stable/main/by-hash/SHA256/{wrong}"
        hall.mirror.put({path: bytes(30_000_000)})
        longer = await hall.ask(path, client="192.0.2.7")
        spent = sum(r.spent_bytes for r in hall.mirror.requests if wrong in r.path)

    assert [(200, HELLO.deb)] * 20 == [(one.status, one.body) for one in crowd]
    assert 1 == asked
    assert longer.status >= 500
    assert spent < 10_000_000


async def test_made_up_paths_cost_little(tmp_path: Path) -> None:
    """A path that no suite has is asked about, but not in each of its directories."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        before = len(hall.mirror.requests)
        for path in ("dists/q/a/b/c/d/e/Packages", "x/a/b/c/d/e/Packages"):
            await hall.ask(path)
        asked = len(hall.mirror.requests) - before

    assert asked <= 8
