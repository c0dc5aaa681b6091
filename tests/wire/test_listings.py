"""Lists: tags and referrers, by page, stale if need be, and never half."""

from pathlib import Path

import msgspec
import pytest
from tests.wire.supplies import BUSYBOX, TAG, Supply, open_supply

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    IntegrityError,
    OfflineError,
    SeawallError,
    UnauthorizedError,
)
from seawall.oci.digest import Digest
from seawall.supply.images.listings import Listing, filter_referrers
from seawall.supply.resolver import Outcome
from seawall.testing.samples import random_artifact, random_image

IMAGE = random_image(1).tagged("1.0", "1.1", "1.2", "2.0")
SBOM = random_artifact(1, subject=IMAGE)
SIGNATURE = random_artifact(2, subject=IMAGE, artifact_type="application/vnd.sig")
TAGS, REFERRERS = "*/tags/list", "*/referrers/*"


async def tags(
    supply: Supply, n: int | None = None, last: str | None = None, **how: bool
) -> Listing:
    """List tags."""
    return await supply.listings.tags(
        supply.registry, BUSYBOX, page=(n, last), offline=how.get("offline", False)
    )


async def referrers(supply: Supply, digest: Digest = IMAGE.digest) -> Listing:
    """List referrers."""
    return await supply.listings.referrers(
        supply.registry, BUSYBOX, digest, offline=False
    )


def names(listing: Listing) -> list[str]:
    """Read the tags of a listing."""
    found: list[str] = msgspec.json.decode(listing.body)["tags"]
    return found


def digests(body: bytes) -> set[str]:
    """Read the entries of an index."""
    return {entry["digest"] for entry in msgspec.json.decode(body)["manifests"]}


async def test_pages(tmp_path: Path) -> None:
    """Tags come by page, each of which says where the next begins."""
    async with open_supply(tmp_path, IMAGE) as supply:
        whole = await tags(supply)
        first = await tags(supply, 3)
        second = await tags(supply, 3, first.next_last)

    assert ["1.0", "1.1", "1.2", "2.0"] == names(whole)
    assert (["1.0", "1.1", "1.2"], "1.2") == (names(first), first.next_last)
    assert (["2.0"], "") == (names(second), second.next_last)


async def test_a_cursor_of_its_own_is_followed(tmp_path: Path) -> None:
    """Where the next page is named by a cursor, all pages are made one."""
    link = faults.header("Link", '</v2/x/tags/list?next_page=abc&n=4>; rel="next"')
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(TAGS, link, times=2)
        listing = await tags(supply)
        asked = supply.upstream.count(TAGS)
        supply.upstream.fail(TAGS, link)
        with pytest.raises(IntegrityError):
            await tags(supply, 1)

    assert 12 == len(names(listing))
    assert 3 == asked


@pytest.mark.parametrize(
    "link", ["<http://[>", "next", "<", '<?last=>; rel="next"', "<" + "&a=1" * 99 + ">"]
)
async def test_hostile_links(tmp_path: Path, link: str) -> None:
    """A link that is none is the end of the list, and no crash."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(TAGS, faults.header("Link", link))
        listing = await tags(supply)

    assert "" == listing.next_last


TROUBLE = {
    "429": faults.status(429),
    "503": faults.status(503),
    "html": faults.html(),
    "hang": faults.hang(),
    "reset": faults.reset(),
    "401": faults.status(401),
    "number": faults.body(b"7", content_type="application/json"),
    "null": faults.body(b"null", content_type="application/json"),
    "errors": faults.body(b'{"errors":[]}', content_type="application/json"),
    "object": faults.body(b'{"tags":{"a":1}}', content_type="application/json"),
    "numbers": faults.body(b'{"tags":[1,2]}', content_type="application/json"),
    "deep": faults.body(b'{"tags":' + b"[" * 200_000, content_type="application/json"),
    "bytes": faults.body(b"\xff\xfe", content_type="application/json"),
    "large": faults.body(
        b'{"tags":["' + b"x" * 5_000_000 + b'"]}', content_type="application/json"
    ),
}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE.keys())
async def test_the_last_list_stands_in(tmp_path: Path, fault: Fault) -> None:
    """Whatever the origin answers, the last list is given, and says it is stale."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await tags(supply)
        supply.upstream.fail(TAGS, fault)
        supply.clock.advance(500)
        listing = await tags(supply)

    assert (Outcome.STALE, 500) == (listing.outcome, listing.age_s)
    assert ["1.0", "1.1", "1.2", "2.0"] == names(listing)
    assert isinstance(listing.error, SeawallError)


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE.keys())
async def test_nothing_known_is_an_error(tmp_path: Path, fault: Fault) -> None:
    """Without a last list, or a tag ever pulled, the origin's error is told."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(TAGS, fault)
        with pytest.raises(SeawallError):
            await tags(supply)


async def test_known_tags_are_better_than_nothing(tmp_path: Path) -> None:
    """Where nobody ever listed, the tags that were pulled are given, by page too."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        await supply.resolve(msgspec.structs.replace(TAG, tag="2.0"))
        await supply.catalog.flush()
        whole = await tags(supply, offline=True)
        supply.upstream.fail(TAGS, faults.status(503))
        first = await tags(supply, 1)
        second = await tags(supply, 1, "1.0")

    assert ["1.0", "2.0"] == names(whole)
    assert isinstance(whole.error, OfflineError)
    assert (["1.0"], "1.0") == (names(first), first.next_last)
    assert (["2.0"], "") == (names(second), second.next_last)


async def test_no_such_repository(tmp_path: Path) -> None:
    """The origin's 404 is an answer."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await tags(supply)
        supply.upstream.fail(TAGS, faults.status(404))
        with pytest.raises(AbsentError):
            await tags(supply)


async def test_lists_of_private_repositories_end_soon(tmp_path: Path) -> None:
    """After a refusal, a private list is given for ten minutes, and no longer."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        await tags(supply)
        supply.mark(private=True)
        supply.upstream.fail(TAGS, faults.status(401))
        supply.clock.advance(500)
        listing = await tags(supply)
        supply.clock.advance(200)
        for page in ((None, None), (7, None)):
            with pytest.raises(UnauthorizedError):
                await tags(supply, *page)

    assert Outcome.STALE == listing.outcome


@pytest.mark.parametrize("api", [True, False], ids=["api", "tag"])
async def test_referrers(tmp_path: Path, *, api: bool) -> None:
    """Referrers come from the API, or from the tag that stands in for it."""
    async with open_supply(tmp_path, IMAGE.joined(SBOM, SIGNATURE)) as supply:
        supply.upstream.referrers_api = api
        listing = await referrers(supply)
        none = await referrers(supply, SBOM.digest)
        one = filter_referrers(listing.body, "application/vnd.sig")

    assert {str(SBOM.digest), str(SIGNATURE.digest)} == digests(listing.body)
    assert {str(SIGNATURE.digest)} == digests(one)
    assert set() == digests(none.body)


@pytest.mark.parametrize("fault", [faults.html(404), faults.status(405)], ids=repr)
async def test_no_referrers_api(tmp_path: Path, fault: Fault) -> None:
    """However a registry says that it has no such API, the tag is asked."""
    async with open_supply(tmp_path, IMAGE.joined(SBOM)) as supply:
        supply.upstream.referrers_api = False
        supply.upstream.fail(REFERRERS, fault)
        listing = await referrers(supply)

    assert {str(SBOM.digest)} == digests(listing.body)


async def test_referrers_go_stale(tmp_path: Path) -> None:
    """The last referrers stand in, as tags do; offline too."""
    async with open_supply(tmp_path, IMAGE.joined(SBOM)) as supply:
        await referrers(supply)
        supply.upstream.fail("*", faults.status(503))
        listing = await referrers(supply)

    assert Outcome.STALE == listing.outcome
    assert {str(SBOM.digest)} == digests(listing.body)


@pytest.mark.parametrize("entry", ["7", '"x"', "null", "[]"])
async def test_hostile_referrers(tmp_path: Path, entry: str) -> None:
    """Entries that are none are not passed on."""
    body = f'{{"schemaVersion":2,"manifests":[{entry}]}}'.encode()
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(REFERRERS, faults.body(body, content_type="text/json"))
        with pytest.raises(BrokenReplyError):
            await referrers(supply)


async def test_endless_referrers(tmp_path: Path) -> None:
    """A list that never ends is an error, and not cut short in silence."""
    link = faults.header("Link", '<?last=x>; rel="next"')
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail(REFERRERS, link)
        with pytest.raises(IntegrityError):
            await referrers(supply)

    assert 20 == supply.upstream.count(REFERRERS)
