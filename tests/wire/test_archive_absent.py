"""What a 404 means: for the path that was asked for, and as long as it is so."""

import asyncio
import hashlib
from pathlib import Path

from tests.wire.halls import HELLO, NAME, Hall, Plan, open_hall

from seawall.drill import faults
from seawall.oci.digest import Digest
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
