"""With the upstream gone or mad, everything pulled before is pulled again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.clients import Client
from tests.e2e.conftest import REPOSITORY, Samples, fill
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall
from tests.e2e.test_clients import DRIVERS
from tests.e2e.upstreams import DockerRegistry

from seawall.drill import faults
from seawall.testing.samples import random_index

MANIFEST = f"/v2/docker.io/{REPOSITORY}/manifests/multi"
NAMES = [driver.name for driver in DRIVERS]

# Always ask, so that every answer after the trouble began is a stale one.
ALWAYS_ASK = {"fresh_s": 0, "default": True}

TROUBLES = {
    "429": (faults.status(429, retry_after=60), "rate_limit"),
    "503": (faults.status(503), "registry.5xx"),
    "html": (faults.html(), "registry.protocol_bug"),
    "silence": (faults.hang(), "net.silence"),
}


def _pull_by_tag_and_digest(client: Client, seawall: Seawall, digest: str) -> None:
    client.point_at(seawall.host)
    form = client.forms[0]

    assert digest in client.pull(form, REPOSITORY, ":multi")
    assert digest in client.pull(form, REPOSITORY, f"@{digest}")


def _check_stale(seawall: Seawall, cause: str) -> None:
    """Check that an answer says that it is stale, how old, and why."""
    answer = seawall.ask(MANIFEST)

    assert answer.status == 200
    assert "fwd=stale" in answer.headers["cache-status"]
    assert int(answer.headers["age"]) >= 0
    assert re.match(r'299 - ".+"$', answer.headers["warning"])
    assert cause in answer.headers["warning"] + answer.headers["cache-status"]


@pytest.fixture(scope="module", params=["stopped", "restarted"])
def bereft(
    request: pytest.FixtureRequest,
    place: Path,
    samples: Samples,
    clients: dict[str, Client],
) -> Iterator[Seawall]:
    """Give a Seawall whose upstream was stopped after every client had pulled."""
    root = place / f"bereft-{request.param}"
    upstream = DockerRegistry(root / "upstream")
    upstream.start()
    fill(upstream, samples)
    hub = {"sources": [upstream.url], **ALWAYS_ASK}
    seawall = Seawall(root / "seawall", {"docker.io": hub})
    try:
        seawall.start()
        for client in clients.values():
            _pull_by_tag_and_digest(client, seawall, samples.digests["multi"])
        upstream.stop()
        if request.param == "restarted":
            seawall.restart()
        yield seawall
    finally:
        seawall.stop()
        upstream.stop()


@pytest.mark.parametrize("name", NAMES)
def test_a_client_pulls_though_the_upstream_is_gone(
    bereft: Seawall, clients: dict[str, Client], samples: Samples, name: str
) -> None:
    """Without an upstream, and after a restart too, a pull goes on as before."""
    _pull_by_tag_and_digest(clients[name], bereft, samples.digests["multi"])


def test_an_answer_without_upstream_says_so(bereft: Seawall) -> None:
    """A stale answer says that it is stale, how old, and that nobody was there."""
    _check_stale(bereft, "net.conn_refused")


@pytest.fixture(scope="module", params=list(TROUBLES))
def troubled(
    request: pytest.FixtureRequest, place: Path, clients: dict[str, Client]
) -> Iterator[tuple[Seawall, str, str]]:
    """Give a Seawall whose upstream went mad after every client had pulled."""
    fault, cause = TROUBLES[request.param]
    image = random_index("outage", layer_bytes=100_000).tagged("multi")
    digest = str(image.digest)
    upstream = Scripted({REPOSITORY: image})
    hub = {"sources": [upstream.url], **ALWAYS_ASK}
    seawall = Seawall(place / f"troubled-{request.param}", {"docker.io": hub})
    try:
        seawall.start()
        for client in clients.values():
            _pull_by_tag_and_digest(client, seawall, digest)
        upstream.fail("*", fault)
        yield seawall, cause, digest
    finally:
        seawall.stop()
        upstream.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_client_pulls_though_the_upstream_is_mad(
    troubled: tuple[Seawall, str, str], clients: dict[str, Client], name: str
) -> None:
    """A limit, an outage, a page for people or silence upstream stops no pull."""
    seawall, _, digest = troubled

    _pull_by_tag_and_digest(clients[name], seawall, digest)


def test_an_answer_in_spite_of_trouble_says_so(
    troubled: tuple[Seawall, str, str],
) -> None:
    """A stale answer names the trouble for which it is stale."""
    seawall, cause, _ = troubled

    _check_stale(seawall, cause)
