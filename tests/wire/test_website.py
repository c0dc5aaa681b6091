"""Plain places on the web: files by their paths, conditions, ranges, refusals."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.wire.flights import BODY, DIGEST, REPOSITORY, HastyClock, open_hangar
from tests.wire.sources import Bench, open_bench

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.mirror import ScriptedMirror
from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    RateLimitedError,
    TooLargeError,
    UnauthorizedError,
    UpstreamError,
)
from seawall.transfer.flight import Want
from seawall.transfer.sources.website import Site

NOTE = b"a small file\n"
WANT = Want(REPOSITORY, DIGEST)
FILES = {"base/pool/body 1.0+b~1%3a.bin": BODY, "base/by/digest": BODY}
FILES |= {"base/note.txt": NOTE, "base/page.html": b"<html>a list</html>"}
ODD = "pool/body 1.0+b~1%3a.bin"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Give what sources are made of."""
    async with open_bench() as opened:
        yield opened


@pytest.fixture
async def mirror() -> AsyncIterator[ScriptedMirror]:
    """Give an open web server with some files."""
    async with ScriptedMirror(FILES) as server:
        yield server


@pytest.fixture
def site(bench: Bench, mirror: ScriptedMirror) -> Site:
    """Give a site below a path of the server."""
    return bench.site(f"{mirror.url}/base/")


async def read(
    site: Site, path: str, start: int = 0, stop: int | None = None
) -> tuple[int, int | None, bytes]:
    """Read a file or a part of it; give start, total and bytes."""
    async with site.open(path, start=start, stop=stop) as reply:
        body = b"".join([chunk async for chunk in reply.chunks()])
        return reply.start, reply.total, body


async def test_a_small_file_is_read_whole(
    site: Site, mirror: ScriptedMirror, bench: Bench
) -> None:
    """Its bytes, type and validators come, and the request is counted."""
    bench.clock.advance(5)
    file = await site.get("note.txt", max_bytes=100)

    assert file is not None
    shelved = mirror.files["base/note.txt"]
    assert (NOTE, "application/octet-stream") == (file.body, file.media_type)
    assert shelved.etag == file.etag
    assert file.modified.endswith("GMT")
    assert (f"{mirror.host}/base", 5.0) == (site.label, site.healthy_at)
    spent = [(s.registry, s.host, s.kind, s.method, s.status) for s in bench.spent]
    assert [("files", mirror.host, "file", "GET", 200)] == spent


@pytest.mark.parametrize("by", ["etag", "modified"])
async def test_what_has_not_changed_is_not_sent(
    site: Site, mirror: ScriptedMirror, by: str
) -> None:
    """A file that the caller has costs no body; a changed one comes again."""
    first = await site.get("note.txt", max_bytes=100)
    assert first is not None
    condition = {by: getattr(first, by)}
    same = await site.get("note.txt", max_bytes=100, **condition)
    mirror.put({"base/note.txt": b"another\n"})
    other = await site.get("note.txt", max_bytes=100, **condition)

    assert same is None
    assert other is not None
    assert b"another\n" == other.body
    assert [200, 304, 200] == [request.status for request in mirror.requests]


async def test_nobody_asked_whether_it_changed(
    site: Site, mirror: ScriptedMirror
) -> None:
    """A 304 to a question without a condition is no answer."""
    mirror.fail("*", faults.status(304))
    with pytest.raises(BrokenReplyError):
        await site.get("note.txt", max_bytes=100)


async def test_a_file_that_is_too_large(site: Site) -> None:
    """Reading stops where no honest file goes on."""
    with pytest.raises(TooLargeError, match=r"note\.txt of files"):
        await site.get("note.txt", max_bytes=len(NOTE) - 1)


async def test_a_coded_file(site: Site, mirror: ScriptedMirror) -> None:
    """A file that is read now must not be coded; a content may say so, as it came."""
    mirror.fail("*", faults.header("Content-Encoding", "x-gzip"))
    start, total, body = await read(site, "note.txt")

    assert (0, len(NOTE), NOTE) == (start, total, body)
    with pytest.raises(BrokenReplyError, match="compressed note"):
        await site.get("note.txt", max_bytes=100)


async def test_paths_are_quoted_once(site: Site, mirror: ScriptedMirror) -> None:
    """Blanks, pluses and percent signs of a path arrive as they are."""
    _, total, body = await read(site, ODD)

    assert (len(BODY), BODY) == (total, body)
    assert ["/base/pool/body%201.0%2Bb~1%253a.bin"] == [
        request.path for request in mirror.requests
    ]


async def test_a_part_of_a_file(site: Site, mirror: ScriptedMirror) -> None:
    """Bytes from the middle, up to a stop or the end; never those of another part."""
    part = await read(site, "by/digest", 1000, 1500)
    rest = await read(site, "by/digest", len(BODY) - 5)
    asked = [request.range for request in mirror.requests]
    mirror.fail("*", faults.header("Content-Range", "bytes 0-1/2"))
    with pytest.raises(BrokenReplyError, match="another range"):
        await read(site, "by/digest", 1000, 1500)

    assert (1000, len(BODY), BODY[1000:1500]) == part
    assert (len(BODY) - 5, len(BODY), BODY[-5:]) == rest
    assert ["bytes=1000-1499", f"bytes={len(BODY) - 5}-"] == asked


async def test_a_range_beyond_the_end(site: Site) -> None:
    """A 416 says so, since the engine learns from it that a file is shorter."""
    with pytest.raises(BrokenReplyError) as caught:
        await read(site, "note.txt", 1000)

    assert 416 == caught.value.status


REFUSALS = {
    "404": (faults.status(404), AbsentError),
    "403": (faults.status(403), UnauthorizedError),
    "429": (faults.status(429, retry_after=9), RateLimitedError),
    "503": (faults.status(503), BrokenReplyError),
    "404 page": (faults.html(404), AbsentError),
}


@pytest.mark.parametrize(("fault", "kind"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_refusals(
    site: Site, mirror: ScriptedMirror, fault: Fault, kind: type[UpstreamError]
) -> None:
    """Each status has its error, which names host and file; none makes it healthy."""
    mirror.fail("*", fault)
    with pytest.raises(UpstreamError, match=r"note\.txt of files") as caught:
        await site.get("note.txt", max_bytes=100)

    assert kind is type(caught.value)
    assert mirror.host == caught.value.host
    assert 0.0 == site.healthy_at


async def test_silence_is_counted_with_its_cause(
    site: Site, mirror: ScriptedMirror, bench: Bench
) -> None:
    """Whoever never answers is told of as well."""
    mirror.fail("*", faults.hang())
    with pytest.raises(UpstreamError):
        await site.get("note.txt", max_bytes=100)

    assert [(0, "net.silence")] == [(s.status, s.cause) for s in bench.spent]


async def test_redirects_stay_within_the_rule(
    bench: Bench, mirror: ScriptedMirror
) -> None:
    """A redirect to this machine is followed only if it is listed."""
    async with ScriptedMirror(FILES) as other:
        mirror.fail("*", faults.redirect(f"{other.url}/base/note.txt"))
        with pytest.raises(UpstreamError) as caught:
            await bench.site(mirror.url).get("x", max_bytes=100)
        listed = bench.site(mirror.url, redirects=(other.url,))
        file = await listed.get("x", max_bytes=100)

    assert "policy.foreign_host" == str(caught.value.cause)
    assert file is not None
    assert NOTE == file.body


async def test_a_content_is_at_the_first_path_that_has_it(
    tmp_path: Path, site: Site, mirror: ScriptedMirror
) -> None:
    """Where one path has nothing the next is asked, at every attempt."""
    mirror.fail("*/digest", faults.cut(80_000), times=1)
    source = site.content(["by/none", "by/digest", ODD], "the body")
    async with open_hangar(tmp_path, clock=HastyClock()) as hangar:
        body = await hangar.fetch(source, want=WANT)

    assert BODY == body
    paths = [request.path for request in mirror.requests]
    assert ["/base/by/none", "/base/by/digest"] * 2 == paths
    assert (site.label, site.healthy_at) == (source.label, source.healthy_at)


async def test_a_content_that_is_at_no_path(site: Site) -> None:
    """It is absent once the last path has nothing either."""
    with pytest.raises(AbsentError, match="by/nothing"):
        async with site.content(["by/none", "by/nothing"], "it").open():
            pass


async def test_a_page_is_no_content(site: Site) -> None:
    """What a login or a proxy puts in the way is refused, though it says 200."""
    with pytest.raises(BrokenReplyError, match=r"HTML page.*the body"):
        async with site.content(["page.html"], "the body").open():
            pass
    async with site.open("page.html") as reply:
        assert "text/html" == reply.media_type


async def test_mirrors_in_mid_sync(tmp_path: Path, bench: Bench) -> None:
    """Where no mirror has the last word, one mirror's 404 asks the next one."""
    async with (
        ScriptedMirror(FILES) as first,
        ScriptedMirror(FILES) as second,
        open_hangar(tmp_path, clock=HastyClock()) as hangar,
    ):
        sites = [bench.site(server.url) for server in (first, second)]
        sources = [site.content(["base/by/digest"], "the body") for site in sites]
        first.hide("*")
        body = await hangar.fetch(*sources, want=WANT)
        await hangar.idle()
        hangar.blobs.remove(DIGEST)
        second.hide("*")
        with pytest.raises(AbsentError):
            await hangar.fetch(*sources, want=WANT)
        asked = first.count("*"), second.count("*")

    assert BODY == body
    assert (2, 2) == asked


async def test_mirrors_that_gave_a_part_each(tmp_path: Path, bench: Bench) -> None:
    """If two halves do not fit, one alone is tried, and the right content comes."""
    async with (
        ScriptedMirror(FILES) as first,
        ScriptedMirror(FILES) as second,
        open_hangar(tmp_path, clock=HastyClock()) as hangar,
    ):
        sites = [bench.site(server.url) for server in (first, second)]
        sources = [site.content(["base/by/digest"], "the body") for site in sites]
        first.put({"base/by/digest": bytes(80_000) + BODY[80_000:]})
        first.fail("*", faults.cut(80_000), times=1)
        async with hangar.engine.board(WANT, sources) as boarding:
            await boarding.flight.wait_finished()

        assert BODY == hangar.stored()
