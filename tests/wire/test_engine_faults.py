"""Upstreams that limit, stall, break off or know no ranges, under one flight."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    DIGEST,
    REPOSITORY,
    WANT,
    Hangar,
    HastyClock,
    Puppet,
    open_hangar,
)
from tests.wire.sources import Bench, open_bench

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import (
    AbsentError,
    RateLimitedError,
    SeawallError,
    UnauthorizedError,
    UnreachableError,
    UpstreamError,
)
from seawall.oci.digest import Digest
from seawall.testing.samples import Sample, random_bytes
from seawall.transfer.budget.desk import Budget
from seawall.transfer.flight import ContentSource, Want

BLOBS = "*/blobs/*"
PATH = REPOSITORY.path


def stock(*bodies: bytes, algorithm: str = "sha256") -> Sample:
    """Make contents for an upstream."""
    contents = {Digest.of(body, algorithm): body for body in bodies}
    kinds = dict.fromkeys(contents, "application/octet-stream")
    return Sample(next(iter(contents)), contents, kinds)


@asynccontextmanager
async def two_upstreams(
    root: Path, sample: Sample
) -> AsyncIterator[tuple[Hangar, ScriptedUpstream, ScriptedUpstream, Bench]]:
    """Open an engine with a mirror and an origin."""
    async with (
        ScriptedUpstream({PATH: sample}) as mirror,
        ScriptedUpstream({PATH: sample}) as origin,
        open_bench() as bench,
        open_hangar(root, clock=HastyClock()) as hangar,
    ):
        bench.clock, bench.budget = hangar.clock, Budget(hangar.clock)
        yield hangar, mirror, origin, bench


def sources_of(
    bench: Bench,
    mirror: ScriptedUpstream,
    origin: ScriptedUpstream,
    digest: Digest = DIGEST,
) -> list[ContentSource]:
    """Make sources of a content at both, best first."""
    first = bench.source(mirror)
    first.is_origin = False
    both = [first, bench.source(origin)]
    return [source.content(REPOSITORY, digest) for source in both]


INTERRUPTIONS = {
    "cut": faults.cut(80_000),
    "stall": faults.stall(80_000),
}


@pytest.mark.parametrize("fault", INTERRUPTIONS.values(), ids=INTERRUPTIONS.keys())
@pytest.mark.parametrize("alone", [True, False], ids=["same", "next"])
async def test_it_goes_on_at_the_same_offset(
    tmp_path: Path, fault: Fault, *, alone: bool
) -> None:
    """A body that breaks off is continued by Range, at this source or the next."""
    async with two_upstreams(tmp_path, stock(BODY)) as (hangar, mirror, origin, bench):
        both = sources_of(bench, mirror, origin)
        first, second = (origin, origin) if alone else (mirror, origin)
        first.fail(BLOBS, fault, times=1)
        body = await hangar.fetch(*(both[1:] if alone else both))
        ranges = [r.range for r in second.requests if r.range]

    assert BODY == body
    assert BODY == hangar.stored()
    assert ["bytes=80000-"] == ranges


BAD_ANSWERS = {
    "429": faults.status(429, retry_after=1),
    "503": faults.status(503),
    "404": faults.status(404),
    "401": faults.status(401),
    "403": faults.status(403),
    "html": faults.html(),
    "hang": faults.hang(),
    "reset": faults.reset(),
    "garbage": faults.garbage(),
}


@pytest.mark.parametrize("fault", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
async def test_a_bad_mirror_is_passed_over(tmp_path: Path, fault: Fault) -> None:
    """Whatever a mirror answers, the origin is asked at once."""
    async with two_upstreams(tmp_path, stock(BODY)) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, fault)
        body = await hangar.fetch(*sources_of(bench, mirror, origin))
        asked = origin.count(BLOBS)

    assert BODY == body
    assert 1 == asked
    assert 1 == len(hangar.log.blamed)


FINAL = {
    "404": (faults.status(404), AbsentError, 1),
    "403": (faults.status(403), UnauthorizedError, 1),
    "429 long": (faults.status(429, retry_after=600), RateLimitedError, 1),
    "503": (faults.status(503), UpstreamError, 5),
    "reset": (faults.reset(), UnreachableError, 10),  # its client asks twice
}


@pytest.mark.parametrize(("fault", "kind", "times"), FINAL.values(), ids=FINAL.keys())
async def test_the_origin_has_the_last_word(
    tmp_path: Path, fault: Fault, kind: type[SeawallError], times: int
) -> None:
    """The origin's refusal ends a fetch at once, its trouble after some attempts."""
    async with two_upstreams(tmp_path, stock(BODY)) as (hangar, mirror, origin, bench):
        origin.fail(BLOBS, fault)
        with pytest.raises(kind):
            await hangar.fetch(*sources_of(bench, mirror, origin)[1:])
        asked = origin.count(BLOBS)

    assert times == asked


async def test_a_short_wait_is_taken(tmp_path: Path) -> None:
    """A limit that lifts within seconds costs those seconds, and no error."""
    async with two_upstreams(tmp_path, stock(BODY)) as (hangar, _, origin, bench):
        origin.fail(BLOBS, faults.status(429, retry_after=3), times=2)
        body = await hangar.fetch(sources_of(bench, origin, origin)[1])

    assert BODY == body
    assert hangar.clock.monotonic() >= 6


@pytest.mark.parametrize("fault", [faults.no_range(), faults.wrong_range(3)], ids=repr)
async def test_ranges_that_are_none(tmp_path: Path, fault: Fault) -> None:
    """A source that ignores a range, or answers another one, spoils nothing."""
    async with two_upstreams(tmp_path, stock(BODY)) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, faults.cut(80_000), times=1)
        origin.fail(BLOBS, fault, times=1)
        body = await hangar.fetch(*sources_of(bench, mirror, origin))

    assert BODY == body
    assert BODY == hangar.stored()


async def test_parts_that_are_always_wrong(tmp_path: Path) -> None:
    """A source that gives no part as asked is asked for the whole after a while."""
    async with two_upstreams(tmp_path, stock(BODY)) as (hangar, _, origin, bench):
        origin.fail(BLOBS, faults.wrong_range(3))
        origin.fail(BLOBS, faults.cut(80_000), times=1)
        body = await hangar.fetch(sources_of(bench, origin, origin)[1])
        ranges = [request.range for request in origin.requests]

    assert BODY == body
    assert ["", "bytes=80000-", "bytes=80000-", ""] == ranges


@pytest.mark.parametrize("size", [None, 0])
async def test_an_empty_blob(tmp_path: Path, size: int | None) -> None:
    """Nothing at all is a content too, whether or not its size is known before."""
    async with two_upstreams(tmp_path, stock(b"")) as (hangar, mirror, origin, bench):
        want = Want(REPOSITORY, Digest.of(b""), size)
        sources = sources_of(bench, mirror, origin, want.digest)
        body = await hangar.fetch(*sources, want=want)

    assert b"" == body
    assert b"" == hangar.stored(want.digest)


async def test_sha512(tmp_path: Path) -> None:
    """A content may be named by its SHA-512."""
    sample = stock(BODY, algorithm="sha512")
    async with two_upstreams(tmp_path, sample) as (hangar, mirror, origin, bench):
        want = Want(REPOSITORY, sample.digest)
        sources = sources_of(bench, mirror, origin, want.digest)
        body = await hangar.fetch(*sources, want=want)

    assert BODY == body
    assert BODY == hangar.stored(sample.digest)


@pytest.mark.parametrize("body", [BODY, random_bytes(2, 100)], ids=["large", "small"])
async def test_a_size_that_nobody_tells(tmp_path: Path, body: bytes) -> None:
    """A source that does not say how large a content is gives all of it still."""
    source = Puppet(body, total=None)
    want = Want(REPOSITORY, Digest.of(body))
    async with open_hangar(tmp_path) as hangar:
        got = await hangar.fetch(source, want=want)

    assert body == got
    assert body == hangar.stored(want.digest)
    assert 1 == hangar.log.answered


async def test_a_corrupt_byte_on_the_way(tmp_path: Path) -> None:
    """A mirror that flips bits gives no complete answer, and is asked last then."""
    async with two_upstreams(tmp_path, stock(BODY)) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, faults.corrupt(100_000))
        both, got = sources_of(bench, mirror, origin), bytearray()
        with pytest.raises(SeawallError, match="not sha256"):
            await hangar.read_into(got, both)
        body = await hangar.fetch(*both)
        asked = mirror.count(BLOBS)

    assert len(got) < len(BODY)
    assert BODY == body
    assert 1 == asked
    assert WANT.digest == DIGEST
