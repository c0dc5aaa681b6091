"""Fixtures of the end-to-end tests: upstreams, Seawall and foreign clients."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e import images
from tests.e2e.chroots import Chroot, own_release
from tests.e2e.clients import Buildah, Client, Podman, Skopeo
from tests.e2e.engines import Containerd, Docker, Kubelet
from tests.e2e.service import Seawall
from tests.e2e.upstreams import DockerRegistry, TokenServer

TOOLS = (
    *("docker-registry", "skopeo", "podman", "buildah", "containerd", "ctr"),
    *("dockerd", "docker", "runc", "busybox", "htpasswd", "strace", "ip", "curl"),
    *("debootstrap", "apt-cacher-ng", "faketime"),
)

REPOSITORY = "library/busybox"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every end-to-end test time: foreign clients are slow on small machines."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    """See that the foreign programs are there; in CI a missing one is a failure."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if os.geteuid() != 0:
        missing.append("root's rights")
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"missing: {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}; .ci/run installs what is needed")


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """Make a directory with a short path, as Unix sockets want it."""
    root = Path(tempfile.mkdtemp(prefix="sw-"))
    yield root
    shutil.rmtree(root, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Samples:
    """What the upstreams hold: a layout, and the digests of its images by tag."""

    layout: Path
    digests: dict[str, str]

    def blob(self, digest: str) -> bytes:
        """Return the bytes of a digest."""
        return (self.layout / "blobs" / digest.replace(":", "/")).read_bytes()


@pytest.fixture(scope="session")
def samples(place: Path) -> Samples:
    """Build the images: one platform, two platforms, and one with an artifact."""
    layout = images.Layout(place / "samples")
    box = images.busybox_layer()
    amd = images.add_image(layout, [box, images.random_layer("amd64", 3 << 20)])
    arm = images.add_image(
        layout, [box, images.random_layer("arm64", 1 << 20)], architecture="arm64"
    )
    index = images.add_index(layout, [amd, arm])
    artifact = images.add_artifact(layout, index, b'{"sbom": true}')
    referrers = images.add_index(layout, [artifact])
    fallback = str(index["digest"]).replace(":", "-")
    tags = {"single": amd, "multi": index, "sbom": artifact, fallback: referrers}
    named = {name: layout.tag(image, name) for name, image in tags.items()}
    return Samples(layout.root, named | {"referrers": named[fallback]})


def fill(registry: DockerRegistry, samples: Samples) -> None:
    """Push all samples into a registry."""
    for tag in samples.digests:
        if tag != "referrers":
            registry.push(samples.layout, REPOSITORY, tag=tag)


@pytest.fixture(scope="session")
def upstream(place: Path, samples: Samples) -> Iterator[DockerRegistry]:
    """Start an open docker-registry that holds the samples."""
    registry = DockerRegistry(place / "upstream")
    registry.start()
    fill(registry, samples)
    yield registry
    registry.stop()


@pytest.fixture(scope="session")
def tokens(place: Path) -> Iterator[TokenServer]:
    """Start a token realm."""
    server = TokenServer(place)
    yield server
    server.stop()


MakeSeawall = Callable[..., Seawall]


@pytest.fixture
def make_seawall(place: Path) -> Iterator[MakeSeawall]:
    """Return a maker of Seawalls, each on new data, all stopped after the test."""
    made: list[Seawall] = []

    def make(**settings: object) -> Seawall:
        root = Path(tempfile.mkdtemp(prefix="s", dir=place))
        made.append(Seawall(root, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for seawall in made:
        seawall.stop()


@pytest.fixture(scope="session")
def seawall(place: Path, upstream: DockerRegistry) -> Iterator[Seawall]:
    """Start the Seawall that tests share when they do not disturb it."""
    hub = {"sources": [upstream.url], "default": True}
    service = Seawall(place / "seawall", {"docker.io": hub})
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def engines(place: Path) -> Iterator[dict[str, Client]]:
    """Start the clients that are daemons, once."""
    containerd, docker = Containerd(place), Docker(place)
    kubelet = Kubelet(place)
    for daemon in (containerd, kubelet, docker):
        daemon.start()
    yield {"containerd": containerd, "cri": kubelet, "docker": docker}
    for daemon in (docker, kubelet, containerd):
        daemon.stop()


@pytest.fixture(scope="session")
def clients(place: Path, engines: dict[str, Client]) -> dict[str, Client]:
    """Give all foreign clients by their names."""
    tools = (Skopeo(place), Podman(place), Buildah(place))
    return {tool.name: tool for tool in tools} | engines


@pytest.fixture(scope="session")
def wall(place: Path) -> Iterator[Seawall]:
    """Start a Seawall that knows the archives that this machine's apt knows."""
    seawall = Seawall(place / "wall", {})
    seawall.start()
    yield seawall
    seawall.finish()


@pytest.fixture(scope="session")
def fresh_root(place: Path, wall: Seawall) -> Chroot:
    """Make a fresh Debian by debootstrap, through Seawall already."""
    page = wall.render("--suite", own_release())
    lines = [line.partition(": ") for line in page.splitlines()]
    mirror = next(value for name, _, value in lines if name == "URIs")
    return Chroot.bootstrap(place / "fresh", mirror)
