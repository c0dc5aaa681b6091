"""Invariants on contents, held by the real process over real sockets."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from tests.process.conftest import REGISTRY, MakeWall, Wall

from seawall.drill import faults
from seawall.testing.samples import random_image

_TAIL = 64 * 1024


def _read_all(wall: Wall, path: str, **headers: str) -> tuple[int, bytes, bool]:
    """Read an answer to its end; say whether it had the length it promised."""
    connection = http.client.HTTPConnection("127.0.0.1", wall.seawall.port, timeout=30)
    try:
        connection.request(
            "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        reply = connection.getresponse()
        try:
            return reply.status, reply.read(), True
        except http.client.IncompleteRead as exc:
            return reply.status, exc.partial, False
    finally:
        connection.close()


def test_invariant_1_no_reader_completes_a_wrong_body(make_wall: MakeWall) -> None:
    """A body that is not its digest is cut before its last byte, and not kept."""
    wall = make_wall()
    wall.upstream.fail("*/blobs/*", faults.corrupt(at=5_000_000))

    status, body, whole = _read_all(wall, wall.layer())

    assert (200, False) == (status, whole)
    assert len(body) <= len(wall.layer_bytes) - _TAIL
    assert [] == list((wall.seawall.data / "blobs").rglob(wall.layer_digest[7:]))


def test_invariant_1_a_wrong_body_cannot_be_resumed(make_wall: MakeWall) -> None:
    """Whoever got half a wrong body gets no other half, even of the right content."""
    wall = make_wall()
    wall.upstream.fail("*/blobs/*", faults.corrupt(at=5_000_000))
    _, body, _ = _read_all(wall, wall.layer())
    wall.upstream.lift()

    resumed = wall.seawall.ask(wall.layer(), headers={"range": f"bytes={len(body)}-"})
    again = wall.seawall.ask(wall.layer())

    assert 503 == resumed.status
    assert (200, wall.layer_bytes) == (again.status, again.body)


def test_invariant_1_small_contents_are_verified_first(make_wall: MakeWall) -> None:
    """Of a wrong content up to 4 MiB nobody sees a single byte."""
    wall = make_wall(random_image(2, layers=1, layer_bytes=1_000_000))
    wall.upstream.fail("*/blobs/*", faults.corrupt(at=500_000))

    status, body, _ = _read_all(wall, wall.layer())

    assert status == 503
    assert json.loads(body)["errors"][0]["detail"]["cause"] == "content.digest_mismatch"


def test_invariant_2_many_readers_are_one_fetch(make_wall: MakeWall) -> None:
    """Readers of all kinds, also those who leave, cost the upstream one GET."""
    wall = make_wall(bytes_per_s=8_000_000)

    def leave() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", wall.seawall.port)
        connection.request("GET", wall.layer())
        connection.getresponse().read(1000)
        connection.close()

    with ThreadPoolExecutor(30) as pool:
        leavers = [pool.submit(leave) for _ in range(5)]
        whole = [pool.submit(_read_all, wall, wall.layer()) for _ in range(20)]
        part = [
            pool.submit(_read_all, wall, wall.layer(), Range=f"bytes={n}000-")
            for n in range(5)
        ]
        for leaver in leavers:
            leaver.result()
        for reader in whole:
            assert (200, wall.layer_bytes, True) == reader.result()
        for n, reader in enumerate(part):
            assert (206, wall.layer_bytes[n * 1000 :], True) == reader.result()

    assert 1 == wall.gets("/blobs/")


def test_invariant_2_a_far_range_is_part_of_the_same_fetch(make_wall: MakeWall) -> None:
    """A range far ahead is served early, and every byte is still fetched once."""
    image = random_image(3, layers=1, layer_bytes=40 * 1024 * 1024)
    wall = make_wall(image, bytes_per_s=10_000_000)
    start = len(wall.layer_bytes) - 5_000_000
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(_read_all, wall, wall.layer())
        while not wall.upstream.requests("/blobs/"):
            time.sleep(0.01)
        far = pool.submit(
            _read_all, wall, wall.layer(), Range=f"bytes={start}-{start + 999_999}"
        )
        assert wall.layer_bytes[start : start + 1_000_000] == far.result()[1]
        early = not first.done()
        assert (200, wall.layer_bytes, True) == first.result()

    asked = wall.upstream.requests("/blobs/")
    assert early
    assert ["", f"bytes={start}-"] == [request.range for request in asked]
    # the first was broken off where the second began, and so counts as nothing
    assert [0, 5_000_000] == [request.sent_bytes for request in asked]


def test_invariant_3_what_is_held_needs_nobody(make_wall: MakeWall) -> None:
    """By digest, nothing is asked; not while running, not at start-up."""
    wall = make_wall()
    wall.pull()
    asked = len(wall.upstream.requests())
    wall.pull_by_digest()
    assert asked == len(wall.upstream.requests())
    wall.upstream.close()

    wall.seawall.restart()

    wall.pull_by_digest()


@pytest.mark.long
def test_invariant_8_a_kill_loses_nothing_verified(make_wall: MakeWall) -> None:
    """After kill -9 in mid-blob the rest is asked for by Range, and is right."""
    wall = make_wall(bytes_per_s=4_000_000)
    reader = threading.Thread(target=_swallow, args=(wall,))
    reader.start()
    partials = wall.seawall.data / "partials"
    _wait(lambda: any(p.stat().st_size > 8_500_000 for p in partials.glob("*.part")))
    wall.seawall.kill()
    reader.join()
    wall.seawall.start()

    assert (200, wall.layer_bytes, True) == _read_all(wall, wall.layer())
    asked = [request.range for request in wall.upstream.requests("/blobs/")]
    assert asked[0] == ""
    resumed = int(asked[1].removeprefix("bytes=").removesuffix("-"))
    # noted every second, at 4 MB/s: no more than two notes' worth is lost
    assert 500_000 <= resumed < len(wall.layer_bytes)


def test_invariant_9_a_full_store_breaks_no_pull(make_wall: MakeWall) -> None:
    """What does not fit is served straight through, verified, and a metric says so."""
    wall = make_wall(max_size="1MiB")

    assert (200, wall.layer_bytes, True) == _read_all(wall, wall.layer())

    metrics = wall.seawall.ask("/metrics").body.decode()
    assert "seawall_passages_total 1.0" in metrics
    assert [] == list((wall.seawall.data / "blobs").rglob(wall.layer_digest[7:]))


def test_invariant_9_a_wrong_body_is_cut_on_a_full_disk_too(
    make_wall: MakeWall,
) -> None:
    """Serving straight through verifies as well."""
    wall = make_wall(max_size="1MiB")
    wall.upstream.fail("*/blobs/*", faults.corrupt(at=8_000_000))

    status, body, whole = _read_all(wall, wall.layer())

    assert (200, False) == (status, whole)
    assert len(body) < len(wall.layer_bytes)


def test_invariant_9_what_is_beyond_the_bound_is_told_at_once(
    make_wall: MakeWall,
) -> None:
    """A blob gets 503 before it begins, and so does the manifest that leads to it.

    What is held is given to whoever asks, and nothing of it was given up.
    """
    wall = make_wall(max_size="24MiB")
    wall.pull()
    other = random_image("other", layers=1, layer_bytes=48 << 20).tagged("1")
    wall.upstream.put("other", other)
    large = max(other.blobs, key=lambda digest: len(other.contents[digest]))
    blob = f"/v2/{REGISTRY}/other/blobs/{large}"
    with ExitStack() as stack:
        for _ in range(16):
            connection = http.client.HTTPConnection("127.0.0.1", wall.seawall.port)
            stack.callback(connection.close)
            connection.request("GET", blob)
            connection.getresponse().read(1)
        refused = [
            wall.seawall.ask(path)
            for path in (blob, f"/v2/{REGISTRY}/other/manifests/1")
        ]
        wall.pull()

    assert [(503, "10")] * 2 == [(r.status, r.headers["retry-after"]) for r in refused]
    causes = [json.loads(r.body)["errors"][0]["detail"]["cause"] for r in refused]
    assert ["node.disk_full"] * 2 == causes


def _swallow(wall: Wall) -> None:
    try:
        wall.seawall.ask(wall.layer())
    except (OSError, http.client.HTTPException):
        return


def _wait(ready: Callable[[], bool]) -> None:
    for _ in range(2000):
        if ready():
            return
        time.sleep(0.005)
    pytest.fail("it did not come to that")
