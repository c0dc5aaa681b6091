"""Who can ask the registry itself is told to before long; who cannot, when to return.

A time-out of a test's own client stands for that client's patience.
"""

import http.client
import json

import pytest
from tests.process.conftest import REGISTRY, MakeWall, Wall

PATIENCE = {"floor_s": 2, "ceiling_s": 120}
TAG = "/v2/app/manifests/1"


def ask(wall: Wall, path: str, *, patience_s: float) -> http.client.HTTPResponse:
    """Ask as a client that waits so long for headers."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", wall.seawall.port, timeout=patience_s
    )
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
    finally:
        connection.close()
    return reply


def test_a_client_with_a_fallback_hears_at_once_of_bad_sources(
    make_wall: MakeWall,
) -> None:
    """Once a source is known to be bad, an answer takes less than a second."""
    wall = make_wall(registry={"patience": PATIENCE})
    wall.upstream.stop()
    first = ask(wall, f"{TAG}?ns={REGISTRY}", patience_s=20)
    wall.upstream.start()
    wall.upstream.deafen()
    blob = f"/v2/app/blobs/{wall.layer_digest}"
    manifest = f"/v2/app/manifests/sha256:{'0' * 64}"
    answers = [
        ask(wall, f"{path}?ns={REGISTRY}", patience_s=1.0).status
        for path in (TAG, manifest, blob)
    ]

    assert 503 == first.status
    assert [503] * 3 == answers


def test_a_client_with_a_fallback_is_not_kept_waiting(make_wall: MakeWall) -> None:
    """A source of which nothing is known may be silent for so long, and no longer."""
    wall = make_wall(registry={"patience": PATIENCE}, clients={"fallback_s": 1.0})
    wall.upstream.deafen()
    reply = wall.seawall.ask(f"{TAG}?ns={REGISTRY}")
    told = json.loads(reply.body)["errors"][0]

    assert 503 == reply.status
    assert "ask the registry itself" in told["message"]
    assert "net.silence" == told["detail"]["cause"]


@pytest.mark.long
def test_what_is_held_is_served_although_sources_are_bad(make_wall: MakeWall) -> None:
    """A client with a fall-back gets the last good answer, not an error."""
    wall = make_wall(registry={"patience": PATIENCE})
    wall.pull()
    wall.upstream.stop()
    ask(wall, f"/v2/app/blobs/sha256:{'0' * 64}?ns={REGISTRY}", patience_s=20)
    wall.upstream.start()
    wall.upstream.deafen()
    reply = ask(wall, f"{TAG}?ns={REGISTRY}", patience_s=1.0)

    assert 200 == reply.status
    assert reply.headers["warning"].startswith("299")


def test_a_client_without_a_fallback_is_told_when_to_return(
    make_wall: MakeWall,
) -> None:
    """An error to whoever asks us alone says how long to wait."""
    wall = make_wall(registry={"patience": PATIENCE})
    wall.upstream.stop()
    reply = ask(wall, wall.manifest(), patience_s=30)

    assert 503 == reply.status
    assert int(reply.headers["retry-after"]) >= 1
