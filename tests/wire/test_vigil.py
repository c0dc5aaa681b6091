"""What is learnt of a source on the way, and what is not since it was ours."""

import asyncio
from pathlib import Path

import pytest
from tests.wire.sources import ANY, BUSYBOX, MAX_BYTES, PATH, open_bench

from seawall.drill import faults
from seawall.drill.gatekeeper import TokenAuth
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import UnreachableError
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.testing.clock import FakeClock
from seawall.testing.samples import Sample, random_bytes, random_image
from seawall.transfer.care.experiences import Experiences
from seawall.transfer.care.vigil import ATTEMPT, Attempt
from seawall.transfer.patience import Patience
from seawall.transfer.sources.registry import RegistrySource
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import Plight, WaitOptions

IMAGE = random_image(1).tagged("1.0")
BLOB = random_bytes("blob", 9_000_000)
DIGEST = Digest.of(BLOB)
STOCK = Sample(DIGEST, {DIGEST: BLOB}, {DIGEST: "application/octet-stream"})
LEARNT = Patience(learnt=WaitOptions())
BRIEF = Patience(connect_s=1, answer_s=0.3, gap_s=0.3)


async def read(source: RegistrySource, pause_s: float = 0.0) -> int:
    """Read the blob, with a pause of ours after its first bytes."""
    count = 0
    async with source.open_blob(BUSYBOX, DIGEST) as reply:
        async for chunk in reply.chunks():
            if not count:
                await asyncio.sleep(pause_s)
            count += len(chunk)
    return count


def count_lessons(source: RegistrySource) -> dict[str, int]:
    """Tell how many waits of each phase were learnt."""
    lessons = source.experience.lessons.items()
    return {str(phase): round(lesson.sketch.count) for phase, lesson in lessons}


async def test_every_phase_is_learnt() -> None:
    """Connecting, a token, a manifest, a first byte, and a segment: one lesson each."""
    async with (
        ScriptedUpstream({PATH: IMAGE}, TokenAuth()) as up,
        open_bench() as bench,
    ):
        up.put(PATH, STOCK)
        source = bench.source(up)
        source.patience = LEARNT
        await source.get_manifest(BUSYBOX, "1.0", accept=ANY, max_bytes=MAX_BYTES)
        await read(source)

    # asked twice, since the first one was refused for want of a token
    expected = {"connect": 1, "manifest": 2, "first_byte": 1, "gap": 1}
    assert expected == {k: v for k, v in count_lessons(source).items() if v}


async def test_our_own_pauses_are_not_learnt() -> None:
    """A slow client, or disk, does not make a source look slow."""
    async with ScriptedUpstream({PATH: STOCK}) as up, open_bench() as bench:
        source = bench.source(up)
        source.patience = LEARNT
        count = await read(source, pause_s=0.5)

    gap = source.experience.lesson(Phase.GAP).sketch
    assert len(BLOB) == count
    assert 1 == round(gap.count)
    assert gap.long.find_highest(0.5) < 0.4


async def test_silence_in_vain_doubles_the_next_patience() -> None:
    """The attempt after one that was given up waits for longer, and it is told."""
    silent: list[tuple[str, bool]] = []

    def note(phase: str, waited_s: float, limit_s: float, *, given_up: bool) -> None:
        assert waited_s >= limit_s
        silent.append((phase, given_up))

    async with ScriptedUpstream({PATH: STOCK}) as up, open_bench() as bench:
        up.fail("*/blobs/*", faults.hang())
        source = bench.source(up)
        source.patience = BRIEF
        attempt = Attempt(Plight(), lambda _: None, lambda _, __: None, note)
        mark = ATTEMPT.set(attempt)
        with pytest.raises(UnreachableError, match=r"nothing for 0\.3 s"):
            await read(source)
        ATTEMPT.reset(mark)

    assert ("first_byte", True) == silent[-1]
    assert 1 == attempt.doublings
    assert 0 == source.experience.watched


async def test_what_was_given_up_in_mid_body_is_watched() -> None:
    """Bytes that come after all teach that giving up was wrong."""
    async with ScriptedUpstream({PATH: STOCK}) as up, open_bench() as bench:
        up.fail("*/blobs/*", faults.pause(1_000_000, 0.6))
        source = bench.source(up)
        source.patience = BRIEF
        with pytest.raises(UnreachableError, match=r"nothing for 0\.3 s"):
            await read(source)
        watched = source.experience.watched
        async with asyncio.timeout(5):
            while source.experience.watched:  # noqa: ASYNC110  the network brings it
                await asyncio.sleep(0.01)

    lesson = source.experience.lesson(Phase.GAP)
    assert 1 == watched
    assert 1.25 == pytest.approx(lesson.gamma, rel=0.01)


async def test_it_outlives_a_restart(tmp_path: Path) -> None:
    """What a source taught is in the catalog, and is known to the next process."""
    clock = FakeClock()
    taught = Experiences()
    taught.find("mirror.example").lesson(Phase.GAP).learn(0.5)
    catalog = await Catalog.open(tmp_path / "catalog.sqlite", clock=clock)
    taught.keep(catalog.diary("experience"), clock)
    await catalog.close()
    catalog = await Catalog.open(tmp_path / "catalog.sqlite", clock=clock)
    anew = Experiences()
    await anew.restore(catalog.diary("experience"), clock)
    await catalog.close()

    assert 1 == round(anew.find("mirror.example").lesson(Phase.GAP).sketch.count)


async def test_a_hurry_that_was_known_before_counts() -> None:
    """A client's need that was told before the request began moves its second source.

    So slow a source would else be waited for 7 s; the test does not wait that long.
    """
    second = asyncio.Event()

    def ignore(*_: object, **__: object) -> None:
        """Being silent is no news here."""

    async with ScriptedUpstream({PATH: STOCK}) as up, open_bench() as bench:
        up.fail("*/blobs/*", faults.hang())
        source = bench.source(up)
        source.patience = LEARNT
        for _ in range(60):
            source.experience.lesson(Phase.FIRST_BYTE).learn(7.0)
        attempt = Attempt(Plight(), lambda _: second.set(), lambda _, __: None, ignore)
        attempt.hurry(asyncio.get_running_loop().time() + 0.5)
        mark = ATTEMPT.set(attempt)
        reading = asyncio.create_task(read(source))
        ATTEMPT.reset(mark)
        async with asyncio.timeout(4):
            await second.wait()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    assert second.is_set()
