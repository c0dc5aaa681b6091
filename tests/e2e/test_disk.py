"""A disk that really fills up: a small file system of its own, under a running pull."""

import http.client
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall

from seawall.testing.samples import random_image

_REGISTRY = "up.example"
_MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 320 MiB for Seawall's data."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=320m", "seawall-test", str(place)]
    subprocess.run(mount, check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def _fill(filler: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(b"\0" * 320 * _MIB)


def test_a_disk_that_fills_up_in_a_pull_breaks_no_pull(small_disk: Path) -> None:
    """The reader gets every byte, verified; when there is room again, it is kept."""
    image = random_image(1, layers=1, layer_bytes=40 * _MIB).tagged("1")
    digest = max(image.blobs, key=lambda d: len(image.contents[d]))
    content = image.contents[digest]
    upstream = Scripted({"app": image}, bytes_per_s=20_000_000)
    seawall = Seawall(small_disk / "s", {_REGISTRY: {"sources": [upstream.url]}})
    seawall.start()
    connection = http.client.HTTPConnection("127.0.0.1", seawall.port, timeout=60)
    try:
        connection.request("GET", f"/v2/{_REGISTRY}/app/blobs/{digest}")
        reply = connection.getresponse()
        begun = reply.read(4 * _MIB)
        filler = small_disk / "filler"
        _fill(filler)
        assert content == begun + reply.read()
        metrics = seawall.ask("/metrics").body.decode()
        assert "seawall_passages_total 1.0" in metrics

        filler.unlink()
        time.sleep(6)  # the janitor looks at the disk every five seconds
        path = f"/v2/{_REGISTRY}/app/blobs/{digest}"
        assert content == seawall.ask(path).body
        gets = len(upstream.requests("/blobs/"))
        assert content == seawall.ask(path).body
        assert gets == len(upstream.requests("/blobs/"))
    finally:
        connection.close()
        seawall.kill()
        upstream.close()


def test_a_disk_that_others_fill_takes_nothing_away(small_disk: Path) -> None:
    """What was pulled is served though its source is gone and no byte is left."""
    image = random_image(2, layers=2, layer_bytes=20 * _MIB).tagged("1")
    other = random_image(3, layers=1, layer_bytes=20 * _MIB).tagged("1")
    upstream = Scripted({"app": image, "other": other}, bytes_per_s=20_000_000)
    seawall = Seawall(
        small_disk / "s", {_REGISTRY: {"sources": [upstream.url], "fresh_s": 0}}
    )
    seawall.start()
    connection = http.client.HTTPConnection("127.0.0.1", seawall.port, timeout=60)
    try:
        paths = [f"/v2/{_REGISTRY}/app/blobs/{digest}" for digest in image.blobs]
        paths += [f"/v2/{_REGISTRY}/app/manifests/1"]
        before = [seawall.ask(path).body for path in paths]
        layer = max(other.blobs, key=lambda d: len(other.contents[d]))
        connection.request("GET", f"/v2/{_REGISTRY}/other/blobs/{layer}")
        connection.getresponse().read(_MIB)
        _fill(small_disk / "filler")
        upstream.stop()
        time.sleep(6)  # the janitor looks at the disk every five seconds

        assert before == [seawall.ask(path).body for path in paths]
        assert image.body == before[-1]
        assert "fwd=stale" in seawall.ask(paths[-1]).headers["cache-status"]
        assert "never retrieved" not in seawall.daemon.text()
    finally:
        connection.close()
        seawall.kill()
        upstream.close()
