"""Contents as the door asks for them: stored, arriving, and to whom they may go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.wire.flights import count_descriptors
from tests.wire.supplies import BUSYBOX, MANIFESTS, Supply, open_supply

from seawall.drill import faults
from seawall.drill.gatekeeper import BasicAuth
from seawall.errors import (
    AbsentError,
    DigestMismatchError,
    NotStoredError,
    OfflineError,
    UpstreamError,
)
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.disk import DiskBlobs
from seawall.supply.pullthrough import Content, OpenFiles, Terms
from seawall.supply.resolver import Outcome
from seawall.testing.samples import random_image
from seawall.transfer.flight import Want

IMAGE = random_image(1, layers=1, layer_bytes=100_000).tagged("1.0")
LAYER = max(IMAGE.blobs, key=lambda digest: len(IMAGE.contents[digest]))
BODY = IMAGE.contents[LAYER]
OTHER = RepositoryName("docker.io", "library/other")


@asynccontextmanager
async def opened(
    supply: Supply,
    digest: Digest = LAYER,
    *,
    repository: RepositoryName = BUSYBOX,
    **how: Any,
) -> AsyncIterator[Content]:
    """Open a content as the door does."""
    async with supply.contents.open_content(
        Want(repository, digest),
        supply.registry.sources_of(repository, digest),
        **{"offline": False} | how,
    ) as content:
        yield content


async def pull(supply: Supply, digest: Digest = LAYER, **how: Any) -> bytes:
    """Read a content whole."""
    async with opened(supply, digest, **how) as content:
        span = Span(0, content.size)
        return b"".join([bytes(chunk) async for chunk in content.read(span)])


async def test_first_from_upstream_then_from_disk(tmp_path: Path) -> None:
    """A content is fetched once, and read from the store ever after."""
    async with open_supply(tmp_path, IMAGE) as supply:
        async with opened(supply) as content:
            first = content.outcome, content.size
        bodies = [await pull(supply) for _ in range(3)]
        async with opened(supply, offline=True) as content:
            last = content.outcome
        asked = len(supply.upstream.requests)

    assert (Outcome.MISS, len(BODY)) == first
    assert [BODY] * 3 == bodies
    assert Outcome.HIT == last
    assert 1 == asked


async def test_offline_asks_nobody(tmp_path: Path) -> None:
    """Offline, what is not stored is refused without a word to anybody."""
    async with open_supply(tmp_path, IMAGE) as supply:
        with pytest.raises(OfflineError):
            await pull(supply, offline=True)

    assert [] == supply.upstream.requests


async def test_headers_wait_for_a_good_answer(tmp_path: Path) -> None:
    """A known size alone begins no answer: a source must have answered well."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        supply.registry.origin.healthy_at = 0.0
        supply.upstream.fail("*/blobs/*", faults.status(404))
        with pytest.raises(AbsentError):
            await pull(supply)


async def test_headers_go_out_at_once_at_a_healthy_source(tmp_path: Path) -> None:
    """With the size known and a source well, an answer begins before it speaks."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        supply.clock.advance(1)
        supply.registry.origin.healthy_at = supply.clock.monotonic()
        supply.upstream.fail("*/blobs/*", faults.hang())
        async with asyncio.timeout(0.25), opened(supply) as content:
            size = content.size

    assert len(BODY) == size


async def test_headers_may_have_to_wait_for_this_content(tmp_path: Path) -> None:
    """Where an early answer is not wanted, a healthy source must have this content."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        supply.clock.advance(1)
        supply.registry.origin.healthy_at = supply.clock.monotonic()
        supply.upstream.fail("*/blobs/*", faults.status(404))
        with pytest.raises(AbsentError):
            async with opened(supply, terms=Terms(early=False)):
                pass


async def test_a_bad_source_of_one_repository_spoils_no_other(tmp_path: Path) -> None:
    """Who joins the fetch of another repository, which fails, asks their own."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail("*/other/blobs/*", faults.slow(1e9))
        first = asyncio.create_task(pull(supply, repository=OTHER))
        while not supply.engine.flights:  # noqa: ASYNC110  another task begins it
            await asyncio.sleep(0)
        second = asyncio.create_task(pull(supply))
        ends = await asyncio.gather(first, second, return_exceptions=True)

    assert isinstance(ends[0], AbsentError)
    assert BODY == ends[1]


async def test_a_wrong_body_is_not_resumed(tmp_path: Path) -> None:
    """After wrong bytes went out, only who begins anew is served for a minute."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail("*/blobs/*", faults.corrupt(50_000), times=1)
        with pytest.raises(DigestMismatchError):
            await pull(supply)
        with pytest.raises(DigestMismatchError):
            async with opened(supply, start=40_000):
                pass
        body = await pull(supply)

    assert BODY == body


async def test_the_size_without_the_content(tmp_path: Path) -> None:
    """HEAD of what is not stored fetches nothing; a manifest may tell already."""
    async with open_supply(tmp_path, IMAGE) as supply:
        registry = supply.registry
        asked = await supply.inquiry.ask_size(registry, BUSYBOX, LAYER)
        await supply.resolve()
        hinted = await supply.inquiry.ask_size(registry, BUSYBOX, LAYER)
        methods = [request.method for request in supply.upstream.requests]

    assert asked == hinted == len(BODY)
    assert ["HEAD", "GET"] == methods


@pytest.mark.parametrize("digest", [LAYER, IMAGE.digest], ids=["blob", "manifest"])
async def test_rights_are_proven_without_credentials(
    tmp_path: Path, digest: Digest
) -> None:
    """What came with a credential is proven by the origin, asked anonymously."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        supply.catalog.record_link(BUSYBOX, digest)
        supply.catalog.record_link(OTHER, digest)
        proven = await supply.inquiry.is_proven(supply.registry, BUSYBOX, digest)
        absent = await supply.inquiry.is_proven(supply.registry, OTHER, digest)
        supply.upstream.fail("*", faults.status(401))
        refused = await supply.inquiry.is_proven(supply.registry, BUSYBOX, digest)
        supply.upstream.fail("*", faults.status(503))
        with pytest.raises(UpstreamError):
            await supply.inquiry.is_proven(supply.registry, BUSYBOX, digest)

    assert (True, False, False) == (proven, absent, refused)
    assert not any(request.signed for request in supply.upstream.requests)


async def test_a_credential_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only Seawall's own credential may read is proven to nobody."""
    gate = BasicAuth(private=(BUSYBOX.path,))
    monkeypatch.setenv("ANN_SECRET", gate.password)
    async with open_supply(tmp_path, IMAGE, auth=gate) as supply:
        await supply.resolve()
        body = await pull(supply)
        found = [
            await supply.inquiry.is_proven(supply.registry, BUSYBOX, digest)
            for digest in (LAYER, IMAGE.digest)
        ]
        private = (
            await supply.privacy.classify(supply.registry, BUSYBOX, "1.0")
        ).private

    assert BODY == body
    assert [False, False] == found
    assert private is True


async def test_more_readers_than_files_stay_open(tmp_path: Path) -> None:
    """Files in use stay open beyond the bound, and none is closed under a reader."""
    blobs = DiskBlobs(tmp_path, sync=False)
    bodies = [bytes([n]) * 10 for n in range(6)]
    for body in bodies:
        blobs.put(Digest.of(body), body)
    before = count_descriptors()
    files = OpenFiles(blobs, limit=2)
    held = [await files.open(Digest.of(body)) for body in bodies]
    fds = [file.fd for file in held]
    for file in held:
        files.release(file)
    files.close()

    assert all(fd >= 0 for fd in fds)
    assert before == count_descriptors()


async def test_a_removed_file_is_closed_once_nobody_reads(tmp_path: Path) -> None:
    """A removed content is read to its end, then forgotten and closed."""
    before = count_descriptors()
    async with open_supply(tmp_path, IMAGE) as supply, AsyncExitStack() as stack:
        await pull(supply)
        content = await stack.enter_async_context(opened(supply))
        supply.blobs.remove(LAYER)
        supply.contents.forget(LAYER)
        span = Span(0, content.size)
        body = b"".join([bytes(chunk) async for chunk in content.read(span)])
        stored = await supply.contents.find_stored(LAYER)

    assert BODY == body
    assert stored is None
    assert before == count_descriptors()


async def test_who_leaves_while_a_file_opens(tmp_path: Path) -> None:
    """A reader cancelled while its file is opened leaves it closed."""
    blobs = DiskBlobs(tmp_path, sync=False)
    blobs.put(Digest.of(b"body"), b"body")
    files = OpenFiles(blobs)
    await asyncio.to_thread(int)
    before = count_descriptors()
    opening = asyncio.create_task(files.open(Digest.of(b"body")))
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    with pytest.raises(NotStoredError):
        await files.open(Digest.of(b"nothing"))
    for _ in range(20):
        await asyncio.to_thread(int)

    assert before == count_descriptors()


async def test_a_manifest_is_a_content_too(tmp_path: Path) -> None:
    """A stored manifest can be read as a blob, as the spec has it by digest."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        asked = supply.upstream.count(MANIFESTS)
        body = await pull(supply, IMAGE.digest)

    assert IMAGE.body == body
    assert 1 == asked
