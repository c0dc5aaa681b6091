"""The drill's own client: what it takes, what it refuses, and what it calls wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.playing.puller import Attempt, Door, Puller
from seawall.drill.playing.scene import Scene
from seawall.drill.playing.wares import TAG, Cargo
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.scenario import ORIGIN, Scenario, SourceSpec, Version

LAYER = "*/blobs/*"
ROOM = Path()


@asynccontextmanager
async def _stage(spec: SourceSpec = ORIGIN) -> AsyncIterator[Scene]:
    scenario = Scenario("x", "", (spec,))
    async with Scene(scenario, Pace(), Cargo("drill/x", "seed")) as scene:
        yield scene


def _door(scene: Scene, reference: str = TAG) -> Door:
    return Door(scene.origin.url, scene.cargo.name, reference)


def _digest(scene: Scene) -> str:
    return str(scene.cargo.image(Version.FIRST).digest)


@pytest.mark.parametrize(
    "spec",
    [ORIGIN, SourceSpec(tokens=True), SourceSpec(storage=True)],
    ids=["plain", "tokens", "storage"],
)
async def test_an_image_is_pulled(spec: SourceSpec) -> None:
    """With a token where one is wanted, and from where a redirect leads."""
    async with _stage(spec) as scene:
        pull = Puller(ROOM)

        assert Attempt(_digest(scene)) == await pull.attempt(_door(scene))
        assert [] == pull.wrong


async def test_an_image_is_pulled_by_digest() -> None:
    """The digest is what is checked then."""
    async with _stage() as scene:
        got = await Puller(ROOM).attempt(_door(scene, _digest(scene)))

        assert _digest(scene) == got.digest


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (LAYER, faults.corrupt(0)),
        (LAYER, faults.truncate(400)),
        (LAYER, faults.html()),
        ("*/manifests/sha256*", faults.corrupt(60)),
        ("*/manifests/1", faults.corrupt(60)),
        ("*/manifests/1", faults.html()),
        ("*/manifests/1", faults.body(b"{}")),
    ],
    ids=str,
)
async def test_what_is_whole_and_wrong_is_called_so(pattern: str, fault: Fault) -> None:
    """Nobody may complete such a body; the next attempt is a new one."""
    async with _stage() as scene:
        scene.origin.fail(pattern, fault, 1)
        pull = Puller(ROOM)
        first, second = [await pull.attempt(_door(scene)) for _ in range(2)]

        assert ("", 1) == (first.digest, len(pull.wrong))
        assert _digest(scene) == second.digest


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (LAYER, faults.cut(100)),
        (LAYER, faults.hang_up(100)),
        (LAYER, faults.wrong_length(7)),
        (LAYER, faults.status(503)),
        (LAYER, faults.reset()),
        (LAYER, faults.garbage()),
        ("*/manifests/*", faults.status(404)),
        ("*/manifests/*", faults.cut(10)),
        ("*", faults.reset()),
    ],
    ids=str,
)
async def test_what_fails_openly_is_no_lie(pattern: str, fault: Fault) -> None:
    """An error is an error: nothing was completed."""
    async with _stage() as scene:
        scene.origin.fail(pattern, fault, 1)
        pull = Puller(ROOM)
        first = await pull.attempt(_door(scene))

        assert ("", []) == (first.digest, pull.wrong)
        assert first.error


async def test_what_was_verified_is_kept() -> None:
    """A later attempt asks only for what is missing."""
    async with _stage() as scene:
        layer = max(scene.cargo.image(Version.FIRST).contents.items(), key=_size)[0]
        late, cut = faults.late(0.3), faults.cut(100)  # the others have come by then
        both = Fault("both", lambda asked, it: cut.alter(asked, late.alter(asked, it)))
        scene.origin.fail(f"*{layer}", both, 1)
        pull = Puller(ROOM)
        await pull.attempt(_door(scene))
        await pull.attempt(_door(scene))

        assert 2 == scene.origin.count(f"*{layer}")
        assert 4 == scene.origin.count(LAYER)


def _size(item: tuple[object, bytes]) -> int:
    return len(item[1])


async def test_a_wait_that_is_asked_for_is_passed_on() -> None:
    """Whoever plays may honour it between two attempts."""
    async with _stage() as scene:
        scene.origin.fail("*", faults.status(429, retry_after=7, message="slow"))
        got = await Puller(ROOM).attempt(_door(scene))

        assert 7.0 == got.wait_s
        assert "429" in got.error
        assert "slow" in got.error


async def test_a_token_server_that_fails_is_said() -> None:
    """With its status."""
    async with _stage(SourceSpec(tokens=True)) as scene:
        scene.origin.fail("/token", faults.status(500))

        assert "500" in (await Puller(ROOM).attempt(_door(scene))).error


async def test_nobody_there_is_said() -> None:
    """A refused connection is an error like others."""
    async with _stage() as scene:
        door = _door(scene)
        await scene.origin.stop()

        assert "onnect" in (await Puller(ROOM).attempt(door)).error
