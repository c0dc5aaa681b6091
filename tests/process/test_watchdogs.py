"""Clients' watchdogs outlive a silent upstream, through the real service.

The readers follow the rules of CRI-O and containerd as their code has them; they are
not those programs. Everything is five times as fast as in the field; `make watchdogs`
runs the same in real time: 10 and 20 s of patience, 60 s of silence.
"""

import asyncio
import functools
import os
from typing import Any

import pytest
from tests.process.conftest import REGISTRY, MakeWall, Wall

from seawall.drill import faults
from seawall.drill.watchdogs.containerd import TransferWatchdog
from seawall.drill.watchdogs.crio import CrioWatchdog
from seawall.drill.watchdogs.timekeeper import Watchdog
from seawall.drill.watchdogs.watched import Outcome, Watched
from seawall.testing.samples import Sample, random_image

SPEED = float(os.environ.get("SEAWALL_WATCHDOG_SPEED", "5"))
SILENCE_S = 60 / SPEED
CRIO_S, CONTAINERD_S = 10 / SPEED, 20 / SPEED
MIB = 1024 * 1024
LAYER_BYTES = 80 * MIB
CALM = {"cri_o_s": CRIO_S, "containerd_s": CONTAINERD_S, "hold_max": 120 / SPEED}
UNHELPED = {**CALM, "cri_o_s": 0, "containerd_s": 0}

pytestmark = pytest.mark.timeout(120 + 3 * SILENCE_S)


@functools.cache
def make_image() -> Sample:
    """Make the image once: it is large."""
    return random_image("watched", layers=1, layer_bytes=LAYER_BYTES)


def begin(make_wall: MakeWall, clients: dict[str, Any]) -> Wall:
    """Start a service whose only source falls silent in the middle of the layer."""
    image = make_image()
    patience = {"floor_s": 2 / SPEED, "ceiling_s": 120 / SPEED}
    wall = make_wall(image, clients=clients, registry={"patience": patience})
    assert 200 == wall.seawall.ask(wall.manifest()).status
    wall.upstream.fail("*/blobs/*", faults.blackout(LAYER_BYTES // 2, SILENCE_S))
    return wall


def pull(wall: Wall, *watchdogs: Watchdog) -> list[Outcome]:
    """Let clients with these watchdogs pull the layer at once."""
    url = f"http://{wall.seawall.host}/v2/{REGISTRY}/app/blobs/{wall.layer_digest}"
    blobs = {url: len(wall.layer_bytes)}

    async def run() -> list[Outcome]:
        return await asyncio.gather(*(Watched(w, blobs).pull() for w in watchdogs))

    return asyncio.run(run())


def pulses(wall: Wall, client: str) -> float:
    """Read the count of pulses that went to clients of a kind."""
    name = f'seawall_reserve_pulses_total{{client="{client}"}} '
    lines = wall.seawall.ask("/metrics").body.decode().splitlines()
    return sum(float(x.removeprefix(name)) for x in lines if x.startswith(name))


@pytest.mark.long
def test_watchdogs_outlive_a_silence(make_wall: MakeWall) -> None:
    """60 s without a byte of the only source: CRI-O and containerd live, and end well.

    One byte was fetched once, and each client was given what its own rule counts.
    """
    wall = begin(make_wall, CALM)
    outcomes = pull(wall, CrioWatchdog(CRIO_S), TransferWatchdog(CONTAINERD_S))
    bodies = [next(iter(outcome.bodies.values())) for outcome in outcomes]
    print([(o.died_after_s, o.error, o.longest_s) for o in outcomes])  # noqa: T201

    assert [(None, "")] * 2 == [(o.died_after_s, o.error) for o in outcomes]
    assert [True] * 2 == [body == wall.layer_bytes for body in bodies]
    assert pulses(wall, "cri-o") >= SILENCE_S / CRIO_S
    assert pulses(wall, "containerd") >= 2


@pytest.mark.long
def test_watchdogs_die_without_a_reserve(make_wall: MakeWall) -> None:
    """The same readers give up, each after its own time, if nothing was held back."""
    wall = begin(make_wall, UNHELPED)
    outcomes = pull(wall, CrioWatchdog(CRIO_S), TransferWatchdog(CONTAINERD_S))
    print([(o.died_after_s, o.error, o.longest_s) for o in outcomes])  # noqa: T201

    assert [True] * 2 == [o.died_after_s is not None for o in outcomes]
    assert 0 == pulses(wall, "cri-o") + pulses(wall, "containerd")


@pytest.mark.long
def test_no_silence_is_held_for_ever(make_wall: MakeWall) -> None:
    """After `hold_max` the answer is cut although its client is still alive."""
    wall = begin(make_wall, {**CALM, "hold_max": SILENCE_S / 3})
    outcome = pull(wall, CrioWatchdog(CRIO_S))[0]
    held = len(next(iter(outcome.bodies.values())))
    again = pull(wall, CrioWatchdog(CRIO_S))[0] if SPEED > 1 else None

    assert outcome.died_after_s is None
    assert "before its end" in outcome.error
    assert LAYER_BYTES // 2 - MIB < held <= LAYER_BYTES // 2
    assert again is None or again.died_after_s is None
