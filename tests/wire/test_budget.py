"""Budgets on the wire: who asks, who waits, who is told to come back, and when."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.wire.sources import ANY, BUSYBOX, MAX_BYTES, PATH, Bench, open_bench
from tests.wire.supplies import TAG, open_supply

from seawall.drill import faults
from seawall.drill.metering import Allotment, MeteredUpstream
from seawall.errors import RateLimitedError
from seawall.store.records import NameKey
from seawall.supply.resolver import Outcome
from seawall.testing.samples import random_image
from seawall.transfer.auth.credentials import CredentialOptions
from seawall.transfer.budget.spending import Purpose, asked_for
from seawall.transfer.sources.place import Wire
from seawall.transfer.sources.registry import (
    RegistryAccess,
    RegistrySource,
    SourceOptions,
)

OLD = random_image(1, layers=1).tagged("1.0")
NEW = random_image(2, layers=1).tagged("1.0")
PASSWORDS = {"ann": "a-secret", "bob": "b-secret"}


def metered(bench: Bench, limit: int, *, window_s: float = 3600) -> MeteredUpstream:
    """Make an upstream that counts."""
    rule = Allotment(limit, window_s)
    return MeteredUpstream(
        {PATH: OLD}, rule, bench.clock.monotonic, passwords=PASSWORDS
    )


async def pull(source: RegistrySource) -> int:
    """Fetch a manifest."""
    reply = await source.get_manifest(BUSYBOX, "1.0", accept=ANY, max_bytes=MAX_BYTES)
    return len(reply.body)


async def test_a_spent_quota_is_not_asked() -> None:
    """The reply that said so was the last; nobody is refused upstream."""
    async with open_bench() as bench, metered(bench, 3) as upstream:
        source = bench.source(upstream)
        for _ in range(3):
            await pull(source)
        with pytest.raises(RateLimitedError) as caught:
            await pull(source)

        assert ({"": 3}, {}) == (upstream.pulled, upstream.refused)
    assert caught.value.wait_s is not None
    assert "its quota is spent" in str(caught.value)


async def test_a_crowd_spends_no_more_than_there_is() -> None:
    """Forty at once get what is left, whatever order replies come in."""
    async with open_bench() as bench, metered(bench, 20) as upstream:
        source = bench.source(upstream)
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
        done = await asyncio.gather(
            *(pull(source) for _ in range(40)), return_exceptions=True
        )

        assert ({"": 20}, {}) == (upstream.pulled, upstream.refused)
    assert 20 == sum(isinstance(one, RateLimitedError) for one in done)


async def test_a_new_window_is_noticed_by_looking() -> None:
    """A head, which is free, brings the news; then the manifest is fetched."""
    async with open_bench() as bench, metered(bench, 2, window_s=300) as upstream:
        source = bench.source(upstream)
        for _ in range(2):
            await pull(source)
        bench.clock.advance(310)
        await pull(source)

        assert 3 == upstream.pulled[""]
        assert {} == upstream.refused
        assert 1 == upstream.count("HEAD */manifests/*")


async def test_warming_leaves_what_clients_need() -> None:
    """Half of it is left: too little for what nobody waits for."""
    async with open_bench() as bench, metered(bench, 4) as upstream:
        source = bench.source(upstream)
        for _ in range(2):
            await pull(source)
        with asked_for(Purpose.REVALIDATION):
            await pull(source)
            with pytest.raises(RateLimitedError, match="kept for those who wait"):
                await pull(source)
        await pull(source)

        assert 4 == upstream.pulled[""]


async def test_the_account_with_more_left_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two accounts are spent evenly, and both to their end."""
    monkeypatch.setenv("ANN", PASSWORDS["ann"])
    monkeypatch.setenv("BOB", PASSWORDS["bob"])
    async with open_bench() as bench, metered(bench, 5) as upstream:
        options = tuple(
            CredentialOptions(username=name, password_env=name.upper())
            for name in ("ann", "bob")
        )
        wire = Wire(bench.transport, bench.tokens, bench.budget, bench.clock)
        access = RegistryAccess("docker.io", credentials=options)
        source = RegistrySource(SourceOptions(upstream.url), access, wire)
        for _ in range(10):
            await pull(source)
        with pytest.raises(RateLimitedError):
            await pull(source)

        assert ({"ann": 5, "bob": 5}, {}) == (upstream.pulled, upstream.refused)


async def test_a_refusal_is_a_pause_for_everybody() -> None:
    """Nobody else finds out by asking; afterwards one goes first."""
    async with open_bench() as bench, metered(bench, 100) as upstream:
        source = bench.source(upstream)
        upstream.fail("*/manifests/*", faults.status(429, retry_after=30))
        for _ in range(3):
            with pytest.raises(RateLimitedError) as caught:
                await pull(source)
            assert "rate_limit.dockerhub_abuse" == str(caught.value.cause)
        asked = upstream.count("GET */manifests/*")
        upstream.lift()
        bench.clock.advance(31)
        await pull(source)

        assert 1 == asked


async def test_names_are_stale_at_once_and_new_ones_are_told_to_wait(
    tmp_path: Path,
) -> None:
    """Out of budget, what is known is answered, and what is not gets an honest wait."""
    async with open_supply(tmp_path, OLD) as supply:
        upstream = supply.upstream
        await supply.resolve()
        upstream.fail("*/manifests/*", faults.header("RateLimit-Remaining", "0;w=3600"))
        upstream.put(PATH, NEW)
        supply.clock.advance(301)
        answers = [await supply.resolve() for _ in range(2)]
        gets = upstream.count("GET */manifests/*")

        assert [Outcome.STALE] * 2 == [answer.outcome for answer in answers]
        assert 1 == gets
        assert ["rate_limit.budget"] * 2 == [
            str(a.error.cause) for a in answers if a.error
        ]
        other = NameKey(TAG.repository, "2.0", TAG.kind)
        with pytest.raises(RateLimitedError) as caught:
            await supply.resolve(other)
        assert caught.value.wait_s is not None
        assert caught.value.wait_s >= 1


async def test_names_hold_longer_while_little_is_left(tmp_path: Path) -> None:
    """A tenth is left: five minutes become twenty-five, and nobody is asked."""
    told = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "10;w=21600"}
    async with open_supply(tmp_path, OLD) as supply:
        quota = faults.Fault(
            "quota", lambda _, a: replace(a, headers={**a.headers, **told})
        )
        supply.upstream.fail("*/manifests/*", quota)
        await supply.resolve()
        supply.clock.advance(301)
        late = [(await supply.resolve()).outcome]
        supply.clock.advance(1200)
        late.append((await supply.resolve()).outcome)
        asked = len(supply.upstream.requests)

    assert [Outcome.HIT, Outcome.REVALIDATED] == late
    assert 2 == asked


async def test_limits_behind_a_redirect_are_heeded() -> None:
    """Some registries only send clients on, manifests too; the limit is over there."""
    async with (
        open_bench() as bench,
        metered(bench, 9) as front,
        metered(bench, 9) as back,
    ):
        source = bench.source(front, redirects=(back.url,))
        target = f"{back.url}/v2/{PATH}/manifests/1.0"
        front.fail("*/manifests/*", faults.redirect(target))
        back.fail("*/manifests/*", faults.status(429, retry_after=60))
        for _ in range(2):
            with pytest.raises(RateLimitedError):
                await pull(source)

        assert 1 == back.count("GET */manifests/*")
