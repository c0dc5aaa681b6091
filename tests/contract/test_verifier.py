"""Every byte and every row is looked at, and what is wrong is repaired."""

from pathlib import Path

import pytest

from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.disk import DiskBlobs
from seawall.store.records import ContentRecord
from seawall.store.verifier import Finding, Problem, Progress, verify

BODY = b"content" * 1000
DIGEST = Digest.of(BODY)


def path_of(root: Path) -> Path:
    """Say where the blob's file is."""
    return root / "blobs" / "sha256" / DIGEST.hex[:2] / DIGEST.hex


def record(catalog: Catalog) -> None:
    """Write the blob's row."""
    catalog.record_content(ContentRecord(DIGEST, len(BODY), None, 1.0, 1.0))


async def problems(
    disk: DiskBlobs, catalog: Catalog, *, repair: bool = False
) -> list[tuple[Problem, Digest, bool]]:
    """Give the findings of one run."""
    return [
        (found.problem, found.digest, found.repaired)
        async for found in verify(disk, catalog, repair=repair)
        if isinstance(found, Finding)
    ]


async def test_a_sound_store_is_clean(disk: DiskBlobs, catalog: Catalog) -> None:
    """Nothing is found where nothing is wrong, and progress reaches the end."""
    disk.put(DIGEST, BODY)
    record(catalog)
    seen = [found async for found in verify(disk, catalog)]

    assert [Progress(1, len(BODY), 1, len(BODY))] == seen


@pytest.mark.parametrize("damage", [b"contant", b"", b"content" * 1001])
async def test_wrong_bytes_go(
    disk: DiskBlobs, catalog: Catalog, tmp_path: Path, damage: bytes
) -> None:
    """A rotten or torn file is found, and removed with its row by a repair."""
    disk.put(DIGEST, BODY)
    record(catalog)
    path_of(tmp_path).write_bytes(damage)
    looked = await problems(disk, catalog)
    kept = await catalog.find_content(DIGEST)
    repaired = await problems(disk, catalog, repair=True)

    assert [(Problem.WRONG_BYTES, DIGEST, False)] == looked
    assert kept is not None
    assert [(Problem.WRONG_BYTES, DIGEST, True)] == repaired
    assert await catalog.find_content(DIGEST) is None
    assert not path_of(tmp_path).exists()
    assert await problems(disk, catalog) == []


async def test_a_row_without_its_file_goes(
    disk: DiskBlobs, catalog: Catalog, tmp_path: Path
) -> None:
    """What somebody deleted is found, and fetched again after a repair."""
    disk.put(DIGEST, BODY)
    record(catalog)
    path_of(tmp_path).unlink()
    looked = await problems(disk, catalog)
    repaired = await problems(disk, catalog, repair=True)

    assert [(Problem.NO_FILE, DIGEST, False)] == looked
    assert [(Problem.NO_FILE, DIGEST, True)] == repaired
    assert await catalog.find_content(DIGEST) is None
    assert await problems(disk, catalog) == []


async def test_a_file_without_its_row_is_adopted(
    disk: DiskBlobs, catalog: Catalog
) -> None:
    """A good file that no row names is found, and named by a repair."""
    disk.put(DIGEST, BODY)
    looked = await problems(disk, catalog)
    repaired = await problems(disk, catalog, repair=True)
    row = await catalog.find_content(DIGEST)

    assert [(Problem.NO_ROW, DIGEST, False)] == looked
    assert [(Problem.NO_ROW, DIGEST, True)] == repaired
    assert row is not None
    assert len(BODY) == row.size
    assert await problems(disk, catalog) == []
