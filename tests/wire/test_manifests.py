"""Manifests by digest and by tag: verified, bounded, kept, from any source."""

import asyncio
from pathlib import Path

import pytest
from tests.wire.supplies import BUSYBOX, MANIFESTS, Supply, open_supply

from seawall.drill import faults
from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    DigestMismatchError,
    SeawallError,
    TooLargeError,
)
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.manifest import MAX_MANIFEST_BYTES
from seawall.oci.mediatypes import Kind
from seawall.supply.images.manifests import KeptManifest
from seawall.testing.samples import (
    Sample,
    nested_index,
    random_artifact,
    random_image,
)

IMAGE = random_image(1).tagged("1.0")
DEEP = b'{"schemaVersion":2,"annotations":' + b'{"a":' * 100_000
LARGE = b'{"schemaVersion":2,"x":"' + b"x" * MAX_MANIFEST_BYTES + b'"}'


async def fetch(supply: Supply, digest: Digest = IMAGE.digest) -> KeptManifest:
    """Fetch by digest."""
    return await supply.manifests.fetch(supply.registry, BUSYBOX, digest)


async def by_tag(supply: Supply) -> KeptManifest:
    """Fetch by tag from the origin."""
    origin = supply.registry.origin
    return await supply.manifests.fetch_by_tag(origin, BUSYBOX, "1.0", Kind.INDEX)


def stray(body: bytes) -> Sample:
    """Make a repository whose tag means these bytes."""
    digest = Digest.of(body)
    kinds = {digest: mediatypes.OCI_MANIFEST}
    return Sample(digest, {digest: body}, kinds, {"1.0": digest})


@pytest.mark.parametrize(
    "sample",
    [IMAGE, nested_index(), random_artifact(subject=IMAGE)],
    ids=["image", "nested", "artifact"],
)
async def test_bytes_and_type_are_kept(tmp_path: Path, sample: Sample) -> None:
    """A manifest comes back byte for byte and with its type, after a restart too."""
    async with open_supply(tmp_path, sample) as supply:
        fetched = await fetch(supply, sample.digest)
    async with open_supply(tmp_path, sample) as supply:
        found = await supply.manifests.find(sample.digest)

    assert KeptManifest(sample.digest, sample.body, sample.media_type) == fetched
    assert fetched == found
    assert [] == supply.upstream.requests


async def test_fifty_make_one_fetch(tmp_path: Path) -> None:
    """However many want a manifest at once, it is fetched once."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await asyncio.gather(*(fetch(supply) for _ in range(50)))

    assert 1 == len(supply.upstream.requests)


async def test_who_leaves_stops_no_fetch(tmp_path: Path) -> None:
    """A cancelled caller leaves the fetch to the others."""
    async with open_supply(tmp_path, IMAGE) as supply:
        first = asyncio.create_task(fetch(supply))
        second = asyncio.create_task(fetch(supply))
        await asyncio.sleep(0)
        first.cancel()
        kept = await second

    assert IMAGE.body == kept.body


async def test_closing_ends_a_fetch(tmp_path: Path) -> None:
    """What is being fetched at the end is given up, and leaves no task behind."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(MANIFESTS, faults.hang())
        fetching = asyncio.create_task(fetch(supply))
        await asyncio.sleep(0)
        await supply.manifests.close()
        ends = await asyncio.gather(fetching, return_exceptions=True)

    assert isinstance(ends[0], asyncio.CancelledError)


LIES = {
    "html": (faults.html(), BrokenReplyError),
    "deep": (
        faults.body(DEEP, content_type=mediatypes.OCI_MANIFEST),
        BrokenReplyError,
    ),
    "large": (
        faults.body(LARGE, content_type=mediatypes.OCI_MANIFEST),
        TooLargeError,
    ),
    "header": (
        faults.header("Docker-Content-Digest", str(Digest.of(b"another"))),
        DigestMismatchError,
    ),
    "cut": (faults.cut(10), BrokenReplyError),
}


@pytest.mark.parametrize(("fault", "kind"), LIES.values(), ids=LIES.keys())
async def test_no_manifest_at_all(
    tmp_path: Path, fault: faults.Fault, kind: type[SeawallError]
) -> None:
    """What is no manifest is an error, and nothing of it is stored."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(MANIFESTS, fault)
        with pytest.raises(kind):
            await by_tag(supply)
        stored = list(supply.blobs.walk())

    assert [] == stored


async def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    """A manifest of 100 MB is refused long before its end."""
    huge = faults.body(b"x" * 100_000_000, content_type=mediatypes.OCI_MANIFEST)
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(MANIFESTS, huge)
        with pytest.raises(TooLargeError):
            await by_tag(supply)
        sent = [request.sent_bytes for request in supply.upstream.requests]

    assert [0] == sent  # broken off: nothing went out whole


async def test_a_lying_mirror_is_passed_over(tmp_path: Path) -> None:
    """A mirror with other bytes is passed over, and its bytes are not kept."""
    async with open_supply(tmp_path, IMAGE, mirrored=IMAGE) as supply:
        other = random_image(2)
        lie = faults.body(other.body, content_type=other.media_type)
        supply.mirror.fail(MANIFESTS, lie)
        kept = await fetch(supply)
        stored = [digest for digest, _ in supply.blobs.walk()]

    assert IMAGE.body == kept.body
    assert [IMAGE.digest] == stored


async def test_a_lie_is_not_even_remembered(tmp_path: Path) -> None:
    """Bytes of another digest are neither stored nor held in memory."""
    async with open_supply(tmp_path, IMAGE) as supply:
        other = random_image(2)
        lie = faults.body(other.body, content_type=other.media_type)
        supply.upstream.fail(MANIFESTS, lie)
        with pytest.raises(DigestMismatchError):
            await fetch(supply)
        found = await supply.manifests.find(IMAGE.digest)

    assert found is None


async def test_404_of_all(tmp_path: Path) -> None:
    """If no source has it, the origin's word is the answer."""
    async with open_supply(tmp_path, IMAGE, mirrored=IMAGE) as supply:
        with pytest.raises(AbsentError):
            await fetch(supply, Digest.of(b"nothing"))


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"schemaVersion":1}'])
async def test_json_that_is_no_manifest(tmp_path: Path, body: bytes) -> None:
    """Right bytes that are no manifest are a registry's fault, and not kept."""
    async with open_supply(tmp_path, stray(body)) as supply:
        with pytest.raises(BrokenReplyError):
            await fetch(supply, Digest.of(body))
        with pytest.raises(BrokenReplyError):
            await by_tag(supply)
        stored = list(supply.blobs.walk())

    assert [] == stored


async def test_a_full_disk_stops_no_manifest(tmp_path: Path) -> None:
    """Without room a manifest is answered all the same, and found in memory."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.room[0] = False
        kept = await fetch(supply)
        found = await supply.manifests.find(IMAGE.digest)
        stored = list(supply.blobs.walk())

    assert IMAGE.body == kept.body
    assert kept == found
    assert [] == stored


async def test_a_blob_is_no_manifest(tmp_path: Path) -> None:
    """A stored blob is not taken for a manifest, whatever is asked."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.blobs.put(Digest.of(b"layer"), b"layer")
        found = await supply.manifests.find(Digest.of(b"layer"))

    assert found is None


async def test_memory_is_bounded(tmp_path: Path) -> None:
    """Only so many bytes of manifests are held in memory; the rest is on disk."""
    samples = [random_image(n, layers=1) for n in range(8)]
    held = samples[0].joined(*samples[1:])
    async with open_supply(tmp_path, held) as supply:
        supply.manifests._memory_left = 3 * len(samples[0].body)
        for sample in samples:
            await fetch(supply, sample.digest)
        at_hand = [supply.manifests.peek(s.digest) is not None for s in samples]
        found = [await supply.manifests.find(s.digest) for s in samples]

    assert 2 <= sum(at_hand) <= 3
    assert [s.body for s in samples] == [kept.body for kept in found if kept]


async def test_trouble_of_a_moment_is_asked_past(tmp_path: Path) -> None:
    """A registry that fails twice and then answers fails nobody's pull."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(MANIFESTS, faults.status(503), times=2)
        by_digest = await fetch(supply)
        supply.upstream.fail(MANIFESTS, faults.reset(), times=2)
        answer = await supply.resolve()

    assert IMAGE.body == by_digest.body
    assert IMAGE.digest == answer.record.digest


async def test_a_mirror_that_fails_is_asked_last(tmp_path: Path) -> None:
    """Who could not give a manifest is not the first to be asked for the next one."""
    other = random_image(9)
    both = Sample(
        IMAGE.digest,
        {**IMAGE.contents, **other.contents},
        {**IMAGE.media_types, **other.media_types},
        IMAGE.tags,
    )
    async with open_supply(tmp_path, both, mirrored=both) as supply:
        supply.mirror.fail(MANIFESTS, faults.status(503))
        await fetch(supply)
        await fetch(supply, other.digest)

    assert 1 == len(supply.mirror.requests)


async def test_a_mirror_that_lied_is_the_last_resort(tmp_path: Path) -> None:
    """A mirror whose manifest was another one is known for it, blobs included."""
    async with open_supply(tmp_path, IMAGE, mirrored=IMAGE) as supply:
        supply.mirror.fail(MANIFESTS, faults.corrupt(5))
        await fetch(supply)
        liars = supply.engine.roster.find_liars(supply.registry.sources)

    assert frozenset({0}) == liars
