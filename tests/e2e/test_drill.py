"""The drill from the command line: Seawall, other caches, and real clients."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.engines import Docker
from tests.e2e.processes import clean_environment, free_port
from tests.e2e.service import Seawall

from seawall.drill.scenarios.playbill import FAST_CUT

FAST = "--speed=20"


def _drill(
    place: Path, *words: str, env: dict[str, str] | None = None
) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Run the verb; give its exit code, its rows by name, and what it said beside."""
    done = subprocess.run(
        [sys.executable, "-m", "seawall", "drill", "--json", *words],
        env=clean_environment(place / "drill", **(env or {})),
        capture_output=True,
        text=True,
        check=False,
    )
    rows = json.loads(done.stdout)["rows"] if done.stdout else []
    return done.returncode, {row["scenario"]: row for row in rows}, done.stderr


def _outcomes(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: row["outcome"] for name, row in rows.items()}


def test_seawall_passes_the_fast_cut(place: Path) -> None:
    """Each kind of trouble; what is sent upstream stays within bounds, too."""
    code, rows, said = _drill(place, FAST, "--at-once=6", *FAST_CUT)

    assert dict.fromkeys(FAST_CUT, "passed") == _outcomes(rows), said
    assert 0 == code
    assert rows["calm"]["upstream_share"] <= 1.05
    assert rows["wrong-byte-once"]["upstream_share"] <= 2.1
    assert rows["no-range"]["upstream_share"] <= 2.1


def test_seawall_passes_some_combinations(place: Path) -> None:
    """A few of the five hundred that `make drill` plays."""
    code, rows, said = _drill(place, FAST, "--mix=8", "--at-once=4")

    assert {"passed"} == set(_outcomes(rows).values()), said
    assert (0, 8) == (code, len(rows))


def test_docker_registry_is_drilled_as_a_peer(place: Path) -> None:
    """It completes wrong bodies, and the drill says so.

    On a busy machine it may notice in time, and cut the body short: that is no fault,
    so it gets three tries.
    """
    names = ("calm", "gone-after-warm-up", "wrong-byte-once", "clock-jumps-on")
    for number in range(3):
        (folder := place / str(number)).mkdir()
        code, rows, _ = _drill(folder, FAST, "--manage=docker-registry", *names)
        if code:
            break

    assert 1 == code
    assert {
        "calm": "passed",
        "gone-after-warm-up": "passed",
        "wrong-byte-once": "failed",
        "clock-jumps-on": "not run",
    } == _outcomes(rows)
    assert "wrong bytes were completed" in rows["wrong-byte-once"]["reason"]


@pytest.mark.parametrize("client", ["skopeo", "podman", "ctr"])
def test_real_clients_meet_the_fault(client: str, place: Path) -> None:
    """They keep nothing for when the source is gone, and nobody can be killed."""
    names = ("calm", "gone-after-warm-up", "killed-in-mid-blob")
    _, rows, said = _drill(place, FAST, f"--client={client}", *names)

    assert {
        "calm": "passed",
        "gone-after-warm-up": "failed",
        "killed-in-mid-blob": "not run",
    } == _outcomes(rows), said


def test_docker_meets_the_fault(place: Path) -> None:
    """The daemon that this machine's docker talks to is the one that pulls."""
    engine = Docker(place / "drilled")
    engine.start()
    try:
        host = {"DOCKER_HOST": engine.address}
        _, rows, said = _drill(
            place, FAST, "--client=docker", "calm", "reset-once", env=host
        )
    finally:
        engine.stop()

    assert {"calm": "passed", "reset-once": "passed"} == _outcomes(rows), said


def test_a_real_client_pulls_through_a_target(place: Path) -> None:
    """Which keeps the image for when the source is gone."""
    words = ("--manage=seawall", "--client=skopeo", "calm", "gone-after-warm-up")
    code, rows, said = _drill(place, FAST, *words)

    assert {"calm": "passed", "gone-after-warm-up": "passed"} == _outcomes(rows), said
    assert 0 == code


def test_a_target_that_runs_is_scored(place: Path) -> None:
    """Row by row, on its own feet; what would be done to it is not run, never passed.

    When a row ends its source is gone, and the target may let it rest for a while, in
    which a tag may be stale: the next row waits for the end of that.
    """
    source = free_port()
    hub = {"sources": [f"http://127.0.0.1:{source}"], "fresh_s": 0}
    seawall = Seawall(place / "scored", {"up.example": hub}, known_registries=False)
    seawall.start()
    names = ("calm", "tag-moved", "gone-at-start-up", "mirror-dead")
    try:
        code, rows, said = _drill(
            place,
            FAST,
            f"--target=http://{seawall.host}/up.example/{{name}}",
            f"--upstream=127.0.0.1:{source}",
            "--revalidates",
            *names,
        )
    finally:
        seawall.finish()

    assert {
        "calm": "passed",
        "tag-moved": "passed",
        "gone-at-start-up": "not run",
        "mirror-dead": "not run",
    } == _outcomes(rows), said
    assert 0 == code


@pytest.mark.skipif(os.geteuid() != 0, reason="networks want root")
def test_networks_have_troubles_of_their_own(place: Path) -> None:
    """Packets are late, lost or too large, in namespaces that vanish afterwards."""
    words = ("drill", "--json", FAST, "--at-once=5", "networks")
    drill = subprocess.Popen(
        [sys.executable, "-m", "seawall", *words],
        env=clean_environment(place / "drill"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, said = drill.communicate()
    rows = {row["scenario"]: row for row in json.loads(out)["rows"]}
    left = subprocess.run(["ip", "link"], capture_output=True, text=True, check=True)

    assert {"passed"} == set(_outcomes(rows).values()), said
    assert (0, 5) == (drill.returncode, len(rows))
    # Other drills may run on this machine, with devices of their own.
    assert f"swd{drill.pid}-" not in left.stdout
