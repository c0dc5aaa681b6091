"""Sources that go wrong by accident, crawl, or were in trouble a while ago."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    FLIGHT,
    REPOSITORY,
    Puppet,
    PuppetReply,
    open_hangar,
    until,
)
from tests.wire.sources import open_bench
from tests.wire.test_engine_faults import BLOBS, PATH, stock, two_upstreams

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import BrokenReplyError
from seawall.oci.digest import Digest
from seawall.testing.samples import random_bytes
from seawall.transfer.care.vigil import ATTEMPT, Attempt
from seawall.transfer.engine import EngineOptions
from seawall.transfer.flight import Want
from seawall.transfer.patience import Patience
from seawall.transfer.plan import PlanOptions
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import Segment
from seawall.transfer.waits.thresholds import WaitOptions

SMALL = random_bytes("small", 3000)
SMALL_WANT = Want(REPOSITORY, Digest.of(SMALL), len(SMALL))
SLIPS = [faults.wrong_length(1000), faults.wrong_length(-1000), faults.corrupt(7)]


@pytest.mark.parametrize("slip", SLIPS, ids=repr)
async def test_a_lone_source_may_slip_once(tmp_path: Path, slip: Fault) -> None:
    """A size or a byte that was wrong once costs one more request, not the pull."""
    async with (
        ScriptedUpstream({PATH: stock(SMALL)}) as origin,
        open_bench() as bench,
        open_hangar(tmp_path) as hangar,
    ):
        origin.fail(BLOBS, slip, times=1)
        place = bench.source(origin)
        source = place.content(REPOSITORY, SMALL_WANT.digest)
        body = await hangar.fetch(source, want=SMALL_WANT)

    assert SMALL == body
    assert 2 == len(origin.requests)


async def test_who_slipped_is_asked_when_the_other_is_dead(tmp_path: Path) -> None:
    """A mirror that was wrong once is better than an origin that says nothing."""
    async with two_upstreams(tmp_path, stock(SMALL)) as (hangar, mirror, origin, bench):
        mirror.fail(BLOBS, faults.corrupt(7), times=1)
        origin.fail(BLOBS, faults.hang())
        places = bench.source(mirror), bench.source(origin)
        places[0].is_origin = False
        for place in places:
            place.patience = Patience(learnt=WaitOptions(0.2, 1.5))
            for phase in (Phase.CONNECT, Phase.FIRST_BYTE, Phase.GAP):
                for _ in range(60):
                    place.experience.lesson(phase).learn(0.03)
        sources = [p.content(REPOSITORY, SMALL_WANT.digest) for p in places]
        async with asyncio.timeout(8):
            body = await hangar.fetch(*sources, want=SMALL_WANT)

    assert SMALL == body
    assert 2 == len(mirror.requests)


@dataclass
class Crawler(Puppet):
    """A source whose first connection says of itself that it crawls.

    Attributes:
        crawls: So many connections do.
        speed: What they bring in 5 s.
        opened: How many there were.
    """

    crawls: int = 1
    speed: int = 10
    opened: list[int] = field(default_factory=list)
    says: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open(
        self, *, start: int = 0, stop: int | None = None
    ) -> AsyncIterator[PuppetReply]:
        """Answer; if it crawls, report so in the middle of the body."""
        self.opened.append(start)
        attempt = ATTEMPT.get()
        assert attempt is not None
        async with super().open(start=start, stop=stop) as reply:
            if len(self.opened) > self.crawls:
                yield reply
                return
            self.allow(start + 10_000)
            saying = asyncio.create_task(self._say(attempt))
            try:
                yield reply
            finally:
                saying.cancel()
                self.allow()

    async def _say(self, attempt: Attempt) -> None:
        """Report, once the test says so, and go on a moment later."""
        await self.says.wait()
        attempt.on_measured(Segment(self.speed, 5.0), *_GLANCE)
        await asyncio.sleep(0.05)
        self.allow()


_GLANCE = (False,)  # no segment ended


async def test_a_crawling_connection_is_left_for_a_new_one(tmp_path: Path) -> None:
    """Where nobody else has it, the same source is asked for the rest."""
    crawler = Crawler()
    crawler.says.set()
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(crawler)

    assert BODY == body
    assert 2 == len(crawler.opened)
    assert 10_000 <= crawler.opened[1] < len(BODY)
    assert len(BODY) <= crawler.given_bytes <= len(BODY) + crawler.chunk_bytes


async def test_crawling_again_is_borne_for_longer(tmp_path: Path) -> None:
    """A second connection that crawls as well may do so for twice as long."""
    crawler = Crawler(crawls=2)
    crawler.says.set()
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(crawler)

    assert BODY == body
    assert 2 == len(crawler.opened)


@dataclass
class Recovering(Puppet):
    """A source that fails a few times, and is well after that."""

    failures: int = 1

    @asynccontextmanager
    async def open(
        self, *, start: int = 0, stop: int | None = None
    ) -> AsyncIterator[PuppetReply]:
        """Answer, unless it still fails."""
        self.failures -= 1
        if self.failures >= 0:
            raise BrokenReplyError("503", cause="registry.5xx")
        async with super().open(start=start, stop=stop) as reply:
            yield reply


async def test_who_failed_a_while_ago_relieves_who_crawls(tmp_path: Path) -> None:
    """A mirror that failed is asked again while the origin takes very long."""
    mirror = Recovering(label="mirror", is_origin=False)
    origin = Crawler(speed=75_000, crawls=9)
    async with open_hangar(tmp_path) as hangar:
        fetching = asyncio.create_task(hangar.fetch(mirror, origin))
        await until(lambda: not mirror.failures)
        hangar.clock.advance(5)
        origin.says.set()
        body = await fetching

    assert BODY == body
    assert 1 == len(mirror.asked)
    assert 1 == len(origin.opened)


async def test_who_failed_just_now_does_not(tmp_path: Path) -> None:
    """A mirror that failed a moment ago is no reason to leave the origin."""
    mirror = Recovering(label="mirror", is_origin=False)
    origin = Crawler(speed=75_000, crawls=9)
    async with open_hangar(tmp_path) as hangar:
        origin.says.set()
        body = await hangar.fetch(mirror, origin)

    assert BODY == body
    assert [] == mirror.asked


LARGE = random_bytes("large", 3_000_000)
LARGE_WANT = Want(REPOSITORY, Digest.of(LARGE), len(LARGE))
BREAKS = [faults.cut(400_000), faults.hang_up(400_000)]


@pytest.mark.parametrize("breaks", BREAKS, ids=repr)
async def test_what_came_before_a_break_is_kept(tmp_path: Path, breaks: Fault) -> None:
    """Each connection ends after 400 kB; none of those is fetched again."""
    async with (
        ScriptedUpstream({PATH: stock(LARGE)}) as origin,
        open_bench() as bench,
        open_hangar(tmp_path) as hangar,
    ):
        origin.fail(BLOBS, breaks)
        source = bench.source(origin).content(REPOSITORY, LARGE_WANT.digest)
        body = await hangar.fetch(source, want=LARGE_WANT)
        asked = [request.range for request in origin.requests]

    assert LARGE == body
    assert ["", *(f"bytes={n}-" for n in range(400_000, 3_000_000, 400_000))] == asked


@dataclass
class Hanging(Puppet):
    """A source that lets the first so many requests hang before their headers."""

    hangs: int = 2
    since: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def open(
        self, *, start: int = 0, stop: int | None = None
    ) -> AsyncIterator[PuppetReply]:
        """Answer, unless it is one of those; then say that it takes long."""
        self.since.append(asyncio.get_running_loop().time())
        attempt = ATTEMPT.get()
        assert attempt is not None
        if len(self.since) <= self.hangs:
            attempt.on_second(Phase.FIRST_BYTE)
            await asyncio.Event().wait()
        async with super().open(start=start, stop=stop) as reply:
            yield reply


def renewing(renew_s: float) -> EngineOptions:
    """Make options for engines that renew sooner."""
    return EngineOptions(flight=FLIGHT, plan=PlanOptions(renew_s=renew_s))


async def test_a_second_connection_that_hangs_is_renewed(tmp_path: Path) -> None:
    """Where everything hung for a while, somebody asks again when it is over."""
    source, options = Hanging(hangs=4), renewing(0.1)
    async with open_hangar(tmp_path, options=options) as hangar, asyncio.timeout(5):
        body = await hangar.fetch(source)
    waits = [late - early for early, late in pairwise(source.since)]

    assert BODY == body
    assert 5 == len(source.since)
    assert [True, True, True] == [a < b for a, b in pairwise(waits)]


async def test_renewing_is_rationed(tmp_path: Path) -> None:
    """Beyond the allowance, what was asked last is waited for."""
    source, options = Hanging(hangs=99), renewing(0.01)
    async with open_hangar(tmp_path, options=options) as hangar:
        while hangar.engine.allowance.take():
            continue
        fetching = asyncio.create_task(hangar.fetch(source))
        await asyncio.sleep(0.3)
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)

    assert 2 == len(source.since)
