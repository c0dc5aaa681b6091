"""A source speaks the distribution spec to a real server on loopback."""

import json
from collections.abc import AsyncIterator

import pytest
from tests.wire.sources import ANY, BUSYBOX, MAX_BYTES, PATH, Bench, open_bench

from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import AbsentError, SeawallError, TooLargeError
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import ACCEPT, Kind
from seawall.testing.samples import random_artifact, random_image, random_index
from seawall.transfer.sources.place import Wire
from seawall.transfer.sources.registry import (
    RegistryAccess,
    RegistrySource,
    SourceOptions,
)

IMAGE = random_image(1, layer_bytes=300_000).tagged("1.0", "1.1", "2.0")
LAYER = max(IMAGE.blobs, key=lambda digest: len(IMAGE.contents[digest]))
BYTES = IMAGE.contents[LAYER]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Give what sources are made of."""
    async with open_bench() as opened:
        yield opened


@pytest.fixture
async def up() -> AsyncIterator[ScriptedUpstream]:
    """Give an open registry with one image."""
    async with ScriptedUpstream({PATH: IMAGE}) as upstream:
        yield upstream


async def read_blob(
    source: RegistrySource, digest: Digest, start: int = 0, stop: int | None = None
) -> tuple[int, int | None, bytes]:
    """Read a blob or a part of it; give start, total and bytes."""
    async with source.open_blob(BUSYBOX, digest, start=start, stop=stop) as reply:
        body = b"".join([chunk async for chunk in reply.chunks()])
        return reply.start, reply.total, body


async def test_head_says_what_a_tag_means(bench: Bench, up: ScriptedUpstream) -> None:
    """HEAD gives digest, type and size, and transfers no manifest."""
    head = await bench.source(up).head_manifest(BUSYBOX, "1.0", accept=ANY)

    expected = (IMAGE.digest, IMAGE.media_type, len(IMAGE.body))
    assert expected == (head.digest, head.media_type, head.size)
    assert ["HEAD"] == [request.method for request in up.requests]


@pytest.mark.parametrize("by", ["tag", "digest"])
async def test_get_gives_the_very_bytes(
    bench: Bench, up: ScriptedUpstream, by: str
) -> None:
    """A manifest comes byte for byte, by tag and by digest."""
    reference = "1.0" if by == "tag" else IMAGE.digest
    got = await bench.source(up).get_manifest(
        BUSYBOX, reference, accept=ANY, max_bytes=MAX_BYTES
    )

    expected = (IMAGE.body, IMAGE.media_type, IMAGE.digest)
    assert expected == (got.body, got.media_type, got.digest_header)


async def test_a_sha512_image_comes_too(bench: Bench) -> None:
    """Contents named by sha512 are asked for and come like others."""
    image = random_image(5, algorithm="sha512").tagged("1")
    async with ScriptedUpstream({PATH: image}) as up:
        source = bench.source(up)
        head = await source.head_manifest(BUSYBOX, "1", accept=ANY)
        _, _, body = await read_blob(source, image.blobs[0])

    assert image.digest == head.digest
    assert image.contents[image.blobs[0]] == body


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, None), (0, 10), (1, None), (1000, 200_000), (len(BYTES) - 1, None)],
)
async def test_any_part_of_a_blob_can_be_had(
    bench: Bench, up: ScriptedUpstream, start: int, stop: int | None
) -> None:
    """A part holds just the bytes asked for, and says the blob's size."""
    got = await read_blob(bench.source(up), LAYER, start, stop)

    assert (start, len(BYTES), BYTES[start:stop]) == got


async def test_a_source_without_ranges_says_so(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """A 200 to a range starts at 0, and the reply says that it does."""
    up.fail("*/blobs/*", faults.no_range())
    got = await read_blob(bench.source(up), LAYER, 1000)

    assert (0, len(BYTES), BYTES) == got


async def test_an_empty_blob_is_a_blob(bench: Bench) -> None:
    """A content of no bytes has size 0, not an unknown one."""
    nothing = Digest.of(b"")
    async with ScriptedUpstream({PATH: IMAGE}) as up:
        up.stock[PATH].contents[nothing] = b""
        source = bench.source(up)

        assert 0 == await source.head_blob(BUSYBOX, nothing)
        assert (0, 0, b"") == await read_blob(source, nothing)


async def test_blobs_come_from_storage_without_the_credential(bench: Bench) -> None:
    """A redirect to a listed object store is followed and reused connections serve."""
    async with ScriptedUpstream({PATH: IMAGE}, storage=True) as up:
        source = bench.source(up, redirects=(up.storage_url,))
        assert len(BYTES) == await source.head_blob(BUSYBOX, LAYER)
        got = await read_blob(source, LAYER, 7)

    assert (7, len(BYTES), BYTES[7:]) == got
    assert {False} == {r.signed for r in up.requests if r.place == "storage"}


async def test_what_is_not_there_is_absent(bench: Bench, up: ScriptedUpstream) -> None:
    """Unknown tags, blobs and repositories are told apart by their causes."""
    source = bench.source(up)
    with pytest.raises(AbsentError) as tag:
        await source.get_manifest(BUSYBOX, "9", accept=ANY, max_bytes=MAX_BYTES)
    with pytest.raises(AbsentError) as blob:
        await source.head_blob(BUSYBOX, Digest.of(b"other"))
    del up.stock[PATH]
    with pytest.raises(AbsentError) as repository:
        await source.get_manifest(BUSYBOX, "9", accept=ANY, max_bytes=MAX_BYTES)

    causes = [str(one.value.cause) for one in (tag, blob, repository)]
    expected = ["not_found.tag", "not_found.artifact", "not_found.repo_removed"]
    assert expected == causes


async def test_a_manifest_has_a_largest_size(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """A manifest beyond the limit is refused, not read."""
    with pytest.raises(TooLargeError):
        await bench.source(up).get_manifest(BUSYBOX, "1.0", accept=ANY, max_bytes=100)


async def test_a_vague_type_is_read_from_the_body(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """Where the type says nothing, a HEAD knows nothing and a GET reads the body."""
    up.fail("*", faults.header("Content-Type", "application/json"))
    source = bench.source(up)
    head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
    got = await source.get_manifest(BUSYBOX, "1.0", accept=ANY, max_bytes=MAX_BYTES)

    assert head.digest is None
    assert (IMAGE.media_type, IMAGE.body) == (got.media_type, got.body)


@pytest.mark.parametrize("value", [None, "", "sha256:short", "md5:" + "0" * 32])
async def test_a_digest_header_is_optional(
    bench: Bench, up: ScriptedUpstream, value: str | None
) -> None:
    """A missing or unusable digest header is no digest, and no failure."""
    up.fail("*", faults.header("Docker-Content-Digest", value))
    head = await bench.source(up).head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert head.digest is None


async def test_the_kind_of_client_is_asked_for(bench: Bench) -> None:
    """A client of single manifests gets what the tag means to such clients."""
    index = random_index(3, docker=True).tagged("1")
    async with ScriptedUpstream({PATH: index}) as up:
        source = bench.source(up)
        whole = await source.head_manifest(BUSYBOX, "1", accept=ANY)
        single = await source.head_manifest(BUSYBOX, "1", accept=ACCEPT[Kind.MANIFEST])

    assert index.digest == whole.digest
    assert single.digest in index.manifests
    assert single.digest != index.digest


async def test_tags_come_in_pages(bench: Bench, up: ScriptedUpstream) -> None:
    """A page says where the next one is."""
    source = bench.source(up)
    page = await source.get_document(
        BUSYBOX, "tags/list", {"n": "2"}, max_bytes=MAX_BYTES
    )

    assert ["1.0", "1.1"] == json.loads(page.body)["tags"]
    assert f'</v2/{PATH}/tags/list?n=2&last=1.1>; rel="next"' == page.link


async def test_referrers_are_listed(bench: Bench) -> None:
    """The referrers API gives the index of what is about a manifest."""
    artifact = random_artifact(2, subject=IMAGE)
    async with ScriptedUpstream({PATH: IMAGE.joined(artifact)}) as up:
        got = await bench.source(up).get_document(
            BUSYBOX, f"referrers/{IMAGE.digest}", {}, max_bytes=MAX_BYTES
        )

    found = [entry["digest"] for entry in json.loads(got.body)["manifests"]]
    assert [str(artifact.digest)] == found


async def test_what_was_spent_is_told(bench: Bench, up: ScriptedUpstream) -> None:
    """Every request is told of with its kind, and the quota's last word is kept."""
    up.fail("*/manifests/*", faults.header("RateLimit-Remaining", "20;w=21600"))
    source = bench.source(up)
    await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
    with pytest.raises(SeawallError):
        await source.head_blob(BUSYBOX, Digest.of(b"other"))

    told = [(one.kind, one.method, one.status) for one in bench.spent]
    assert [("manifest", "HEAD", 200), ("blob", "HEAD", 404)] == told
    left = {state.key.registry: state.remaining for state in bench.budget.states()}
    assert {"docker.io": 20} == left


async def test_health_is_the_time_of_the_last_good_reply(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """Only a good reply makes a source healthy."""
    source = bench.source(up)
    bench.clock.advance(10)
    with pytest.raises(AbsentError):
        await source.head_manifest(BUSYBOX, "none", accept=ANY)
    assert 0.0 == source.healthy_at
    await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert 10.0 == source.healthy_at


async def test_a_path_in_the_address_precedes_the_repository(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """A proxy project of a mirror is part of each repository's path."""
    up.put("hub/library/busybox", IMAGE)
    wire = Wire(bench.transport, bench.tokens, bench.budget, bench.clock)
    options = SourceOptions(f"{up.url}/hub/")
    source = RegistrySource(options, RegistryAccess("docker.io"), wire)
    head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert IMAGE.digest == head.digest
    assert f"{up.host}/hub" == source.label
