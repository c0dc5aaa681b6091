"""Names while their origin is well: fresh, revalidated, moved, gone."""

import asyncio
from pathlib import Path

import pytest
from tests.wire.supplies import BUSYBOX, MANIFESTS, TAG, open_supply

from seawall.drill import faults
from seawall.errors import AbsentError
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.store.records import NameKey
from seawall.supply.resolver import Outcome
from seawall.testing.samples import random_image

OLD = random_image(1).tagged("1.0")
NEW = random_image(2).tagged("1.0")


async def test_a_fresh_name_asks_nobody(tmp_path: Path) -> None:
    """Within its time, a name is answered from the catalog."""
    async with open_supply(tmp_path, OLD) as supply:
        first = await supply.resolve()
        supply.clock.advance(299)
        second = await supply.resolve()
        asked = [request.method for request in supply.upstream.requests]

    assert (Outcome.MISS, Outcome.HIT) == (first.outcome, second.outcome)
    assert OLD.digest == first.digest == second.digest
    assert (299, 1) == (second.age_s, second.ttl_s)
    assert ["GET"] == asked


async def test_an_unchanged_name_costs_a_head(tmp_path: Path) -> None:
    """After its time, HEAD renews the age; nothing is fetched again."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.clock.advance(301)
        answer = await supply.resolve()
        again = await supply.resolve()
        asked = [request.method for request in supply.upstream.requests]

    assert (Outcome.REVALIDATED, Outcome.HIT) == (answer.outcome, again.outcome)
    assert (0, 300) == (answer.age_s, answer.ttl_s)
    assert ["GET", "HEAD"] == asked


async def test_a_moved_tag_is_fetched_by_digest(tmp_path: Path) -> None:
    """A new digest is fetched by that digest, and its history kept."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.upstream.put(BUSYBOX.path, NEW)
        supply.clock.advance(301)
        answer = await supply.resolve()
        await supply.catalog.flush()
        history = [change.digest for change in await supply.catalog.history(TAG)]
        asked = [(r.method, r.path[-8:]) for r in supply.upstream.requests[1:]]

    assert NEW.digest == answer.digest
    assert [("HEAD", "ests/1.0"), ("GET", str(NEW.digest)[-8:])] == asked
    assert [(OLD.digest, NEW.digest)] == supply.names.changed
    assert [NEW.digest, OLD.digest] == history


async def test_no_digest_header(tmp_path: Path) -> None:
    """Where HEAD tells no digest, the bytes are fetched by tag and hashed."""
    async with open_supply(tmp_path, OLD, hold_s=5) as supply:
        await supply.resolve()
        supply.upstream.fail(MANIFESTS, faults.header("Docker-Content-Digest", None))
        supply.clock.advance(301)
        answer = await supply.resolve()
        asked = [request.method for request in supply.upstream.requests]

    assert (Outcome.REVALIDATED, OLD.digest) == (answer.outcome, answer.digest)
    assert ["GET", "HEAD", "GET"] == asked


async def test_a_registry_that_knows_tags_only(tmp_path: Path) -> None:
    """A registry that builds on demand, and has nothing by digest, is asked by tag."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.upstream.put(BUSYBOX.path, NEW)
        supply.upstream.fail(f"*/manifests/{NEW.digest}", faults.status(404))
        supply.clock.advance(301)
        answer = await supply.resolve()

    assert NEW.digest == answer.digest


@pytest.mark.parametrize("status", [405, 501])
async def test_a_registry_without_head(tmp_path: Path, status: int) -> None:
    """Where HEAD is not allowed, GET is used."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.upstream.fail(f"HEAD {MANIFESTS}", faults.status(status))
        supply.clock.advance(301)
        answer = await supply.resolve()

    assert Outcome.REVALIDATED == answer.outcome


async def test_fifty_ask_at_once(tmp_path: Path) -> None:
    """However many ask, one question is out, cold or for a renewal."""
    async with open_supply(tmp_path, OLD) as supply:
        cold = await asyncio.gather(*(supply.resolve() for _ in range(50)))
        supply.clock.advance(301)
        later = await asyncio.gather(*(supply.resolve() for _ in range(50)))
        asked = [request.method for request in supply.upstream.requests]

    assert {OLD.digest} == {answer.digest for answer in [*cold, *later]}
    assert ["GET", "HEAD"] == asked
    assert 49 == sum(answer.outcome is Outcome.COLLAPSED for answer in cold)


async def test_who_leaves_stops_no_question(tmp_path: Path) -> None:
    """The first to ask may go away; the others get their answer."""
    async with open_supply(tmp_path, OLD) as supply:
        first = asyncio.create_task(supply.resolve())
        await asyncio.sleep(0.001)
        second = asyncio.create_task(supply.resolve())
        await asyncio.sleep(0)
        first.cancel()
        answer = await second

    assert OLD.digest == answer.digest
    assert 1 == supply.upstream.count(MANIFESTS)


async def test_gone_is_an_answer(tmp_path: Path) -> None:
    """A tag that the origin deleted is gone, for half a minute without asking."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.upstream.untag(BUSYBOX.path, "1.0")
        supply.clock.advance(301)
        for _ in range(3):
            with pytest.raises(AbsentError):
                await supply.resolve()
        asked = supply.upstream.count(MANIFESTS)
        supply.upstream.tag(BUSYBOX.path, "1.0", OLD.digest)
        supply.clock.advance(31)
        answer = await supply.resolve()

    assert 2 == asked
    assert OLD.digest == answer.digest


async def test_deleted_tags_may_be_kept(tmp_path: Path) -> None:
    """With `keep_deleted`, a deleted tag means what it last meant, and says so."""
    async with open_supply(tmp_path, OLD, keep_deleted=True) as supply:
        await supply.resolve()
        supply.upstream.untag(BUSYBOX.path, "1.0")
        supply.clock.advance(301)
        answer = await supply.resolve()

    assert (Outcome.STALE, OLD.digest) == (answer.outcome, answer.digest)
    assert isinstance(answer.error, AbsentError)


async def test_a_clock_set_back_renews(tmp_path: Path) -> None:
    """An answer from the future is asked about again, be it a 404."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        with pytest.raises(AbsentError):
            await supply.resolve(NameKey(BUSYBOX, "2.0", Kind.INDEX))
        supply.upstream.tag(BUSYBOX.path, "2.0", OLD.digest)
        supply.clock.shift_s = -86400.0
        answer = await supply.resolve()
        other = await supply.resolve(NameKey(BUSYBOX, "2.0", Kind.INDEX))

    assert Outcome.REVALIDATED == answer.outcome
    assert OLD.digest == other.digest


async def test_immutable_tags_are_asked_once(tmp_path: Path) -> None:
    """A tag that never moves is not asked about again."""
    patterns = (r"^\d+\.\d+$",)
    async with open_supply(tmp_path, OLD, immutable_tags=patterns) as supply:
        await supply.resolve()
        supply.clock.advance(365 * 86400)
        answer = await supply.resolve()

    assert Outcome.HIT == answer.outcome


async def test_a_refresh_asks_now(tmp_path: Path) -> None:
    """Whoever wants it from the origin gets it, fresh or not."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.upstream.put(BUSYBOX.path, NEW)
        answer = await supply.resolve(refresh=True)

    assert NEW.digest == answer.digest


async def test_kinds_of_clients_have_names_of_their_own(tmp_path: Path) -> None:
    """What a client of indexes is told is no answer for one of manifests."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        await supply.resolve(NameKey(BUSYBOX, "1.0", Kind.MANIFEST))
        accepts = {request.accept for request in supply.upstream.requests}

    assert 2 == len(accepts)


async def test_a_name_outlives_its_manifest(tmp_path: Path) -> None:
    """A fresh name whose manifest was evicted is fetched again by digest."""
    async with open_supply(tmp_path, OLD) as supply:
        answer = await supply.resolve()
        supply.blobs.remove(answer.digest)
        supply.manifests.forget(answer.digest)
        found = await supply.manifests.find(answer.digest)
        kept = await supply.manifests.fetch(supply.registry, BUSYBOX, answer.digest)

    assert found is None
    assert OLD.body == kept.body


async def test_sha512_names(tmp_path: Path) -> None:
    """A tag may mean a SHA-512 digest."""
    sample = random_image(5, algorithm="sha512").tagged("1.0")
    async with open_supply(tmp_path, sample) as supply:
        answer = await supply.resolve()

    assert sample.digest == answer.digest
    assert "sha512" == Digest.parse(str(answer.digest)).algorithm
