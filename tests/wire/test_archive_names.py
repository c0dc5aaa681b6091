"""Suites are looked after unasked, and what is passed on grows old."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.wire.flights import until
from tests.wire.halls import (
    HELLO,
    IN_RELEASE,
    INDEX,
    NAME,
    Hall,
    Plan,
    open_hall,
)

from seawall.doors.archive.indexes.wanted import Wanted
from seawall.doors.archive.names import SuiteNames
from seawall.doors.archive.passing import Passing
from seawall.drill import faults
from seawall.errors import AbsentError, OfflineError, StoreError, UpstreamError
from seawall.testing.archives import SampleArchive
from seawall.testing.clock import FakeClock
from seawall.testing.debs import SamplePackage
from seawall.transfer.standing.roster import Roster

HOUR_S = 3600.0


def sample() -> SampleArchive:
    """Publish an archive."""
    archive = SampleArchive()
    archive.publish([HELLO])
    archive.files["README"] = b"read me"
    return archive


@asynccontextmanager
async def looked_after(hall: Hall, clock: FakeClock) -> AsyncIterator[SuiteNames]:
    """Let suites be looked after by a clock that is moved by hand."""
    old = hall.house.annex.names
    wanted = Wanted(hall.house.catalog, clock=clock)
    office = replace(old._office, clock=clock, wanted=wanted)
    names = SuiteNames(hall.house.annex.archives, hall.house.resolver, office)
    task = asyncio.create_task(names.run())
    try:
        await until(lambda: clock.sleepers)
        yield names
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def pass_time(clock: FakeClock, seconds: float) -> None:
    """Move the clock, minute by minute; each round of looking after ends first."""
    for _ in range(int(seconds // 60)):
        clock.advance(60)
        await until(lambda: clock.sleepers)


async def test_suites_in_use_are_looked_after(tmp_path: Path) -> None:
    """An hour later the suite is asked about, though no client does."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
        clock = FakeClock(now=hall.house.clock.now())
        async with looked_after(hall, clock):
            hall.publish(HELLO, SamplePackage("more"))
            before = len(hall.mirror.requests)
            await pass_time(clock, HOUR_S - 120)
            early = len(hall.mirror.requests)
            await pass_time(clock, 240)
        hall.mirror.fail("*", faults.status(503))
        got = await hall.ask(IN_RELEASE)

    assert before == early
    assert archive.files[IN_RELEASE] == got.body


@pytest.mark.parametrize(
    ("options", "settings", "idle_s"),
    [
        ({"refresh_s": 0}, {}, 0.0),
        ({}, {"offline": True}, 0.0),
        ({}, {}, 30 * 86400.0),
    ],
    ids=["off", "offline", "unused"],
)
async def test_others_are_left_alone(
    tmp_path: Path, options: dict[str, object], settings: dict[str, object], idle_s: int
) -> None:
    """Nobody is asked where the settings say so, or where no client has been lately."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
        await hall.settle()
    plan = Plan(options=options, settings=settings)
    async with open_hall(tmp_path, archive, plan) as hall:
        clock = FakeClock(now=hall.house.clock.now() + idle_s)
        async with looked_after(hall, clock):
            await pass_time(clock, 2 * HOUR_S)
        asked = len(hall.mirror.requests)

    assert 0 == asked


async def test_known_suites_have_figures_after_a_restart(tmp_path: Path) -> None:
    """What is held is in the metrics before anybody asks for it."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
    async with (
        open_hall(tmp_path, archive) as hall,
        looked_after(hall, FakeClock()) as names,
    ):
        known = {key.tag for key in names.known}

    assert {"dists/stable"} == known


async def test_a_refresh_that_fails_is_told(tmp_path: Path) -> None:
    """Why a suite could not be confirmed unasked is there to be looked at."""
    async with open_hall(tmp_path, sample()) as hall:
        await hall.update()
        hall.mirror.fail("*", faults.status(503))
        clock = FakeClock(now=hall.house.clock.now())
        async with looked_after(hall, clock) as names:
            await pass_time(clock, HOUR_S + 120)
            why = list(names.why_stale.values())

    assert ["503" in text for text in why] == [True]


@pytest.mark.parametrize("error", [StoreError("disk"), ZeroDivisionError("bug")])
async def test_trouble_with_one_suite_ends_no_care(
    tmp_path: Path, error: Exception
) -> None:
    """Nothing that goes wrong while suites are looked after ends the looking after."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
        clock = FakeClock(now=hall.house.clock.now())
        async with looked_after(hall, clock) as names:
            wanted = names._office.wanted
            honest, left = wanted.paths, [error, error]

            async def paths(*what: Any, **how: Any) -> list[str]:
                if left:
                    raise left.pop()
                return await honest(*what, **how)

            vars(wanted)["paths"] = paths
            hall.publish(HELLO, SamplePackage("more"))
            await pass_time(clock, HOUR_S + 240)
        hall.mirror.fail("*", faults.status(503))
        got = await hall.ask(IN_RELEASE)

    assert archive.files[IN_RELEASE] == got.body


async def test_all_wait_for_a_question_about_a_suite(tmp_path: Path) -> None:
    """Who knows a new generation already waits for the answer that tells us of it."""
    archive = sample()
    plan = Plan(options={"fresh_s": 3600})
    async with open_hall(tmp_path, archive, plan) as hall:
        await hall.update()
        hall.publish(HELLO, SamplePackage("more"))
        index = archive.files[INDEX]
        weak = next(
            path
            for path, body in archive.files.items()
            if "/by-hash/MD5Sum/" in path and body == index
        )
        hall.mirror.fail("*InRelease", faults.late(0.3))
        got = await asyncio.gather(*(hall.ask(weak) for _ in range(3)))
        await hall.settle()

    assert [archive.files[INDEX]] * 3 == [one.body for one in got]
    assert not any("unverified" in one.told for one in got)


class Desk:
    """What is passed on, with a clock that is moved by hand."""

    def __init__(self, hall: Hall) -> None:
        self.clock = FakeClock()
        self.archive = hall.house.annex.archives.find(NAME)
        self.passing = Passing(Roster(self.clock), clock=self.clock)

    async def ask(self, path: str, *, offline: bool = False) -> tuple[bytes, bool]:
        """Give a small file, and whether it is stale."""
        passed = await self.passing.open(self.archive, path, offline=offline)
        assert passed.kept is not None
        return passed.kept.body, passed.error is not None


async def test_unknown_files_grow_old(tmp_path: Path) -> None:
    """A kept file is asked for again after ten minutes, and outlives a short outage."""
    async with open_hall(tmp_path, sample()) as hall:
        desk = Desk(hall)
        first = await desk.ask("README")
        hall.mirror.put({"README": b"changed"})
        desk.clock.advance(599)
        same = await desk.ask("README")
        desk.clock.advance(2)
        newer = await desk.ask("README")
        hall.mirror.fail("*", faults.status(503))
        desk.clock.advance(700)
        stale = await desk.ask("README")
        desk.clock.advance(7 * HOUR_S)
        with pytest.raises(UpstreamError, match="503"):
            await desk.ask("README")

    read, changed = b"read me", b"changed"
    assert [(read, False), (read, False)] == [first, same]
    assert [(changed, False), (changed, True)] == [newer, stale]


async def test_absent_files_are_remembered_briefly(tmp_path: Path) -> None:
    """A 404 of every mirror holds for half a minute; one of trouble does not."""
    async with open_hall(tmp_path, sample(), Plan(mirrors=2)) as hall:
        desk = Desk(hall)
        for _ in range(2):
            with pytest.raises(AbsentError):
                await desk.ask("nothing")
        asked = sum(mirror.count("*/nothing") for mirror in hall.mirrors)
        desk.clock.advance(31)
        hall.mirrors[1].put({"nothing": b"something"})
        found = await desk.ask("nothing")
        hall.mirrors[1].fail("*", faults.status(503))
        with pytest.raises(UpstreamError, match="503"):
            await desk.ask("else")

    assert 2 == asked
    assert (b"something", False) == found


async def test_offline_passes_nothing_on(tmp_path: Path) -> None:
    """Offline, a kept file is given, and nobody is asked for another."""
    async with open_hall(tmp_path, sample()) as hall:
        desk = Desk(hall)
        await desk.ask("README")
        desk.clock.advance(HOUR_S)
        kept = await desk.ask("README", offline=True)
        with pytest.raises(OfflineError):
            await desk.ask("else", offline=True)
        asked = len(hall.mirror.requests)

    assert (b"read me", True) == kept
    assert 1 == asked
