"""Blobs as files, named by digest; a name appears only once its bytes are durable."""

import itertools
import os
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from seawall.errors import (
    DigestMismatchError,
    DigestSyntaxError,
    NotStoredError,
    StoreError,
)
from seawall.oci.digest import Digest
from seawall.store.durable import (
    ensure_directory,
    storage_errors,
    sync_directory,
    write_all,
)
from seawall.store.partial import DiskPartial
from seawall.store.roles import OpenBlob, PartialFile

_FANOUT = 2


class DiskBlobs:
    """Blobs below a directory: ``blobs/<algorithm>/<hex[:2]>/<hex>``.

    All methods are blocking and may be called from any thread. Only one process may
    work on a root, which `datadir` sees to.

    Args:
        root: The directory; made if missing.
        sync: False only for tests and throw-away stores.
    """

    def __init__(self, root: Path, *, sync: bool = True) -> None:
        self._blobs = root / "blobs"
        self._partials = root / "partials"
        self._sync = sync
        self._lock = threading.Lock()
        self._made: set[Path] = set()
        self._condemned: set[Digest] = set()
        self._arriving: set[Digest] = set()
        # Another process's leftovers are told from what this one is writing.
        self._token = secrets.token_hex(4)
        self._counter = itertools.count()
        with storage_errors(f"make the store at {root}"):
            ensure_directory(self._blobs, sync=sync)
            ensure_directory(self._partials, sync=sync)

    def find_size(self, digest: Digest) -> int | None:
        """Give the size of a stored blob, or None. Blocking."""
        if digest in self._condemned:
            return None
        with storage_errors(f"look for {digest}"):
            return _find_bytes(self._path(digest))

    def open_blob(self, digest: Digest) -> OpenBlob:
        """Open a stored blob; the caller closes it. Blocking."""
        if digest in self._condemned:
            raise NotStoredError(f"{digest} is being removed from the store")
        try:
            with storage_errors(f"open {digest}"):
                fd = os.open(self._path(digest), os.O_RDONLY | os.O_CLOEXEC)
                return OpenBlob(fd, os.fstat(fd).st_size)
        except StoreError as exc:
            if isinstance(exc.__cause__, FileNotFoundError):
                raise NotStoredError(f"{digest} is not stored") from exc
            raise

    def put(self, digest: Digest, data: bytes) -> None:
        """Verify and store a small blob; durable on return. Blocking."""
        found = digest.hasher()
        found.update(data)
        if found.hexdigest() != digest.hex:
            raise DigestMismatchError(
                f"{len(data)} bytes given as {digest} are {digest.algorithm}:"
                f"{found.hexdigest()}; nothing was stored"
            )
        if self.find_size(digest) == len(data):
            # Whoever stored it may not have come to syncing the directory yet.
            with storage_errors(f"store {digest}"):
                self._sync_names(self._path(digest).parent)
            return
        fresh = self._partials / f"{self._token}-{next(self._counter)}.new"
        with storage_errors(f"store {digest}"):
            try:
                self._write_file(fresh, data)
                self._settle(fresh, digest)
            finally:
                fresh.unlink(missing_ok=True)

    def open_partial(self, digest: Digest) -> DiskPartial:
        """Begin or resume a blob; at most one at a time per digest. Blocking."""
        with self._lock:
            if digest in self._arriving:
                raise StoreError(f"{digest} is already arriving")
            partial = DiskPartial(
                digest,
                self._partial_path(digest),
                settle=self._settle,
                release=self._arriving.discard,
                sync=self._sync,
            )
            self._arriving.add(digest)
            return partial

    def walk(self) -> Iterator[tuple[Digest, int]]:
        """Go through all blobs and their sizes, in no particular order. Blocking."""
        with storage_errors("look through the blobs"):
            for path in self._blobs.glob(f"*/{'?' * _FANOUT}/*"):
                digest = _read_digest(path.parts[-3], path.name)
                if digest is None or digest in self._condemned:
                    continue
                size = _find_bytes(path)
                if size is not None:
                    yield digest, size

    def remove(self, digest: Digest) -> int:
        """Take a blob away; give the bytes freed, 0 if it was not there. Blocking."""
        path = self._path(digest)
        with storage_errors(f"remove {digest}"):
            size = _find_bytes(path)
            path.unlink(missing_ok=True)
        return size or 0

    def condemn(self, digests: Iterable[Digest]) -> None:
        """Hide blobs that are about to be removed; storing one again saves it."""
        with self._lock:
            self._condemned.update(digests)

    def pardon(self, digests: Iterable[Digest]) -> None:
        """Show condemned blobs again: they stay."""
        with self._lock:
            self._condemned.difference_update(digests)

    def remove_condemned(self, digest: Digest) -> int | None:
        """Take a condemned blob away; None if it was stored again since. Blocking."""
        with self._lock:
            if digest not in self._condemned:
                return None
            self._condemned.discard(digest)
            # Under the lock: a rename that saves it must not come in between.
            return self.remove(digest)

    def free_bytes(self) -> int:
        """How much more fits, as the file system says. Blocking."""
        with storage_errors("ask how much space is left"):
            return shutil.disk_usage(self._blobs).free

    def walk_partials(self) -> Iterator[PartialFile]:
        """Go through what is still arriving, or once was. Blocking."""
        with storage_errors("look through the partials"):
            for path in self._partials.glob("*-*.part"):
                digest = _read_digest(*path.stem.split("-", 1))
                try:
                    stat = path.stat()
                except FileNotFoundError:
                    continue
                if digest is not None:
                    # Not st_size: a file with holes takes less than it spans.
                    yield PartialFile(digest, stat.st_blocks * 512, stat.st_mtime)

    def remove_partial(self, digest: Digest) -> int:
        """Take away what arrived of a blob, unless it is open now. Blocking."""
        path = self._partial_path(digest)
        with storage_errors(f"remove the partial of {digest}"), self._lock:
            if digest in self._arriving:
                return 0
            size = _find_bytes(path)
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
        return size or 0

    def sweep(self) -> int:
        """Take away what an interrupted process left; give the bytes. Blocking."""
        freed = 0
        with storage_errors("sweep the partials"):
            for path in self._partials.glob("*.new"):
                torn_note = path.name.endswith(".json.new")
                if not torn_note and not path.name.startswith(f"{self._token}-"):
                    freed += _find_bytes(path) or 0
                    path.unlink(missing_ok=True)
            for note in self._partials.glob("*.json"):
                if not note.with_suffix(".part").exists():
                    note.unlink(missing_ok=True)
        return freed

    def _path(self, digest: Digest) -> Path:
        return self._blobs / digest.algorithm / digest.hex[:_FANOUT] / digest.hex

    def _partial_path(self, digest: Digest) -> Path:
        return self._partials / f"{digest.algorithm}-{digest.hex}.part"

    def _write_file(self, path: Path, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        fd = os.open(path, flags, 0o600)
        try:
            write_all(fd, data)
            if self._sync:
                os.fsync(fd)
        finally:
            os.close(fd)

    def _settle(self, path: Path, digest: Digest) -> None:
        """Give a synced file its final name, durably."""
        final = self._path(digest)
        self._ensure_made(final.parent)
        with self._lock:
            path.replace(final)
            self._condemned.discard(digest)
        self._sync_names(final.parent)

    def _ensure_made(self, directory: Path) -> None:
        if directory in self._made:
            return
        with self._lock:
            # Under the lock: nobody may rely on a directory whose name is not durable.
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Even if it was there: its maker may have been killed before this.
            for above in (directory.parent, directory.parent.parent):
                self._sync_names(above)
            self._made.add(directory)

    def _sync_names(self, directory: Path) -> None:
        if self._sync:
            sync_directory(directory)


def _read_digest(algorithm: str, hexadecimal: str) -> Digest | None:
    try:
        return Digest.parse(f"{algorithm}:{hexadecimal}")
    except DigestSyntaxError:
        return None


def _find_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
