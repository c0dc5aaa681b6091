"""Clients are told to wait for as long as a real Seawall learnt that it may take."""

import json
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.process.conftest import REGISTRY, MakeWall, Wall

from seawall.cli.main import main
from seawall.drill import faults
from seawall.supply.explaining.silences import ENOUGH
from seawall.testing.samples import random_image

LAYERS = 24
MIRRORS = {"mirrors": {REGISTRY: f"wall.example:5000/{REGISTRY}"}}
PATIENCE = {"patience": {"floor_s": 2.0, "ceiling_s": 120.0}}
TIMER = "10-crio-mirrors.conf"


def begin(make_wall: MakeWall, late_s: float, **registry: object) -> Wall:
    """Start a wall whose upstream is late with each layer; ten minutes are held."""
    image = random_image("learnt", layers=LAYERS, layer_bytes=2000)
    wall = make_wall(
        image,
        registry={**PATIENCE, **registry},
        clients={"hold_max": "10m"},
        policy=MIRRORS,
    )
    wall.upstream.fail("*/blobs/*", faults.late(late_s))
    return wall


def pull(wall: Wall) -> None:
    """Pull all layers at once."""
    assert 200 == wall.seawall.ask(wall.manifest()).status
    paths = [f"/v2/{REGISTRY}/app/blobs/{digest}" for digest in wall.image.blobs]
    with ThreadPoolExecutor(len(paths)) as threads:
        answers = list(threads.map(wall.seawall.ask, paths))
    assert {200} == {answer.status for answer in answers}


def command(wall: Wall, *words: str) -> str:
    """Run a verb of `render` with the settings and the data of a wall."""
    places = ["-c", str(wall.seawall.config), "--data", str(wall.seawall.data)]
    result = CliRunner().invoke(main, ["render", *words, *places])
    assert 0 == result.exit_code, result.output
    assert "learnt" not in result.stderr
    return result.stdout


def render(wall: Wall, client: str, *words: str) -> dict[str, Any]:
    """Render for a client, and give what is said of its watchdog."""
    told = json.loads(command(wall, client, "--json", *words))
    watchdog: dict[str, Any] = told["watchdog"]
    (text,) = [f["text"] for f in told["files"] if watchdog["value"] in f["text"]]
    assert all(f"# {line}\n" in text for line in watchdog["why"])
    assert tomllib.loads(text)
    return watchdog


def learnt(wall: Wall) -> dict[str, Any]:
    """Give what is told of the registry."""
    told = json.loads(command(wall, "learnt"))
    assert 600 == told["hold_s"]
    (one,) = [one for one in told["registries"] if one["registry"] == REGISTRY]
    found: dict[str, Any] = one
    return found


def test_a_running_seawall_is_asked_and_then_its_data(
    make_wall: MakeWall, tmp_path: Path
) -> None:
    """Before it learnt, its bound; then what it learnt, which outlives the server."""
    wall = begin(make_wall, 0.1)
    before = render(wall, "crio")
    pull(wall)
    told, after = learnt(wall), render(wall, "crio")
    saved = tmp_path / "learnt.json"
    saved.write_text(command(wall, "learnt"))
    command(wall, "crio", "--output", str(tmp_path / "out"))
    (file,) = (tmp_path / "out").rglob(TIMER)
    assert 0 == wall.seawall.stop()
    stopped, unasked = render(wall, "crio"), render(wall, "crio", "--no-learnt")

    assert ("15m0s", "15m0s") == (before["value"], unasked["value"])
    assert "too little was learnt" in before["why"][1]
    assert "no Seawall was asked" in unasked["why"][1]
    assert ("learnt", True) == (told["state"], told["waits"] >= ENOUGH)
    assert told["silence_s"] < after["seconds"] < before["seconds"]
    line = f"- {REGISTRY}: {told['silence_s']:.0f} s, as was learnt from"
    assert f"{line} {told['waits']} waits" == after["why"][1]
    assert after == render(wall, "crio", "--learnt", str(saved))
    assert "was learnt from" in stopped["why"][1]
    for words in ((), ("--no-learnt",)):
        command(wall, "crio", "--check", str(file), *words)


@pytest.mark.long
def test_a_slow_source_makes_clients_wait_longer(make_wall: MakeWall) -> None:
    """What was seen to take long is waited for longer than what was not."""
    wall = begin(make_wall, 9.0)
    pull(wall)
    slow = learnt(wall)

    (source,) = slow["sources"]
    first_s = source["patience_s"]["first_byte"]
    assert "learnt" == slow["state"]
    assert first_s > 18
    assert render(wall, "crio")["seconds"] > slow["silence_s"] > first_s
