"""A blob that is still arriving: a file with holes, and a note of what is there."""

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from seawall.errors import StoreError
from seawall.kit.ranges import Extents, Span
from seawall.oci.digest import Digest
from seawall.store.durable import storage_errors, write_all
from seawall.store.roles import Buffer

_log = structlog.get_logger()

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MAX_NOTE_BYTES = 1 << 20
_MAX_SPANS = 10_000


def read_boot_id() -> str:
    """Name this run of the machine: page cache does not outlive it. Blocking."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


class DiskPartial:
    """A file among the partials, which `commit` moves among the blobs.

    The note beside it says which extents a restart may trust. It is written without
    fsync, so after a power cut it may promise bytes that never reached the disk; it
    therefore names the boot it was written in, and the note of another boot counts
    only if the file was synced first, as `close` does.

    Args:
        digest: What it will be.
        path: The file; its note has the suffix ``.json``.
        settle: Moves the complete, synced file among the blobs, durably.
        release: Told once it is no longer arriving here.
        sync: False only for tests and throw-away stores.
    """

    def __init__(
        self,
        digest: Digest,
        path: Path,
        *,
        settle: Callable[[Path, Digest], None],
        release: Callable[[Digest], None],
        sync: bool = True,
    ) -> None:
        self.digest = digest
        self._path = path
        self._note_path = path.with_suffix(".json")
        self._settle = settle
        self._release = release
        self._sync = sync
        self._lock = threading.Lock()
        self._boot_id = read_boot_id()
        self._arriving = True
        with storage_errors(f"open the partial of {digest}"):
            self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.extents = self._read_note(os.fstat(self.fd).st_size)

    def write(self, offset: int, data: Buffer) -> None:
        """Put bytes in their place. Blocking."""
        if not self._arriving:
            raise StoreError(f"{self.digest} is no longer arriving")
        with storage_errors(f"write {self.digest}"):
            write_all(self.fd, data, offset)
        with self._lock:
            # Readers on other threads hold the old object, so it is never changed.
            arrived = Span(offset, offset + memoryview(data).nbytes)
            self.extents = Extents((*self.extents.spans(), arrived))

    def checkpoint(self) -> None:
        """Note what is present, for a restart. Blocking."""
        if self._arriving:
            self._write_note(synced=False)

    def commit(self) -> None:
        """Make it a durable blob; the caller has verified the digest. Blocking."""
        with storage_errors(f"commit {self.digest}"):
            size = os.fstat(self.fd).st_size
            if self.extents.first_gap(0, size) is not None:
                raise StoreError(f"{self.digest} has gaps; it was not stored")
            if self._sync:
                os.fsync(self.fd)
            self._settle(self._path, self.digest)
            self._note_path.unlink(missing_ok=True)
            self._leave()

    def discard(self) -> None:
        """Forget what arrived; the descriptor stays until `close`. Blocking."""
        if not self._arriving:
            return
        with storage_errors(f"discard the partial of {self.digest}"):
            self._note_path.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
            self._leave()

    def close(self) -> None:
        """Give the descriptor back and keep what arrived for later. Blocking.

        On a disk that takes no note of it, what no earlier note names comes again.
        """
        if self.fd < 0:
            return
        try:
            self._keep()
        except StoreError as exc:
            _log.warning("partial.unnoted", digest=str(self.digest), reason=str(exc))
        finally:
            self._leave()
            fd, self.fd = self.fd, -1
            os.close(fd)

    def _keep(self) -> None:
        if not self._arriving:
            return
        with storage_errors(f"keep the partial of {self.digest}"):
            if self._sync:
                os.fdatasync(self.fd)
        self._write_note(synced=self._sync)

    def _leave(self) -> None:
        if self._arriving:
            self._arriving = False
            self._release(self.digest)

    def _write_note(self, *, synced: bool) -> None:
        note = {
            "boot": self._boot_id,
            "synced": synced,
            "extents": [[span.start, span.stop] for span in self.extents.spans()],
        }
        fresh = self._note_path.with_suffix(".json.new")
        with storage_errors(f"note what arrived of {self.digest}"), self._lock:
            fresh.write_text(json.dumps(note))
            fresh.replace(self._note_path)

    def _read_note(self, file_bytes: int) -> Extents:
        # A note that is missing, torn or not ours only means starting from nothing.
        with suppress(OSError, ValueError, TypeError, KeyError):
            return Extents(self._trusted_spans(file_bytes))
        return Extents()

    def _trusted_spans(self, file_bytes: int) -> list[Span]:
        if self._note_path.stat().st_size > _MAX_NOTE_BYTES:
            return []
        note = json.loads(self._note_path.read_bytes())
        same_boot = bool(self._boot_id) and note["boot"] == self._boot_id
        if not same_boot and note["synced"] is not True:
            return []
        pairs = [(int(start), int(stop)) for start, stop in note["extents"]]
        return [
            Span(start, min(stop, file_bytes))
            for start, stop in pairs[:_MAX_SPANS]
            if 0 <= start < min(stop, file_bytes)
        ]
