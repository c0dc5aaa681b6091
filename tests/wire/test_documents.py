"""Small contents that are read whole."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.wire.supplies import BUSYBOX, open_supply

from seawall.errors import DigestMismatchError, StoreFullError
from seawall.oci.digest import Digest
from seawall.testing.samples import random_image

IMAGE = random_image(1)
TEXT = b'{"a": "document"}'
TYPE = "application/vnd.example+json"


@dataclass
class Needed:
    """A content that a document needs."""

    digest: Digest
    size: int


async def test_what_is_kept_can_be_read(tmp_path: Path) -> None:
    """It is stored, recorded with its type, and linked to its repository."""
    async with open_supply(tmp_path, IMAGE) as supply:
        digest = await supply.documents.keep(BUSYBOX, TEXT, TYPE)
        body = await supply.documents.read(digest, len(TEXT))
        record = await supply.catalog.find_content(digest)
        linked = await supply.catalog.is_linked(BUSYBOX, digest)

    assert (Digest.of(TEXT), TEXT, True) == (digest, body, linked)
    assert record is not None
    assert (TYPE, len(TEXT)) == (record.media_type, record.size)


async def test_what_it_needs_is_kept_with_it(tmp_path: Path) -> None:
    """What a document needs has its size known, and does not go before it."""
    async with open_supply(tmp_path, IMAGE) as supply:
        part = await supply.documents.keep(BUSYBOX, b"part", TYPE)
        whole = await supply.documents.keep(
            BUSYBOX, TEXT, TYPE, children=[Needed(part, 4)]
        )
        roots = await supply.catalog.oldest_roots(after=None, limit=10)
        hint = await supply.catalog.find_size_hint(BUSYBOX, part)

    assert [whole] == [root.digest for root in roots]
    assert 4 == hint


async def test_what_is_not_there_or_too_long(tmp_path: Path) -> None:
    """Nothing is read of what is not stored, nor of what is larger than expected."""
    async with open_supply(tmp_path, IMAGE) as supply:
        digest = await supply.documents.keep(BUSYBOX, TEXT, TYPE)
        absent = await supply.documents.read(Digest.of(b"other"), 100)
        long = await supply.documents.read(digest, len(TEXT) - 1)

    assert (None, None) == (absent, long)


async def test_it_must_be_what_was_promised(tmp_path: Path) -> None:
    """Bytes of another digest are refused, and nothing of them is stored."""
    other = Digest.of(b"other", "sha512")
    async with open_supply(tmp_path, IMAGE) as supply:
        with pytest.raises(DigestMismatchError):
            await supply.documents.keep(BUSYBOX, TEXT, TYPE, digest=other)
        linked = await supply.catalog.is_linked(BUSYBOX, other)
        kept = await supply.documents.keep(
            BUSYBOX, b"other", TYPE, digest=Digest.of(b"other", "sha512")
        )

    assert not linked
    assert other == kept


async def test_without_room_nothing_is_kept(tmp_path: Path) -> None:
    """A full store is the caller's to deal with."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.room[0] = False
        with pytest.raises(StoreFullError, match="library/busybox"):
            await supply.documents.keep(BUSYBOX, TEXT, TYPE)
        stored = supply.blobs.find_size(Digest.of(TEXT))

    assert stored is None
