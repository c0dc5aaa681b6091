"""Suites that are never half old: flips, and what is served meanwhile."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.wire.halls import (
    HELLO,
    IN_RELEASE,
    INDEX,
    NAME,
    Plan,
    by_hash,
    open_hall,
)

from seawall.drill import faults
from seawall.drill.mirror import ScriptedMirror
from seawall.oci.mediatypes import Kind
from seawall.store.records import NameKey
from seawall.testing.archives import SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage

MORE = SamplePackage("more")
HOUR_S = 3600.0
TWO = Plan(mirrors=2)


def sample(*, valid_for_s: float | None = None) -> SampleArchive:
    """Publish an archive with one package, an hour ago."""
    archive, now = SampleArchive(), time.time()
    until = None if valid_for_s is None else now + valid_for_s
    archive.publish([HELLO], date=now - HOUR_S, valid_until=until)
    return archive


async def test_a_new_suite_flips_with_its_indexes(tmp_path: Path) -> None:
    """What clients want of a suite is there before its name says so."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
        await hall.settle()
        hall.publish(HELLO, MORE)
        release = await hall.ask(IN_RELEASE)
        hall.mirror.fail("*", faults.status(503))
        index = await hall.ask(by_hash(release.body, INDEX))

    assert archive.files[IN_RELEASE] == release.body
    assert archive.files[INDEX] == index.body
    assert "Seawall; hit" == index.told


async def test_an_update_that_began_before_a_flip_ends_well(tmp_path: Path) -> None:
    """Old indexes are there by their sums, though the mirror has thrown them away."""
    archive = sample()
    old = archive.files[INDEX]
    async with open_hall(tmp_path, archive) as hall:
        before, _ = await hall.update()
        await hall.settle()
        archive.files.clear()
        archive.publish([MORE])
        hall.mirror.replace(archive.files)
        after, _ = await hall.update()
        late = await hall.ask(by_hash(before.body, INDEX))
        package = await hall.ask(HELLO.pool_path)

    assert before.body != after.body
    assert old == late.body
    # its package is known still, though nobody has it any more
    assert 404 == package.status


async def test_only_so_many_generations_are_kept(tmp_path: Path) -> None:
    """The settings say how many; the oldest is the first that is not found."""
    archive = sample()
    plan = Plan(options={"generations": 2})
    async with open_hall(tmp_path, archive, plan) as hall:
        releases = []
        for number in range(3):
            hall.publish(HELLO, SamplePackage("more", f"{number}"))
            releases.append((await hall.update())[0].body)
            await hall.settle()
        archive.files = {IN_RELEASE: releases[-1]}
        hall.mirror.replace(archive.files)
        hall.house.janitor.on_removed = lambda _: None
        annex = hall.house.annex
        kept = await annex.generations.retained(
            annex.archives.find(NAME), "dists/stable"
        )

    assert 2 == len(kept)


async def test_a_client_keeps_its_generation_by_plain_paths(tmp_path: Path) -> None:
    """On one connection a path means what the suite said that was given there."""
    archive = SampleArchive(SampleSuite(by_hash=False))
    archive.publish([HELLO])
    old = archive.files[INDEX]

    class Connection:
        """Stands for a client's connection."""

    mine, other = Connection(), Connection()
    async with open_hall(tmp_path, archive) as hall:
        await hall.ask(IN_RELEASE, connection=mine)
        await hall.ask(INDEX)
        await hall.settle()
        hall.publish(HELLO, MORE)
        await hall.ask(IN_RELEASE, connection=other)
        got = [await hall.ask(INDEX, connection=it) for it in (mine, other, None)]

    assert [old, archive.files[INDEX], archive.files[INDEX]] == [g.body for g in got]


async def test_a_connection_is_not_believed_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that was told a suite long ago may be another client's by now."""
    archive = SampleArchive(SampleSuite(by_hash=False))
    archive.publish([HELLO])

    class Connection:
        """Stands for a connection that a proxy keeps."""

    pooled, passed_s = Connection(), 0.0
    async with open_hall(tmp_path, archive) as hall:
        clock = hall.house.clock
        now = clock.monotonic
        monkeypatch.setattr(clock, "monotonic", lambda: now() + passed_s)
        await hall.ask(IN_RELEASE, connection=pooled)
        await hall.ask(INDEX)
        await hall.settle()
        hall.publish(HELLO, MORE)
        passed_s = 601.0
        await hall.ask(IN_RELEASE)
        got = await hall.ask(INDEX, connection=pooled)

    assert archive.files[INDEX] == got.body


async def test_a_lagging_mirror_is_passed_over(tmp_path: Path) -> None:
    """After a newer suite was seen, a mirror that lags is no word to go back to."""
    archive = sample()
    async with open_hall(tmp_path, archive, TWO) as hall:
        lagging, leading = hall.mirrors
        archive.publish([HELLO, MORE])
        leading.put(archive.files)
        lagging.fail("*", faults.status(503), times=1)
        first = await hall.ask(IN_RELEASE)
        again = await hall.ask(IN_RELEASE)

    assert archive.files[IN_RELEASE] == first.body == again.body
    assert "stale" not in again.told.replace("fwd=stale; fwd-status=200", "")


@pytest.mark.parametrize("complete", [True, False], ids=["elsewhere", "nowhere"])
async def test_half_a_new_suite_is_not_begun_with(
    tmp_path: Path, *, complete: bool
) -> None:
    """Before anybody asked for an index, a mirror that has a whole suite is looked for.

    If there is none, half a suite is better than no answer.
    """
    archive = sample()
    before = dict(archive.files)
    archive.publish([HELLO, MORE])
    async with open_hall(tmp_path, archive, TWO) as hall:
        for mirror in hall.mirrors:
            mirror.hide("*/binary-amd64/*")
        if complete:
            hall.mirrors[1].show()
            hall.mirrors[1].replace(before)
        release = await hall.ask(IN_RELEASE)

    expected = before if complete else archive.files
    assert expected[IN_RELEASE] == release.body


async def test_a_suite_that_is_gone_is_served_on(tmp_path: Path) -> None:
    """An archive that takes a suite away breaks no build that used it."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
        await hall.ask(HELLO.pool_path)
        hall.mirror.replace({})
        got = [*await hall.update(), await hall.ask(HELLO.pool_path)]

    assert [200] * 3 == [one.status for one in got]
    assert "fwd=stale" in got[0].told


async def test_an_expired_suite_says_so(tmp_path: Path) -> None:
    """What was valid when it came is served after its end, with a word about it."""
    archive = sample(valid_for_s=-60)
    plan = Plan(options={"check_valid_until": False})
    async with open_hall(tmp_path, archive, plan) as hall:
        got = await hall.ask(IN_RELEASE)
        gauges = list(hall.house.annex.report.gauges())

    assert 200 == got.status
    assert "dists/stable of sample expired at" in got.headers["warning"]
    assert (gauges[0].valid_left_s or 0) < 0


async def test_the_remaining_validity_is_told(tmp_path: Path) -> None:
    """A stale suite says for how long it still holds."""
    archive = sample(valid_for_s=3 * 86400)
    async with open_hall(tmp_path, archive) as hall:
        await hall.ask(IN_RELEASE)
        hall.mirror.fail("*", faults.status(503))
        got = await hall.ask(IN_RELEASE)
        views = await hall.house.annex.report.describe()

    assert "is valid for 2 days" in got.headers["warning"]
    assert 'fwd-status=503; detail="site.5xx"' in got.told
    assert [False] == [mirror.healthy for mirror in views[0].mirrors]
    assert "503" in views[0].suites[0].stale


@pytest.mark.long
async def test_a_silent_mirror_holds_nobody_up_for_long(tmp_path: Path) -> None:
    """A client that could be served is not kept waiting for a mirror that hangs."""
    archive = sample()
    plan = Plan(options={"patience": {"fixed_s": 60.0}})
    async with open_hall(tmp_path, archive, plan) as hall:
        await hall.ask(IN_RELEASE)
        hall.mirror.fail("*", faults.hang())
        began = time.monotonic()
        got = await hall.ask(IN_RELEASE)
        waited_s = time.monotonic() - began
        hall.mirror.lift()

    assert 200 == got.status
    assert waited_s < 8


async def test_conditional_questions_spare_the_mirror(tmp_path: Path) -> None:
    """A suite that has not changed is not sent again."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.ask(IN_RELEASE)
        got = await hall.ask(IN_RELEASE)
        statuses = [one.status for one in hall.mirror.requests]

    assert [200, 304] == statuses
    assert "Seawall; fwd=stale; fwd-status=200; stored; ttl=0" == got.told


async def test_the_newest_word_is_looked_for_now_and_then(tmp_path: Path) -> None:
    """A mirror that lags for hours is found out when all of them are asked."""
    archive = sample()
    async with open_hall(tmp_path, archive, TWO) as hall:
        await hall.ask(IN_RELEASE)
        archive.publish([HELLO, MORE])
        hall.mirrors[1].put(archive.files)
        first = await hall.ask(IN_RELEASE)
        annex = hall.house.annex
        await annex.names.resolve(
            annex.archives.find(NAME), "dists/stable", refresh=True, thorough=True
        )
        got = await hall.ask(IN_RELEASE)
        # Who asks is held for some seconds only; a busy machine may need longer.
        while got.body == first.body:
            await asyncio.sleep(0.05)
            got = await hall.ask(IN_RELEASE)

    assert archive.files[IN_RELEASE] != first.body
    assert archive.files[IN_RELEASE] == got.body


async def test_what_nobody_wants_waits_for_nothing(tmp_path: Path) -> None:
    """A file that mirrors never had keeps no suite from flipping, once it is old."""
    archive = sample()
    extra = {"main/i18n/Translation-en.xz": b"words"}
    archive.publish([HELLO], date=time.time() - 48 * HOUR_S, extra=extra)
    path = "dists/stable/main/i18n/Translation-en.xz"
    async with open_hall(tmp_path, archive) as hall:
        assert b"words" == (await hall.ask(path)).body
        for age_h in (24, 1):
            changed = {"main/i18n/Translation-en.xz": b"other %d" % age_h}
            date = time.time() - age_h * HOUR_S
            hall.publish(HELLO, MORE, date=date, extra=changed)
            hall.mirror.hide("*/i18n/*")
            got = await hall.ask(IN_RELEASE)
            if age_h == 24:
                long_out = archive.files[IN_RELEASE] == got.body

    assert long_out
    assert archive.files[IN_RELEASE] != got.body


async def test_the_current_generation_is_pinned_alone(tmp_path: Path) -> None:
    """Eviction may have what is past; what is served now stays."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        await hall.update()
        await hall.settle()
        catalog, annex = hall.house.catalog, hall.house.annex
        key = NameKey(annex.archives.find(NAME).repository, "dists/stable", Kind.ANY)
        hall.publish(HELLO, MORE)
        await hall.update()
        await hall.settle()
        record = await catalog.find_name(key)
        history = [change.digest for change in await catalog.history(key)]
        pinned = {
            digest
            for digest in history
            if digest and (found := await catalog.find_content(digest)) and found.pinned
        }

    assert record is not None
    assert {record.digest} == pinned
    assert 2 <= len(history)


async def test_settings_are_taken_over(tmp_path: Path) -> None:
    """Another mirror of the settings is asked from the next request on."""
    archive = sample()
    async with (
        ScriptedMirror(archive.files) as other,
        open_hall(tmp_path, archive) as hall,
    ):
        await hall.ask(IN_RELEASE)
        options = dict(hall.house.settings.archives)
        options[NAME] = replace(options[NAME], mirrors=(other.url,))
        hall.house.annex.apply(options, hall.house.wire, offline=False)
        before = len(hall.mirror.requests)
        got = await hall.ask(IN_RELEASE)

        assert 200 == got.status
        assert before == len(hall.mirror.requests)
        assert 1 == len(other.requests)
