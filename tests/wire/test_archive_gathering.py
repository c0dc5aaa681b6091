"""What a suite waits for before it flips, who is asked for it, and what outlives it."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.wire.halls import (
    HELLO,
    IN_RELEASE,
    INDEX,
    NAME,
    Hall,
    Plan,
    by_hash,
    open_hall,
)

from seawall.doors.archive import generations as generations_module
from seawall.doors.archive.generations import suite_key
from seawall.doors.archive.indexes import gathering
from seawall.doors.archive.indexes.wanted import Wanted
from seawall.drill import faults
from seawall.testing import archives as testing_archives
from seawall.testing.archives import SampleArchive
from seawall.testing.clock import FakeClock
from seawall.testing.debs import SamplePackage

DAY_S = 86400.0
MORE = SamplePackage("more")
WORDS = "main/i18n/Translation-en"
CONTENTS = "main/Contents-amd64.gz"


def sample(
    extra: Mapping[str, bytes] | None = None, *, age_s: float = 3 * DAY_S
) -> SampleArchive:
    """Publish an archive some days ago."""
    archive = SampleArchive()
    archive.publish([HELLO], date=time.time() - age_s, extra=extra)
    return archive


def publish_wrong(hall: Hall, path: str, body: bytes, *, age_s: float) -> None:
    """Publish a suite with a file that is not what the suite says."""
    hall.archive.publish([HELLO, MORE], date=time.time() - age_s, extra={path: body})
    wrong = bytes(len(body))
    files = hall.archive.files
    hall.mirror.replace({k: wrong if v == body else v for k, v in files.items()})


@pytest.mark.parametrize("path", [WORDS, CONTENTS])
async def test_a_wrong_file_that_is_no_index_stops_no_suite(
    tmp_path: Path, path: str
) -> None:
    """Somebody once took it; that it is wrong now is no reason to grow old."""
    async with open_hall(tmp_path, sample({path: b"one" * 50})) as hall:
        await hall.update()
        await hall.ask(f"dists/stable/{path}")
        await hall.settle()
        publish_wrong(hall, path, b"two" * 50, age_s=2 * DAY_S)
        got = await hall.ask(IN_RELEASE)

    assert hall.archive.files[IN_RELEASE] == got.body


async def test_a_young_suite_waits_for_an_hour_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive that is published every hour is never old, and flips all the same."""
    async with open_hall(tmp_path, sample({WORDS: b"one" * 50})) as hall:
        await hall.update()
        await hall.ask(f"dists/stable/{WORDS}")
        await hall.settle()
        publish_wrong(hall, WORDS, b"two" * 50, age_s=60)
        first = await hall.ask(IN_RELEASE)
        old = first.body != hall.archive.files[IN_RELEASE]
        monkeypatch.setattr(gathering, "_MISSED_S", 0.0)
        publish_wrong(hall, WORDS, b"six" * 50, age_s=30)
        second = await hall.ask(IN_RELEASE)

    assert old
    assert hall.archive.files[IN_RELEASE] == second.body


async def test_an_index_that_was_of_use_is_waited_for(tmp_path: Path) -> None:
    """What packages are verified by must be there before the name flips, always."""
    async with open_hall(tmp_path, sample()) as hall:
        before, _ = await hall.update()
        await hall.settle()
        hall.publish(HELLO, MORE, date=time.time() - 2 * DAY_S)
        index = hall.archive.files[INDEX]
        files = hall.archive.files
        hall.mirror.replace({k: v for k, v in files.items() if v != index})
        got = await hall.ask(IN_RELEASE)

    assert before.body == got.body


async def test_an_odd_entry_takes_no_other_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One path that nobody can ask for: the rest is verified, and the suite flips."""
    honest = testing_archives._join_stanzas
    odd = "Package: odd\nFilename: ../odd.deb\nSize: 3\nSHA256: " + "0" * 64 + "\n"
    monkeypatch.setattr(
        testing_archives,
        "_join_stanzas",
        lambda stanzas: honest([*stanzas, odd]),
    )
    async with open_hall(tmp_path, sample()) as hall:
        await hall.update()
        await hall.settle()
        package = await hall.ask(HELLO.pool_path)
        hall.publish(HELLO, MORE, date=time.time() - 2 * DAY_S)
        got = await hall.ask(IN_RELEASE)

    assert "unverified" not in package.told
    assert hall.archive.files[IN_RELEASE] == got.body


async def test_an_index_of_no_use_stops_no_suite(tmp_path: Path) -> None:
    """What could not be read before is no reason to stay with what is old."""
    bad = {"main/binary-arm64/Packages": b"no index at all\n"}
    async with open_hall(tmp_path, sample(bad)) as hall:
        await hall.update()
        await hall.ask("dists/stable/main/binary-arm64/Packages")
        await hall.settle()
        bad = {"main/binary-arm64/Packages": b"no index, either\n"}
        hall.publish(HELLO, MORE, date=time.time() - 2 * DAY_S, extra=bad)
        got = await hall.ask(IN_RELEASE)

    assert hall.archive.files[IN_RELEASE] == got.body


@pytest.mark.long
async def test_silent_mirrors_cost_no_update(tmp_path: Path) -> None:
    """Two of three say nothing: a first update ends long before apt gives up."""
    plan = Plan(mirrors=3, options={"patience": {"fixed_s": 60.0}})
    archive = sample(age_s=60)
    async with open_hall(tmp_path, archive, plan) as hall:
        for mirror in hall.mirrors[:2]:
            mirror.fail("*", faults.hang())
        began = time.monotonic()
        got = await hall.update()
        waited_s = time.monotonic() - began
        for mirror in hall.mirrors:
            mirror.lift()

    assert [200, 200] == [one.status for one in got]
    assert waited_s < 15


@pytest.mark.parametrize("mirrors", ["old", "same", "newer"])
async def test_nothing_older_follows_what_was_lost(
    tmp_path: Path, mirrors: str
) -> None:
    """That a document was lost opens no way back; what it said is taken again."""
    archive = sample(age_s=5 * DAY_S)
    states = {"old": dict(archive.files)}
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
        await hall.settle()
        hall.publish(HELLO, MORE, date=time.time() - 2 * DAY_S)
        states["same"] = dict(archive.files)
        await hall.ask(IN_RELEASE)
        await hall.settle()
        annex, catalog = hall.house.annex, hall.house.catalog
        key = suite_key(annex.archives.find(NAME), "dists/stable")
        history = [change.digest for change in await catalog.history(key)]
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file() and any(d and d.hex in file.name for d in history):
            file.unlink()
    archive.publish([MORE], date=time.time() - DAY_S)
    states["newer"] = dict(archive.files)

    async with open_hall(
        tmp_path, archive, prepare=lambda all_: all_[0].replace(states[mirrors])
    ) as hall:
        got = await hall.ask(IN_RELEASE)

    if mirrors == "old":
        assert 502 == got.status
        assert "older than what is known" in got.phrase
    else:
        assert (200, states[mirrors][IN_RELEASE]) == (got.status, got.body)


async def test_many_suites_forget_nothing(tmp_path: Path) -> None:
    """What clients want of one suite is not crowded out by a hundred others."""
    async with open_hall(tmp_path, sample()) as hall:
        await hall.update()
        await hall.settle()
        house = hall.house
        archive = house.annex.archives.find(NAME)
        wanted = Wanted(house.catalog, clock=house.clock)
        for number in range(100):
            await wanted.note(archive, f"dists/s{number}", INDEX)
        await house.catalog.flush()
    async with open_hall(tmp_path, hall.archive) as hall:
        wanted = Wanted(hall.house.catalog, clock=hall.house.clock)
        archive = hall.house.annex.archives.find(NAME)
        paths = await wanted.paths(archive, "dists/stable")
        others = [await wanted.paths(archive, f"dists/s{n}") for n in range(100)]

    assert INDEX.removeprefix("dists/stable/") in paths
    assert [[INDEX]] * 100 == others


async def test_what_is_added_hides_no_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much came to a generation later, those before it are still found."""
    monkeypatch.setattr(generations_module, "_LOOKED_AT", 2)
    async with open_hall(tmp_path, sample()) as hall:
        before, _ = await hall.update()
        await hall.settle()
        words = {f"{WORDS[:-2]}{tongue}": tongue.encode() for tongue in ("de", "fr")}
        hall.publish(MORE, date=time.time() - 2 * DAY_S, extra=words)
        await hall.update()
        for path in words:
            await hall.ask(f"dists/stable/{path}")
            await hall.settle()
        annex = hall.house.annex
        kept = await annex.generations.retained(
            annex.archives.find(NAME), "dists/stable"
        )
        release = await annex.generations.release(kept[-1])

    assert 2 == len(kept)
    assert release is not None
    assert release.find_hash("SHA256", by_hash(before.body, INDEX)[-64:]) is not None


async def test_a_suite_that_fails_is_tried_once(tmp_path: Path) -> None:
    """One question about a suite asks each mirror once for what it lacks."""
    plan = Plan(mirrors=2)
    async with open_hall(tmp_path, sample(), plan) as hall:
        before, _ = await hall.update()
        await hall.settle()
        hall.publish(HELLO, MORE, date=time.time() - 2 * DAY_S)
        path = by_hash(hall.archive.files[IN_RELEASE], INDEX)
        for mirror in hall.mirrors:
            mirror.put({path: bytes(len(hall.archive.files[INDEX]))})
        got = await hall.ask(IN_RELEASE)
        asked = [mirror.count(f"*/{path}") for mirror in hall.mirrors]

    assert before.body == got.body
    assert [1, 1] == asked


async def test_large_files_are_contents_like_any(tmp_path: Path) -> None:
    """What not every update takes is not kept ready, nor held by the suite."""
    contents = b"z" * 100_000
    async with open_hall(tmp_path, sample({CONTENTS: contents})) as hall:
        await hall.ask(IN_RELEASE)
        got = await hall.ask(f"dists/stable/{CONTENTS}")
        await hall.settle()
        annex = hall.house.annex
        archive = annex.archives.find(NAME)
        held = await annex.generations.retained(archive, "dists/stable")
        wanted = Wanted(hall.house.catalog, clock=hall.house.clock)
        paths = await wanted.paths(archive, "dists/stable")

    assert contents == got.body
    assert {} == held[0].generation.indexes
    assert ["InRelease"] == paths


async def test_few_files_are_brought_at_once(tmp_path: Path) -> None:
    """However many are asked for, the mirrors are asked for some at a time."""
    words = {f"{WORDS[:-2]}{n}": b"%d" % n * 9000 for n in range(40)}
    async with open_hall(tmp_path, sample(words)) as hall:
        await hall.ask(IN_RELEASE)
        hall.mirror.fail("*by-hash*", faults.hang())
        annex = hall.house.annex
        archive = annex.archives.find(NAME)
        held = (await annex.generations.retained(archive, "dists/stable"))[0]
        for path in words:
            annex.indexing.start(archive, held, path)
        await hall.house.clock.sleep(0.5)
        flights = len(hall.house.engine.flights)
        await annex.indexing.close()
        hall.mirror.lift()

    assert 0 < flights <= 4


async def test_unused_suites_are_not_held(tmp_path: Path) -> None:
    """A month after the last client, eviction may have a suite; a client ends that."""

    async def look(hall: Hall) -> bool:
        names = hall.house.annex.names
        office = names._office
        await names._look_after(hall.house.annex.archives.find(NAME), "dists/stable")
        record, held = await office.generations.current(
            suite_key(hall.house.annex.archives.find(NAME), "dists/stable")
        )
        assert record is not None
        assert held is not None
        content = await hall.house.catalog.find_content(held.digest)
        return content is not None and content.pinned

    async with open_hall(tmp_path, sample()) as hall:
        await hall.update()
        await hall.settle()
        pinned = [await look(hall)]
        annex = hall.house.annex
        clock = FakeClock(now=hall.house.clock.now() + 31 * DAY_S)
        wanted = Wanted(hall.house.catalog, clock=clock)
        used = annex.names._office
        annex.names._office = replace(used, wanted=wanted)
        pinned.append(await look(hall))
        annex.names._office = used
        await hall.update()
        await hall.settle()
        pinned.append(await look(hall))

    assert [True, False, True] == pinned


async def test_head_of_an_index_brings_nothing(tmp_path: Path) -> None:
    """Whoever only looks is told the size, and no mirror is asked for the file."""
    async with open_hall(tmp_path, sample()) as hall:
        release = await hall.ask(IN_RELEASE)
        path = by_hash(release.body, INDEX)
        got = await hall.ask(path, method="HEAD")
        await hall.settle()
        asked = hall.mirror.count("*by-hash*")
        wanted = Wanted(hall.house.catalog, clock=hall.house.clock)
        archive = hall.house.annex.archives.find(NAME)
        paths = await wanted.paths(archive, "dists/stable")

    assert 200 == got.status
    assert 0 == asked
    assert ["InRelease"] == paths
