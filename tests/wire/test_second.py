"""A source that falls silent: another one goes on, and the client hardly waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.wire.flights import (
    BODY,
    REPOSITORY,
    Hangar,
    HastyClock,
    Puppet,
    PuppetReply,
    open_hangar,
    until,
)
from tests.wire.sources import open_bench
from tests.wire.test_engine_faults import BLOBS, PATH, stock

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.upstream import ScriptedUpstream
from seawall.oci.digest import Digest
from seawall.testing.samples import random_bytes
from seawall.transfer.care.vigil import ATTEMPT
from seawall.transfer.flight import ContentSource, Want
from seawall.transfer.patience import Patience
from seawall.transfer.sources.registry import RegistrySource
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import Segment
from seawall.transfer.waits.thresholds import WaitOptions

LARGE = random_bytes("large", 3_000_000)
WANT = Want(REPOSITORY, Digest.of(LARGE), len(LARGE))
STOP = 1_500_000


class Pair:
    """A mirror and an origin that have the same, under one engine."""

    def __init__(
        self,
        hangar: Hangar,
        upstreams: tuple[ScriptedUpstream, ScriptedUpstream],
        places: tuple[RegistrySource, RegistrySource],
    ) -> None:
        self.hangar = hangar
        self.mirror, self.origin = upstreams
        self.places = places

    def teach(self, place: int = 0) -> None:
        """Let the mirror have been seen for many segments, all of them quick."""
        experience = self.places[place].experience
        for phase in (Phase.CONNECT, Phase.FIRST_BYTE, Phase.GAP):
            for _ in range(60):
                experience.lesson(phase).learn(0.03)

    async def fetch(self, *, alone: bool = False) -> tuple[bytes, float]:
        """Fetch; tell how long that took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        sources: list[ContentSource] = [
            place.content(REPOSITORY, WANT.digest) for place in self.places
        ]
        body = await self.hangar.fetch(*(sources[:1] if alone else sources), want=WANT)
        return body, loop.time() - began


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """Give a mirror and an origin, with patience that is learnt."""
    sample = stock(LARGE)
    async with (
        ScriptedUpstream({PATH: sample}) as mirror,
        ScriptedUpstream({PATH: sample}) as origin,
        open_bench() as bench,
        open_hangar(tmp_path, clock=HastyClock()) as hangar,
    ):
        places = bench.source(mirror), bench.source(origin)
        places[0].is_origin = False
        for place in places:
            place.patience = Patience(learnt=WaitOptions())
        yield Pair(hangar, (mirror, origin), places)


SILENCES = {"in mid-body": faults.stall(STOP), "from the start": faults.hang()}


@pytest.mark.parametrize("fault", SILENCES.values(), ids=SILENCES.keys())
async def test_a_known_source_that_falls_silent(pair: Pair, fault: Fault) -> None:
    """A source seen for more than 50 segments stops dead: at most 4 s are lost."""
    pair.teach()
    pair.mirror.fail(BLOBS, fault)
    body, took_s = await pair.fetch()
    requests = [request.range for request in pair.origin.requests]

    assert LARGE == body
    assert took_s < 4
    assert [f"bytes={STOP}-" if fault.name.startswith("stall") else ""] == requests


async def test_an_unknown_source_that_falls_silent(pair: Pair) -> None:
    """A source of which nothing is known stops dead: at most 8 s are lost."""
    pair.mirror.fail(BLOBS, faults.stall(STOP))
    body, took_s = await pair.fetch()

    assert LARGE == body
    assert took_s < 8


async def test_who_was_silent_is_asked_last(pair: Pair) -> None:
    """A source that was overtaken is not the first to be asked for the next one."""
    pair.teach()
    pair.mirror.fail(BLOBS, faults.stall(STOP))
    await pair.fetch()
    order = pair.hangar.engine.roster.rank(pair.places)

    assert [1, 0] == order
    assert [pair.places[0].label] == pair.hangar.log.blamed


async def test_a_dead_connection_of_a_source_alone(pair: Pair) -> None:
    """Where nobody else has it, a new connection at the same source goes on."""
    pair.teach()
    pair.mirror.fail(BLOBS, faults.stall(STOP), times=1)
    body, took_s = await pair.fetch(alone=True)
    requests = [request.range for request in pair.mirror.requests]

    assert LARGE == body
    assert took_s < 4
    assert ["", f"bytes={STOP}-"] == requests


async def test_a_request_that_nobody_answers(pair: Pair) -> None:
    """A source alone that does not answer one request is asked once more."""
    pair.teach()
    pair.mirror.fail(BLOBS, faults.hang(), times=1)
    body, took_s = await pair.fetch(alone=True)

    assert LARGE == body
    assert took_s < 4
    assert 2 == len(pair.mirror.requests)


async def test_what_comes_late_is_learnt(pair: Pair) -> None:
    """A source that was only slow teaches patience, though another one went on."""
    pair.teach()
    pair.mirror.fail(BLOBS, faults.pause(STOP, 1.2))
    sketch = pair.places[0].experience.lesson(Phase.GAP).sketch
    before = sketch.count
    body, took_s = await pair.fetch()
    watched = pair.places[0].experience.watched
    await until(lambda: not pair.places[0].experience.watched)

    assert LARGE == body
    assert took_s < 1.2
    assert 1 == watched
    assert sketch.count > before


async def test_the_first_may_be_first_after_all(pair: Pair) -> None:
    """A source that goes on before the second has answered keeps its turn."""
    pair.teach()
    pair.mirror.fail(BLOBS, faults.pause(STOP, 1.0))
    pair.origin.fail(BLOBS, faults.hang())
    body, took_s = await pair.fetch()

    assert LARGE == body
    assert took_s < 4
    assert [] == pair.hangar.log.blamed


async def test_a_second_source_that_fails_is_no_harm(pair: Pair) -> None:
    """A second source that answers badly ends nothing; the first is still awaited."""
    pair.teach()
    pair.mirror.fail(BLOBS, faults.pause(STOP, 1.2))
    pair.origin.fail(BLOBS, faults.status(503))
    body, _ = await pair.fetch()

    assert LARGE == body
    assert [pair.places[1].label] == pair.hangar.log.blamed


async def test_a_second_source_without_ranges_waits(pair: Pair) -> None:
    """A source that would begin anew does not take over from one that goes on."""
    pair.teach()
    pair.mirror.fail(BLOBS, faults.pause(STOP, 1.2))
    pair.origin.fail(BLOBS, faults.no_range())
    body, _ = await pair.fetch()

    assert LARGE == body
    assert [] == pair.hangar.log.blamed


async def test_second_sources_are_rationed(pair: Pair) -> None:
    """Beyond its share, a content has one second source, and no more."""
    pair.teach(0)
    pair.teach(1)
    allowance = pair.hangar.engine.allowance
    while allowance.take():
        continue
    pair.mirror.fail(BLOBS, faults.stall(1000))
    pair.origin.fail(BLOBS, faults.pause(STOP, 1.2))
    body, _ = await pair.fetch()

    assert LARGE == body
    assert (1, 1) == (len(pair.mirror.requests), len(pair.origin.requests))


_GLANCE = (False,)  # no segment ended


class Snail(Puppet):
    """A source that says of itself how slow it is."""

    @asynccontextmanager
    async def open(
        self, *, start: int = 0, stop: int | None = None
    ) -> AsyncIterator[PuppetReply]:
        """Answer, and report a slow window in the middle of the body."""
        attempt = ATTEMPT.get()
        assert attempt is not None
        async with super().open(start=start, stop=stop) as reply:
            self.allow(50_000)
            loop = asyncio.get_running_loop()
            slow = Segment(1000, 5.0)
            loop.call_later(0.05, attempt.on_measured, slow, *_GLANCE)
            loop.call_later(0.1, self.allow)
            yield reply


async def test_a_source_too_slow_for_the_rest_is_left(tmp_path: Path) -> None:
    """If another one would be done sooner although it has to begin, it goes on."""
    snail, origin = Snail(label="snail", is_origin=False), Puppet()
    async with open_hangar(tmp_path) as hangar:
        body = await hangar.fetch(snail, origin)

    assert BODY == body
    assert ["snail"] == hangar.log.blamed
    assert 1 == len(origin.asked)
    assert 0 < origin.asked[0][0] < len(BODY)
