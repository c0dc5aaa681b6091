"""Killed at 80 % of a large blob: only what no note names yet is fetched again."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.processes import wait_until
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall
from tests.e2e.test_killloop import Reader

from seawall.oci.digest import Digest
from seawall.testing.samples import random_image

MIB = 1 << 20
LAYER_BYTES = int(os.environ.get("SEAWALL_E2E_TAIL_MIB", "96")) * MIB
REPOSITORY = "library/tail"
# What is written between two notes, and the one write that makes a note due.
UNNOTED_BYTES = 8 * MIB + MIB


@dataclass(frozen=True, slots=True)
class Killed:
    """What was there when the process was ended.

    Attributes:
        written: Bytes of the partial on disk.
        noted: Those that a restart may trust.
        pieces: In how many pieces.
        spent: Body bytes that the upstream had sent.
    """

    written: int
    noted: int
    pieces: int
    spent: int


@pytest.fixture(params=[1, 4], ids=["one connection", "stripes"])
def pull(
    request: pytest.FixtureRequest, place: Path
) -> Iterator[tuple[Seawall, Scripted, Digest]]:
    """Give a Seawall before an upstream that needs about two seconds for a blob."""
    legs: int = request.param
    image = random_image("tail", layers=1, layer_bytes=LAYER_BYTES).tagged("1")
    pace = max(48 * MIB, LAYER_BYTES // 8) // legs
    upstream = Scripted({REPOSITORY: image}, bytes_per_s=pace)
    seawall = Seawall(
        place / f"tail-{legs}",
        {"docker.io": {"sources": [upstream.url], "default": True}},
        limits={"stripes": legs},
    )
    yield seawall, upstream, max(image.blobs, key=lambda d: len(image.contents[d]))
    seawall.stop()
    upstream.close()


def _spent(upstream: Scripted, digest: Digest) -> int:
    return sum(one.spent_bytes for one in upstream.requests(str(digest)))


def _kill_at(
    seawall: Seawall, upstream: Scripted, digest: Digest, share: float
) -> Killed:
    """Pull a blob and end the process when so much of it has come."""
    partial = seawall.data / "partials" / f"sha256-{digest.hex}.part"

    def written() -> int:
        return partial.stat().st_blocks * 512 if partial.exists() else 0

    seawall.start()
    reader = Reader(seawall, REPOSITORY, digest)
    wait_until(lambda: written() >= share * LAYER_BYTES, "most of the blob", wait_s=300)
    seawall.kill()
    reader.join()
    assert not reader.whole
    spans = json.loads(partial.with_suffix(".json").read_bytes())["extents"]
    noted = sum(stop - start for start, stop in spans)
    return Killed(written(), noted, len(spans), _spent(upstream, digest))


@pytest.mark.timeout(600)
def test_after_a_kill_only_the_unnoted_tail_is_fetched_again(
    pull: tuple[Seawall, Scripted, Digest],
) -> None:
    """At most 8 MiB come twice, whether in one piece or striped over connections."""
    seawall, upstream, digest = pull
    killed = _kill_at(seawall, upstream, digest, 0.8)

    seawall.start()
    began = time.monotonic()
    again = Reader(seawall, REPOSITORY, digest)
    again.join()
    spent = _spent(upstream, digest) - killed.spent
    print(  # noqa: T201  figures for people
        f"\n{LAYER_BYTES / MIB:.0f} MiB: written {killed.written / MIB:.1f}, noted"
        f" {killed.noted / MIB:.1f} in {killed.pieces} pieces, sent before"
        f" {killed.spent / MIB:.1f}, after {spent / MIB:.1f}, in all"
        f" {(killed.spent + spent) / LAYER_BYTES:.4f} of it;"
        f" {time.monotonic() - began:.1f} s"
    )

    assert again.whole
    assert digest == Digest.of(bytes(again.body))
    assert killed.written - killed.noted <= UNNOTED_BYTES
    assert spent <= LAYER_BYTES - killed.noted + UNNOTED_BYTES
