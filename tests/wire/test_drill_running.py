"""A target that runs on from row to row: each row finds it as the first one did."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.e2e.processes import free_port

from seawall.drill import faults
from seawall.drill.playing.caller import open_reply
from seawall.drill.playing.play import OwnClient, Way, play
from seawall.drill.playing.puller import Attempt, Door, Puller
from seawall.drill.playing.score import Outcome, Row
from seawall.drill.playing.targets import Running
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.playbill import choose
from seawall.drill.upstream import ScriptedUpstream


def _make_way(*ports: int, at: int = 0, ready_s: float = 5) -> Way:
    """Make the origin the target: whoever is asked there gives the image."""
    url = f"http://127.0.0.1:{at or ports[-1]}/{{name}}"
    upstreams = tuple(("127.0.0.1", port) for port in ports)
    return Way(Running(url, upstreams, ready_s=ready_s), OwnClient(), "target")


async def _play(name: str, way: Way, room: Path) -> Row:
    return await play(choose([name])[0], way, Pace(100), seed="5eed", room=room)


async def test_it_is_drilled(tmp_path: Path) -> None:
    """The scripted source listens where the target's settings expect it."""
    way = _make_way(free_port())

    assert Outcome.PASSED is (await _play("calm", way, tmp_path)).outcome
    lied = await _play("wrong-byte-once", way, tmp_path)

    assert Outcome.FAILED is lied.outcome
    assert "wrong bytes were completed" in lied.reason


async def test_what_made_it_ready_is_not_counted(tmp_path: Path) -> None:
    """Before the row, the drill pulls something else to see that sources are asked."""
    row = await _play("calm", _make_way(free_port()), tmp_path)

    assert (5, 2, 1.0) == (row.spent.requests, row.spent.quota, row.share)


class _Looker(Puller):
    """Looks at a mirror before it pulls."""

    def __init__(self, mirror: int, seen: list[int], room: Path) -> None:
        super().__init__(room)
        self.mirror, self.seen = mirror, seen

    async def attempt(self, door: Door) -> Attempt:
        """Ask the mirror for the image that the pull is about."""
        url = f"http://127.0.0.1:{self.mirror}/v2/{door.repository}/manifests/1"
        async with open_reply(url) as reply:
            self.seen.append(reply.status)
        return await super().attempt(door)


async def test_a_mirror_that_is_not_in_the_scenario_is_well(tmp_path: Path) -> None:
    """It has nothing. Were it gone, the target would let it rest in the next row."""
    mirror, seen = free_port(), list[int]()
    target = _make_way(mirror, free_port()).target

    class Client(OwnClient):
        def begin(self, room: Path) -> Puller:
            return _Looker(mirror, seen, room)

    row = await _play("reset-in-manifest", Way(target, Client(), "x"), tmp_path)

    assert Outcome.PASSED is row.outcome
    assert {404} == set(seen)


async def test_a_target_that_is_not_there_fails_at_once(tmp_path: Path) -> None:
    """Nobody waits for it to take up its sources."""
    row = await _play("calm", _make_way(free_port(), at=free_port()), tmp_path)

    assert Outcome.FAILED is row.outcome
    assert "Connect call failed" in row.reason


@pytest.fixture
async def refuser() -> AsyncIterator[int]:
    """Start a target that answers 503 to everything, as if its sources rested."""
    async with ScriptedUpstream({}) as server:
        server.fail("*", faults.status(503))
        yield int(server.host.rpartition(":")[2])


async def test_a_target_that_lets_sources_rest_is_not_played(
    refuser: int, tmp_path: Path
) -> None:
    """What it does would be its answer to another row; that it did so is the reason."""
    way = _make_way(free_port(), at=refuser, ready_s=0.2)
    row = await _play("calm", way, tmp_path)

    assert (Outcome.FAILED, 0) == (row.outcome, row.attempts)
    assert "which was well" in row.reason
    assert "503" in row.reason


async def test_a_port_that_is_taken_fails_the_row(tmp_path: Path) -> None:
    """It is said which one, and the next row is played."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    row = await _play("calm", _make_way(port), tmp_path)
    server.close()
    await server.wait_closed()

    assert Outcome.FAILED is row.outcome
    assert f"can listen at 127.0.0.1:{port}" in row.reason
