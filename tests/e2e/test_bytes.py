"""What comes through is byte for byte what the upstream has, and is asked for once."""

import json

from tests.e2e.clients import Client, Form, Skopeo
from tests.e2e.conftest import REPOSITORY, Samples
from tests.e2e.service import Seawall
from tests.e2e.upstreams import DockerRegistry

MANIFESTS = f"/v2/docker.io/{REPOSITORY}/manifests"


def _skopeo(clients: dict[str, Client], seawall: Seawall) -> Skopeo:
    skopeo = clients["skopeo"]
    assert isinstance(skopeo, Skopeo)
    skopeo.point_at(seawall.host)
    return skopeo


def _descendants(samples: Samples, digest: str) -> set[str]:
    """Name a manifest and all that it needs."""
    found = {digest}
    document = json.loads(samples.blob(digest))
    for child in document.get("manifests", []):
        found |= _descendants(samples, child["digest"])
    parts = [document["config"]] if "config" in document else []
    return found | {part["digest"] for part in parts + document.get("layers", [])}


def test_an_index_comes_through_whole(
    seawall: Seawall, clients: dict[str, Client], samples: Samples
) -> None:
    """All platforms of an index arrive with the bytes that the upstream has."""
    skopeo = _skopeo(clients, seawall)
    skopeo.pull(Form.PATH, REPOSITORY, ":multi")
    wanted = _descendants(samples, samples.digests["multi"])

    got = {
        f"sha256:{path.name}": path.read_bytes()
        for path in (skopeo.layout / "blobs" / "sha256").iterdir()
    }

    assert {digest: samples.blob(digest) for digest in wanted} == got


def test_an_artifact_and_its_referrers_come_through(
    seawall: Seawall, samples: Samples
) -> None:
    """An artifact is found by its subject, though the upstream has no such API."""
    subject, artifact = samples.digests["multi"], samples.digests["sbom"]

    found = seawall.ask(f"/v2/docker.io/{REPOSITORY}/referrers/{subject}")
    got = seawall.ask(f"{MANIFESTS}/{artifact}")

    assert [artifact] == [
        entry["digest"] for entry in json.loads(found.body)["manifests"]
    ]
    assert samples.blob(artifact) == got.body


def test_a_manifest_is_answered_with_its_digest(
    seawall: Seawall, samples: Samples
) -> None:
    """By tag and by digest, GET gives the same bytes, and HEAD the same headers."""
    digest = samples.digests["multi"]
    body = samples.blob(digest)

    for reference in ("multi", digest):
        got = seawall.ask(f"{MANIFESTS}/{reference}")
        head = seawall.ask(f"{MANIFESTS}/{reference}", method="HEAD")

        assert (200, body) == (got.status, got.body)
        assert (200, b"") == (head.status, head.body)
        for answer in (got, head):
            assert digest == answer.headers["docker-content-digest"]
            assert str(len(body)) == answer.headers["content-length"]


def test_what_is_held_is_not_asked_for_again(
    seawall: Seawall,
    clients: dict[str, Client],
    upstream: DockerRegistry,
) -> None:
    """While a tag is fresh, a second pull asks the upstream nothing."""
    skopeo = _skopeo(clients, seawall)
    skopeo.pull(Form.PATH, REPOSITORY, ":single")
    before = upstream.asked()

    skopeo.pull(Form.PATH, REPOSITORY, ":single")
    skopeo.pull(Form.BARE, REPOSITORY, ":single")

    assert {} == dict(upstream.asked() - before)
