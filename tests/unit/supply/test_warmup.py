"""Which platforms are brought, and what warming does when nobody may be asked."""

from pathlib import Path

import pytest
from tests.houses import fill, opened

from seawall.errors import NotStoredError, OfflineError, UnknownRegistryError
from seawall.oci.descriptor import Platform
from seawall.supply.images.warmup import Report, Result, Step, Wish
from seawall.testing.samples import random_image, random_index

INDEX = random_index(1).tagged("v1")
IMAGE = random_image(2).tagged("v2")
AMD64 = Wish((Platform("linux", "amd64"),))


@pytest.mark.parametrize(
    ("wish", "platform", "expected"),
    [
        (Wish(), Platform("windows", "amd64"), True),
        (AMD64, Platform("linux", "amd64", "v1"), True),
        (AMD64, Platform("linux", "arm64"), False),
        (AMD64, Platform("unknown", "unknown"), False),
        (AMD64, None, True),
    ],
    ids=["everything", "usual-variant", "other", "attestation", "no-platform"],
)
def test_a_wish_takes_its_platforms(
    wish: Wish, platform: Platform | None, *, expected: bool
) -> None:
    """What is for another platform is left out; what is for none is taken."""
    assert expected is wish.takes(platform)


async def _warm(place: Path, *images: str) -> list[Report]:
    async with opened(place) as house:
        house.registries.offline = True
        await fill(house, INDEX)
        await fill(house, IMAGE, without=IMAGE.blobs[:1])
        return [report async for report in house.warmup.warm(images, AMD64)]


async def test_what_is_held_needs_nobody(tmp_path: Path) -> None:
    """An image that is held is warm already, offline too."""
    reports = await _warm(tmp_path, "team/app:v1")

    assert Result.HELD is reports[-1].result
    assert {Result.HELD} == {r.result for r in reports if r.step is Step.CONTENT}


async def test_offline_a_missing_content_fails_its_image_alone(tmp_path: Path) -> None:
    """One image that cannot be completed does not stop the next one."""
    reports = await _warm(tmp_path, "team/app:v2", "team/app:v1")

    ends = {r.image: r for r in reports if r.step is Step.IMAGE}
    assert Result.FAILED is ends["team/app:v2"].result
    assert isinstance(ends["team/app:v2"].error, OfflineError)
    assert Result.HELD is ends["team/app:v1"].result


async def test_a_registry_that_is_not_known_is_not_asked(tmp_path: Path) -> None:
    """A registry that the settings do not know is refused before anything else."""
    reports = await _warm(tmp_path, "other.test/app:1")

    assert isinstance(reports[-1].error, UnknownRegistryError)
    assert not isinstance(reports[-1].error, NotStoredError)
