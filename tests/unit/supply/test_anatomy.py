"""Trees of images: what they consist of, and how much of that is held."""

import pytest

from seawall.errors import TooLargeError
from seawall.oci.descriptor import Platform
from seawall.store.memory import MemoryBlobs
from seawall.supply.keeping import anatomy
from seawall.supply.keeping.anatomy import Part, Role, read_tree
from seawall.testing.samples import Sample, random_image, random_index

INDEX = random_index(1)
IMAGE = random_image(2, layers=3)


def _read(sample: Sample, *, without: int = 0) -> Part:
    blobs = MemoryBlobs()
    left_out = sample.blobs[:without]
    for digest, body in sample.contents.items():
        if digest not in left_out:
            blobs.put(digest, body)
    return read_tree(blobs, sample.digest, media_type=sample.media_type, size=0)


def test_an_image_has_its_config_and_layers() -> None:
    """An image's tree is its configuration and then its layers."""
    tree = _read(IMAGE)

    assert [Role.CONFIG, *[Role.LAYER] * 3] == [c.role for c in tree.children]


def test_an_index_has_its_platforms() -> None:
    """An index's tree says what each image in it runs on."""
    tree = _read(INDEX)

    assert [Platform("linux", "amd64")] == [
        i.platform for i in tree.images if str(i.platform) == "linux/amd64"
    ]
    assert Role.INDEX == tree.role


def test_all_that_is_held_is_whole() -> None:
    """An image is whole when everything in it is held, and its bytes are counted."""
    tree = _read(INDEX)

    assert tree.is_whole
    assert (sum(map(len, INDEX.contents.values())), 0) == tree.measure()


def test_one_missing_content_is_told() -> None:
    """What is missing is counted, and one platform that is whole can be pulled."""
    tree = _read(INDEX, without=1)

    assert not tree.is_whole
    assert tree.is_usable
    assert len(INDEX.contents[INDEX.blobs[0]]) == tree.measure()[1]


def test_what_is_not_held_has_no_parts() -> None:
    """A content that is not held is a leaf of the kind that its type says."""
    tree = read_tree(MemoryBlobs(), INDEX.digest, media_type=INDEX.media_type, size=670)

    assert (Role.INDEX, False, ()) == (tree.role, tree.held, tree.children)
    assert not tree.is_usable


def test_a_blob_that_is_no_manifest_is_a_leaf() -> None:
    """Bytes that are no manifest are never taken apart."""
    blobs = MemoryBlobs()
    layer = IMAGE.blobs[0]
    blobs.put(layer, IMAGE.contents[layer])

    assert () == read_tree(blobs, layer, media_type="", size=0).children


def test_a_tree_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image of more parts than any honest one has is refused."""
    monkeypatch.setattr(anatomy, "MAX_PARTS", 3)

    with pytest.raises(TooLargeError, match="more than 3 parts"):
        _read(IMAGE)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        (Platform("unknown", "unknown"), True),
        (Platform("linux", "amd64"), False),
        (None, False),
    ],
)
def test_attestations_are_told_from_images(
    platform: Platform | None, *, expected: bool
) -> None:
    """What describes another image is not taken for one that runs."""
    assert expected is anatomy.is_attestation(platform)
