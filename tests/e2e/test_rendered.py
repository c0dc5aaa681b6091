"""What `seawall render` writes is what clients understand, whatever Seawall does."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.e2e import pointed, scene
from tests.e2e.pointed import Pointed
from tests.e2e.pointing import TOLD, UNTOLD, read_table
from tests.e2e.scene import STATES, Scene

from seawall.drill.gatekeeper import basic_header

KINDS = {
    kind.name: kind
    for kind in pointed.ALL
    # what Debian 12 has
    if kind not in (pointed.BuildKit, pointed.SourcePolicy, pointed.DockerStore)
}
CLOSED = [name for name in KINDS if not name.startswith("docker")]
QUICK = [name for name in STATES if name not in (*scene.SLOW, scene.TLS)]
GONE = "is stopped: nobody listens"
WELL = next(iter(STATES))
# By tag is enough: a Seawall has to be started, or some clients try for seconds.
ONCE = (WELL, "says 429, for a second", "gives the manifest, and says 503 for layers")


@pytest.fixture(scope="module")
def stage(place: Path) -> Scene:
    """Make a mirror and a Docker Hub that the clients' names lead to."""
    return Scene(place / "scene")


@pytest.fixture(scope="module")
def clients(place: Path, stage: Scene) -> Iterator[Mapping[str, Pointed]]:
    """Make the clients, each on a machine of its own, told by `seawall render`."""
    made: dict[str, Pointed] = {}
    try:
        for name, kind in KINDS.items():
            made[name] = kind(place / f"rendered-{kind.__name__.lower()}")
            stage.prepare(made[name])
            stage.tell(made[name])
            made[name].start()
        yield made
    finally:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda client: client.stop(), made.values()))


@pytest.mark.parametrize("state", QUICK)
@pytest.mark.parametrize("name", KINDS)
def test_clients_do_what_the_page_says(
    clients: Mapping[str, Pointed], stage: Scene, name: str, state: str
) -> None:
    """By tag and by digest: who has the image, and from whom, is as it is written."""
    written = read_table("debian")[state][name]
    ways = (False,) if state in ONCE else (False, True)
    for by_digest in ways:
        found = stage.pull(clients[name], state, by_digest=by_digest)

        assert found.word == written.partition(",")[0], found
        assert bool(found.hub) == (found.word == "goes on")


@pytest.mark.parametrize("state", [WELL, GONE, "says 503", "says 404"])
@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_network_stays_closed(
    clients: Mapping[str, Pointed], stage: Scene, name: str, state: str
) -> None:
    """With the profile `airgap`, nobody asks upstream for what the mirror lacks."""
    stage.tell(clients[name], profile="airgap")
    try:
        found = stage.pull(clients[name], state)
    finally:
        stage.tell(clients[name])

    assert (found.worked, found.hub) == (state == WELL, 0), found


@pytest.mark.parametrize("name", [name for name in KINDS if name != "docker"])
def test_a_certificate_is_known_once_it_is_told(
    clients: Mapping[str, Pointed], stage: Scene, name: str
) -> None:
    """By `ca`, or at the place that a warning names; before, upstream is asked.

    Docker's own pulls are not seen here: loopback is always insecure for them.
    """
    client, table = clients[name], read_table("debian")
    try:
        stage.tell(client, plain=False)
        before = stage.pull(client, scene.TLS)
        client.stop()  # the BuildKit in dockerd reads certificates at its start
        stage.tell_certificate(client)
        client.start()
        after = stage.pull(client, scene.TLS)
    finally:
        stage.tell(client)

    assert before.word == table[UNTOLD][name].partition(",")[0], before
    assert after.word == table[TOLD][name].partition(",")[0], after


def test_a_mirror_that_wants_a_password_gets_it(
    clients: Mapping[str, Pointed], stage: Scene, tmp_path: Path
) -> None:
    """By hosts.toml, or by the login of whoever pulls; docker sends none to mirrors."""
    auth = basic_header("ann", "s3cret-password").removeprefix("Basic ")
    place = f"{stage.mirror}/docker.io"
    entries = {"auths": {place: {"auth": auth}, stage.mirror: {"auth": auth}}}
    known = tmp_path / "config.json"
    known.write_text(json.dumps(entries))
    found = {}
    for name, client in clients.items():
        words = ["--auths", str(known)] if client.rendered == "containerd" else []
        stage.tell(client, *words, secret="pull")
        for own in (".docker/config.json", "containers/auth.json"):
            page = client.root / "home" / own
            page.parent.mkdir(exist_ok=True)
            page.write_text(json.dumps(entries))
        found[name] = stage.pull(client, scene.PASSWORD).word
        stage.tell(client)

    assert found == dict.fromkeys(KINDS, "has it") | {"docker": "goes on"}
