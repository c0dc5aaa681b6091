"""A private upstream: pulled with Seawall's credential here, refused elsewhere."""

import base64
import contextlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.e2e.clients import Form, Skopeo
from tests.e2e.conftest import MakeSeawall, Samples
from tests.e2e.processes import clean_environment, free_port, run
from tests.e2e.service import Answer, Seawall
from tests.e2e.upstreams import PASSWORD, USER, DockerRegistry, TokenServer

PRIVATE, PUBLIC = "team/secret", "public/box"
HERE, THERE = "198.51.100.1", "198.51.100.2"  # RFC 5737, for two ends of a cable
LOGIN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def vault(
    place: Path, samples: Samples, tokens: TokenServer
) -> Iterator[DockerRegistry]:
    """Start a docker-registry that wants tokens; `public/` is open to anybody's."""
    registry = DockerRegistry.with_tokens(place / "vault", tokens)
    registry.start()
    for repository in (PRIVATE, PUBLIC):
        registry.push(samples.layout, repository, tag="single")
    yield registry
    registry.stop()


@pytest.fixture(scope="module")
def neighbour() -> Iterator[str]:
    """Make another host: a network namespace at the other end of a cable."""
    tag = secrets.token_hex(3)
    name, near, far = f"sw-{tag}", f"sw{tag}a", f"sw{tag}b"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        _ip("address", "add", f"{HERE}/30", "dev", near)
        _ip("link", "set", near, "up")
        _ip("-n", name, "address", "add", f"{THERE}/30", "dev", far)
        _ip("-n", name, "link", "set", far, "up")
        yield name
    finally:
        with contextlib.suppress(AssertionError):
            _ip("link", "delete", near)
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    run(["ip", *words], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


@dataclass
class Witness:
    """Keeps all that clients were told, to look for secrets in it."""

    heard: list[str] = field(default_factory=list)

    def note(self, answer: Answer) -> Answer:
        """Keep an answer with its headers."""
        self.heard.append(f"{answer.headers} {answer.body[:4096]!r}")
        return answer


def _table(vault: DockerRegistry, tokens: TokenServer) -> dict[str, object]:
    login = {"username": USER, "password_env": "VAULT_PASSWORD"}
    realm = tokens.realm.removesuffix("/token")
    # Always ask, so that a refusal is met at once.
    table = {"sources": [vault.url], "realms": [realm], "fresh_s": 0}
    return {**table, "credentials": login}


def _path(repository: str, reference: str = "single") -> str:
    return f"/v2/vault.example/{repository}/manifests/{reference}"


def _ask_from_elsewhere(neighbour: str, port: int, path: str, home: Path) -> Answer:
    """Ask Seawall from the other host, by curl."""
    said = run(
        ["ip", "netns", "exec", neighbour, "curl", "--silent", "--show-error"]
        + ["--include", "--max-time", "20", f"http://{HERE}:{port}{path}"],
        env=clean_environment(home),
    )
    head, _, body = said.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(status.split()[1]), headers, body)


@pytest.fixture
def guarded(
    vault: DockerRegistry, tokens: TokenServer, make_seawall: MakeSeawall
) -> Seawall:
    """Start a Seawall on all addresses, with a login for the private upstream."""
    port = free_port()
    seawall = make_seawall(
        registries={"vault.example": _table(vault, tokens)},
        env={"VAULT_PASSWORD": PASSWORD},
        listen=f"0.0.0.0:{port}",
        trust="network",
    )
    seawall.port, seawall.host = port, f"127.0.0.1:{port}"
    seawall.start()
    return seawall


def test_private_content_stays_on_this_machine(
    guarded: Seawall, samples: Samples, neighbour: str, place: Path
) -> None:
    """What needed a login is served on loopback, and to no other host."""
    digest = samples.digests["single"]
    layer = json.loads(samples.blob(digest))["layers"][0]["digest"]
    secret = f"/v2/vault.example/{PRIVATE}"
    blob = f"{secret}/blobs/{layer}"

    def elsewhere(path: str) -> int:
        return _ask_from_elsewhere(neighbour, guarded.port, path, place / "h").status

    assert 200 == guarded.ask(_path(PRIVATE)).status
    assert 200 == guarded.ask(blob).status
    for path in (_path(PRIVATE), _path(PRIVATE, digest), blob, f"{secret}/tags/list"):
        assert elsewhere(path) in (401, 403, 404), path


def test_a_login_makes_nothing_private(
    guarded: Seawall, samples: Samples, neighbour: str, place: Path
) -> None:
    """A public image that was pulled with a credential is there for everybody."""
    here = guarded.ask(_path(PUBLIC))
    there = _ask_from_elsewhere(neighbour, guarded.port, _path(PUBLIC), place / "h")

    assert samples.blob(samples.digests["single"]) == here.body == there.body


def test_no_secret_is_told(
    guarded: Seawall, tokens: TokenServer, neighbour: str, place: Path
) -> None:
    """No log, metric, error or header shows a password or token."""
    witness = Witness()
    for path in (_path(PRIVATE), _path(PUBLIC), _path(PRIVATE, "missing"), "/metrics"):
        witness.note(guarded.ask(path))
        there = _ask_from_elsewhere(neighbour, guarded.port, path, place / "h")
        witness.note(there)
    tokens.password = "changed-4712"
    try:
        witness.note(guarded.ask(_path("team/other")))
    finally:
        tokens.password = PASSWORD
    witness.heard.append(guarded.daemon.text())

    told = "\n".join(witness.heard)
    # A token's head is the same for all, its signature is the secret.
    secrets_known = [PASSWORD, LOGIN, *(t.rpartition(".")[2] for t in tokens.issued)]
    assert [] == [secret for secret in secrets_known if secret in told]


def test_an_expired_login_empties_nothing(
    guarded: Seawall, tokens: TokenServer, samples: Samples
) -> None:
    """When the credential is no longer taken, what was pulled stays for a while."""
    digest = samples.digests["single"]
    guarded.ask(_path(PRIVATE))
    tokens.password = "changed-4712"
    try:
        guarded.restart()
        by_tag = guarded.ask(_path(PRIVATE))
        by_digest = guarded.ask(_path(PRIVATE, digest))
    finally:
        tokens.password = PASSWORD

    assert samples.blob(digest) == by_tag.body == by_digest.body


def test_a_registry_with_passwords_is_pulled(
    place: Path, samples: Samples, make_seawall: MakeSeawall
) -> None:
    """An upstream that wants a name and password gets Seawall's."""
    upstream = DockerRegistry.with_passwords(place / "passwords")
    upstream.start()
    try:
        upstream.push(samples.layout, PRIVATE, tag="single")
        login = {"username": USER, "password_env": "VAULT_PASSWORD"}
        table = {"sources": [upstream.url], "default": True, "credentials": login}
        seawall = make_seawall(
            registries={"docker.io": table}, env={"VAULT_PASSWORD": PASSWORD}
        )
        seawall.start()
        skopeo = Skopeo(place / "passwords")
        skopeo.point_at(seawall.host)

        got = skopeo.pull(Form.BARE, PRIVATE, ":single")
    finally:
        upstream.stop()

    assert {samples.digests["single"]} == got
