"""A source that lies is named wherever one looks, and left alone for as long as set."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall
from tests.process.conftest import LARGE_BYTES

from seawall.drill import faults
from seawall.testing.samples import Sample, random_image

REGISTRY = "up.example"
LIE_S = 31.0  # beyond the 30 s for which whoever just failed comes later


@dataclass(frozen=True, slots=True)
class Pair:
    """A mirror that lies, an origin that does not, and Seawall before them."""

    liar: Scripted
    honest: Scripted
    seawall: Seawall
    images: dict[str, Sample]

    @property
    def label(self) -> str:
        """What logs call the liar."""
        return self.liar.url.partition("//")[2]

    def pull(self, name: str) -> None:
        """Pull an image as a client does, and check every byte of it."""
        image = self.images[name]
        got = self.seawall.ask(f"/v2/{REGISTRY}/{name}/manifests/1")
        assert 200 == got.status
        for digest, content in image.contents.items():
            kind = "manifests" if digest in image.manifests else "blobs"
            got = self.seawall.ask(f"/v2/{REGISTRY}/{name}/{kind}/{digest}")
            assert (200, True) == (got.status, got.body == content)

    def lies(self) -> float:
        """Give how often the liar was caught, as the metric has it."""
        text = self.seawall.ask("/metrics").body.decode()
        label = f'seawall_source_lies_total{{source="{self.label}"}} '
        found = [line for line in text.splitlines() if line.startswith(label)]
        return float(found[0].removeprefix(label)) if found else 0.0

    def explain(self, *words: str) -> dict[str, Any]:
        """Ask the running service for an explanation."""
        told: dict[str, Any]
        told = json.loads(self.seawall.command("explain", "--json", *words))
        return told


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Start both sources and Seawall; all end with the test."""
    images = {
        name: random_image(seed, layers=3, layer_bytes=60_000).tagged("1")
        for seed, name in enumerate(("one", "two"))
    }
    images["large"] = random_image(9, layers=1, layer_bytes=LARGE_BYTES).tagged("1")
    with ExitStack() as stack:
        liar, honest = Scripted(dict(images)), Scripted(dict(images))
        stack.callback(liar.close)
        stack.callback(honest.close)
        liar.fail("*/blobs/*", faults.corrupt(1000))
        seawall = Seawall(
            tmp_path / "seawall",
            {REGISTRY: {"sources": [liar.url, honest.url]}},
            limits={"lie_s": LIE_S},
            log="json",
        )
        seawall.start()
        stack.callback(seawall.finish)
        yield Pair(liar, honest, seawall, images)


def test_a_liar_is_named_and_left_alone(pair: Pair) -> None:
    """Pulls succeed; log, metric and `explain` name it; it is not asked meanwhile."""
    pair.pull("one")
    caught = time.monotonic()
    asked = len(pair.liar.requests("/blobs/"))
    pair.pull("two")
    in_time = time.monotonic() - caught < LIE_S
    told = pair.explain(f"{REGISTRY}/one:1", "--last", "50")

    assert asked >= 1
    assert in_time, "the machine was too slow to see anything"
    assert asked == len(pair.liar.requests("/blobs/"))
    assert 1 == pair.lies()
    lines = [
        json.loads(x) for x in pair.seawall.daemon.text().splitlines() if x[0] == "{"
    ]
    [lied] = [line for line in lines if line["event"] == "source lied"]
    assert (pair.label, "error") == (lied["source"], lied["level"])
    heard = [e for story in told["last"] for e in story["told"]]
    [lie] = [e for e in heard if e["event"] == "source-lied"]
    assert pair.label == lie["facts"]["source"]
    states = {source["source"]: source["state"] for source in told["sources"]}
    assert "lied" == states[pair.label]


def test_a_liar_in_a_body_that_is_read_is_named(pair: Pair) -> None:
    """What went out can only be cut; asked again, all of it comes, and is right."""
    image = pair.images["large"]
    layer, body = max(image.contents.items(), key=lambda item: len(item[1]))
    assert 200 == pair.seawall.ask(f"/v2/{REGISTRY}/large/manifests/1").status
    path = f"/v2/{REGISTRY}/large/blobs/{layer}"
    with suppress(http.client.IncompleteRead):
        pair.seawall.ask(path)
    again = pair.seawall.ask(path)
    told = pair.explain(f"{REGISTRY}/large@{layer}", "--last", "3")
    [lie] = [
        event
        for story in told["last"]
        for event in story["told"]
        if event["event"] == "source-lied"
    ]

    assert (200, True) == (again.status, again.body == body)
    assert 1 == pair.lies()
    assert (pair.label, [[1000, 1000]], 1) == (
        lie["facts"]["source"],
        lie["facts"]["ranges"],
        lie["facts"]["wrong_bytes"],
    )


@pytest.mark.long
def test_a_liar_is_asked_again_after_its_time(pair: Pair) -> None:
    """When the time is over it has its place again, and is caught again."""
    pair.pull("one")
    time.sleep(LIE_S + 0.5)
    asked = len(pair.liar.requests("/blobs/"))
    pair.pull("two")

    assert asked < len(pair.liar.requests("/blobs/"))
    assert 2 == pair.lies()


def test_what_would_happen_is_told_beforehand(pair: Pair) -> None:
    """Who is asked, in which order and why; and nobody is asked by that question."""
    told = pair.explain(f"{REGISTRY}/one:1")
    asked = len(pair.liar.requests()) + len(pair.honest.requests())
    pair.pull("one")
    known = pair.explain(f"{REGISTRY}/one:1")
    layer = next(d for d in pair.images["two"].contents)
    unknown = pair.explain(f"{REGISTRY}/two@{layer}")

    assert 0 == asked
    assert "ask" == told["name"]["verdict"]
    assert ("fresh", {"hit"}) == (
        known["name"]["verdict"],
        {content["verdict"] for content in known["contents"]},
    )
    [foreseen] = unknown["contents"]
    liar, honest = pair.label, pair.honest.url.partition("//")[2]
    assert "fetch" == foreseen["verdict"]
    assert [honest, liar] == [one["source"] for one in foreseen["order"]]
    assert "wrong bytes" in foreseen["order"][1]["why"]
