"""A source is asked no more, no more at once and no faster than the settings say."""

import asyncio

import pytest
from tests.wire.flights import HastyClock
from tests.wire.sources import ANY, BUSYBOX, PATH, Bench, open_bench

from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import OfflineError
from seawall.testing.samples import random_image
from seawall.transfer.sources.caps import CapOptions
from seawall.transfer.sources.registry import (
    RegistryAccess,
    RegistrySource,
    SourceOptions,
)
from seawall.transfer.sources.website import Site, SiteAccess, SiteOptions

IMAGE = random_image(1, layers=1, layer_bytes=1 << 20).tagged("1.0")
LAYER = max(IMAGE.contents, key=lambda digest: len(IMAGE.contents[digest]))
SIZE = len(IMAGE.contents[LAYER])


def capped(
    bench: Bench, upstream: ScriptedUpstream, caps: CapOptions
) -> RegistrySource:
    """Make a source with these bounds."""
    options = SourceOptions(upstream.url, caps=caps)
    return RegistrySource(options, RegistryAccess("docker.io"), bench.wire)


async def read(source: RegistrySource) -> int:
    """Read the layer."""
    async with source.open_blob(BUSYBOX, LAYER) as reply:
        return sum([len(chunk) async for chunk in reply.chunks()])


async def test_what_is_switched_off_is_not_asked() -> None:
    """Nothing at all is sent; the error says which switch it was."""
    async with open_bench() as bench, ScriptedUpstream({PATH: IMAGE}) as upstream:
        source = capped(bench, upstream, CapOptions(off=True))
        with pytest.raises(OfflineError, match="off = true"):
            await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert [] == upstream.requests


async def test_bodies_come_at_the_speed_that_is_granted() -> None:
    """A mebibyte at 128 KiB a second takes eight seconds; two take sixteen."""
    async with open_bench() as bench, ScriptedUpstream({PATH: IMAGE}) as upstream:
        bench.clock = HastyClock()
        source = capped(bench, upstream, CapOptions(bytes_per_s=128 * 1024))
        sizes = [await read(source), await read(source)]

    assert [SIZE, SIZE] == sizes
    assert 16.0 == pytest.approx(bench.clock.monotonic(), abs=0.5)


async def test_one_connection_is_kept_for_questions() -> None:
    """With two, a second body waits while a question does not."""
    async with open_bench() as bench, ScriptedUpstream({PATH: IMAGE}) as upstream:
        source = capped(bench, upstream, CapOptions(connections=2))
        async with source.open_blob(BUSYBOX, LAYER):
            second = asyncio.create_task(read(source))
            await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
            asked = upstream.count("GET */blobs/*")
        await second

    assert (1, 2) == (asked, upstream.count("GET */blobs/*"))


async def test_a_single_connection_serves_one_after_the_other() -> None:
    """Nothing overlaps, and nothing is stuck."""
    async with open_bench() as bench, ScriptedUpstream({PATH: IMAGE}) as upstream:
        upstream.fail("*/blobs/*", faults.slow(50_000_000))
        source = capped(bench, upstream, CapOptions(connections=1))
        sizes = await asyncio.gather(*(read(source) for _ in range(3)))

    assert [SIZE] * 3 == sizes


async def test_mirrors_of_an_archive_have_bounds_too() -> None:
    """Its bodies come at the speed that is granted, and not at all if it is off."""
    async with open_bench() as bench, ScriptedUpstream({PATH: IMAGE}) as upstream:
        bench.clock = HastyClock()
        slow, off = CapOptions(bytes_per_s=128 * 1024), CapOptions(off=True)
        url = f"{upstream.url}/v2/{PATH}"
        sites = [
            Site(SiteOptions(url), SiteAccess("d", caps={url: caps}), bench.wire)
            for caps in (slow, off)
        ]
        async with sites[0].open(f"blobs/{LAYER}") as reply:
            size = sum([len(chunk) async for chunk in reply.chunks()])
        with pytest.raises(OfflineError, match="off = true"):
            await sites[1].get("pool/x", max_bytes=10)

    assert SIZE == size
    assert 8.0 == pytest.approx(bench.clock.monotonic(), abs=0.5)
    assert 1 == len(upstream.requests)
