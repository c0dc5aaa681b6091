"""Manifests and indexes: read as clients read them, refused where they are unclear."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import InputError, ManifestSyntaxError
from seawall.oci import mediatypes
from seawall.oci.descriptor import Platform
from seawall.oci.digest import Digest
from seawall.oci.manifest import MAX_ENTRIES, MAX_MANIFEST_BYTES, parse_manifest
from seawall.testing import samples

EMPTY = {
    "mediaType": mediatypes.OCI_EMPTY,
    "digest": str(Digest.of(b"{}")),
    "size": 2,
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(EMPTY),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
fields = [
    *("schemaVersion", "mediaType", "artifactType", "config", "layers"),
    *("manifests", "subject", "annotations", "fsLayers"),
]


def image(**changes: Any) -> bytes:
    """Write an image manifest with these fields changed."""
    document = {"schemaVersion": 2, "config": EMPTY, "layers": [EMPTY]}
    return json.dumps(document | changes).encode()


def index(**changes: Any) -> bytes:
    """Write an index with these fields changed."""
    return json.dumps({"schemaVersion": 2, "manifests": [EMPTY]} | changes).encode()


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker"])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("layers", [0, 3])
def test_an_image_names_what_it_needs(
    *, docker: bool, algorithm: str, layers: int
) -> None:
    """The references of an image are its configuration and layers, with sizes."""
    sample = samples.random_image(layers=layers, algorithm=algorithm, docker=docker)
    manifest = parse_manifest(sample.body)

    assert "image" == manifest.kind
    assert sample.media_type == manifest.media_type
    assert set(sample.blobs) == {entry.digest for entry in manifest.references}
    for entry in manifest.references:
        assert len(sample.contents[entry.digest]) == entry.size
        assert sample.media_types[entry.digest] == entry.media_type


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker"])
def test_an_index_names_its_children(*, docker: bool) -> None:
    """The references of an index are its children, with their platforms."""
    sample = samples.random_index(docker=docker)
    manifest = parse_manifest(sample.body, media_type=sample.media_type)

    assert "index" == manifest.kind
    assert manifest.children == manifest.references
    assert [samples.AMD64, samples.ARM64] == [e.platform for e in manifest.children]
    assert {*sample.manifests} == {
        sample.digest,
        *(e.digest for e in manifest.children),
    }


def test_an_index_may_list_indexes_or_nothing() -> None:
    """Nested and empty indexes are indexes."""
    inner, outer = parse_manifest(samples.nested_index().body).children

    assert mediatypes.is_index(inner.media_type)
    assert mediatypes.is_manifest(outer.media_type)
    assert () == parse_manifest(samples.empty_index().body).references


def test_an_artifact_names_its_subject() -> None:
    """A subject is noted, and is not among what the artifact needs."""
    subject = samples.random_image()
    manifest = parse_manifest(samples.random_artifact(subject=subject).body)

    assert manifest.subject is not None
    assert subject.digest == manifest.subject.digest
    assert subject.digest not in {entry.digest for entry in manifest.references}
    assert "application/vnd.example.sbom.v1" == manifest.artifact_type


@pytest.mark.parametrize(
    ("body", "given_type", "expected"),
    [
        (image(), None, mediatypes.OCI_MANIFEST),
        (index(), None, mediatypes.OCI_INDEX),
        (image(), mediatypes.DOCKER_MANIFEST, mediatypes.DOCKER_MANIFEST),
        (image(), "application/json", mediatypes.OCI_MANIFEST),
        (image(), mediatypes.OCI_MANIFEST + "; a=b", mediatypes.OCI_MANIFEST),
        (image(mediaType=None), None, mediatypes.OCI_MANIFEST),
        (
            image(mediaType=mediatypes.DOCKER_MANIFEST),
            "text/plain",
            mediatypes.DOCKER_MANIFEST,
        ),
    ],
)
def test_the_type_is_the_one_it_states(
    body: bytes, given_type: str | None, expected: str
) -> None:
    """A manifest's own type counts, then the header, then what it holds."""
    assert expected == parse_manifest(body, media_type=given_type).media_type


def test_absent_may_be_null() -> None:
    """Go writes null for what is empty; that is taken as absent."""
    entry = EMPTY | {"platform": None, "urls": None, "annotations": None}
    bare = {"digest": EMPTY["digest"], "size": 0}
    body = image(layers=None, subject=None, annotations=None, config=entry)

    assert (EMPTY["digest"],) == tuple(
        str(entry.digest) for entry in parse_manifest(body).references
    )
    assert "" == parse_manifest(image(config=bare)).references[0].media_type


def test_details_are_kept() -> None:
    """Platform, annotations and urls of an entry are handed on."""
    entry = EMPTY | {
        "platform": {"os": "linux", "architecture": "arm", "variant": "v6", "x": 1},
        "annotations": {"a": "b"},
        "urls": ["https://a.example/x"],
        "artifactType": "application/x",
    }
    child = parse_manifest(index(manifests=[entry])).children[0]

    assert Platform("linux", "arm", "v6") == child.platform
    assert {"a": "b"} == child.annotations
    assert ("https://a.example/x",) == child.urls
    assert "application/x" == child.artifact_type


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="a page"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no schema version"),
        pytest.param(b"\xff{}", id="no text"),
        pytest.param(b'{"schemaVersion":2,"mediaType":"\xff"}', id="no UTF-8"),
        pytest.param(b'{"schemaVersion":2,"mediaType":"\\ud800"}', id="no scalar"),
        pytest.param(b'{"schemaVersion":2,"x":' + b"[" * 100_000, id="deep"),
        pytest.param(image(config=None), id="no config"),
        pytest.param(image(manifests=[EMPTY]), id="image and index"),
        pytest.param(index(config=EMPTY), id="index with a config"),
        pytest.param(image(mediaType=mediatypes.OCI_INDEX), id="mislabelled image"),
        pytest.param(index(mediaType=mediatypes.OCI_MANIFEST), id="mislabelled index"),
        pytest.param(image(mediaType="text/html"), id="some other type"),
        pytest.param(image(schemaVersion=1), id="schema 1"),
        pytest.param(image(schemaVersion=3), id="schema 3"),
        pytest.param(image(layers={}), id="layers that are no list"),
        pytest.param(image(config=EMPTY | {"size": -1}), id="negative size"),
        pytest.param(image(config=EMPTY | {"size": 2**63}), id="size beyond files"),
        pytest.param(image(config=EMPTY | {"size": "2"}), id="size as text"),
        pytest.param(image(config=EMPTY | {"digest": "md5:00"}), id="weak digest"),
        pytest.param(image(config=EMPTY | {"mediaType": "a\nb"}), id="broken type"),
        pytest.param(image(artifactType="a\r\nb: c"), id="type with a line break"),
        pytest.param(image(mediaType="a" * 5000), id="endless type"),
        pytest.param(image(layers=[EMPTY] * (MAX_ENTRIES + 1)), id="too many layers"),
        pytest.param(
            index(manifests=[EMPTY] * (MAX_ENTRIES + 1)), id="too many images"
        ),
        pytest.param(b" " * MAX_MANIFEST_BYTES + image(), id="too large"),
    ],
)
def test_what_is_no_manifest_is_refused(body: bytes) -> None:
    """Hostile bodies raise the one error, whatever is wrong with them."""
    with pytest.raises(ManifestSyntaxError):
        parse_manifest(body)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (image(mediaType=mediatypes.OCI_MANIFEST), mediatypes.OCI_INDEX),
        (image(), mediatypes.OCI_INDEX),
        (index(), mediatypes.OCI_MANIFEST),
        (image(), mediatypes.DOCKER_SCHEMA1_SIGNED),
    ],
)
def test_header_and_body_must_agree(body: bytes, media_type: str) -> None:
    """A body that two clients could read as two things is refused."""
    with pytest.raises(ManifestSyntaxError):
        parse_manifest(body, media_type=media_type)


@given(st.binary())
def test_no_bytes_break_the_parser(body: bytes) -> None:
    """Random bytes are refused in one way only."""
    with pytest.raises(InputError):
        parse_manifest(body)


@given(st.dictionaries(st.sampled_from(fields), json_values))
def test_no_document_breaks_the_parser(changes: dict[str, Any]) -> None:
    """Documents of the wrong shape are refused, or mean something."""
    for body in (image(**changes), index(**changes)):
        try:
            manifest = parse_manifest(body)
        except InputError:
            continue
        assert all(entry.size >= 0 for entry in manifest.references)


@given(st.integers(0, 5), st.integers(0, 300), st.data())
def test_a_cut_manifest_is_none(layers: int, size: int, data: st.DataObject) -> None:
    """No proper part of a manifest is a manifest."""
    sample = samples.random_image(layers=layers, layer_bytes=size)
    cut = data.draw(st.integers(0, len(sample.body) - 1))

    with pytest.raises(ManifestSyntaxError):
        parse_manifest(sample.body[:cut])
