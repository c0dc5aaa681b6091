"""Whoever has a registry behind Seawall gets the image, whatever ails Seawall."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.e2e.ailing import AILMENTS, REPOSITORY
from tests.e2e.clients import Client, Podman, Skopeo
from tests.e2e.engines import Containerd, Kubelet
from tests.e2e.fallback import FallBack, hosts_toml, registries_conf
from tests.e2e.scripted import Scripted

from seawall.testing.samples import random_image

WATCHDOG_S = 1.0
WELL = "well"
CLIENTS = ("containerd", "cri", "podman", "skopeo")
# What podman and skopeo wait for by themselves: a limit's end, a minute and more.
PATIENT = {("podman", "its own source says 429"), ("skopeo", "its own source says 429")}


def test_the_page_says_what_is_tested_here() -> None:
    """What docs/harm.md tells clients is what the tests' clients are told."""
    page = (Path(__file__).parents[2] / "docs" / "harm.md").read_text()
    blocks = [part.partition("```")[0] for part in page.split("```toml\n")[1:]]

    assert blocks == [
        hosts_toml("https://registry-1.docker.io", "127.0.0.1:5000"),
        registries_conf("docker.io", "127.0.0.1:5001"),
    ]


@pytest.fixture(scope="module")
def fall_backs(place: Path) -> Iterator[Mapping[str, Client]]:
    """Make the clients, with settings of their own."""
    root = place / "harm"
    containerd, kubelet = Containerd(root), Kubelet(root)
    for daemon in (containerd, kubelet):
        daemon.start()
    yield {one.name: one for one in (containerd, kubelet, Podman(root), Skopeo(root))}
    for daemon in (containerd, kubelet):
        daemon.stop()


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("ailment", AILMENTS)
def test_an_image_is_pulled_past_a_seawall_that_ails(
    fall_backs: Mapping[str, Client], tmp_path: Path, ailment: str, name: str
) -> None:
    """Nobody listens, nothing fits, it refuses, or it hangs: the registry is asked.

    podman and skopeo wait for the end of a limit that they are told of; asking at
    `mirror_listen` they are not, as who asks there has the registry, too.
    """
    image = random_image(f"{ailment}-{name}", layers=2, layer_bytes=5 << 20).tagged("1")
    registry = Scripted({REPOSITORY: image})
    client = FallBack(fall_backs[name], as_mirror=(name, ailment) in PATIENT)
    try:
        with AILMENTS[ailment](tmp_path / "s", image, WATCHDOG_S) as seawall:
            client.point_at(registry.url, seawall)

            assert str(image.digest) in client.pull(REPOSITORY, ":1")
        assert bool(registry.requests()) == (ailment != WELL)
    finally:
        registry.close()
