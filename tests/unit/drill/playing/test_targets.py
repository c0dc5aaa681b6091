"""What a target allows decides which rows are run."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from seawall.drill.playing.managed import (
    DOCKER_REGISTRY,
    SEAWALL,
    Managed,
    Order,
    make_kind,
    write_docker_registry,
    write_seawall,
)
from seawall.drill.playing.puller import Door
from seawall.drill.playing.targets import Running, Straight
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.playbill import choose
from seawall.errors import InputError
from seawall.settings.loading import read_settings

ONE = (("127.0.0.1", 5001),)
TWO = (("127.0.0.1", 5001), ("127.0.0.1", 5002))


@pytest.mark.parametrize(
    ("name", "upstreams", "revalidates", "lack"),
    [
        ("stall-once", ONE, False, ""),
        ("gone-after-warm-up", ONE, False, ""),
        ("token-server-down", ONE, False, ""),
        ("mirror-dead", TWO, False, ""),
        ("mirror-dead", ONE, False, "second --upstream"),
        ("tag-moved", ONE, True, ""),
        ("tag-moved", ONE, False, "--revalidates"),
        ("killed-in-mid-blob", ONE, True, "--manage"),
        ("gone-at-start-up", ONE, True, "--manage"),
        ("disk-full", ONE, True, "--manage"),
        ("clock-jumps-on", ONE, True, "--manage"),
        ("network-loss", ONE, True, "--manage"),
        ("mirror-nameless", TWO, True, "--manage"),
        ("redirect-expires", ONE, True, "--manage"),
    ],
)
def test_what_a_running_target_allows(
    name: str, upstreams: tuple[tuple[str, int], ...], lack: str, *, revalidates: bool
) -> None:
    """What would restart, fill or shift it is not run, and the row says so."""
    target = Running("http://x/{name}", upstreams, revalidates)
    found = target.find_lack(choose([name])[0])

    assert (lack in found) if lack else ("" == found)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("mirror-dead", True), ("tag-moved", True), ("disk-full", False)],
)
def test_what_nobody_in_between_allows(name: str, *, allowed: bool) -> None:
    """Everything but what has to be done to somebody."""
    assert allowed is ("" == Straight().find_lack(choose([name])[0]))


def test_a_clock_of_its_own_cannot_be_moved() -> None:
    """A program that does not ask libc for the time has its row not run."""
    (scenario,) = choose(["clock-jumps-on"])

    assert "clock" in Managed(DOCKER_REGISTRY).find_lack(scenario)


def test_a_disk_needs_root() -> None:
    """To be mounted."""
    anybody = Managed(SEAWALL, as_root=False)

    assert "root" in anybody.find_lack(choose(["disk-full"])[0])


def _order(tmp_path: Path, speed: float = 1) -> Order:
    return Order(
        tmp_path,
        tmp_path / "data",
        "127.0.0.1:5000",
        ["http://127.0.0.1:1", "http://127.0.0.1:2"],
        ["http://127.0.0.1:3"],
        Pace(speed),
    )


def test_seawall_is_drilled_as_it_is(tmp_path: Path) -> None:
    """In real time all its defaults hold, but that tags are asked for each time."""
    command = write_seawall(_order(tmp_path))
    page = read_settings(tmp_path / "seawall.toml")
    table = tomllib.loads((tmp_path / "seawall.toml").read_text())

    assert [sys.executable, "-m", "seawall", "serve"] == command[:4]
    assert {"sources", "fresh_s", "redirects"} == set(
        table["registries"]["drill.example"]
    )
    assert 2 == len(page.registries["drill.example"].sources)


def test_its_patience_is_scaled_with_the_drill(tmp_path: Path) -> None:
    """Twenty times the speed is a twentieth of the patience."""
    write_seawall(_order(tmp_path, speed=20))
    page = read_settings(tmp_path / "seawall.toml")

    assert 6 == page.registries["drill.example"].patience.ceiling_s


def test_docker_registry_has_the_origin(tmp_path: Path) -> None:
    """It can have one source only."""
    write_docker_registry(_order(tmp_path))
    page = json.loads((tmp_path / "config.yml").read_text())

    assert "http://127.0.0.1:2" == page["proxy"]["remoteurl"]


def test_a_command_line_is_filled_in(tmp_path: Path) -> None:
    """With what the target has to know."""
    kind = make_kind("true {upstream} --m={mirrors} {address} {port} {data}")

    assert [
        "true",
        "http://127.0.0.1:2",
        "--m=http://127.0.0.1:1",
        "127.0.0.1:5000",
        "5000",
        str(tmp_path / "data"),
    ] == kind.write(_order(tmp_path))


@pytest.mark.parametrize("text", ["", "no-such-program-here --x"])
def test_a_target_has_to_be_a_program(text: str) -> None:
    """Else the person is told what is known."""
    with pytest.raises(InputError, match="docker-registry"):
        make_kind(text)


def test_known_targets_are_known_by_name() -> None:
    """Both of them."""
    assert (SEAWALL, DOCKER_REGISTRY) == (
        make_kind("seawall"),
        make_kind("docker-registry"),
    )


@pytest.mark.parametrize(
    ("reference", "image"),
    [
        ("1", "127.0.0.1:5000/a/b:1"),
        ("sha256:ab", "127.0.0.1:5000/a/b@sha256:ab"),
    ],
)
def test_an_image_is_written_as_people_do(reference: str, image: str) -> None:
    """A tag after a colon, a digest after an at sign."""
    assert image == Door("http://127.0.0.1:5000", "a/b", reference).image
