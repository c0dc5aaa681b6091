"""One content over several connections, where one connection is the limit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from tests.wire.flights import FLIGHT, REPOSITORY, Hangar, HastyClock, open_hangar
from tests.wire.sources import open_bench
from tests.wire.test_engine_faults import BLOBS, PATH, stock

from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.oci.digest import Digest
from seawall.testing.samples import random_bytes
from seawall.transfer.engine import EngineOptions
from seawall.transfer.flight import ContentSource, Want
from seawall.transfer.stripes import StripeOptions

MIB = 1024 * 1024
LARGE = random_bytes("large", 16 * MIB)
WANT = Want(REPOSITORY, Digest.of(LARGE), len(LARGE))
STRIPES = StripeOptions(
    least_bytes=MIB, least_s=0.5, piece_bytes=MIB // 2, epoch_s=0.15
)


@asynccontextmanager
async def throttled(
    root: Path, stripes: StripeOptions = STRIPES
) -> AsyncIterator[tuple[Hangar, ScriptedUpstream, ContentSource]]:
    """Open an engine above a source with 4 MiB/s for each connection."""
    options = EngineOptions(flight=replace(FLIGHT, stripes=stripes))
    async with (
        ScriptedUpstream({PATH: stock(LARGE)}, bytes_per_s=4 * MIB) as up,
        open_bench() as bench,
        open_hangar(root, clock=HastyClock(), options=options) as hangar,
    ):
        yield hangar, up, bench.source(up).content(REPOSITORY, WANT.digest)


async def time_fetch(hangar: Hangar, source: ContentSource) -> float:
    """Fetch it, see that it is right, and tell how long that took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    body = await hangar.fetch(source, want=WANT)
    took_s = loop.time() - began

    assert LARGE == body
    assert LARGE == hangar.stored(WANT.digest)
    return took_s


async def test_several_connections_are_faster(tmp_path: Path) -> None:
    """Four connections bring it in less than two thirds of the time of one."""
    async with throttled(tmp_path) as (hangar, up, source):
        took_s = await time_fetch(hangar, source)
        ranges = [request.range for request in up.requests if "blobs" in request.path]

    assert took_s < 4 * 2 / 3
    assert "" == ranges[0]
    assert 4 <= len(ranges) <= 16
    assert len(set(ranges)) == len(ranges)


async def test_it_can_be_turned_off(tmp_path: Path) -> None:
    """With one connection allowed, it comes over one."""
    async with throttled(tmp_path, StripeOptions(legs=1)) as (hangar, up, source):
        await time_fetch(hangar, source)

    assert 1 == up.count(BLOBS)


async def test_a_source_without_ranges_is_asked_once_more_only(tmp_path: Path) -> None:
    """Where parts cannot be had, it comes over one connection."""
    async with throttled(tmp_path) as (hangar, up, source):
        up.fail(BLOBS, faults.no_range())
        await time_fetch(hangar, source)

    assert 2 == up.count(BLOBS)


async def test_a_source_that_refuses_more_is_left_alone(tmp_path: Path) -> None:
    """A limit on connections ends the splitting, not the fetch."""
    async with throttled(tmp_path) as (hangar, up, source):
        up.fail(BLOBS, faults.status(429))
        up.fail(BLOBS, faults.header("X-First", "1"), times=1)
        took_s = await time_fetch(hangar, source)

    assert took_s < 6
