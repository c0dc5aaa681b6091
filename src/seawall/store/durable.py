"""Files that survive a power cut: write, fsync, rename, fsync the directory."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seawall.errors import StoreError, StoreFullError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Translate what the operating system says about storage.

    Args:
        what: What was being done, as the sentence "could not …" goes on.

    Raises:
        StoreFullError: The device or the quota is full.
        StoreError: Anything else that storage refused.
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StoreFullError(f"no space left to {what}") from exc
        raise StoreError(f"could not {what}: {exc.strerror or exc}") from exc


def write_all(fd: int, data: bytes | bytearray | memoryview, offset: int = 0) -> None:
    """Write every byte at its offset. Blocking."""
    with memoryview(data).cast("B") as view:
        done = 0
        while done < len(view):
            done += os.pwrite(fd, view[done:], offset + done)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable. Blocking."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def ensure_directory(path: Path, *, sync: bool = True) -> None:
    """Make a directory, and those above it, and their names durable. Blocking."""
    if path.is_dir():
        return
    ensure_directory(path.parent, sync=sync)
    path.mkdir(mode=0o700, exist_ok=True)
    if sync:
        sync_directory(path.parent)
