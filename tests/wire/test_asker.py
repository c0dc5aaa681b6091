"""A question that one source leaves unanswered is put to another one as well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.wire.supplies import BUSYBOX, MANIFESTS, Supply, open_supply

from seawall.drill import faults
from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    DigestMismatchError,
    UnreachableError,
    UpstreamError,
)
from seawall.oci.mediatypes import Kind
from seawall.store.records import NameKey
from seawall.supply.images.manifests import KeptManifest
from seawall.supply.resolver import Outcome
from seawall.testing.samples import random_image
from seawall.transfer.patience import Patience
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import WaitOptions

IMAGE = random_image(1).tagged("1.0")
OTHER = random_image(2).tagged("1.0")


@asynccontextmanager
async def open_known(root: Path, *, mirrored: bool = True) -> AsyncIterator[Supply]:
    """Open a supply whose sources answered many questions quickly."""
    mirror = IMAGE if mirrored else None
    async with open_supply(root, IMAGE, mirrored=mirror) as supply:
        for source in supply.registry.sources:
            source.patience = Patience(learnt=WaitOptions())
            for phase in (Phase.CONNECT, Phase.MANIFEST):
                for _ in range(60):
                    source.experience.lesson(phase).learn(0.03)
        yield supply


async def fetch(supply: Supply) -> tuple[KeptManifest, float]:
    """Fetch a manifest by digest; tell how long that took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    kept = await supply.manifests.fetch(supply.registry, BUSYBOX, IMAGE.digest)
    return kept, loop.time() - began


async def test_a_second_source_is_asked_for_a_manifest(tmp_path: Path) -> None:
    """A mirror that says nothing costs a moment, not its whole patience."""
    async with open_known(tmp_path) as supply:
        supply.mirror.fail(MANIFESTS, faults.hang())
        kept, took_s = await fetch(supply)
        order = supply.engine.roster.rank(supply.registry.sources)

    assert IMAGE.body == kept.body
    assert took_s < 4
    assert [1, 0] == order


async def test_a_source_alone_is_asked_once_more(tmp_path: Path) -> None:
    """A question that got lost is put again over a new connection."""
    async with open_known(tmp_path, mirrored=False) as supply:
        supply.upstream.fail(MANIFESTS, faults.hang(), times=1)
        kept, took_s = await fetch(supply)

    assert IMAGE.body == kept.body
    assert took_s < 4
    assert 2 == len(supply.upstream.requests)


async def test_a_quick_source_is_asked_alone(tmp_path: Path) -> None:
    """Who answers as usual is one request."""
    async with open_known(tmp_path) as supply:
        await fetch(supply)

    assert (1, 0) == (len(supply.mirror.requests), len(supply.upstream.requests))


async def test_the_first_may_still_win(tmp_path: Path) -> None:
    """If the second one cannot say, the first one's late answer is heard."""
    async with open_known(tmp_path) as supply:
        supply.mirror.fail(MANIFESTS, faults.late(1.5))
        supply.upstream.fail(MANIFESTS, faults.status(503))
        kept, _ = await fetch(supply)

    assert IMAGE.body == kept.body
    assert 1 == len(supply.upstream.requests)


async def test_the_origins_404_is_final_at_once(tmp_path: Path) -> None:
    """What the origin does not have is not waited for at a silent mirror."""
    async with open_known(tmp_path) as supply:
        supply.mirror.fail(MANIFESTS, faults.hang())
        supply.upstream.fail(MANIFESTS, faults.status(404))
        async with asyncio.timeout(4):
            with pytest.raises(AbsentError):
                await fetch(supply)


async def test_a_wrong_manifest_may_be_an_accident(tmp_path: Path) -> None:
    """A lone origin whose bytes were not the digest is asked once more."""
    async with open_known(tmp_path, mirrored=False) as supply:
        supply.upstream.fail(MANIFESTS, faults.corrupt(5), times=1)
        kept, _ = await fetch(supply)
        liars = supply.engine.roster.find_liars(supply.registry.sources)

    assert IMAGE.body == kept.body
    assert frozenset() == liars


async def test_a_second_wrong_manifest_is_none(tmp_path: Path) -> None:
    """Two accidents are none: a lone liar is not asked for ever."""
    async with open_known(tmp_path, mirrored=False) as supply:
        supply.upstream.fail(MANIFESTS, faults.corrupt(5))
        with pytest.raises(DigestMismatchError):
            await fetch(supply)

    assert 2 == len(supply.upstream.requests)


@pytest.mark.long
async def test_an_origin_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    """A mirror's word on a new name is heard after some seconds, as stale."""
    async with open_known(tmp_path) as supply:
        supply.upstream.fail(MANIFESTS, faults.hang())
        async with asyncio.timeout(8):
            answer = await supply.resolve()
        async with asyncio.timeout(3):
            again = await supply.resolve(refresh=True)

    assert (Outcome.STALE, IMAGE.digest) == (answer.outcome, answer.digest)
    assert (Outcome.STALE, IMAGE.digest) == (again.outcome, again.digest)
    assert isinstance(answer.error, UnreachableError)


async def test_an_origin_that_answers_late_is_heard(tmp_path: Path) -> None:
    """Before that, only the origin's word counts."""
    async with open_supply(tmp_path, IMAGE, mirrored=OTHER) as supply:
        for source in supply.registry.sources:
            source.patience = Patience(learnt=WaitOptions())
        supply.upstream.fail(MANIFESTS, faults.late(2.5))
        answer = await supply.resolve()

    assert (Outcome.MISS, IMAGE.digest) == (answer.outcome, answer.digest)
    assert [] == supply.mirror.requests


async def test_a_mirror_in_a_bad_moment_is_asked_again(tmp_path: Path) -> None:
    """Where the origin has no word, its mirrors' trouble is asked past."""
    async with open_supply(tmp_path, IMAGE, mirrored=IMAGE) as supply:
        supply.upstream.fail(MANIFESTS, faults.status(500))
        supply.mirror.fail(MANIFESTS, faults.status(503), times=2)
        answer = await supply.resolve()

    assert (Outcome.STALE, IMAGE.digest) == (answer.outcome, answer.digest)
    assert 3 == len(supply.mirror.requests)


async def test_nobody_has_a_word(tmp_path: Path) -> None:
    """Why the origin did not answer is what the client is told."""
    async with open_supply(tmp_path, IMAGE, mirrored=IMAGE) as supply:
        supply.upstream.fail(MANIFESTS, faults.status(500))
        supply.mirror.fail(MANIFESTS, faults.status(404))
        with pytest.raises(UpstreamError) as caught:
            await supply.resolve()

    assert isinstance(caught.value, BrokenReplyError)
    assert 500 == caught.value.status


async def test_a_mirror_for_names_that_hangs(tmp_path: Path) -> None:
    """The origin is asked as well, and its word is fresh."""
    async with open_known(tmp_path) as supply:
        supply.registry.sources[0].answers_names = True
        supply.mirror.fail(MANIFESTS, faults.hang())
        async with asyncio.timeout(4):
            answer = await supply.resolve()

    assert (Outcome.MISS, IMAGE.digest) == (answer.outcome, answer.digest)
    assert answer.record.source == supply.registry.origin.label


async def test_a_mirror_for_names_that_knows_nothing(tmp_path: Path) -> None:
    """Its 404 moves on; the origin's is final."""
    async with open_supply(tmp_path, IMAGE, mirrored=IMAGE, names=True) as supply:
        supply.mirror.fail(MANIFESTS, faults.status(404))
        answer = await supply.resolve()
        supply.upstream.fail(MANIFESTS, faults.status(404))
        with pytest.raises(AbsentError):
            await supply.resolve(NameKey(BUSYBOX, "2.0", Kind.INDEX))

    assert (Outcome.MISS, IMAGE.digest) == (answer.outcome, answer.digest)
