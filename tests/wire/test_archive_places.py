"""Packages from several places: wrong, absent, broken off, old, and the last resort."""

from pathlib import Path

import pytest
from tests.wire.halls import (
    HELLO,
    IN_RELEASE,
    LARGE,
    Plan,
    open_hall,
)
from tests.wire.test_archive_contents import TWO, WAITING, begin, sample

from seawall.drill import faults
from seawall.oci.digest import Digest
from seawall.testing.archives import SampleArchive
from seawall.testing.debs import SamplePackage

WRONG = {
    "corrupt": faults.corrupt(1000),
    "truncated": faults.truncate(1000),
    "too long": faults.wrong_length(10),
    "html": faults.html(),
    "garbage": faults.garbage(),
}


@pytest.mark.parametrize("package", [HELLO, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("fault", WRONG.values(), ids=WRONG.keys())
async def test_wrong_bytes_never_end_an_answer(
    tmp_path: Path, fault: faults.Fault, package: SamplePackage
) -> None:
    """A package that is not its hash is never given whole, and never kept."""
    async with open_hall(tmp_path, sample(), Plan(options=WAITING)) as hall:
        await begin(hall)
        hall.mirror.fail("*/pool/*", fault)
        got = await hall.ask(package.pool_path)
        digest = Digest.of(package.deb)
        kept = await hall.house.contents.find_stored(digest)
        hall.mirror.lift()
        again = await hall.ask(package.pool_path)

    assert got.status in (502, 503) or got.error is not None
    assert len(got.body) < len(package.deb) or got.status >= 500
    assert kept is None
    assert (200, package.deb) == (again.status, again.body)


@pytest.mark.parametrize("package", [HELLO, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    "fault",
    [
        *WRONG.values(),
        faults.status(404),
        faults.status(403),
        faults.status(503),
        faults.status(429),
        faults.hang(),
        faults.stall(500),
        faults.cut(500),
        faults.reset(),
    ],
    ids=lambda fault: fault.name,
)
async def test_another_mirror_has_it(
    tmp_path: Path, fault: faults.Fault, package: SamplePackage
) -> None:
    """Whatever is wrong with one mirror, the package comes from the next one."""
    plan = Plan(mirrors=2, options=WAITING)
    async with open_hall(tmp_path, sample(), plan) as hall:
        await begin(hall)
        hall.mirror.fail("*/pool/*", fault)
        got = await hall.ask(package.pool_path)
        if got.error is not None:  # a body of wrong bytes is cut, and asked for again
            got = await hall.ask(package.pool_path)

    assert (200, None) == (got.status, got.error)
    assert package.deb == got.body


async def test_a_package_goes_on_at_another_mirror(tmp_path: Path) -> None:
    """A mirror that dies in the middle costs none of the bytes that came."""
    async with open_hall(tmp_path, sample(), TWO) as hall:
        await begin(hall)
        first, second = hall.mirrors
        first.fail("*/pool/*", faults.hang_up(3 * 1024 * 1024))
        got = await hall.ask(LARGE.pool_path)
        spent = sum(
            one.spent_bytes
            for m in hall.mirrors
            for one in m.requests
            if "/pool/" in one.path
        )
        ranges = [one.range for one in second.requests if "/pool/" in one.path]

    assert LARGE.deb == got.body
    assert spent <= len(LARGE.deb) * 1.1
    assert ranges[0].startswith("bytes=")


async def test_resuming_a_wrong_body_begins_anew(tmp_path: Path) -> None:
    """A part that came before wrong bytes were found is not gone on from."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        hall.mirror.fail("*/pool/*", faults.corrupt(100), times=1)
        broken = await hall.ask(LARGE.pool_path)
        date = broken.headers["last-modified"]
        headers = {"range": f"bytes={len(broken.body)}-", "if-range": date}
        got = await hall.ask(LARGE.pool_path, headers=headers)

    assert broken.error is not None
    assert (200, LARGE.deb) == (got.status, got.body)


async def test_absent_everywhere_asks_about_the_suite(tmp_path: Path) -> None:
    """A package that is listed and nowhere: 404 at once, and the suite is asked about.

    So the next update finds what has changed; and mirrors are not asked for the same
    package again and again.
    """
    plan = Plan(mirrors=2, options={"fresh_s": 3600})
    async with open_hall(tmp_path, sample(), plan) as hall:
        await begin(hall)
        for mirror in hall.mirrors:
            mirror.hide("*/pool/*")
        newer = SamplePackage("hello", "2.0-1")
        hall.publish(newer)
        first = await hall.ask(HELLO.pool_path)
        await hall.settle()
        again = await hall.ask(HELLO.pool_path)
        asked = sum(mirror.count("*/pool/*") for mirror in hall.mirrors)
        release = await hall.ask(IN_RELEASE)

    assert [404, 404] == [first.status, again.status]
    assert "said a moment ago" in again.phrase
    assert 2 == asked
    assert hall.archive.files[IN_RELEASE] == release.body


async def test_a_package_of_an_earlier_generation(tmp_path: Path) -> None:
    """A client that has not updated yet is given what it knows, and verified."""
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        hall.publish(SamplePackage("hello", "2.0-1"))
        await begin(hall)
        got = await hall.ask(HELLO.pool_path)

    assert HELLO.deb == got.body
    assert "unverified" not in got.told


async def test_one_path_two_contents(tmp_path: Path) -> None:
    """A package published again under its name: the newest generation's counts."""
    changed = SamplePackage("hello", seed=1)
    async with open_hall(tmp_path, sample()) as hall:
        await begin(hall)
        first = await hall.ask(HELLO.pool_path)
        hall.publish(changed)
        await begin(hall)
        second = await hall.ask(HELLO.pool_path)
        kept = [
            await hall.house.contents.find_stored(Digest.of(one.deb))
            for one in (HELLO, changed)
        ]

    assert [HELLO.deb, changed.deb] == [first.body, second.body]
    assert [len(HELLO.deb), len(changed.deb)] == kept


async def test_a_snapshot_is_the_last_resort(tmp_path: Path) -> None:
    """What mirrors have thrown away is read where old states are kept."""
    archive = SampleArchive()
    archive.publish([HELLO], date=1_767_225_600.0)
    async with open_hall(tmp_path / "s", archive, Plan(mirrors=1)) as other:
        snapshot = other.mirror
        snapshot.replace({f"snap/20260101T060000Z/x/{HELLO.pool_path}": HELLO.deb})
        plan = Plan(options={"snapshot": f"{snapshot.url}/snap/{{timestamp}}/x/"})
        async with open_hall(tmp_path / "h", archive, plan) as hall:
            await begin(hall)
            hall.mirror.hide("*/pool/*")
            got = await hall.ask(HELLO.pool_path)

    assert (200, HELLO.deb) == (got.status, got.body)


async def test_a_mirror_that_failed_once_is_still_asked_first(tmp_path: Path) -> None:
    """A snapshot bounds how often it is asked: it is no mirror, whatever happens."""
    archive = SampleArchive()
    archive.publish([HELLO, LARGE], date=1_767_225_600.0)
    async with open_hall(tmp_path / "s", archive, Plan(mirrors=1)) as other:
        snapshot = other.mirror
        kept = {f"snap/20260101T060000Z/{HELLO.pool_path}": HELLO.deb}
        snapshot.replace(kept | {path.replace("hello", "large"): b"" for path in kept})
        plan = Plan(options={"snapshot": f"{snapshot.url}/snap/{{timestamp}}"})
        async with open_hall(tmp_path / "h", archive, plan) as hall:
            await begin(hall)
            hall.mirror.fail("*/pool/*", faults.status(503), times=1)
            first = await hall.ask(HELLO.pool_path)
            asked = len(snapshot.requests)
            second = await hall.ask(LARGE.pool_path)

    assert [HELLO.deb, LARGE.deb] == [first.body, second.body]
    assert 1 == asked == len(snapshot.requests)
