"""The scripted upstream's honest answers follow the distribution spec."""

import json

import pytest

from seawall.drill.answering import answer_route, match_route
from seawall.drill.exchange import Answer, Request
from seawall.drill.stock import Repository
from seawall.oci import mediatypes
from seawall.testing.samples import Sample, random_artifact, random_image, random_index

IMAGE = random_image(1).tagged("1", "2", "3")
ARTIFACT = random_artifact(2, subject=IMAGE)
SINGLE = mediatypes.ACCEPT[mediatypes.Kind.MANIFEST]


def ask(
    path: str,
    *samples: Sample,
    method: str = "GET",
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    api: bool = True,
) -> Answer:
    """Ask a registry with one repository, `a/b`."""
    repository = Repository()
    for sample in samples or (IMAGE,):
        repository.put(sample)
    request = Request(method, f"/v2/a/b/{path}", query or {}, headers or {})
    return answer_route(request, {"a/b": repository}, referrers_api=api)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/a/manifests/1", ("a", "manifests", "1")),
        ("/v2/a/blobs/b/tags/list", ("a/blobs/b", "tags", "list")),
        ("/v2/", None),
        ("/v2/a", None),
        ("/x", None),
    ],
)
def test_paths_are_split(path: str, expected: tuple[str, str, str] | None) -> None:
    """Repository, kind and tail are told apart."""
    assert expected == match_route(path)


def test_manifests_are_found_by_tag_and_digest() -> None:
    """Both give the same bytes, with type and digest."""
    by_tag, by_digest = ask("manifests/1"), ask(f"manifests/{IMAGE.digest}")

    assert by_tag == by_digest
    assert (IMAGE.body, IMAGE.media_type) == (
        by_tag.body,
        by_tag.headers["Content-Type"],
    )
    assert str(IMAGE.digest) == by_tag.headers["Docker-Content-Digest"]


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=2-5", 206, slice(2, 6)),
        ("bytes=2-", 206, slice(2, None)),
        ("bytes=-3", 206, slice(-3, None)),
        ("bytes=2-5,7-8", 200, slice(None)),
        ("items=1-2", 200, slice(None)),
    ],
)
def test_ranges_are_cut(wanted: str, status: int, part: slice) -> None:
    """One range is cut out; several, or other units, give the whole."""
    digest = IMAGE.blobs[0]
    answer = ask(f"blobs/{digest}", headers={"range": wanted})

    assert (status, IMAGE.contents[digest][part]) == (answer.status, answer.body)


def test_a_range_outside_is_refused() -> None:
    """416 says how large the blob is."""
    digest = IMAGE.blobs[0]
    answer = ask(f"blobs/{digest}", headers={"range": "bytes=9999999-"})
    size = len(IMAGE.contents[digest])

    assert (416, f"bytes */{size}") == (answer.status, answer.headers["Content-Range"])


def test_tags_have_pages() -> None:
    """A full page links to the next; the last page links nowhere."""
    first = ask("tags/list", query={"n": "2"})
    last = ask("tags/list", query={"n": "2", "last": "2"})

    assert ["1", "2"] == json.loads(first.body)["tags"]
    assert "last=2" in first.headers["Link"]
    assert ["3"] == json.loads(last.body)["tags"]
    assert "Link" not in last.headers


def test_referrers_are_listed_and_filtered() -> None:
    """What is about a manifest is listed, by artifact type if asked."""
    both = (IMAGE, ARTIFACT)
    listed = ask(f"referrers/{IMAGE.digest}", *both)
    none = ask(f"referrers/{IMAGE.digest}", *both, query={"artifactType": "a/b"})

    found = [entry["digest"] for entry in json.loads(listed.body)["manifests"]]
    assert [str(ARTIFACT.digest)] == found
    assert [] == json.loads(none.body)["manifests"]
    assert "artifactType" == none.headers["OCI-Filters-Applied"]


def test_without_the_api_there_is_the_tag() -> None:
    """Registries without the API have the same list under a tag."""
    both = (IMAGE, ARTIFACT)
    tag = str(IMAGE.digest).replace(":", "-")
    api = ask(f"referrers/{IMAGE.digest}", *both, api=False)
    fallback = ask(f"manifests/{tag}", *both, api=False)

    found = [entry["digest"] for entry in json.loads(fallback.body)["manifests"]]
    assert (404, [str(ARTIFACT.digest)]) == (api.status, found)


def test_old_clients_get_a_single_manifest() -> None:
    """Docker's list becomes its amd64 child, an OCI index is not found."""
    docker, oci = random_index(3, docker=True).tagged("1"), random_index(3).tagged("1")
    child = ask("manifests/1", docker, headers={"accept": SINGLE})
    nothing = ask("manifests/1", oci, headers={"accept": SINGLE})

    assert mediatypes.DOCKER_MANIFEST == child.headers["Content-Type"]
    assert 404 == nothing.status


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("manifests/none", "GET", 404),
        ("blobs/sha256:" + "0" * 64, "GET", 404),
        ("blobs/nonsense", "HEAD", 404),
        ("manifests/1", "PUT", 405),
        ("blobs/uploads", "POST", 405),
    ],
)
def test_other_requests_are_refused(path: str, method: str, status: int) -> None:
    """What is not there, or cannot be done, is said in the spec's words."""
    answer = ask(path, method=method)

    assert status == answer.status
    assert json.loads(answer.body)["errors"][0]["code"]
