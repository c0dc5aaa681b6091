"""What the catalog promises: read what was written, kept over a restart."""

from dataclasses import replace
from pathlib import Path

import pytest

from seawall.errors import StoreError
from seawall.oci.descriptor import Descriptor
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.records import (
    ContentRecord,
    ListingRecord,
    NameKey,
    NameRecord,
    RepositoryRecord,
    Totals,
)
from seawall.testing.clock import FakeClock

BUSYBOX = RepositoryName("docker.io", "library/busybox")
OTHER = RepositoryName("quay.io", "mirror/busybox")
TOP, BLOB = Digest.of(b"top"), Digest.of(b"blob")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = Descriptor("application/octet-stream", BLOB, 4)


def name_of(tag: str, digest: Digest | None = TOP, at: float = 1.0) -> NameRecord:
    """Make what a tag means."""
    key = NameKey(BUSYBOX, tag, Kind.INDEX)
    return NameRecord(
        key, digest, MANIFEST, size=3, checked_at=at, changed_at=at, source="origin"
    )


def content_of(digest: Digest, *, used_at: float = 1.0) -> ContentRecord:
    """Make the row of a stored content."""
    return ContentRecord(digest, 4, None, stored_at=1.0, used_at=used_at)


async def reopen(catalog: Catalog, path: Path) -> Catalog:
    """Stop and start."""
    await catalog.close()
    return await Catalog.open(path, clock=FakeClock())


async def test_everything_outlives_a_restart(catalog: Catalog, path: Path) -> None:
    """What was recorded is found again by the next process."""
    name, repository = (
        name_of("1"),
        RepositoryRecord(BUSYBOX, private=True, checked_at=2),
    )
    listing = ListingRecord(BUSYBOX, "tags", b"[]", "text/json", "<next>", 3.0)
    catalog.record_content(content_of(BLOB))
    catalog.record_content(content_of(TOP), [LAYER])
    catalog.record_name(name)
    catalog.record_link(BUSYBOX, TOP)
    catalog.record_repository(repository)
    catalog.record_listing(listing)
    again = await reopen(catalog, path)
    found = (
        await again.find_name(name.key),
        await again.find_content(TOP),
        await again.is_linked(BUSYBOX, TOP),
        await again.find_repository(BUSYBOX),
        await again.find_listing(BUSYBOX, "tags"),
        await again.find_size_hint(BUSYBOX, BLOB),
        await again.repositories_of(TOP),
        await again.totals(),
    )
    await again.close()

    assert found == (
        name,
        content_of(TOP),
        True,
        repository,
        listing,
        4,
        [repository],
        Totals(2, 8, 1),
    )


async def test_what_is_unknown_is_said_so(catalog: Catalog) -> None:
    """Nothing is made up about what was never recorded."""
    found = (
        await catalog.find_name(name_of("1").key),
        await catalog.find_content(TOP),
        await catalog.is_linked(BUSYBOX, TOP),
        await catalog.find_repository(BUSYBOX),
        await catalog.find_listing(BUSYBOX, "tags"),
        await catalog.find_size_hint(BUSYBOX, BLOB),
        await catalog.repositories_of(TOP),
        await catalog.totals(),
    )

    assert found == (None, None, False, None, None, None, [], Totals(0, 0, 0))


async def test_a_change_is_read_at_once(catalog: Catalog) -> None:
    """Whoever asks after a record sees it, also if asked about before."""
    before = await catalog.find_name(name_of("1").key)
    catalog.record_name(name_of("1"))
    catalog.record_name(name_of("1", BLOB))
    catalog.record_content(content_of(TOP), [LAYER])
    catalog.record_link(BUSYBOX, TOP)

    assert before is None
    assert name_of("1", BLOB) == await catalog.find_name(name_of("1").key)
    assert content_of(TOP) == await catalog.find_content(TOP)
    assert await catalog.is_linked(BUSYBOX, TOP)
    assert await catalog.find_size_hint(BUSYBOX, BLOB) == 4
    assert [BUSYBOX] == [r.repository for r in await catalog.repositories_of(TOP)]


async def test_a_size_hint_stays_within_its_repository(catalog: Catalog) -> None:
    """What one repository's manifest says of a blob says nothing in another's."""
    catalog.record_content(content_of(TOP), [LAYER])
    catalog.record_link(BUSYBOX, TOP)
    elsewhere = await catalog.find_size_hint(OTHER, BLOB)
    await catalog.flush()
    catalog.record_link(OTHER, TOP)

    assert elsewhere is None
    assert await catalog.find_size_hint(OTHER, BLOB) == 4


async def test_history_is_kept(catalog: Catalog) -> None:
    """What a tag pointed to and since when is told, newest first."""
    for at, digest in enumerate((TOP, TOP, BLOB, None, BLOB), 1):
        catalog.record_name(name_of("1", digest, float(at)))
    history = await catalog.history(name_of("1").key)

    assert [(BLOB, 5.0), (None, 4.0), (BLOB, 3.0), (TOP, 1.0)] == [
        (change.digest, change.changed_at) for change in history
    ]


async def test_recording_again_never_forgets(catalog: Catalog, path: Path) -> None:
    """A content found at start knows less than its first row, and takes nothing."""
    rich = replace(content_of(TOP, used_at=9.0), media_type=MANIFEST, pinned=True)
    catalog.record_content(rich, [LAYER])
    catalog.record_content(content_of(TOP))
    at_once = await catalog.find_content(TOP)
    again = await reopen(catalog, path)
    later = await again.find_content(TOP)
    await again.close()

    assert at_once == rich
    assert later == rich


async def test_removed_contents_take_their_links_along(catalog: Catalog) -> None:
    """Nothing that was known through a content is left when it goes."""
    catalog.record_content(content_of(TOP), [LAYER])
    catalog.record_content(content_of(BLOB))
    catalog.record_link(BUSYBOX, TOP)
    await catalog.remove_contents([TOP])

    assert await catalog.find_content(TOP) is None
    assert not await catalog.is_linked(BUSYBOX, TOP)
    assert await catalog.find_size_hint(BUSYBOX, BLOB) is None
    assert await catalog.repositories_of(TOP) == []
    assert Totals(1, 4, 0) == await catalog.totals()


async def test_what_comes_back_is_there(catalog: Catalog) -> None:
    """A content removed and recorded again is stored, and counted once."""
    catalog.record_content(content_of(TOP))
    await catalog.remove_contents([TOP])
    catalog.record_content(content_of(TOP))

    assert content_of(TOP) == await catalog.find_content(TOP)
    assert Totals(1, 4, 0) == await catalog.totals()


async def test_use_orders_what_may_go(catalog: Catalog, clock: FakeClock) -> None:
    """A touch makes a content the last that eviction looks at."""
    first, second = Digest.of(b"1"), Digest.of(b"2")
    catalog.record_content(content_of(first))
    catalog.record_content(content_of(second, used_at=2.0))
    catalog.touch(first)
    roots = await catalog.oldest_roots(after=None, limit=9)

    assert [(second, 2.0), (first, clock.now())] == [
        (root.digest, root.used_at) for root in roots
    ]


@pytest.mark.parametrize("parent_first", [True, False])
async def test_what_a_manifest_needs_may_not_begin(
    catalog: Catalog, *, parent_first: bool
) -> None:
    """In whatever order they came, a blob waits for its manifest to go."""
    both = [(TOP, [LAYER]), (BLOB, [])]
    for digest, children in both if parent_first else reversed(both):
        catalog.record_content(content_of(digest), children)
    roots = await catalog.oldest_roots(after=None, limit=9)
    families = await catalog.families(roots)
    await catalog.remove_contents([TOP])
    left = await catalog.oldest_roots(after=None, limit=9)

    assert [TOP] == [root.digest for root in roots]
    assert (BLOB,) == families[TOP].children
    assert {TOP, BLOB} == await catalog.ancestors([BLOB]) | {TOP}
    assert [BLOB] == [root.digest for root in left]


async def test_the_pinned_may_not_go(catalog: Catalog) -> None:
    """A pin is durable on return and holds until it is taken off."""
    catalog.record_content(content_of(TOP))
    await catalog.pin(TOP)
    pinned = (
        await catalog.find_content(TOP),
        await catalog.oldest_roots(after=None, limit=9),
    )
    await catalog.unpin(TOP)

    assert (replace(content_of(TOP), pinned=True), []) == pinned
    assert len(await catalog.oldest_roots(after=None, limit=9)) == 1


async def test_public_repositories_come_first(catalog: Catalog) -> None:
    """Of those that contain a content, one that anybody may read is seen first."""
    third = RepositoryName("ghcr.io", "third/busybox")
    for repository, private in ((BUSYBOX, True), (OTHER, None), (third, False)):
        catalog.record_link(repository, TOP)
        if private is not None:
            catalog.record_repository(RepositoryRecord(repository, private, 1.0))
    at_once = await catalog.repositories_of(TOP)
    await catalog.flush()

    for found in (at_once, await catalog.repositories_of(TOP)):
        assert third == found[0].repository
        assert {False, True, None} == {record.private for record in found}


async def test_a_removed_name_keeps_its_history(catalog: Catalog) -> None:
    """Forgetting a name does not forget what it meant."""
    catalog.record_name(name_of("1"))
    await catalog.remove_name(name_of("1").key)

    assert await catalog.find_name(name_of("1").key) is None
    assert len(await catalog.history(name_of("1").key)) == 1
    assert (await catalog.totals()).names == 0


async def test_names_that_never_were_are_forgotten(catalog: Catalog) -> None:
    """Asking for made-up tags does not fill the catalog for ever."""
    catalog.record_name(name_of("old", None, 1.0))
    catalog.record_name(name_of("new", None, 9.0))
    catalog.record_name(name_of("real", TOP, 1.0))
    await catalog.forget_absent(5.0)

    assert ["new", "real"] == [found.key.tag for found in await catalog.names()]
    assert await catalog.find_name(name_of("old").key) is None
    assert ["real"] == await catalog.tags(BUSYBOX)


async def test_listings_are_bounded(catalog: Catalog) -> None:
    """However many queries a client thinks of, the newest listings are kept."""
    for number in range(100):
        catalog.record_listing(
            ListingRecord(BUSYBOX, str(number), b"", "", "", float(number))
        )
    await catalog.flush()

    assert await catalog.find_listing(BUSYBOX, "35") is None
    assert await catalog.find_listing(BUSYBOX, "36") is not None


async def test_twenty_thousand_are_paged_and_found(catalog: Catalog) -> None:
    """Pages give every row once and in order, however many there are."""
    digests = [Digest.of(str(number).encode()) for number in range(20_000)]
    for number, digest in enumerate(digests):
        catalog.record_content(content_of(digest))
        if number % 10 == 0:
            catalog.record_name(name_of(f"t{number:05}", digest))
    await catalog.flush()
    names: list[NameKey] = []
    contents: list[Digest] = []
    while page := await catalog.names(limit=700, after=names[-1] if names else None):
        names += [record.key for record in page]
    while found := await catalog.contents(
        limit=7000, after=contents[-1] if contents else None
    ):
        contents += [record.digest for record in found]

    assert [f"t{number:05}" for number in range(0, 20_000, 10)] == [
        key.tag for key in names
    ]
    assert sorted(digests) == contents
    assert Totals(20_000, 80_000, 2000) == await catalog.totals()
    assert set() == await catalog.find_missing(digests)
    assert {TOP} == await catalog.find_missing([TOP, *digests[:5]])


async def test_one_repository_can_be_listed(catalog: Catalog) -> None:
    """Names of others are left out when one is asked for."""
    catalog.record_name(name_of("1"))
    elsewhere = NameKey(OTHER, "1", Kind.INDEX)
    catalog.record_name(replace(name_of("1"), key=elsewhere))

    assert [elsewhere] == [found.key for found in await catalog.names(OTHER)]
    assert len(await catalog.names()) == 2


async def test_kinds_can_be_listed_apart(catalog: Catalog) -> None:
    """Names of other kinds than those asked for are left out."""
    other = NameKey(OTHER, "1", Kind.ANY)
    catalog.record_name(name_of("1"))
    catalog.record_name(replace(name_of("1"), key=other))

    kinds = (Kind.INDEX, Kind.MANIFEST)
    assert [other] == [r.key for r in await catalog.names(kinds=[Kind.ANY])]
    assert [name_of("1").key] == [r.key for r in await catalog.names(kinds=kinds)]
    assert 2 == len(await catalog.names())


async def test_a_closed_catalog_says_so(catalog: Catalog) -> None:
    """Use after close is an error that names the reason; closing twice is none."""
    await catalog.close()
    await catalog.close()

    with pytest.raises(StoreError, match="closed"):
        await catalog.find_content(TOP)
    with pytest.raises(StoreError, match="closed"):
        catalog.record_content(content_of(TOP))
