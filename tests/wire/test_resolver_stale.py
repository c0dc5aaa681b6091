"""Names while their origin is not well: answered still, and saying why."""

import asyncio
from pathlib import Path

import pytest
from tests.wire.flights import until
from tests.wire.supplies import BUSYBOX, MANIFESTS, TAG, Supply, open_supply

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.errors import (
    AbsentError,
    OfflineError,
    RateLimitedError,
    UnauthorizedError,
    UnreachableError,
    UpstreamError,
)
from seawall.oci.mediatypes import Kind
from seawall.store.records import NameKey
from seawall.supply.resolver import Outcome
from seawall.testing.samples import random_image

OLD = random_image(1).tagged("1.0", "2.0")
NEW = random_image(2).tagged("1.0")
OTHER = NameKey(BUSYBOX, "2.0", Kind.INDEX)
HEADS = f"HEAD {MANIFESTS}"

TROUBLE = {
    "429": faults.status(429),
    "503": faults.status(503),
    "500": faults.status(500),
    "html": faults.html(),
    "html 404": faults.html(404),
    "type": faults.header("Content-Type", "image/png"),
    "reset": faults.reset(),
    "hang": faults.hang(),
    "garbage": faults.garbage(),
    "403": faults.status(403),
    "401": faults.status(401),
    "redirect": faults.redirect("http://10.0.0.1/"),
}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE.keys())
async def test_the_last_answer_stands_in(tmp_path: Path, fault: Fault) -> None:
    """Whatever the origin answers, or not, the name is answered, and says why."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.upstream.fail(MANIFESTS, fault)
        supply.clock.advance(1000)
        answer = await supply.resolve()

    assert (Outcome.STALE, OLD.digest) == (answer.outcome, answer.digest)
    assert (1000, -700) == (answer.age_s, answer.ttl_s)
    assert isinstance(answer.error, UpstreamError)
    assert answer.error.cause is not None


async def test_nobody_there(tmp_path: Path) -> None:
    """An upstream that is gone altogether stops no name, up to 30 days."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        await supply.upstream.stop()
        supply.clock.advance(29 * 86400)
        answer = await supply.resolve()
        supply.clock.advance(2 * 86400)
        with pytest.raises(UnreachableError):
            await supply.resolve()

    assert Outcome.STALE == answer.outcome


async def test_a_moved_tag_that_cannot_be_fetched(tmp_path: Path) -> None:
    """A tag moves only when its new content is here."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.upstream.put(BUSYBOX.path, NEW)
        supply.upstream.fail(f"GET {MANIFESTS}", faults.status(429))
        supply.clock.advance(301)
        answer = await supply.resolve()

    assert (Outcome.STALE, OLD.digest) == (answer.outcome, answer.digest)


async def test_a_hanging_origin_holds_nobody_long(tmp_path: Path) -> None:
    """A slow answer holds readers a moment; it counts for those who come later."""
    async with open_supply(tmp_path, OLD, hold_s=0.05) as supply:
        await supply.resolve()
        supply.registry.origin.patience = type(supply.registry.origin.patience)()
        supply.upstream.put(BUSYBOX.path, NEW)
        supply.upstream.fail(HEADS, faults.slow(1), times=1)
        supply.upstream.fail(
            f"GET {MANIFESTS}", faults.slow(len(NEW.body) * 5), times=1
        )
        supply.clock.advance(301)
        answer = await supply.resolve()
        await until(lambda: supply.names.changed)
        later = await supply.resolve()

    assert (Outcome.STALE, OLD.digest) == (answer.outcome, answer.digest)
    assert (Outcome.HIT, NEW.digest) == (later.outcome, later.digest)
    assert isinstance(answer.error, UnreachableError)
    assert "0.05 s" in str(answer.error)


async def test_the_hold_is_counted_once(tmp_path: Path) -> None:
    """Who comes while a question has been out for long does not wait at all."""
    async with open_supply(tmp_path, OLD, hold_s=20) as supply:
        await supply.resolve()
        supply.registry.origin.patience = type(supply.registry.origin.patience)()
        supply.upstream.fail(MANIFESTS, faults.hang())
        supply.clock.advance(301)
        first = asyncio.create_task(supply.resolve())
        await until(lambda: supply.upstream.count(HEADS))
        supply.clock.advance(20)
        async with asyncio.timeout(1):
            second = await supply.resolve()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    assert Outcome.STALE == second.outcome


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_private_names_end_soon(tmp_path: Path, status: int) -> None:
    """After 401 or 403, a private name is answered for ten minutes, and no longer."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.mark(private=True)
        supply.upstream.fail(MANIFESTS, faults.status(status))
        supply.clock.advance(590)
        answer = await supply.resolve()
        supply.clock.advance(20)
        with pytest.raises(UnauthorizedError):
            await supply.resolve()

    assert Outcome.STALE == answer.outcome


async def test_refused_public_names_live_on(tmp_path: Path) -> None:
    """An expired login empties nothing that everybody may have."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.mark(private=False)
        supply.upstream.fail(MANIFESTS, faults.status(401))
        supply.clock.advance(20 * 86400)
        answer = await supply.resolve()

    assert Outcome.STALE == answer.outcome


async def rested(supply: Supply, fault: Fault) -> int:
    """Let one name meet a fault, and count how often another one is asked about."""
    await supply.resolve()
    await supply.resolve(OTHER)
    supply.upstream.fail("*/manifests/1.0", fault)
    supply.clock.advance(301)
    await supply.resolve()
    return_to = supply.upstream.count("HEAD */manifests/2.0")
    answer = await supply.resolve(OTHER)
    if answer.outcome is Outcome.STALE:
        assert "1.0" not in str(answer.error).replace("127.0.0.1", "")
    return supply.upstream.count("HEAD */manifests/2.0") - return_to


async def test_a_registry_in_trouble_is_left_alone(tmp_path: Path) -> None:
    """For as long as it asked for, no other name bothers it, nor hears of this one."""
    async with open_supply(tmp_path, OLD) as supply:
        asked = await rested(supply, faults.status(429, retry_after=20))
        supply.clock.advance(21)
        answer = await supply.resolve(OTHER)

    assert 0 == asked
    assert Outcome.REVALIDATED == answer.outcome


async def test_one_broken_repository_rests_no_other(tmp_path: Path) -> None:
    """What is wrong with one name's answer makes no other name stale."""
    async with open_supply(tmp_path, OLD) as supply:
        asked = await rested(supply, faults.html())

    assert 1 == asked


async def test_offline_asks_nobody(tmp_path: Path) -> None:
    """Offline, what is known is answered, and what is not is refused."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
        supply.clock.advance(301)
        answer = await supply.resolve(offline=True)
        with pytest.raises(OfflineError):
            await supply.resolve(OTHER, offline=True)

    assert Outcome.STALE == answer.outcome
    assert 1 == len(supply.upstream.requests)


async def test_a_mirrors_word_counts_as_stale(tmp_path: Path) -> None:
    """If the origin cannot be asked, a mirror answers; nobody takes it for fresh."""
    async with open_supply(tmp_path, OLD, mirrored=OLD) as supply:
        supply.upstream.fail(MANIFESTS, faults.status(429))
        answer = await supply.resolve()
        record = await supply.record()

    assert (Outcome.STALE, OLD.digest) == (answer.outcome, answer.digest)
    assert answer.error is not None
    assert "rate_limit.dockerhub_abuse" == str(answer.error.cause)
    assert record is None


async def test_a_mirror_helps_when_the_last_answer_is_too_old(tmp_path: Path) -> None:
    """Beyond `stale_max` a mirror is better than nothing."""
    async with open_supply(tmp_path, OLD, mirrored=OLD) as supply:
        await supply.resolve()
        supply.upstream.fail(MANIFESTS, faults.status(503))
        supply.clock.advance(31 * 86400)
        answer = await supply.resolve()

    assert (Outcome.STALE, 0) == (answer.outcome, answer.age_s)


@pytest.mark.parametrize("down", [True, False])
async def test_a_mirrors_404_is_not_final(tmp_path: Path, *, down: bool) -> None:
    """A mirror that answers names, and lacks one, leaves the word to the origin."""
    async with open_supply(tmp_path, OLD, mirrored=NEW, names=True) as supply:
        supply.mirror.untag(BUSYBOX.path, "1.0")
        if down:
            supply.upstream.fail(MANIFESTS, faults.status(503))
            with pytest.raises(UpstreamError) as caught:
                await supply.resolve()
            assert not isinstance(caught.value, AbsentError)
        else:
            answer = await supply.resolve()
            assert OLD.digest == answer.digest


async def test_nothing_known_and_nobody_there(tmp_path: Path) -> None:
    """The first question of all gets the origin's own error."""
    async with open_supply(tmp_path, OLD) as supply:
        supply.upstream.fail(MANIFESTS, faults.status(429, retry_after=30))
        with pytest.raises(RateLimitedError) as caught:
            await supply.resolve(TAG)

    assert 30 == caught.value.wait_s


async def test_a_restart_forgets_no_name(tmp_path: Path) -> None:
    """What was known before a restart is known after it, with nobody there."""
    async with open_supply(tmp_path, OLD) as supply:
        await supply.resolve()
    async with open_supply(tmp_path, OLD) as supply:
        await supply.upstream.stop()
        supply.clock.advance(1000)
        answer = await supply.resolve()
        kept = await supply.manifests.find(answer.digest)

    assert Outcome.STALE == answer.outcome
    assert kept is not None
    assert OLD.body == kept.body
