"""Looks at every byte and every row, and says, or repairs, where they disagree."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from seawall.errors import NotStoredError
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.janitor import adopt_blob, take
from seawall.store.records import ContentRecord
from seawall.store.roles import Blobs

_CHUNK_BYTES = 1 << 20
_PAGE = 500


class Problem(StrEnum):
    """What can be wrong with a stored content."""

    WRONG_BYTES = "wrong-bytes"  # the file is not what its name promises
    NO_FILE = "no-file"  # the catalog names it, but there is none
    NO_ROW = "no-row"  # there is a file, but the catalog does not name it so


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement, and whether it was repaired."""

    problem: Problem
    digest: Digest
    message: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is; the totals are the catalog's."""

    blobs: int
    bytes: int
    of_blobs: int
    of_bytes: int


async def verify(
    blobs: Blobs, catalog: Catalog, *, repair: bool = False
) -> AsyncIterator[Finding | Progress]:
    """Hash every file, and compare files and rows; safe while serving.

    A repair removes files that are not what they promise, with their rows, and rows
    without a file, so that the next pull fetches them; good files get their rows.

    Yields:
        A `Progress` after each file, a `Finding` for each disagreement.

    Raises:
        StoreError: Something could not be read, or not be repaired.
    """
    totals = await catalog.totals()
    done_blobs = done_bytes = 0
    files = blobs.walk()
    while batch := await asyncio.to_thread(take, files, _PAGE):
        for digest, size in batch:
            finding = await _check_file(blobs, catalog, digest, repair=repair)
            if finding is not None and finding.problem is Problem.NO_ROW and repair:
                await adopt_blob(blobs, catalog, digest)
            if finding is not None:
                yield finding
            done_blobs, done_bytes = done_blobs + 1, done_bytes + size
            yield Progress(done_blobs, done_bytes, totals.blobs, totals.bytes)
    async for finding in _check_rows(blobs, catalog, repair=repair):
        yield finding
    if repair:
        await catalog.flush()


async def _check_file(
    blobs: Blobs, catalog: Catalog, digest: Digest, *, repair: bool
) -> Finding | None:
    try:
        size, good = await asyncio.to_thread(_hash_blob, blobs, digest)
    except NotStoredError:
        return None  # evicted since it was listed
    if not good:
        if repair:
            await _remove(blobs, catalog, digest)
        return Finding(
            Problem.WRONG_BYTES,
            digest,
            f"the {size} bytes stored as {digest} are not that content",
            repair,
        )
    row = await catalog.find_content(digest)
    if row is not None and row.size == size:
        return None
    return Finding(
        Problem.NO_ROW,
        digest,
        f"{digest} is stored in {size} bytes, which the catalog does not say",
        repair,
    )


async def _check_rows(
    blobs: Blobs, catalog: Catalog, *, repair: bool
) -> AsyncIterator[Finding]:
    after: Digest | None = None
    while page := await catalog.contents(limit=_PAGE, after=after):
        after = page[-1].digest
        for record in await asyncio.to_thread(_without_file, blobs, page):
            if await catalog.find_content(record.digest) is None:
                continue  # evicted since it was listed
            if repair:
                await _remove(blobs, catalog, record.digest)
            yield Finding(
                Problem.NO_FILE,
                record.digest,
                f"the catalog names {record.digest}, but there is no such file",
                repair,
            )


async def _remove(blobs: Blobs, catalog: Catalog, digest: Digest) -> None:
    blobs.condemn([digest])
    try:
        await catalog.remove_contents([digest])
    except BaseException:
        blobs.pardon([digest])
        raise
    await asyncio.to_thread(blobs.remove_condemned, digest)


def _without_file(blobs: Blobs, page: list[ContentRecord]) -> list[ContentRecord]:
    return [record for record in page if blobs.find_size(record.digest) is None]


def _hash_blob(blobs: Blobs, digest: Digest) -> tuple[int, bool]:
    hasher = digest.hasher()
    offset = 0
    with blobs.open_blob(digest) as blob, suppress(OSError):
        # what the disk cannot read is not what its digest promises
        while chunk := os.pread(blob.fd, _CHUNK_BYTES, offset):
            hasher.update(chunk)
            offset += len(chunk)
    return offset, hasher.hexdigest() == digest.hex
