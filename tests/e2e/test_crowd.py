"""Many clients at once: one fetch of each content, and no reader harms another."""

import hashlib
import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e import images
from tests.e2e.clients import Form, Skopeo
from tests.e2e.conftest import REPOSITORY, MakeSeawall
from tests.e2e.service import Seawall
from tests.e2e.upstreams import DockerRegistry

CLIENTS = 50
MEBI = 1 << 20


@pytest.fixture(scope="module")
def crowded(place: Path) -> Iterator[DockerRegistry]:
    """Start a docker-registry with an image for a crowd, and with a large one."""
    layout = images.Layout(place / "crowd")
    layers = [images.random_layer(f"crowd {n}", 2 * MEBI) for n in range(3)]
    layout.tag(images.add_image(layout, layers), "crowd")
    large = images.random_layer("large", 96 * MEBI)
    layout.tag(images.add_image(layout, [large]), "large")
    registry = DockerRegistry(place / "crowded")
    registry.start()
    for tag in ("crowd", "large"):
        registry.push(layout.root, REPOSITORY, tag=tag)
    yield registry
    registry.stop()


@pytest.fixture
def cold(crowded: DockerRegistry, make_seawall: MakeSeawall) -> Seawall:
    """Start an empty Seawall in front of it."""
    hub = {"sources": [crowded.url], "default": True}
    seawall = make_seawall(registries={"docker.io": hub})
    seawall.start()
    return seawall


def _gets(upstream: DockerRegistry, *, since: int) -> dict[str, int]:
    """Count the answered GETs of manifests and blobs by path."""
    return {
        path: count
        for (method, path, status), count in upstream.asked(since=since).items()
        if method == "GET"
        and status < 400
        and ("/manifests/" in path or "/blobs/" in path)
    }


def test_a_crowd_asks_the_upstream_once(
    cold: Seawall, crowded: DockerRegistry, place: Path
) -> None:
    """Fifty cold pulls of one image are one GET for each manifest and blob."""
    mark = crowded.mark()
    crowd = [Skopeo(place / f"crowd-{number}") for number in range(CLIENTS)]
    for client in crowd:
        client.point_at(cold.host)

    with ThreadPoolExecutor(CLIENTS) as pool:
        digests = list(
            pool.map(lambda one: one.pull(Form.PATH, REPOSITORY, ":crowd"), crowd)
        )

    assert CLIENTS == digests.count(digests[0])
    gets = _gets(crowded, since=mark)
    assert 5 == len(gets), gets  # a manifest, a configuration, three layers
    assert {1} == set(gets.values()), gets


def _large_blob(place: Path) -> str:
    """Find the large layer's digest."""
    blobs = (place / "crowd" / "blobs" / "sha256").iterdir()
    largest = max(blobs, key=lambda path: path.stat().st_size)
    return f"sha256:{largest.name}"


class _Readers:
    """Readers of one blob, each with its own manners."""

    def __init__(self, seawall: Seawall, digest: str) -> None:
        self._port = seawall.port
        self._path = f"/v2/docker.io/{REPOSITORY}/blobs/{digest}"

    def _get(
        self, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("GET", self._path, headers=headers or {})
        return connection, connection.getresponse()

    def whole(self) -> str:
        """Read to the end and return the digest of what came."""
        connection, reply = self._get()
        hashed = hashlib.sha256()
        with closing(connection):
            while chunk := reply.read(MEBI):
                hashed.update(chunk)
        return f"sha256:{hashed.hexdigest()}"

    def killed(self) -> str:
        """Read a little and be gone."""
        connection, reply = self._get()
        with closing(connection):
            reply.read(100_000)
        return "gone"

    def slow(self) -> str:
        """Read 1 KB/s for a few seconds."""
        connection, reply = self._get()
        with closing(connection):
            for _ in range(4):
                reply.read(1000)
                time.sleep(1)
        return "gone"

    def hanging_up(self) -> str:
        """Ask for everything from a place on, and hang up after the first bytes."""
        connection, reply = self._get({"Range": "bytes=1000-"})
        with closing(connection):
            assert reply.status == 206
            reply.read(10)
        return "gone"


def test_bad_manners_harm_nobody(
    cold: Seawall, crowded: DockerRegistry, place: Path
) -> None:
    """Killed, slow and hanging-up readers change nothing for those who read on."""
    digest = _large_blob(place)
    readers, mark = _Readers(cold, digest), crowded.mark()
    rude = [readers.killed, readers.slow, readers.hanging_up] * 6
    orderly = [readers.whole] * 8

    with ThreadPoolExecutor(len(rude) + len(orderly)) as pool:
        begun = [pool.submit(read) for read in rude + orderly]
        ended = [future.result(120) for future in begun]

    assert [digest] * len(orderly) == ended[len(rude) :]
    assert 1 == _gets(crowded, since=mark)[f"/v2/{REPOSITORY}/blobs/{digest}"]
