"""What moves on, what is asked again, what is final: docs/sources.md, line by line."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.wire.flights import REPOSITORY, Hangar
from tests.wire.sources import BUSYBOX, HASTY, Bench
from tests.wire.test_engine_faults import BLOBS, sources_of, stock, two_upstreams

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.errors import (
    AbsentError,
    ForeignHostError,
    OfflineError,
    SeawallError,
    UnauthorizedError,
    UnreachableError,
    UpstreamError,
)
from seawall.oci.digest import Digest
from seawall.testing.samples import random_bytes
from seawall.transfer.flight import ContentSource, Want
from seawall.transfer.sources.caps import CapOptions
from seawall.transfer.sources.registry import (
    RegistryAccess,
    RegistrySource,
    SourceOptions,
)

SMALL = random_bytes("small", 3000)
WANT = Want(REPOSITORY, Digest.of(SMALL), len(SMALL))
SAMPLE = stock(SMALL)

AGAIN = {
    "429 without a wait": faults.status(429),
    "429 with a short wait": faults.status(429, retry_after=3),
    "500": faults.status(500),
    "503": faults.status(503),
    "502 as a page": faults.html(502),
    "200 as a page": faults.html(),
    "408": faults.status(408),
    "400": faults.status(400),
    "416": faults.status(416),
    "silence before headers": faults.hang(),
    "silence in mid-body": faults.stall(1000),
    "a reset": faults.reset(),
    "a cut": faults.cut(1000),
    "an early end": faults.hang_up(1000),
    "no HTTP": faults.garbage(),
    "a size that is wrong": faults.wrong_length(500),
    "another body": faults.corrupt(7),
}
NEVER = {
    "401": faults.status(401),
    "403": faults.status(403),
    "404": faults.status(404),
    "410": faults.status(410),
    "451": faults.status(451),
    "429 with a long wait": faults.status(429, retry_after=600),
    "a redirect to a place that is not allowed": faults.redirect("http://10.0.0.1/x"),
}


async def fetch(hangar: Hangar, sources: Sequence[ContentSource]) -> bytes:
    """Fetch the small content."""
    return await hangar.fetch(*sources, want=WANT)


@pytest.mark.parametrize("fault", (AGAIN | NEVER).values(), ids=(AGAIN | NEVER).keys())
async def test_from_a_mirror_everything_moves_on(tmp_path: Path, fault: Fault) -> None:
    """Whatever it is, the origin is asked, and once is enough."""
    async with two_upstreams(tmp_path, SAMPLE) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, fault)
        body = await fetch(hangar, sources_of(bench, mirror, origin, WANT.digest))

    assert SMALL == body
    assert 1 == origin.count(BLOBS)


@pytest.mark.parametrize("fault", AGAIN.values(), ids=AGAIN.keys())
async def test_what_is_over_is_asked_again(tmp_path: Path, fault: Fault) -> None:
    """Where the origin is down, a mirror that was in trouble once has it yet."""
    async with two_upstreams(tmp_path, SAMPLE) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, fault, times=2 if fault.name == "reset" else 1)
        origin.fail(BLOBS, faults.status(503))
        body = await fetch(hangar, sources_of(bench, mirror, origin, WANT.digest))

    assert SMALL == body
    assert 2 <= mirror.count(BLOBS) <= 3


@pytest.mark.parametrize("fault", NEVER.values(), ids=NEVER.keys())
async def test_what_waiting_does_not_cure_is_not(tmp_path: Path, fault: Fault) -> None:
    """A mirror that refused is not asked again; the origin's error is told."""
    async with two_upstreams(tmp_path, SAMPLE) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, fault, times=1)
        origin.fail(BLOBS, faults.status(503))
        with pytest.raises(UpstreamError) as caught:
            await fetch(hangar, sources_of(bench, mirror, origin, WANT.digest))

    assert 503 == caught.value.status
    assert 1 == mirror.count(BLOBS)


FINAL = {
    "401": (faults.status(401), UnauthorizedError),
    "403": (faults.status(403), UnauthorizedError),
    "404": (faults.status(404), AbsentError),
    "410": (faults.status(410), AbsentError),
    "451": (faults.status(451), UpstreamError),
    "a foreign redirect": (faults.redirect("http://10.0.0.1/x"), ForeignHostError),
}


@pytest.mark.parametrize(("fault", "kind"), FINAL.values(), ids=FINAL.keys())
async def test_what_the_origin_says_is_told(
    tmp_path: Path, fault: Fault, kind: type[SeawallError]
) -> None:
    """A mirror in trouble may have it; if not, the client hears the origin's word."""
    async with two_upstreams(tmp_path, SAMPLE) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, faults.status(503))
        origin.fail(BLOBS, fault)
        with pytest.raises(kind):
            await fetch(hangar, sources_of(bench, mirror, origin, WANT.digest))

    assert 1 == origin.count(BLOBS)


async def test_a_404_of_the_origin_ends_it(tmp_path: Path) -> None:
    """Nobody else is asked once it said so, though a mirror might recover."""
    async with two_upstreams(tmp_path, SAMPLE) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, faults.status(503), times=1)
        origin.fail(BLOBS, faults.status(404))
        with pytest.raises(AbsentError):
            await fetch(hangar, sources_of(bench, mirror, origin, WANT.digest))

    assert 1 == mirror.count(BLOBS)


async def test_a_refusal_of_the_origin_leaves_the_mirrors(tmp_path: Path) -> None:
    """403 may be about an address or a right: a mirror in trouble is asked again."""
    async with two_upstreams(tmp_path, SAMPLE) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, faults.status(503), times=1)
        origin.fail(BLOBS, faults.status(403))
        body = await fetch(hangar, sources_of(bench, mirror, origin, WANT.digest))

    assert SMALL == body


def useless(bench: Bench, url: str, *, off: bool = False) -> ContentSource:
    """Make a mirror that cannot be asked at all."""
    options = SourceOptions(url, caps=CapOptions(off=off))
    place = RegistrySource(
        options, RegistryAccess("docker.io", patience=HASTY), bench.wire
    )
    place.is_origin = False
    return place.content(BUSYBOX, WANT.digest)


@pytest.mark.parametrize("where", ["no such name", "no TLS", "nobody listens", "off"])
async def test_who_cannot_be_asked_is_passed_over(tmp_path: Path, where: str) -> None:
    """No name, no TLS, nobody there, switched off: the next source."""
    async with two_upstreams(tmp_path, SAMPLE) as (hangar, mirror, origin, bench):
        plain = mirror.url.removeprefix("http://")
        urls = {
            "no such name": "http://seawall.invalid",
            "no TLS": f"https://{plain}",
            "nobody listens": "http://127.0.0.1:1",
            "off": mirror.url,
        }
        source = useless(bench, urls[where], off=where == "off")
        both = [source, sources_of(bench, mirror, origin, WANT.digest)[1]]
        body = await fetch(hangar, both)
        with pytest.raises(OfflineError if where == "off" else UnreachableError):
            await fetch_alone(hangar, source)

    assert SMALL == body
    assert 0 == mirror.count(BLOBS)


async def fetch_alone(hangar: Hangar, source: ContentSource) -> bytes:
    """Fetch something that is not stored yet, from nobody else."""
    other = Want(REPOSITORY, Digest.of(b"another"), 7)
    return await hangar.fetch(source, want=other)
