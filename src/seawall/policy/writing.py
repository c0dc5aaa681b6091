"""Writes mended files: whole or not at all, and only what is still what was read."""

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from seawall.policy.facts.troubles import Obstacle, Trouble


def write_files(
    root: Path, old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> list[Trouble]:
    """Replace files by new ones.

    Each is written beside the old one, without a name where the file system allows it,
    and takes its place by a rename, so that nobody ever sees half of it, whenever this
    process is killed. A file that is no longer what was read, or is reached by a
    symbolic link, is left alone.

    Args:
        root: The folder that paths are relative to.
        old: What each file was when it was read.
        new: What it shall be.

    Returns:
        What was not written, and why: `UNREADABLE` where the disk or the rights on it
        forbid it, `VANISHED` where it is no longer what was read.
    """
    troubles = []
    for path, data in new.items():
        obstacle = Obstacle.VANISHED
        try:
            problem = _replace(root.resolve(), path, old[path], data)
        except OSError as exc:
            problem = f"cannot be written: {exc.strerror}"
            if not isinstance(exc, FileNotFoundError | NotADirectoryError):
                obstacle = Obstacle.UNREADABLE
        if problem:
            troubles.append(
                Trouble(
                    path=path,
                    start=0,
                    stop=0,
                    obstacle=obstacle,
                    message=f"{problem}: left as it is",
                )
            )
    return troubles


def _replace(root: Path, path: str, old: bytes, new: bytes) -> str:
    """Replace a file; say why not, or nothing."""
    place = root / path
    # Held open, so that nobody puts another folder in its place meanwhile.
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if place.resolve() != place or not _is_same(folder, place.parent):
            return "is reached by a symbolic link"
        status = os.stat(place.name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            return "is no regular file"
        beside = f".seawall-{os.getpid()}-{secrets.token_hex(4)}"
        handle, named = _open_beside(folder, beside)
        try:
            _fill(handle, new, status)
            # As late as can be: what happens between this and the rename is lost.
            if _read(folder, place.name) != old:
                return "was changed meanwhile"
            if not named:
                os.link(f"/proc/self/fd/{handle}", beside, dst_dir_fd=folder)
            os.replace(beside, place.name, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(handle)
            with suppress(FileNotFoundError):
                os.unlink(beside, dir_fd=folder)
    finally:
        os.close(folder)
    return ""


def _is_same(folder: int, place: Path) -> bool:
    ours, theirs = os.fstat(folder), place.lstat()
    return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)


def _open_beside(folder: int, name: str) -> tuple[int, bool]:
    """Open a new file, if that can be without a name: then no kill leaves it behind.

    Returns:
        The file, and whether it has the name already.
    """
    if Path("/proc/self/fd").is_dir():
        flags = os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC
        with suppress(OSError):  # some file systems have no such thing
            return os.open(".", flags, 0o600, dir_fd=folder), False
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.open(name, flags, 0o600, dir_fd=folder), True


def _fill(handle: int, new: bytes, status: os.stat_result) -> None:
    with open(handle, "wb", closefd=False) as file:
        file.write(new)
    if os.geteuid() == 0:
        os.fchown(handle, status.st_uid, status.st_gid)
    os.fchmod(handle, stat.S_IMODE(status.st_mode))
    os.fsync(handle)


def _read(folder: int, name: str) -> bytes | None:
    """Read a file, unless it is none any more: a pipe would be waited for."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(name, flags, dir_fd=folder), "rb") as file:  # noqa: PTH123
        return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
