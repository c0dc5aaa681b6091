"""The data directory: one process at a time, one version, nobody else's business."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from seawall.errors import StoreError, StoreLockedError, StoreVersionError
from seawall.store.durable import (
    ensure_directory,
    storage_errors,
    sync_directory,
    write_all,
)

VERSION = 1
"""The layout of the directory; the catalog counts its own revisions."""

_MAX_NOTE_BYTES = 64
# What a start that was killed leaves, and what a fresh volume comes with.
_HARMLESS = frozenset({"lock", "version.new", "lost+found"})


@dataclass(slots=True)
class DataDirectory:
    """An open data directory, which no other process can open until it is closed.

    Attributes:
        root: Where it is; blobs and partials are below it.
        catalog_path: The database file.
        socket_path: Where the running server listens for its own command line.
    """

    root: Path
    catalog_path: Path
    socket_path: Path
    _lock_fd: int

    def close(self) -> None:
        """Let others open it; closing twice is fine."""
        fd, self._lock_fd = self._lock_fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> Self:
        """Close it when the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def socket_path(path: Path) -> Path:
    """Say where the server that has this directory open can be reached."""
    return path / "seawall.sock"


def open_data_directory(path: Path) -> DataDirectory:
    """Open a data directory, made if missing, for this process alone. Blocking.

    Raises:
        StoreLockedError: Another process has it open.
        StoreVersionError: Its layout is of another version, or not ours at all.
        StoreError: It cannot be made or opened.
    """
    root = path.absolute()
    with storage_errors(f"open the data directory {root}"):
        _refuse_foreign(root)
        ensure_directory(root)
        root.chmod(0o700)
        fd = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with storage_errors(f"open the data directory {root}"):
            _lock(fd, root)
            _check_version(root)
    except BaseException:
        os.close(fd)
        raise
    return DataDirectory(root, root / "catalog.db", socket_path(root), fd)


def _refuse_foreign(root: Path) -> None:
    """Keep a mistyped path from becoming a store: it would be chmodded and filled."""
    if not root.exists():
        return
    if not root.is_dir():
        raise StoreError(f"{root} is not a directory")
    found = {entry.name for entry in root.iterdir()}
    if found - _HARMLESS and "version" not in found:
        raise StoreVersionError(
            f"{root} is not empty and holds no data of Seawall; name another directory"
        )


def _lock(fd: int, root: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        holder = os.pread(fd, _MAX_NOTE_BYTES, 0).decode("ascii", "replace").strip()
        who = f"process {holder}" if holder.isdecimal() else "another process"
        raise StoreLockedError(
            f"{who} works on the data directory {root}; stop it, or name another one"
        ) from exc
    os.ftruncate(fd, 0)
    write_all(fd, f"{os.getpid()}\n".encode())


def _check_version(root: Path) -> None:
    path = root / "version"
    if not path.exists():
        _write_version(path)
        return
    with path.open("rb") as file:
        found = file.read(_MAX_NOTE_BYTES).decode("ascii", "replace").strip()
    if found != str(VERSION):
        raise StoreVersionError(
            f"the data directory {root} is of version {found!r}; this is a Seawall for "
            f"version {VERSION}"
        )


def _write_version(path: Path) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(f"{VERSION}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_directory(path.parent)
