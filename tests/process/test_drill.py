"""The drill's managed targets: started, killed, filled up and moved in time."""

import os
from collections.abc import Mapping

import pytest

from seawall.drill.playing.lanes import find_obstacle
from seawall.drill.playing.managed import (
    SEAWALL,
    Kind,
    Managed,
    find_faketime,
    make_kind,
)
from seawall.drill.playing.play import OwnClient, Way
from seawall.drill.playing.score import Outcome, Row
from seawall.drill.playing.series import Series
from seawall.drill.playing.targets import Straight
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.playbill import choose

PLAYED, UNPLAYED = Outcome.PASSED, Outcome.NOT_RUN


async def _play(*names: str, kind: Kind = SEAWALL) -> Mapping[str, Row]:
    way = Way(Managed(kind), OwnClient(), kind.label)
    rows = await Series(Pace(20), at_once=2).play(choose(names), [way])
    return {row.scenario: row for row in rows}


@pytest.mark.long
async def test_a_target_is_killed_and_started() -> None:
    """In mid-blob, and where no name resolves; its data outlives that."""
    names = ("calm", "killed-in-mid-blob", "no-name-resolves-at-start-up")
    rows = await _play(*names)

    assert dict.fromkeys(names, PLAYED) == {n: rows[n].outcome for n in rows}


@pytest.mark.long
async def test_a_disk_is_filled() -> None:
    """A small one that was mounted for the purpose; else the row is not run."""
    row = (await _play("disk-full"))["disk-full"]

    assert (PLAYED if os.geteuid() == 0 else UNPLAYED) is row.outcome


@pytest.mark.long
async def test_a_clock_is_moved() -> None:
    """Where a library for that is there; else the row is not run."""
    row = (await _play("clock-on-while-gone"))["clock-on-while-gone"]

    assert (PLAYED if find_faketime() else UNPLAYED) is row.outcome


async def test_networks_of_their_own() -> None:
    """Where the machine allows namespaces; else the row is not run, and says why."""
    own = Way(Straight(), OwnClient(), "straight")
    names = ("network-delay", "network-hole", "network-loss")
    rows = await Series(Pace(20), at_once=2).play(choose(names), [own])
    found = {row.scenario: row.outcome for row in rows}
    obstacle = find_obstacle()

    if obstacle:
        assert dict.fromkeys(names, UNPLAYED) == found
        assert {obstacle} == {row.reason for row in rows}
    else:
        # The own client asks no mirror, so that the hole is not on its way.
        assert dict.fromkeys(names, PLAYED) == found


async def test_a_target_that_does_not_start_fails_its_row() -> None:
    """With the last that it said."""
    row = (await _play("calm", kind=make_kind("sh -c 'echo nothing doing'")))["calm"]

    assert Outcome.FAILED is row.outcome
    assert "nothing doing" in row.reason


async def test_a_first_pull_that_fails_is_said() -> None:
    """What comes after it could not be judged."""
    port = "{address}"
    server = (
        "import http.server as h, sys;"
        " host, port = sys.argv[1].split(':');"
        " h.HTTPServer((host, int(port)), h.SimpleHTTPRequestHandler).serve_forever()"
    )
    kind = make_kind(f'python3 -c "{server}" {port}')
    row = (await _play("gone-after-warm-up", kind=kind))["gone-after-warm-up"]

    assert Outcome.FAILED is row.outcome
    assert "the first pull failed already: 404" in row.reason


@pytest.mark.parametrize("name", ["tag-moved"])
async def test_a_kind_that_keeps_tags_is_not_asked_for_moved_ones(name: str) -> None:
    """Nobody said that it asks for them each time."""
    row = (await _play(name, kind=make_kind("true {upstream}")))[name]

    assert Outcome.NOT_RUN is row.outcome
