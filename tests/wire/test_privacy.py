"""Whether a repository is private: what its origin says to who has no credential."""

import asyncio
from pathlib import Path

import pytest
from tests.wire.flights import until
from tests.wire.supplies import BUSYBOX, MANIFESTS, Supply, open_supply

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.oci.reference import RepositoryName
from seawall.supply.images.registries import Registry
from seawall.testing.samples import random_image

IMAGE = random_image(1).tagged("1.0")


async def ask(supply: Supply, tag: str = "1.0") -> bool | None:
    """Classify the repository."""
    registry = with_credentials(supply)
    return (await supply.privacy.classify(registry, BUSYBOX, tag)).private


def with_credentials(supply: Supply) -> Registry:
    """Give the registry some."""
    known = supply.registry
    return Registry(known.name, known.sources, known.freshness, has_credentials=True)


VERDICTS = {
    "public": (None, False),
    "401": (faults.status(401), True),
    "403": (faults.status(403), True),
    "403 page": (faults.html(403), None),
    "429": (faults.status(429), None),
    "503": (faults.status(503), None),
    "reset": (faults.reset(), None),
}


@pytest.mark.parametrize(("fault", "private"), VERDICTS.values(), ids=VERDICTS.keys())
async def test_only_a_refusal_makes_private(
    tmp_path: Path, fault: Fault | None, *, private: bool | None
) -> None:
    """What everybody may have is public, what is refused is private, else undecided."""
    async with open_supply(tmp_path, IMAGE) as supply:
        if fault is not None:
            supply.upstream.fail(MANIFESTS, fault)
        found = await ask(supply)
        signed = [request.signed for request in supply.upstream.requests]

    assert private is found
    assert not any(signed)


async def test_a_wrong_tag_makes_nothing_private(tmp_path: Path) -> None:
    """A 404 that a credential does not cure says nothing about privacy."""
    async with open_supply(tmp_path, IMAGE) as supply:
        wrong = await ask(supply, "no-such-tag")
        right = await ask(supply)

    assert (None, False) == (wrong, right)


async def test_some_registries_hide_what_is_private(tmp_path: Path) -> None:
    """A 404 that a credential cures is a refusal."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(MANIFESTS, faults.status(404), times=1)
        found = await ask(supply)

    assert found is True


async def test_what_is_known_outlives_an_outage(tmp_path: Path) -> None:
    """An origin that cannot say leaves the last word as it was."""
    async with open_supply(tmp_path, IMAGE) as supply:
        first = await ask(supply)
        supply.upstream.fail(MANIFESTS, faults.status(503))
        supply.clock.advance(2 * 86400)
        later = await ask(supply)

    assert first is later is False


async def test_it_is_asked_again_after_a_day(tmp_path: Path) -> None:
    """A repository that was closed to the public is noticed the next day."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await ask(supply)
        supply.upstream.fail(MANIFESTS, faults.status(401))
        same_day = await ask(supply)
        supply.clock.advance(90_000)
        next_day = await ask(supply)

    assert (False, True) == (same_day, next_day)


async def test_fifty_ask_once(tmp_path: Path) -> None:
    """One question per repository is out, however many wait for it."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await asyncio.gather(*(ask(supply) for _ in range(50)))

    assert 1 == supply.upstream.count(MANIFESTS)


async def test_later_means_in_the_background(tmp_path: Path) -> None:
    """A pull does not wait for the question, which is asked once."""
    async with open_supply(tmp_path, IMAGE) as supply:
        for _ in range(5):
            supply.privacy.classify_later(with_credentials(supply), BUSYBOX, "1.0")
        await until(lambda: not supply.privacy._later)
        known = await supply.catalog.find_repository(BUSYBOX)
        asked = supply.upstream.count(MANIFESTS)

    assert known is not None
    assert known.private is False
    assert 1 == asked


async def test_without_a_credential_all_is_public(tmp_path: Path) -> None:
    """What came without a credential is public; what was private stays private."""
    secret = RepositoryName("docker.io", "library/secret")
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.mark(private=True)
        await supply.privacy.note_anonymous(BUSYBOX)
        await supply.privacy.note_anonymous(secret)
        before = await supply.catalog.find_repository(BUSYBOX)
        other = await supply.catalog.find_repository(secret)

    assert before is not None
    assert before.private is True
    assert other is not None
    assert other.private is False
    assert [] == supply.upstream.requests


async def test_closing_ends_the_questions(tmp_path: Path) -> None:
    """Questions that are out at the end leave no task behind."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(MANIFESTS, faults.hang())
        supply.privacy.classify_later(with_credentials(supply), BUSYBOX, "1.0")
        await until(lambda: supply.upstream.requests)
        await supply.privacy.close()
        known = await supply.catalog.find_repository(BUSYBOX)

    assert known is None
