"""Scripted sources in a scene: honest until the trouble begins, and counted."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from seawall.drill.exchange import Request
from seawall.drill.playing.caller import open_reply
from seawall.drill.playing.scene import Scene, make_nameless
from seawall.drill.playing.wares import TAG, Cargo
from seawall.drill.scenarios import effects
from seawall.drill.scenarios.mishap import BLOBS, LAYER, NAME, Asked, Mishap
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.scenario import (
    MIRRORED,
    ORIGIN,
    Address,
    Scenario,
    SourceSpec,
    Version,
)
from seawall.drill.upstream import REGISTRY, STORAGE
from seawall.errors import SeawallError, UnreachableError
from seawall.oci.digest import Digest

PACE = Pace(20)


@asynccontextmanager
async def _stage(
    *sources: SourceSpec, mishaps: tuple[Mishap, ...] = ()
) -> AsyncIterator[Scene]:
    scenario = Scenario("x", "", sources or (ORIGIN,), mishaps)
    async with Scene(scenario, PACE, Cargo("drill/x", "seed")) as scene:
        yield scene


async def _ask(scene: Scene, tail: str = f"manifests/{TAG}", place: int = 0) -> int:
    url = f"{scene.sources[place].url}/v2/{scene.cargo.name}/{tail}"
    async with open_reply(url) as reply:
        await reply.read(1 << 24)
        return reply.status


def _find(scene: Scene, asked: Asked) -> str:
    image = scene.cargo.image(Version.FIRST)
    return next(str(one) for one, kind in image.asked.items() if kind is asked)


async def test_nothing_goes_wrong_before_the_trouble() -> None:
    """What comes before, such as somebody else's pull, is undisturbed."""
    async with _stage(mishaps=(Mishap(effects.refuse(503)),)) as scene:
        before = await _ask(scene)
        await scene.begin_trouble()

        assert (200, 503) == (before, await _ask(scene))


async def test_a_mishap_hits_its_own_source_only() -> None:
    """The other one answers as ever."""
    ill = Mishap(effects.refuse(503), source=1)
    async with _stage(*MIRRORED, mishaps=(ill,)) as scene:
        await scene.begin_trouble()

        assert [200, 503] == [await _ask(scene, place=place) for place in (0, 1)]


async def test_mishaps_add_up() -> None:
    """A layer may be late, wrong and broken off, all at once."""
    late, wrong = effects.late(2), effects.corrupt(0)
    mishaps = tuple(Mishap(one, LAYER) for one in (late, wrong, effects.cut(5)))
    async with _stage(mishaps=mishaps) as scene:
        await scene.begin_trouble()
        digest = _find(scene, Asked.LAYER)
        path = f"/v2/{scene.cargo.name}/blobs/{digest}"
        answer = scene.origin.answer(REGISTRY, Request("GET", path, {}, {}))

        assert (1, 5, 0x1F ^ 0xFF) == (
            len(answer.halts),
            answer.cut_after,
            answer.body[0],
        )


async def test_time_begins_with_the_first_request() -> None:
    """A spell that nobody saw has not begun to pass."""
    ill = Mishap(effects.refuse(503), ends_s=4)
    async with _stage(mishaps=(ill,)) as scene:
        await scene.begin_trouble()
        await asyncio.sleep(0.3)
        first = await _ask(scene)
        await asyncio.sleep(0.3)

        assert (503, 200) == (first, await _ask(scene))


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        (REGISTRY, Asked.MANIFEST),
        (REGISTRY, Asked.CONFIG),
        (REGISTRY, Asked.SMALL),
        (REGISTRY, Asked.LAYER),
    ],
)
async def test_requests_are_told_apart(place: str, asked: Asked) -> None:
    """By what the digest in them is."""
    async with _stage() as scene:
        kind = "manifests" if asked is Asked.MANIFEST else "blobs"
        path = f"/v2/{scene.cargo.name}/{kind}/{_find(scene, asked)}"

        assert asked is scene.origin.classify(place, Request("GET", path, {}, {}))


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v2/", Asked.PING),
        ("/token", Asked.TOKEN),
        ("/v2/drill/x/manifests/1", Asked.NAME),
        ("/v2/drill/x/tags/list", Asked.OTHER),
        ("/v2/drill/x/blobs/sha256:" + "0" * 64, Asked.OTHER),
    ],
)
async def test_other_requests_are_told_apart(path: str, asked: Asked) -> None:
    """By their path."""
    async with _stage() as scene:
        assert asked is scene.origin.classify(REGISTRY, Request("GET", path, {}, {}))


async def test_the_way_to_a_blob_is_not_the_blob() -> None:
    """Behind a redirect, what befalls a layer befalls the storage's answer."""
    async with _stage(SourceSpec(storage=True)) as scene:
        digest = _find(scene, Asked.LAYER)
        asked = Request("GET", f"/v2/drill/x/blobs/{digest}", {}, {})
        stored = Request("GET", f"/drill/x/{digest}", {}, {})

        assert Asked.REDIRECT is scene.origin.classify(REGISTRY, asked)
        assert Asked.LAYER is scene.origin.classify(STORAGE, stored)


async def test_each_redirect_is_another_way() -> None:
    """So that one may expire and the next is good."""
    async with _stage(SourceSpec(storage=True)) as scene:
        path = f"/v2/drill/x/blobs/{_find(scene, Asked.LAYER)}"
        asked = Request("GET", path, {}, {})
        ways = {
            scene.origin.answer(REGISTRY, asked).headers["Location"] for _ in range(3)
        }

        assert 3 == len(ways)


@pytest.mark.parametrize("spec", [SourceSpec(absent=(0, 4)), SourceSpec(deaf=(0, 4))])
async def test_a_source_is_away_for_a_while(spec: SourceSpec) -> None:
    """From the beginning of the trouble, for as long as was said."""
    async with _stage(spec) as scene:
        await scene.begin_trouble()
        with pytest.raises((UnreachableError, TimeoutError)):
            await asyncio.wait_for(_ask(scene), 0.1)
        await asyncio.sleep(0.4)

        assert 200 == await _ask(scene)


async def test_a_source_leaves_in_mid_blob() -> None:
    """The connection breaks, no other comes about, and later all is well again."""
    ill = Mishap(effects.leave(1000, 4), LAYER, times=1)
    async with _stage(mishaps=(ill,)) as scene:
        await scene.begin_trouble()
        digest = _find(scene, Asked.LAYER)
        with pytest.raises(SeawallError):
            await _ask(scene, f"blobs/{digest}")
        with pytest.raises(UnreachableError):
            await _ask(scene)
        await asyncio.sleep(0.5)

        assert 200 == await _ask(scene, f"blobs/{digest}")


async def test_tokens_end_when_the_trouble_begins() -> None:
    """What a client got before is no good any more."""
    async with _stage(SourceSpec(tokens=True)) as scene:
        assert 401 == await _ask(scene)

        await scene.begin_trouble()

        assert 401 == await _ask(scene)


async def test_a_tag_moves_and_goes() -> None:
    """At every source."""
    async with _stage(*MIRRORED) as scene:
        await scene.move_tag()
        moved = {source.stock[scene.cargo.name].tags[TAG] for source in scene.sources}
        await scene.drop_tag()

        assert {scene.cargo.image(Version.SECOND).digest} == moved
        assert [404, 404] == [await _ask(scene, place=place) for place in (0, 1)]


async def test_a_stale_mirror_has_the_other_image() -> None:
    """And not the one that the origin has."""
    stale = SourceSpec(version=Version.SECOND)
    async with _stage(stale, ORIGIN) as scene:
        tail = f"blobs/{_find(scene, Asked.LAYER)}"

        assert [404, 200] == [await _ask(scene, tail, place) for place in (0, 1)]


async def test_what_is_spent_is_counted_from_the_mark() -> None:
    """Requests, bytes of bodies, and manifests that were given to a GET."""
    ill = Mishap(effects.refuse(429), NAME, times=1)
    async with _stage(mishaps=(ill,)) as scene:
        await _ask(scene)
        await scene.begin_trouble()
        scene.mark()
        layer = Digest.parse(_find(scene, Asked.LAYER))
        for tail in (f"manifests/{TAG}", f"manifests/{TAG}", f"blobs/{layer}"):
            await _ask(scene, tail)
        spent = scene.count()
        image = scene.cargo.image(Version.FIRST)
        least = sum(len(image.contents[one]) for one in (image.digest, layer))

        assert (3, 1) == (spent.requests, spent.quota)
        assert least <= spent.bytes < least + 500


async def test_a_slow_source_is_slow_at_every_pace() -> None:
    """Its speed is the scenario's, at the drill's pace."""
    async with _stage(SourceSpec(bytes_per_s=100_000)) as scene:
        began_s = time.monotonic()
        await _ask(scene, f"blobs/{_find(scene, Asked.SMALL)}")

        assert 0.2 < time.monotonic() - began_s < 1


async def test_the_slower_of_two_speeds_counts() -> None:
    """A throttled source that trickles trickles."""
    ill = Mishap(effects.trickle(30_000), BLOBS)
    async with _stage(SourceSpec(bytes_per_s=1000), mishaps=(ill,)) as scene:
        await scene.begin_trouble()
        path = f"/v2/drill/x/blobs/{_find(scene, Asked.LAYER)}"
        answer = scene.origin.answer(REGISTRY, Request("GET", path, {}, {}))

        assert 20_000 == answer.bytes_per_s


async def test_addresses_may_lead_nowhere() -> None:
    """To a name that does not exist, or to a port that fails every handshake."""
    nowhere, broken = (
        replace(ORIGIN, address=one) for one in (Address.NOWHERE, Address.BROKEN_TLS)
    )
    async with _stage(nowhere, broken, ORIGIN) as scene:
        urls = await scene.list_urls()

        assert [make_nameless(scene.sources[0].url), scene.origin.url] == urls[::2]
        assert urls[1].startswith("https://127.0.0.1:")
        with pytest.raises(UnreachableError):
            async with open_reply(urls[1]):
                pass
