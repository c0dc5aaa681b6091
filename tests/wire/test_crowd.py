"""A place that refused since there were too many is asked by fewer at once."""

import asyncio

import pytest
from tests.wire.flights import HastyClock, until
from tests.wire.sources import ANY, BUSYBOX, PATH, open_bench
from tests.wire.test_caps import IMAGE, LAYER, read

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import RateLimitedError
from seawall.transfer.budget.desk import Budget
from seawall.transfer.sources.crowd import Width
from seawall.transfer.sources.registry import RegistrySource

SPENT = faults.status(429, message="You have reached your pull rate limit.")


def test_a_refusal_halves_and_time_heals() -> None:
    """Ten at once were too many: five, and one more each ten seconds."""
    width = Width()
    before = width.tell(0.0)
    width.narrow(10, 100.0)
    limits = [width.tell(now) for now in (100.0, 109.9, 110.0, 150.0)]
    width.narrow(8, 150.0)
    again = width.tell(150.0)

    assert (None, [5, 5, 6, 10], 4) == (before, limits, again)
    assert width.tell(150.0 + 600.0) is None


def test_a_body_and_a_question_are_the_least() -> None:
    """However often it refuses, two may go."""
    width = Width()
    for now in range(9):
        width.narrow(1, float(now))

    assert 2 == width.tell(8.0)


class Readers:
    """Bodies that are begun, and held until the test lets them end."""

    def __init__(self, source: RegistrySource) -> None:
        self._source = source
        self._over = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.begun = 0

    def begin(self, count: int) -> None:
        """Ask for so many bodies at once."""
        self._tasks += [asyncio.create_task(self._hold()) for _ in range(count)]

    async def end(self) -> None:
        """Let all of them end, also those that could not begin."""
        self._over.set()
        await asyncio.gather(*self._tasks)
        self._over.clear()
        self._tasks, self.begun = [], 0

    async def _hold(self) -> None:
        async with self._source.open_blob(BUSYBOX, LAYER):
            self.begun += 1
            await self._over.wait()


async def count_bodies(fault: Fault) -> tuple[int, bool]:
    """Let a place refuse one of eight bodies; tell how many it gets at once then.

    And whether a question goes through meanwhile.
    """
    async with open_bench() as bench, ScriptedUpstream({PATH: IMAGE}) as upstream:
        bench.clock = HastyClock()
        bench.budget = Budget(bench.clock)
        source = bench.source(upstream)
        readers = Readers(source)
        readers.begin(7)
        await until(lambda: readers.begun == 7)
        upstream.fail("*/blobs/*", fault, times=1)
        with pytest.raises(RateLimitedError):
            await read(source)
        await readers.end()
        bench.clock.advance(6)
        readers.begin(1)  # tries it after the pause
        await until(lambda: readers.begun)
        readers.begin(7)
        await until(lambda: readers.begun >= 3)
        async with asyncio.timeout(5):
            await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
        begun = readers.begun
        await readers.end()
    return begun, upstream.count("GET */blobs/*") == 16


async def test_too_many_at_once_are_halved() -> None:
    """A bare 429 while eight were under way: four may be, one of them a question."""
    assert (3, True) == await count_bodies(faults.status(429))


async def test_a_spent_quota_is_no_crowd() -> None:
    """A limit on what is pulled says nothing of how many may come at once."""
    begun, all_came = await count_bodies(SPENT)

    assert begun > 3
    assert all_came
