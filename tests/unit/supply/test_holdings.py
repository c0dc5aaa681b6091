"""What is held, looked at and changed in a real store that asks nobody."""

from pathlib import Path

import pytest
from tests.houses import APP, fill, opened

from seawall.app.compose import House
from seawall.errors import InputError, NotStoredError, UnknownRegistryError
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.records import NameKey, NameRecord
from seawall.store.verifier import Finding, Problem
from seawall.supply.keeping.views import HeldName
from seawall.testing.samples import Sample, random_image, random_index

INDEX = random_index(1).tagged("v1")
IMAGE = random_image(2).tagged("v2")
OTHER = RepositoryName(APP.registry, "team/other")
PAPERS = RepositoryName("papers", "press")
_CHILD = INDEX.manifests[0]


async def _names(house: House) -> dict[str, HeldName]:
    return {held.name: held for held in (await house.holdings.list_names()).names}


async def _keep_paper(house: House) -> Digest:
    """Keep what is no image, as another protocol's door does."""
    digest = await house.documents.keep(PAPERS, b"{}", "application/json")
    key = NameKey(PAPERS, "daily/news", Kind.ANY)
    house.catalog.record_name(
        NameRecord(key, digest, "application/json", 2, 1.0, 1.0, "a-test")
    )
    await house.catalog.flush()
    return digest


async def _stored(house: House, sample: Sample) -> int:
    return sum(house.blobs.find_size(digest) is not None for digest in sample.contents)


async def test_names_are_listed_in_order(tmp_path: Path) -> None:
    """Every name is listed once, with the bytes that are held of it."""
    async with opened(tmp_path) as house:
        await fill(house, INDEX)
        await fill(house, IMAGE)
        names = await _names(house)

    assert [f"{APP}:v1", f"{APP}:v2"] == list(names)
    assert sum(map(len, IMAGE.contents.values())) == names[f"{APP}:v2"].size


async def test_a_list_comes_in_pages(tmp_path: Path) -> None:
    """A page says where the next one begins, and the last one that there is none."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE.tagged("v3"))
        first = await house.holdings.list_names(APP, limit=1)
        second = await house.holdings.list_names(APP, limit=2, after=first.after)

    assert [f"{APP}:v2"] == [held.name for held in first.names]
    assert [f"{APP}:v3"] == [held.name for held in second.names]
    assert second.after is None


async def test_what_is_no_image_is_not_listed(tmp_path: Path) -> None:
    """Names that other doors keep take no place in a list, and spoil none."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE.tagged("v3"))
        digest = await _keep_paper(house)
        first = await house.holdings.list_names(limit=1)
        second = await house.holdings.list_names(limit=2, after=first.after)
        status = await house.holdings.status()
        shown = await house.holdings.show(str(digest))

    names = [held.name for held in (*first.names, *second.names)]
    assert [f"{APP}:v2", f"{APP}:v3"] == names
    assert second.after is None
    assert 3 == status.totals.names
    assert (str(PAPERS),) == shown.repositories
    assert shown.tree.held


async def test_what_is_no_image_is_removed_by_digest(tmp_path: Path) -> None:
    """A content that another door's name means goes with that name, not by a tag."""
    async with opened(tmp_path) as house:
        digest = await _keep_paper(house)
        with pytest.raises(NotStoredError):
            await house.holdings.remove(f"{PAPERS}:latest")
        found = [step async for step in house.holdings.verify(repair=False)]
        removal = await house.holdings.remove(str(digest))

        assert house.blobs.find_size(digest) is None
    assert not [step for step in found if isinstance(step, Finding)]
    assert (f"{PAPERS}:daily/news",) == removal.names


async def test_a_list_says_what_can_be_pulled_offline(tmp_path: Path) -> None:
    """A name whose layer is gone is not complete."""
    async with opened(tmp_path) as house:
        await fill(house, INDEX)
        await fill(house, IMAGE, without=IMAGE.blobs[:1])
        names = await _names(house)

    assert names[f"{APP}:v1"].complete
    assert not names[f"{APP}:v2"].complete
    assert ("linux/amd64", "linux/arm64/v8") == names[f"{APP}:v1"].platforms


async def test_looking_is_no_use(tmp_path: Path) -> None:
    """What was only looked at goes as early as before."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
        before = await house.catalog.find_content(IMAGE.digest)
        await house.holdings.show(f"{APP}:v2")
        await _names(house)
        await house.catalog.flush()

        assert before == await house.catalog.find_content(IMAGE.digest)


async def test_an_image_is_shown_by_name_and_by_digest(tmp_path: Path) -> None:
    """A name and its digest show the same tree; the name adds where it is from."""
    async with opened(tmp_path) as house:
        await fill(house, INDEX)
        by_name = await house.holdings.show("team/app:v1")
        by_digest = await house.holdings.show(str(INDEX.digest))

    assert by_name.tree == by_digest.tree
    assert (str(APP),) == by_digest.repositories
    assert by_name.record is not None
    assert "a-test" == by_name.record.source
    assert 1 == len(by_name.history)


async def test_what_is_not_held_is_said_with_what_is(tmp_path: Path) -> None:
    """A tag that is not held is refused with the tags that are."""
    async with opened(tmp_path) as house:
        await fill(house, INDEX)
        with pytest.raises(NotStoredError, match="tags held of it: v1"):
            await house.holdings.show("team/app:v9")


async def test_a_pin_keeps_an_image_from_eviction(tmp_path: Path) -> None:
    """However much room is needed, a pinned image and all it needs stay."""
    async with opened(tmp_path) as house:
        await fill(house, INDEX)
        await fill(house, IMAGE)
        await house.holdings.pin("team/app:v1")
        await house.janitor.make_room(10**12)

        assert len(INDEX.contents) == await _stored(house, INDEX)
        assert 0 == await _stored(house, IMAGE)


async def test_an_unpinned_image_may_go(tmp_path: Path) -> None:
    """Eviction has an image again once it is unpinned."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
        await house.holdings.pin("team/app:v2")
        await house.holdings.pin("team/app:v2", pinned=False)
        await house.janitor.make_room(10**12)

        assert 0 == await _stored(house, IMAGE)


async def test_a_pin_says_what_is_missing(tmp_path: Path) -> None:
    """A pin of an incomplete image says how much has yet to arrive."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE, without=IMAGE.blobs[:1])
        pinning = await house.holdings.pin("team/app:v2")

    assert (1, len(IMAGE.contents[IMAGE.blobs[0]])) == (
        pinning.missing,
        pinning.missing_bytes,
    )


async def test_a_removed_name_takes_its_contents_along(tmp_path: Path) -> None:
    """Nothing of an image is left that no other name or manifest needs."""
    async with opened(tmp_path) as house:
        await fill(house, INDEX)
        await fill(house, IMAGE)
        removal = await house.holdings.remove("team/app:v1")

        assert (f"{APP}:v1",) == removal.names
        assert len(INDEX.contents) == removal.contents
        assert 0 == await _stored(house, INDEX)
        assert len(IMAGE.contents) == await _stored(house, IMAGE)
        assert [f"{APP}:v2"] == list(await _names(house))
        assert await house.manifests.find(INDEX.digest) is None


async def test_what_another_name_means_stays(tmp_path: Path) -> None:
    """A content goes with its last name only."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
        await fill(house, IMAGE, repository=OTHER)
        removal = await house.holdings.remove("team/app:v2")

        assert 0 == removal.contents
        assert f"{OTHER}:v2 means it too" == removal.kept[0].reason
        assert len(IMAGE.contents) == await _stored(house, IMAGE)


async def test_a_named_part_of_a_removed_index_stays(tmp_path: Path) -> None:
    """A platform's image that has a name of its own outlives the index."""
    named = Sample(
        _CHILD, INDEX.contents, INDEX.media_types, {"amd64": _CHILD}, INDEX.subjects
    )
    async with opened(tmp_path) as house:
        await fill(house, INDEX)
        await fill(house, named, repository=OTHER)
        await house.holdings.remove("team/app:v1")

        assert (await _names(house))[f"{OTHER}:amd64"].complete


async def test_what_an_index_needs_stays(tmp_path: Path) -> None:
    """A part of a held image is not removed from under it."""
    async with opened(tmp_path) as house:
        await fill(house, INDEX)
        removal = await house.holdings.remove(str(_CHILD))

        assert (0, (_CHILD,)) == (
            removal.contents,
            tuple(k.digest for k in removal.kept),
        )
        assert len(INDEX.contents) == await _stored(house, INDEX)


async def test_a_digest_goes_with_its_names(tmp_path: Path) -> None:
    """No name is left whose content was removed by digest."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
        await fill(house, IMAGE, repository=OTHER)
        removal = await house.holdings.remove(str(IMAGE.digest))

        assert (f"{APP}:v2", f"{OTHER}:v2") == removal.names
        assert {} == await _names(house)


async def test_a_pinned_image_is_not_removed(tmp_path: Path) -> None:
    """Removing what is pinned removes nothing, and says how to let it go."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
        await house.holdings.pin("team/app:v2")
        removal = await house.holdings.remove("team/app:v2")

        assert ((), 0) == (removal.names, removal.contents)
        assert "unpin" in removal.kept[0].reason
        assert len(IMAGE.contents) == await _stored(house, IMAGE)


async def test_a_repair_is_forgotten_by_memory_too(tmp_path: Path) -> None:
    """A manifest whose file is wrong is found, removed, and served no more."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
        name = IMAGE.digest.hex
        path = house.data.root / "blobs" / "sha256" / name[:2] / name
        path.chmod(0o600)
        path.write_bytes(b"{}" + IMAGE.body[2:])
        steps = [step async for step in house.holdings.verify(repair=True)]

        found = [step for step in steps if isinstance(step, Finding)]
        assert [Problem.WRONG_BYTES] == [finding.problem for finding in found]
        assert await house.manifests.find(IMAGE.digest) is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("team/app@sha256:" + "0" * 64, InputError),
        ("other.test/app:1", UnknownRegistryError),
        ("Team/App", InputError),
    ],
)
async def test_only_names_are_refreshed(
    tmp_path: Path, text: str, error: type[Exception]
) -> None:
    """A digest never changes, and a registry that is not known is never asked."""
    async with opened(tmp_path) as house:
        with pytest.raises(error):
            await house.holdings.refresh(text)


async def test_the_status_counts_what_is_there(tmp_path: Path) -> None:
    """The status says how much is held and who could be asked."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
        status = await house.holdings.status()

    assert (len(IMAGE.contents), 1) == (status.totals.blobs, status.totals.names)
    assert ((APP.registry,), ()) == (status.registries, status.arriving)


async def test_a_content_that_is_not_held_is_not_removed(tmp_path: Path) -> None:
    """Removing, showing or pinning a digest that is not held is refused plainly."""
    unheld = str(random_image(9).digest)
    async with opened(tmp_path) as house:
        for act in (house.holdings.remove, house.holdings.show, house.holdings.pin):
            with pytest.raises(NotStoredError, match="not held"):
                await act(unheld)
