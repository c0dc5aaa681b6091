"""The order of system calls: nothing is named before it is on the disk."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.oci.digest import Digest

DATA = b"seawall" * 10_000
DIGEST = Digest.of(DATA)

CHILD = """
import asyncio, sys
from pathlib import Path
from seawall.kit.clock import SystemClock
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.disk import DiskBlobs
from seawall.store.records import ContentRecord

async def main(root, way):
    data = b"seawall" * 10_000
    digest = Digest.of(data)
    catalog = await Catalog.open(root / "catalog.db", clock=SystemClock())
    blobs = DiskBlobs(root)
    if way == "put":
        blobs.put(digest, data)
    else:
        partial = blobs.open_partial(digest)
        partial.write(0, data)
        partial.checkpoint()
        partial.commit()
        partial.close()
    catalog.record_content(ContentRecord(digest, len(data), None, 1.0, 1.0))
    await catalog.flush()
    await catalog.close()

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""

CALLS = "fsync,fdatasync,rename,renameat,renameat2,pwrite64,write"


@pytest.fixture
def strace() -> str:
    """The tracer; in CI it must be there."""
    found = shutil.which("strace")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("strace is not installed")
    if found is None:
        pytest.skip("strace is not installed")
    return found


def trace(strace: str, root: Path, way: str) -> list[str]:
    """Store one blob and give the calls that it took, each with its paths."""
    log = root / "trace"
    data = root / "data"
    data.mkdir()
    subprocess.run(
        [strace, "-f", "-y", "-s", "8192", "-e", f"trace={CALLS}", "-o", str(log)]
        + [sys.executable, "-c", CHILD, str(data), way],
        check=True,
    )
    return log.read_text(errors="replace").splitlines()


def places(lines: list[str], pattern: str) -> list[int]:
    """Say which calls match."""
    return [place for place, line in enumerate(lines) if re.search(pattern, line)]


@pytest.mark.parametrize("way", ["put", "partial"])
def test_a_row_follows_what_it_names(strace: str, tmp_path: Path, way: str) -> None:
    """Fsync of the file, rename, fsync of the directory; only then the row."""
    lines = trace(strace, tmp_path, way)
    folder = f"blobs/sha256/{DIGEST.hex[:2]}"
    kind = r"\.new" if way == "put" else r"\.part"
    (renamed,) = places(lines, rf'rename\w*\(.*{kind}".*{folder}/{DIGEST.hex}"')
    file_synced = places(lines, rf"fsync\(\d+<[^>]*/partials/[^>]*{kind}>\)")
    folder_synced = places(lines, rf"fsync\(\d+<[^>]*/{folder}>\)")
    row = places(lines, rf"pwrite64\(\d+<[^>]*catalog\.db-wal>.*{DIGEST.hex}")
    row_synced = places(lines, r"f(data)?sync\(\d+<[^>]*catalog\.db-wal>\)")

    assert file_synced
    assert folder_synced
    assert row
    assert file_synced[-1] < renamed < folder_synced[0] < row[0] < row_synced[-1]


def test_the_folders_of_a_blob_are_durable_too(strace: str, tmp_path: Path) -> None:
    """A new folder's own name is synced before anything in it is relied upon."""
    lines = trace(strace, tmp_path, "put")
    (renamed,) = places(lines, rf'rename\w*\(.*{DIGEST.hex}"')
    algorithm = places(lines, r"fsync\(\d+<[^>]*/blobs/sha256>\)")
    top = places(lines, r"fsync\(\d+<[^>]*/blobs>\)")

    assert algorithm
    assert top
    assert max(algorithm[0], top[0]) < renamed
