"""The reading part of the distribution spec's conformance cases, pulled through."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.e2e.scripted import Scripted
from tests.e2e.service import Answer, Seawall
from tests.process.conftest import REGISTRY

from seawall.drill import faults
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.testing.samples import (
    Sample,
    empty_index,
    nested_index,
    random_artifact,
    random_image,
    random_index,
)

if TYPE_CHECKING:
    from pathlib import Path

_ARTIFACT_TYPE = "application/vnd.example.sbom"
_IMAGES = {
    "image": random_image(1),
    "docker": random_image(2, docker=True),
    "index": random_index(3),
    "docker-index": random_index(4, docker=True),
    "nested": nested_index(5),
    "empty-index": empty_index(),
    "sha512": random_image(6, algorithm="sha512"),
    "sha512-index": random_index(7, algorithm="sha512"),
    "artifact": random_artifact(8),
}
_SUBJECT = random_image(20)
_REFERRER = random_artifact(21, subject=_SUBJECT, artifact_type=_ARTIFACT_TYPE)
_OTHER = random_artifact(22, subject=_SUBJECT)
_ORPHAN = random_artifact(23, subject=random_image(24))
_EMPTY_BLOB = Digest.of(b"")


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    """Open one upstream with everything the cases need."""
    images: dict[str, Sample] = {
        name: sample.tagged("1") for name, sample in _IMAGES.items()
    }
    images["referred"] = _SUBJECT.joined(_REFERRER, _OTHER).tagged("1")
    images["orphaned"] = _ORPHAN.tagged("1")
    images["blob"] = random_image(9, layers=1, layer_bytes=5_000_000).tagged("1")
    opened = Scripted(
        {
            **images,
            "empty": Sample(
                _EMPTY_BLOB, {_EMPTY_BLOB: b""}, {_EMPTY_BLOB: mediatypes.OCTETS}
            ),
        }
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def seawall(
    upstream: Scripted, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seawall]:
    """Start one Seawall for all cases."""
    root: Path = tmp_path_factory.mktemp("conformance")
    table = {"sources": [upstream.url], "default": True, "fresh_s": 0}
    started = Seawall(root, {REGISTRY: table})
    started.start()
    yield started
    started.finish()


def _ask(seawall: Seawall, path: str, *, method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return seawall.ask(f"/v2/{REGISTRY}/{path}", method=method, headers=named)


@pytest.mark.parametrize("name", _IMAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_kind_of_content_comes_through(
    seawall: Seawall, name: str, method: str
) -> None:
    """Manifests by tag and digest, and all blobs, with their types and digests."""
    sample = _IMAGES[name]
    top = _ask(seawall, f"{name}/manifests/1", method=method)
    assert 200 == top.status
    assert str(sample.digest) == top.headers["docker-content-digest"]
    assert sample.media_type == top.headers["content-type"]
    for digest, content in sample.contents.items():
        kind = "manifests" if digest in sample.manifests else "blobs"
        got = _ask(seawall, f"{name}/{kind}/{digest}", method=method)

        assert (200, str(len(content))) == (got.status, got.headers["content-length"])
        assert str(digest) == got.headers["docker-content-digest"]
        assert got.body == (content if method == "GET" else b"")


def test_an_empty_blob_comes_through(seawall: Seawall) -> None:
    """Nothing at all is a content, too."""
    got = _ask(seawall, f"empty/blobs/{_EMPTY_BLOB}")

    assert (200, b"", "0") == (got.status, got.body, got.headers["content-length"])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("image/manifests/none", "MANIFEST_UNKNOWN"),
        (f"image/manifests/sha256:{'0' * 64}", "MANIFEST_UNKNOWN"),
        (f"image/blobs/sha256:{'0' * 64}", "BLOB_UNKNOWN"),
        ("none/tags/list", "NAME_UNKNOWN"),
    ],
)
def test_what_is_not_there_is_a_404(seawall: Seawall, path: str, code: str) -> None:
    """With the spec's JSON, and the spec's code for each kind of thing."""
    got = _ask(seawall, path)

    assert 404 == got.status
    assert code == json.loads(got.body)["errors"][0]["code"]
    assert "application/json" == got.headers["content-type"]


_BLOB = max(_IMAGES["image"].blobs, key=lambda d: len(_IMAGES["image"].contents[d]))


@pytest.mark.parametrize(
    ("wanted", "first", "stop"),
    [
        ("bytes=0-", 0, None),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=100-", 100, None),
        ("bytes=-7", -7, None),
        ("bytes=5-99999999", 5, None),
    ],
)
def test_a_range_is_answered_in_part(
    seawall: Seawall, wanted: str, first: int, stop: int | None
) -> None:
    """206, Content-Range, and the very bytes; also while the blob arrives."""
    content = _IMAGES["image"].contents[_BLOB]
    part = content[first:stop]
    start = len(content) + first if first < 0 else first

    got = _ask(seawall, f"image/blobs/{_BLOB}", range=wanted)

    assert (206, part) == (got.status, got.body)
    said = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
    assert said == got.headers["content-range"]


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_is_refused(seawall: Seawall, wanted: str) -> None:
    """416, with the size in Content-Range (RFC 9110 15.5.17)."""
    size = len(_IMAGES["image"].contents[_BLOB])

    got = _ask(seawall, f"image/blobs/{_BLOB}", range=wanted)

    assert 416 == got.status
    assert f"bytes */{size}" == got.headers["content-range"]


@pytest.mark.parametrize(
    "wanted", ["bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=5-2"]
)
def test_a_range_that_is_none_is_ignored(seawall: Seawall, wanted: str) -> None:
    """All of it is answered, as RFC 9110 14.2 allows."""
    got = _ask(seawall, f"image/blobs/{_BLOB}", range=wanted)

    assert (200, _IMAGES["image"].contents[_BLOB]) == (got.status, got.body)


def test_conditions_are_kept(seawall: Seawall) -> None:
    """If-None-Match gives 304; If-Range with another validator gives all of it."""
    etag = f'"{_BLOB}"'
    path = f"image/blobs/{_BLOB}"
    _ask(seawall, path)

    same = _ask(seawall, path, if_none_match=etag)
    part = _ask(seawall, path, range="bytes=0-9", if_range=etag)
    other = _ask(seawall, path, range="bytes=0-9", if_range='"x"')
    manifest = _ask(
        seawall, "image/manifests/1", if_none_match=f'"{_IMAGES["image"].digest}"'
    )

    assert [304, 206, 200, 304] == [x.status for x in (same, part, other, manifest)]


def test_tags_are_listed_in_pages(seawall: Seawall, upstream: Scripted) -> None:
    """`n` and `last` reach the origin, and the next page's link leads back here."""
    for tag in ("a", "b", "c"):
        upstream.tag("image", tag, _IMAGES["image"].digest)

    whole = _ask(seawall, "image/tags/list")
    page = _ask(seawall, "image/tags/list?n=2")
    link = page.headers["link"].partition(">")[0].removeprefix("<")
    following = seawall.ask(link)

    assert {"a", "b", "c", "1"} == set(json.loads(whole.body)["tags"])
    assert 2 == len(json.loads(page.body)["tags"])
    assert link.startswith(f"/v2/{REGISTRY}/image/tags/list?")
    pages = json.loads(page.body)["tags"] + json.loads(following.body)["tags"]
    assert sorted(json.loads(whole.body)["tags"]) == sorted(pages)


def test_referrers_are_listed_and_filtered(seawall: Seawall) -> None:
    """All of them, those of one type, and none for who has none."""
    path = f"referred/referrers/{_SUBJECT.digest}"
    whole = _ask(seawall, path)
    some = _ask(seawall, f"{path}?artifactType={_ARTIFACT_TYPE}")
    none = _ask(seawall, f"referred/referrers/sha256:{'1' * 64}")

    assert mediatypes.OCI_INDEX == whole.headers["content-type"]
    found = {entry["digest"] for entry in json.loads(whole.body)["manifests"]}
    assert {str(_REFERRER.digest), str(_OTHER.digest)} == found
    assert [str(_REFERRER.digest)] == [
        entry["digest"] for entry in json.loads(some.body)["manifests"]
    ]
    assert "artifactType" == some.headers["oci-filters-applied"]
    assert (200, []) == (none.status, json.loads(none.body)["manifests"])


def test_a_referrer_of_a_missing_subject_comes_through(seawall: Seawall) -> None:
    """An artifact may name a subject that is not there."""
    got = _ask(seawall, "orphaned/manifests/1")

    assert (200, _ORPHAN.body) == (got.status, got.body)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize(
    "path", ["image/manifests/1", f"image/blobs/{_BLOB}", "image/blobs/uploads/"]
)
def test_writing_is_refused_plainly(seawall: Seawall, method: str, path: str) -> None:
    """405 and UNSUPPORTED: a cache takes no pushes."""
    got = _ask(seawall, path, method=method)

    assert 405 == got.status
    assert "UNSUPPORTED" == json.loads(got.body)["errors"][0]["code"]


def test_all_three_forms_mean_the_same(seawall: Seawall) -> None:
    """By path, by `ns` as containerd sends it, and bare for the default registry."""
    forms = [
        f"/v2/{REGISTRY}/image/manifests/1",
        f"/v2/image/manifests/1?ns={REGISTRY}",
        "/v2/image/manifests/1",
    ]

    digests = [seawall.ask(f).headers.get("docker-content-digest") for f in forms]

    assert [str(_IMAGES["image"].digest)] * 3 == digests


def test_a_range_of_an_arriving_blob(seawall: Seawall, upstream: Scripted) -> None:
    """A range is right also when nothing of its blob was here before."""
    sample = random_image(9, layers=1, layer_bytes=5_000_000)
    digest = max(sample.blobs, key=lambda d: len(sample.contents[d]))
    upstream.fail("*/blob/blobs/*", faults.slow(20_000_000))

    got = _ask(seawall, f"blob/blobs/{digest}", range="bytes=1000-4999999")

    assert (206, sample.contents[digest][1000:5_000_000]) == (got.status, got.body)
