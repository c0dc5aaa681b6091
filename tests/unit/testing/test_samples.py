"""Samples are valid, whole, and always the same."""

import gzip
import io
import json
import tarfile

import pytest

from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.manifest import parse_manifest
from seawall.testing import samples
from seawall.testing.samples import Sample

SAMPLES = {
    "image": samples.random_image(1),
    "docker image": samples.random_image(1, docker=True),
    "sha512 image": samples.random_image(1, algorithm="sha512"),
    "index": samples.random_index(1),
    "sha512 index": samples.random_index(1, algorithm="sha512"),
    "docker index": samples.random_index(1, docker=True),
    "nested index": samples.nested_index(1),
    "empty index": samples.empty_index(),
    "artifact": samples.random_artifact(1, subject=samples.random_image(1)),
    "lone artifact": samples.random_artifact(1),
}

every_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())


@every_sample
def test_contents_are_what_their_digests_say(sample: Sample) -> None:
    """Every content hashes to its own digest, and has a type."""
    assert {d: Digest.of(sample.contents[d], d.algorithm) for d in sample.contents} == {
        d: d for d in sample.contents
    }
    assert set(sample.contents) == set(sample.media_types)
    assert set(sample.contents) == {*sample.manifests, *sample.blobs}


@every_sample
def test_a_sample_is_whole(sample: Sample) -> None:
    """Everything that a manifest needs is part of the sample, sizes included."""
    for digest in sample.manifests:
        media_type = sample.media_types[digest]
        manifest = parse_manifest(sample.contents[digest], media_type=media_type)
        for entry in manifest.references:
            assert entry.size == len(sample.contents[entry.digest])


def test_equal_seeds_make_equal_samples() -> None:
    """A seed always makes the same image, another one another."""
    assert samples.random_image(7) == samples.random_image(7)
    assert samples.random_image(7).digest != samples.random_image(8).digest


def test_layers_are_real() -> None:
    """A layer is a compressed archive, and its unpacked digest is in the config."""
    sample = samples.random_image(3, layers=1, layer_bytes=5000)
    config, layer = parse_manifest(sample.body).references
    tar = gzip.decompress(sample.contents[layer.digest])
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        sizes = [entry.size for entry in archive]
    rootfs = json.loads(sample.contents[config.digest])["rootfs"]

    assert [5000] == sizes
    assert [str(Digest.of(tar))] == rootfs["diff_ids"]


def test_samples_can_be_put_together() -> None:
    """A repository of several samples keeps all of their contents and tags."""
    image = samples.random_image(1).tagged("1", "latest")
    artifact = samples.random_artifact(1, subject=image)
    both = image.joined(artifact, samples.random_image(2).tagged("2", "latest"))

    assert image.digest == both.digest
    assert {"1", "2", "latest"} == set(both.tags)
    assert both.tags["2"] == both.tags["latest"]
    assert {artifact.digest: image.digest} == dict(both.subjects)


def test_samples_are_frozen() -> None:
    """No test can change a sample under another one."""
    with pytest.raises(TypeError):
        samples.empty_index().contents[Digest.of(b"")] = b""  # type: ignore[index]


def test_blobs_have_the_size_asked_for() -> None:
    """A lone blob has exactly the bytes and the algorithm asked for."""
    digest, data = samples.random_blob(1, size=12, algorithm="sha512")

    assert 12 == len(data)
    assert digest == Digest.of(data, "sha512")
    assert mediatypes.OCTETS not in samples.empty_index().media_types.values()
