"""A real Seawall process in front of a scripted upstream, for one test each."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall

from seawall.testing.samples import Sample, random_image

REGISTRY = "up.example"
LARGE_BYTES = 9 * 1024 * 1024  # beyond what is verified before its first byte


@dataclass(frozen=True, slots=True)
class Wall:
    """An upstream, an image in it, and Seawall in front."""

    upstream: Scripted
    seawall: Seawall
    image: Sample

    def manifest(self, reference: str = "1") -> str:
        """Give the path of the image's manifest."""
        return f"/v2/{REGISTRY}/app/manifests/{reference}"

    def layer(self) -> str:
        """Give the path of the image's large layer."""
        return f"/v2/{REGISTRY}/app/blobs/{self.layer_digest}"

    @property
    def layer_digest(self) -> str:
        """The large layer."""
        image = self.image
        return str(max(image.blobs, key=lambda digest: len(image.contents[digest])))

    @property
    def layer_bytes(self) -> bytes:
        """What the large layer is."""
        return max(self.image.contents.values(), key=len)

    def pull(self) -> None:
        """Bring all of the image through, and check every byte of it."""
        assert self.seawall.ask(self.manifest()).status == 200
        self.pull_by_digest()

    def pull_by_digest(self) -> None:
        """Bring everything by digest, and check every byte."""
        for digest, content in self.image.contents.items():
            kind = "manifests" if digest in self.image.manifests else "blobs"
            got = self.seawall.ask(f"/v2/{REGISTRY}/app/{kind}/{digest}")
            assert (200, True) == (got.status, got.body == content)

    def listed_as(self) -> bool | None:
        """Say whether `seawall ls` calls the image private, once that is known."""
        private = None
        for _ in range(100):
            held = json.loads(self.seawall.command("ls", "--json"))
            private = held["names"][0]["private"]
            if private is not None:
                break
            time.sleep(0.05)
        return private

    def gets(self, part: str) -> int:
        """Count the GET requests that the upstream had for such a path."""
        found = self.upstream.requests(part)
        return sum(1 for request in found if request.method == "GET")


MakeWall = Callable[..., Wall]


@contextmanager
def _walls(place: Path) -> Iterator[MakeWall]:
    """Start upstreams and Seawalls; all of them end together."""
    with ExitStack() as stack:

        def make(
            image: Sample | None = None,
            *,
            auth: Any = None,
            env: dict[str, str] | None = None,
            registry: dict[str, object] | None = None,
            bytes_per_s: float | None = None,
            **settings: Any,
        ) -> Wall:
            sample = (
                image or random_image(1, layers=1, layer_bytes=LARGE_BYTES)
            ).tagged("1")
            upstream = Scripted({"app": sample}, auth=auth, bytes_per_s=bytes_per_s)
            stack.callback(upstream.close)
            table = {
                "sources": [upstream.url],
                "fresh_s": 0,
                "patience": {"floor_s": 0.2, "ceiling_s": 1},
                **(registry or {}),
            }
            seawall = Seawall(place / "seawall", {REGISTRY: table}, env=env, **settings)
            seawall.start()
            stack.callback(seawall.finish)
            return Wall(upstream, seawall, sample)

        yield make


@pytest.fixture
def make_wall(tmp_path: Path) -> Iterator[MakeWall]:
    """Start an upstream and Seawall; both end with the test."""
    with _walls(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def shared_wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    """Share an upstream and Seawall between tests that ask for nothing it has."""
    with _walls(tmp_path_factory.mktemp("shared")) as make:
        yield make()


@pytest.fixture(autouse=True)
def nothing_leaks() -> None:
    """Allow a scripted upstream to outlive a test: some serve a whole module."""
