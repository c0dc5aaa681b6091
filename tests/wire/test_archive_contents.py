"""Contents of archives: resumed, conditional, wrong, absent, wanted by a crowd."""

import asyncio
import hashlib
import time
from email.utils import formatdate
from pathlib import Path

import pytest
from tests.wire.halls import (
    HELLO,
    IN_RELEASE,
    INDEX,
    LARGE,
    NAME,
    Got,
    Hall,
    Plan,
    open_hall,
)

from seawall.doors.archive.replies import Validity
from seawall.drill import faults
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.records import ContentRecord, RepositoryRecord
from seawall.testing.archives import SampleArchive
from seawall.testing.debs import SamplePackage

TWO = Plan(mirrors=2)
WAITING = {"fresh_s": 3600, "patience": {"fixed_s": 1.0}}


def sample(*packages: SamplePackage) -> SampleArchive:
    """Publish an archive."""
    archive = SampleArchive()
    archive.publish(packages or [HELLO, LARGE])
    return archive


async def begin(hall: Hall) -> None:
    """Let a client update, so that packages can be looked up."""
    await hall.update()
    await hall.settle()


async def test_a_download_is_resumed_as_apt_does(tmp_path: Path) -> None:
    """A part goes on by the date that came with it; another date begins anew."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        whole = await hall.ask(LARGE.pool_path)
        date = whole.headers["last-modified"]
        part, other = [
            await hall.ask(
                LARGE.pool_path, headers={"range": "bytes=1000-", "if-range": it}
            )
            for it in (date, formatdate(1, usegmt=True))
        ]

    assert (206, LARGE.deb[1000:]) == (part.status, part.body)
    assert (200, LARGE.deb) == (other.status, other.body)


async def test_what_a_client_has_is_not_sent_again(tmp_path: Path) -> None:
    """The same date or tag is answered in a line; any other date with the content."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        got = {}
        for path in (IN_RELEASE, INDEX, HELLO.pool_path):
            whole = await hall.ask(path)
            conditions = [
                {"if-modified-since": whole.headers["last-modified"]},
                {"if-none-match": whole.headers["etag"]},
                {"if-modified-since": formatdate(2_000_000_000, usegmt=True)},
                {"if-modified-since": "yesterday"},
            ]
            got[path] = [(await hall.ask(path, headers=it)).status for it in conditions]

    assert [[304, 304, 200, 200]] * 3 == list(got.values())


async def test_dates_of_contents_differ(tmp_path: Path) -> None:
    """Another content under the same path has another date, whenever it was made."""
    archive = sample()
    changed = SamplePackage("hello", seed=1)
    async with open_hall(tmp_path, archive) as hall:
        await begin(hall)
        first = await hall.ask(HELLO.pool_path)
        hall.publish(changed)
        await begin(hall)
        second = await hall.ask(
            HELLO.pool_path,
            headers={"if-modified-since": first.headers["last-modified"]},
        )

    assert (200, changed.deb) == (second.status, second.body)


@pytest.mark.parametrize(
    ("range_text", "status", "span"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=0-1,3-4", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
@pytest.mark.parametrize("path", [IN_RELEASE, HELLO.pool_path])
async def test_ranges(
    tmp_path: Path, path: str, range_text: str, status: int, span: slice
) -> None:
    """One range of bytes is given, of suites and contents alike; others are ignored."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await begin(hall)
        got = await hall.ask(path, headers={"range": range_text})

    assert (status, archive.files[path][span]) == (got.status, got.body)


async def test_a_range_beyond_the_end_says_where_that_is(tmp_path: Path) -> None:
    """A client with a complete part learns that it is complete."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        headers = {"range": f"bytes={len(HELLO.deb)}-"}
        got = await hall.ask(HELLO.pool_path, headers=headers)

    assert (416, f"bytes */{len(HELLO.deb)}") == (
        got.status,
        got.headers["content-range"],
    )


async def test_head_fetches_nothing(tmp_path: Path) -> None:
    """The index knows a package's size: no mirror is asked for it."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        before = len(hall.mirror.requests)
        path = f"/debian/{NAME}/{LARGE.pool_path}"
        got = await hall.ask_raw(path, method="HEAD")

    assert (200, str(len(LARGE.deb))) == (got.status, got.headers["content-length"])
    assert before == len(hall.mirror.requests)


async def test_a_crowd_costs_the_mirror_nothing_more(tmp_path: Path) -> None:
    """A hundred clients at once: every byte is fetched once, all of them are served."""
    archive = sample()
    plan = Plan(options={"fresh_s": 3600})
    async with open_hall(tmp_path, archive, plan) as hall:

        async def install() -> list[Got]:
            return [
                *await hall.update(),
                await hall.ask(HELLO.pool_path),
                await hall.ask(LARGE.pool_path),
                await hall.ask("project/README"),
            ]

        archive.files["project/README"] = b"read me"
        hall.mirror.put(archive.files)
        crowd = await asyncio.gather(*(install() for _ in range(100)))
        asked = [one.path for one in hall.mirror.requests]

    bodies = {tuple(hashlib.sha256(got.body).digest() for got in one) for one in crowd}
    assert 1 == len(bodies)
    assert [200] * 5 == [got.status for got in crowd[0]]
    assert 5 == len(asked) == len(set(asked))


async def test_packages_wait_for_the_table(tmp_path: Path) -> None:
    """Who asks while an index is still read is not given unverified bytes."""
    many = [SamplePackage(f"p{number}", payload_bytes=1) for number in range(2000)]
    async with open_hall(tmp_path, sample(HELLO, *many)) as hall:
        await hall.update()
        waits = hall.house.annex.indexing.busy
        got = await hall.ask(HELLO.pool_path)

    assert waits
    assert HELLO.deb == got.body
    assert "unverified" not in got.told


async def test_packages_wait_for_indexes_alone(tmp_path: Path) -> None:
    """A file that lists no packages, and comes slowly, holds no package up."""
    archive = SampleArchive()
    words = b"z" * 300_000
    archive.publish([HELLO], extra={"main/i18n/Translation-en": words})
    async with open_hall(tmp_path, archive) as hall:
        for pattern in ("*Translation*", f"*{hashlib.sha256(words).hexdigest()}"):
            hall.mirror.fail(pattern, faults.slow(20_000))
        await hall.ask(IN_RELEASE)
        slow = asyncio.create_task(hall.ask("dists/stable/main/i18n/Translation-en"))
        await asyncio.sleep(0.2)
        annex = hall.house.annex
        held = await annex.generations.retained(
            annex.archives.find(NAME), "dists/stable"
        )
        annex.indexing.start(
            annex.archives.find(NAME), held[0], "main/i18n/Translation-en"
        )
        await hall.ask(INDEX)
        began = time.monotonic()
        got = await hall.ask(HELLO.pool_path)
        waited_s = time.monotonic() - began
        slow.cancel()

    assert (200, HELLO.deb) == (got.status, got.body)
    assert "unverified" not in got.told
    assert waited_s < 5


async def test_private_contents_stay_private(tmp_path: Path) -> None:
    """Bytes that came through a private repository are proven before others get them.

    An archive's index could name anything; digests are shared on disk, never rights.
    """
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await begin(hall)
        house, digest = hall.house, Digest.of(HELLO.deb)
        secret = RepositoryName("up.example", "secret")
        await asyncio.to_thread(house.blobs.put, digest, HELLO.deb)
        now = house.clock.now()
        house.catalog.record_content(
            ContentRecord(digest, len(HELLO.deb), None, stored_at=now, used_at=now)
        )
        house.catalog.record_link(secret, digest)
        house.catalog.record_repository(
            RepositoryRecord(secret, private=True, checked_at=now)
        )
        hall.mirror.hide("*/pool/*")
        got = [
            (await hall.ask(HELLO.pool_path, client=it)).status
            for it in ("192.0.2.7", "127.0.0.1")
        ]
        hall.mirror.show()
        proven = await hall.ask(HELLO.pool_path, client="192.0.2.7")

    assert [404, 200] == got
    assert (200, HELLO.deb) == (proven.status, proven.body)


def test_dates_stand_for_contents() -> None:
    """A content's date is always the same, past, and one that headers can have."""
    validity = Validity.of_content(Digest.of(b"x"))
    headers = dict(validity.headers)

    assert validity == Validity.of_content(Digest.of(b"x"))
    assert validity != Validity.of_content(Digest.of(b"y"))
    assert headers[b"last-modified"].endswith(b" GMT")
    assert validity.modified < 1_600_000_000
