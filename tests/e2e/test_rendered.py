"""What `seawall render` writes is what clients understand, with a fall-back behind."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.e2e.ailing import AILMENTS, REPOSITORY
from tests.e2e.clients import Client, Podman, Skopeo
from tests.e2e.engines import Containerd, Kubelet
from tests.e2e.fallback import FallBack
from tests.e2e.scripted import Scripted

from seawall.policy.mirrors import make_routes
from seawall.policy.options import Mirror
from seawall.policy.rendering.rendered import Ask
from seawall.policy.rendering.roll import CLIENTS, find_file
from seawall.testing.samples import random_image

WATCHDOG_S = 1.0
WELL = "well"
GONE = next(name for name in AILMENTS if name != WELL)
NAMES = ("containerd", "cri", "podman", "skopeo")


@pytest.fixture(scope="module")
def clients(place: Path) -> Iterator[Mapping[str, Client]]:
    """Make the clients, with settings of their own."""
    root = place / "rendered"
    containerd, kubelet = Containerd(root), Kubelet(root)
    for daemon in (containerd, kubelet):
        daemon.start()
    yield {one.name: one for one in (containerd, kubelet, Podman(root), Skopeo(root))}
    for daemon in (containerd, kubelet):
        daemon.stop()


def _write(client: Client, seawall: str, registry: str) -> None:
    """Render for a client, and write it; only upstream's own place is another one."""
    mirror = Mirror("docker.io", f"{seawall}/docker.io", plain=True)
    ask = Ask(make_routes([mirror]))
    if isinstance(client, Containerd):
        page = client.hosts / "docker.io" / "hosts.toml"
        file = find_file(CLIENTS["containerd"](ask), str(page))
        upstream = ('"https://registry-1.docker.io"', f'"{registry}"')
    else:
        page = client.root / "registries.conf"
        file = CLIENTS["podman"](ask).files[0]
        host = registry.rpartition("/")[2]
        upstream = (
            '\nlocation = "docker.io"\n',
            f'\nlocation = "{host}"\ninsecure = true\n',
        )
    assert file is not None
    assert upstream[0] in file.text
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(file.text.replace(*upstream))


@pytest.mark.parametrize("ailment", [WELL, GONE])
@pytest.mark.parametrize("name", NAMES)
def test_clients_pull_with_what_is_rendered(
    clients: Mapping[str, Client], tmp_path: Path, ailment: str, name: str
) -> None:
    """A running Seawall is asked, and nobody else; upstream, once it is gone."""
    image = random_image(f"rendered-{ailment}-{name}", layers=2).tagged("1")
    registry = Scripted({REPOSITORY: image})
    try:
        with AILMENTS[ailment](tmp_path / "s", image, WATCHDOG_S) as seawall:
            assert seawall is not None
            _write(clients[name], seawall.host, registry.url)

            assert str(image.digest) in FallBack(clients[name]).pull(REPOSITORY, ":1")
        assert bool(registry.requests()) == (ailment != WELL)
    finally:
        registry.close()
