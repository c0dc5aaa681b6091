"""What a source makes of an upstream that limits, lies, stalls or breaks off."""

from collections.abc import AsyncIterator

import pytest
from tests.wire.sources import ANY, BUSYBOX, MAX_BYTES, PATH, Bench, open_bench

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    RateLimitedError,
    UnauthorizedError,
    UnreachableError,
    UpstreamError,
)
from seawall.testing.samples import random_image
from seawall.transfer.sources.registry import RegistrySource

IMAGE = random_image(1, layer_bytes=300_000).tagged("1.0")
LAYER = max(IMAGE.blobs, key=lambda digest: len(IMAGE.contents[digest]))
BYTES = IMAGE.contents[LAYER]
HUB_LIMIT = "You have reached your pull rate limit. You may increase the limit by"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"

MANIFEST_FAULTS = {
    "pull limit": (
        faults.status(429, message=HUB_LIMIT),
        RateLimitedError,
        "rate_limit.dockerhub_pull",
    ),
    "abuse limit": (
        faults.body(b"Too Many Requests (HAP429).\n", code=429),
        RateLimitedError,
        "rate_limit.dockerhub_abuse",
    ),
    "503": (faults.status(503), BrokenReplyError, "registry.5xx"),
    "html": (faults.html(), BrokenReplyError, "registry.protocol_bug"),
    "html 404": (faults.html(404), BrokenReplyError, "registry.protocol_bug"),
    "html 403": (faults.html(403), UpstreamError, "registry.403_ip_block"),
    "denied": (faults.status(403), UnauthorizedError, "auth_or_missing_repo"),
    "plain 404": (faults.body(b"", code=404), AbsentError, "not_found.tag"),
    "wrong type": (
        faults.header("Content-Type", "image/png"),
        BrokenReplyError,
        "registry.protocol_bug",
    ),
    "schema 1": (
        faults.header("Content-Type", SCHEMA1),
        BrokenReplyError,
        "registry.protocol_bug",
    ),
    "compressed": (
        faults.header("Content-Encoding", "gzip"),
        BrokenReplyError,
        "registry.protocol_bug",
    ),
    "hang": (faults.hang(), UnreachableError, "net.silence"),
    "stall": (faults.stall(5), UnreachableError, "net.silence"),
    "cut": (faults.cut(5), BrokenReplyError, "net.conn_reset"),
    "reset": (faults.reset(), UnreachableError, "net.conn_reset"),
    "short": (faults.wrong_length(9), BrokenReplyError, "net.conn_reset"),
    "garbage": (faults.garbage(), BrokenReplyError, "registry.protocol_bug"),
}

BLOB_FAULTS = {
    "html": (faults.html(), "registry.protocol_bug"),
    "html 206": (faults.html(206), "registry.protocol_bug"),
    "wrong range": (faults.wrong_range(), "registry.protocol_bug"),
    "no content range": (
        faults.header("Content-Range", None),
        "registry.protocol_bug",
    ),
    "two lengths": (faults.wrong_length(9), "registry.protocol_bug"),
    "cut": (faults.cut(100_000), "net.conn_reset"),
    "stall": (faults.stall(100_000), "net.silence"),
    "416": (faults.status(416), "registry.protocol_bug"),
}


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


async def take(source: RegistrySource, into: bytearray, *, start: int = 0) -> None:
    """Read a blob into a buffer that keeps what came before trouble."""
    async with source.open_blob(BUSYBOX, LAYER, start=start) as reply:
        async for chunk in reply.chunks():
            into += chunk


@pytest.mark.parametrize(
    ("fault", "kind", "cause"), MANIFEST_FAULTS.values(), ids=MANIFEST_FAULTS
)
async def test_a_bad_manifest_reply_has_its_cause(
    bench: Bench,
    up: ScriptedUpstream,
    fault: Fault,
    kind: type[UpstreamError],
    cause: str,
) -> None:
    """Each way to fail is an error of its class, with cause and host."""
    up.fail("GET */manifests/*", fault)
    with pytest.raises(UpstreamError) as caught:
        await bench.source(up).get_manifest(
            BUSYBOX, "1.0", accept=ANY, max_bytes=MAX_BYTES
        )

    found = (type(caught.value), str(caught.value.cause), caught.value.host)
    assert (kind, cause, up.host) == found


@pytest.mark.parametrize(("fault", "cause"), BLOB_FAULTS.values(), ids=BLOB_FAULTS)
async def test_a_bad_blob_reply_has_its_cause(
    bench: Bench, up: ScriptedUpstream, fault: Fault, cause: str
) -> None:
    """Whatever is wrong with a part of a blob, it does not end as if all was well."""
    up.fail("*/blobs/*", fault)
    with pytest.raises(UpstreamError) as caught:
        await take(bench.source(up), bytearray(), start=1)

    assert cause == str(caught.value.cause)


async def test_what_came_before_a_cut_is_kept(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """The bytes before a break are given, so that a resume goes on from there."""
    up.fail("*/blobs/*", faults.stall(100_000))
    got = bytearray()
    with pytest.raises(UnreachableError):
        await take(bench.source(up), got)

    assert BYTES[:100_000] == got


async def test_a_whole_blob_cut_short_is_not_whole(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """A body that ends before its Content-Length is an error, not an end."""
    up.fail("*/blobs/*", faults.wrong_length(9))
    got = bytearray()
    with pytest.raises(BrokenReplyError) as caught:
        await take(bench.source(up), got)

    assert ("net.conn_reset", BYTES) == (str(caught.value.cause), bytes(got))


async def test_more_than_promised_is_cut_off(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """A body longer than its Content-Length ends where it was promised to."""
    up.fail("*/blobs/*", faults.wrong_length(-1000))
    async with bench.source(up).open_blob(BUSYBOX, LAYER) as reply:
        got = b"".join([chunk async for chunk in reply.chunks()])

    assert (len(BYTES) - 1000, BYTES[:-1000]) == (reply.total, got)


async def test_a_wait_is_handed_on(bench: Bench, up: ScriptedUpstream) -> None:
    """The wait that a limit asks for is in the error."""
    up.fail("*", faults.status(429, retry_after=17))
    with pytest.raises(RateLimitedError) as caught:
        await bench.source(up).head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert 17.0 == caught.value.wait_s


async def test_a_gone_upstream_is_unreachable_until_it_is_back(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """A stopped upstream refuses connections; started again, the source works."""
    source = bench.source(up)
    await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
    await up.stop()
    with pytest.raises(UnreachableError) as caught:
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
    await up.start()
    head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert "net.conn_refused" == str(caught.value.cause)
    assert IMAGE.digest == head.digest


@pytest.mark.parametrize("code", [400, 401, 403, 404, 500])
async def test_a_refusal_by_storage_says_nothing_about_rights(
    bench: Bench, code: int
) -> None:
    """A bad signature at the object store makes no image private or absent."""
    async with ScriptedUpstream({PATH: IMAGE}, storage=True) as up:
        up.fail(f"/{PATH}/sha*", faults.status(code))
        source = bench.source(up, redirects=(up.storage_url,))
        with pytest.raises(BrokenReplyError) as caught:
            await take(source, bytearray())

    assert "registry.5xx" == str(caught.value.cause)


async def test_storage_that_refuses_head_has_the_blob(bench: Bench) -> None:
    """Addresses signed for GET alone refuse HEAD: the size is then unknown."""
    async with ScriptedUpstream({PATH: IMAGE}, storage=True) as up:
        up.fail(f"HEAD /{PATH}/sha*", faults.status(403))
        source = bench.source(up, redirects=(up.storage_url,))

        assert await source.head_blob(BUSYBOX, LAYER) is None


async def test_a_reader_that_leaves_early_leaves_nothing_behind(
    bench: Bench, up: ScriptedUpstream
) -> None:
    """Leaving in mid-body closes that connection; the next request is fine."""
    source = bench.source(up)
    async with source.open_blob(BUSYBOX, LAYER) as reply:
        first = await anext(reply.chunks())
    head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert BYTES.startswith(first)
    assert IMAGE.digest == head.digest
