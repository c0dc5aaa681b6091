"""Warming from an upstream that behaves, and from one that does not."""

from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from tests.houses import opened

from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import WithheldError
from seawall.oci.descriptor import Platform
from seawall.supply.images.warmup import Report, Result, Step, Warmup, Wish
from seawall.testing.samples import random_image, random_index

INDEX = random_index(1).tagged("v1")
IMAGE = random_image(2, layers=3).tagged("v2")
LARGE = random_image(3, layers=1, layer_bytes=600_000).tagged("v3")
EVERYTHING = Wish()
AMD64 = Wish((Platform("linux", "amd64"),))
IMAGES = {"team/app": INDEX.joined(IMAGE, LARGE)}


async def _warm(warmup: Warmup, *images: str, wish: Wish = EVERYTHING) -> list[Report]:
    return [report async for report in warmup.warm(images, wish)]


def _ends(reports: list[Report]) -> dict[str, Report]:
    return {report.image: report for report in reports if report.step is Step.IMAGE}


async def test_a_warm_image_is_complete(tmp_path: Path) -> None:
    """After warming, everything of the image is held and each byte came once."""
    async with (
        ScriptedUpstream(IMAGES) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        ends = _ends(await _warm(house.warmup, "team/app:v1"))
        page = await house.holdings.list_names()
        gets = upstream.count("GET *")

    assert Result.FETCHED is ends["team/app:v1"].result
    assert 0 == page.names[0].missing_bytes
    assert len(INDEX.contents) == gets


async def test_only_the_wanted_platform_is_brought(tmp_path: Path) -> None:
    """Of an index, other platforms are left where they are."""
    async with (
        ScriptedUpstream(IMAGES) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        await _warm(house.warmup, "team/app:v1", wish=AMD64)
        page = await house.holdings.list_names()

    assert ("linux/amd64",) == page.names[0].platforms
    assert page.names[0].missing_bytes > 0


async def test_a_platform_that_is_not_there_is_told(tmp_path: Path) -> None:
    """An index without the wanted platform fails, and says which ones it has."""
    wish = Wish((Platform("linux", "s390x"),))
    async with (
        ScriptedUpstream(IMAGES) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        ends = _ends(await _warm(house.warmup, "team/app:v1", wish=wish))

    assert "linux/amd64, linux/arm64" in str(ends["team/app:v1"].error)


async def test_one_failure_stops_no_other(tmp_path: Path) -> None:
    """A tag that is gone and a blob that is wrong fail their images alone."""
    wrong = IMAGE.blobs[0]
    async with (
        ScriptedUpstream(IMAGES) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        upstream.fail(f"*/blobs/{wrong}", faults.corrupt(5))
        names = ("team/app:none", "team/app:v2", "team/app:v1")
        reports = await _warm(house.warmup, *names)
        held = house.blobs.find_size(wrong)

    ends = _ends(reports)
    assert [Result.FAILED, Result.FAILED, Result.FETCHED] == [
        ends[name].result for name in names
    ]
    causes = [
        report.error.cause.name
        for report in (ends["team/app:none"], ends["team/app:v2"])
        if report.error and report.error.cause
    ]
    assert ["not_found.tag", "content.digest_mismatch"] == causes
    assert held is None


async def test_progress_grows_up_to_the_size(tmp_path: Path) -> None:
    """A slow content reports how far it is, from whom, and then that it is here."""
    layer = max(LARGE.blobs, key=lambda digest: len(LARGE.contents[digest]))
    async with (
        ScriptedUpstream(IMAGES, bytes_per_s=600_000) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        reports = await _warm(house.warmup, "team/app:v3")
        host = upstream.host

    steps = [r for r in reports if r.digest == layer]
    counts = [r.arrived_bytes for r in steps]
    assert sorted(counts) == counts
    assert (len(LARGE.contents[layer]), host) == (counts[-1], steps[-1].source)
    assert any(0 < count < counts[-1] for count in counts)


async def test_who_stops_listening_stops_it(tmp_path: Path) -> None:
    """No task of the warming outlives its listener."""
    async with (
        ScriptedUpstream(IMAGES, bytes_per_s=50_000) as upstream,
        opened(tmp_path, upstream.url) as house,
        aclosing(house.warmup.warm(["team/app:v3"], EVERYTHING)) as reports,
    ):
        async for report in reports:
            if report.step is Step.ARRIVING:
                break

    assert Step.ARRIVING is report.step


async def test_an_image_is_warmed_by_digest(tmp_path: Path) -> None:
    """A digest needs no name, and is fetched as it is."""
    image = f"team/app@{IMAGE.digest}"
    async with (
        ScriptedUpstream(IMAGES) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        ends = _ends(await _warm(house.warmup, image))
        tree = (await house.holdings.show(str(IMAGE.digest))).tree

    assert Result.FETCHED is ends[image].result
    assert tree.is_whole


async def test_what_is_warm_stays_warm_without_its_origin(tmp_path: Path) -> None:
    """What was warmed needs nobody the second time."""
    async with (
        ScriptedUpstream(IMAGES) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        await _warm(house.warmup, "team/app:v2")
        house.registries.offline = True
        reports = await _warm(house.warmup, "team/app:v2")

    assert Result.HELD is _ends(reports)["team/app:v2"].result


async def test_warming_stops_before_clients_have_to(tmp_path: Path) -> None:
    """With half of a quota left, no more is warmed, and the error says when."""
    told = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "50;w=21600"}
    half = faults.Fault("half", lambda _, a: replace(a, headers={**a.headers, **told}))
    async with (
        ScriptedUpstream(IMAGES) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        upstream.fail("*/manifests/*", half)
        await _warm(house.warmup, "team/app:v2")
        ends = _ends(await _warm(house.warmup, "team/app:v3"))
        gets = upstream.count("GET */manifests/*")

    error = ends["team/app:v3"].error
    assert 1 == gets
    assert isinstance(error, WithheldError)
    assert "kept for those who wait" in str(error)
    assert 200 < (error.wait_s or 0) <= 216
