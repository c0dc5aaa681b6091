"""Killed at any instant: nothing is lost, and nothing is half there."""

import asyncio
import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.kit.clock import SystemClock
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.disk import DiskBlobs
from seawall.store.records import NameKey
from seawall.store.verifier import Finding, Problem, verify

REPOSITORY = RepositoryName("docker.io", "library/busybox")

# Stores one blob after the other, and says each number once it was acknowledged.
CHILD = """
import asyncio, sys
from pathlib import Path
from seawall.kit.clock import SystemClock
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.disk import DiskBlobs
from seawall.store.records import ContentRecord, NameKey, NameRecord

async def main(root, start):
    blobs = DiskBlobs(root)
    catalog = await Catalog.open(root / "catalog.db", clock=SystemClock())
    repository = RepositoryName("docker.io", "library/busybox")
    for number in range(start, 1_000_000):
        data = str(number).encode() * 20_000
        digest = Digest.of(data)
        if number % 2:
            blobs.put(digest, data)
        else:
            partial = blobs.open_partial(digest)
            for offset in range(0, len(data), 30_000):
                partial.write(offset, data[offset:offset + 30_000])
                partial.checkpoint()
            partial.commit()
            partial.close()
        catalog.record_content(ContentRecord(digest, len(data), None, 1.0, 1.0))
        key = NameKey(repository, str(number), Kind.INDEX)
        catalog.record_name(
            NameRecord(key, digest, "x", len(data), 1.0, 1.0, "origin"))
        if number % 5 == 0:
            await catalog.flush()
            print(number, flush=True)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


def run_until_killed(root: Path, start: int, wait_s: float) -> int:
    """Let the child work for a moment, kill it, and give the last it promised."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), str(start)],
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        said = [child.stdout.readline()]  # it has begun
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(wait_s)
        child.send_signal(signal.SIGKILL)
        said += child.stdout.readlines()
    return max(int(line) for line in said if line.endswith("\n"))


async def findings(root: Path, promised: int) -> list[Finding]:
    """Look at everything that the killed child left."""
    blobs = DiskBlobs(root)
    catalog = await Catalog.open(root / "catalog.db", clock=SystemClock())
    for number in range(promised + 1):
        name = await catalog.find_name(NameKey(REPOSITORY, str(number), Kind.INDEX))
        assert name is not None
        assert name.digest is not None
        assert blobs.find_size(name.digest) == name.size
    for partial in list(blobs.walk_partials()):
        resumed = blobs.open_partial(partial.digest)
        resumed.close()
    found = [item async for item in verify(blobs, catalog) if isinstance(item, Finding)]
    await catalog.close()
    return found


def test_what_was_promised_is_there_and_whole(tmp_path: Path) -> None:
    """After each of several kills the catalog names only whole, stored blobs."""
    promised = -1
    for wait_s in (0.0, 0.013, 0.05, 0.11):
        promised = run_until_killed(tmp_path, promised + 1, wait_s)
        found = asyncio.run(findings(tmp_path, promised))

        # A file whose row was not durable yet is adopted; nothing else may differ.
        assert {Problem.NO_ROW} >= {finding.problem for finding in found}


def test_a_resumed_partial_has_the_right_bytes(tmp_path: Path) -> None:
    """What a killed process noted of an arriving blob is in the file."""
    run_until_killed(tmp_path, 0, 0.02)
    blobs = DiskBlobs(tmp_path)
    known = {
        Digest.of(str(number).encode() * 20_000): number for number in range(0, 2000, 2)
    }
    for left in list(blobs.walk_partials()):
        partial = blobs.open_partial(left.digest)
        body = str(known[left.digest]).encode() * 20_000
        for span in partial.extents.spans():
            with Path(f"/proc/self/fd/{partial.fd}").open("rb") as file:
                file.seek(span.start)
                held = hashlib.sha256(file.read(len(span))).digest()
            assert hashlib.sha256(body[span.start : span.stop]).digest() == held
        partial.close()
