"""Writes mended files: whole or not at all, and only what is still what was read."""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from seawall.policy.facts.troubles import Obstacle, Trouble

_NAME_CHARS = 32


def write_files(
    root: Path, old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> list[Trouble]:
    """Replace files by new ones.

    Each is written beside the old one and takes its place by a rename, so that nobody
    ever sees half of it. A file that is no longer what was read, or is reached by a
    symbolic link, is left alone.

    Args:
        root: The folder that paths are relative to.
        old: What each file was when it was read.
        new: What it shall be.

    Returns:
        What was not written, and why.
    """
    troubles = []
    for path, data in new.items():
        try:
            problem = _replace(root.resolve(), path, old[path], data)
        except OSError as exc:
            problem = f"cannot be written: {exc.strerror}"
        if problem:
            troubles.append(
                Trouble(
                    path=path,
                    start=0,
                    stop=0,
                    obstacle=Obstacle.VANISHED,
                    message=f"{problem}: left as it is",
                )
            )
    return troubles


def _replace(root: Path, path: str, old: bytes, new: bytes) -> str:
    place = root / path
    if place.resolve() != place:
        return "is reached by a symbolic link"
    status = place.lstat()
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file"
    # A name that is as long as names may be has no room for more.
    lead = f".{place.name[:_NAME_CHARS]}."
    handle, name = tempfile.mkstemp(prefix=lead, dir=place.parent)
    beside = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123  it is open already
            file.write(new)
            file.flush()
            if os.geteuid() == 0:
                os.fchown(handle, status.st_uid, status.st_gid)
            os.fchmod(handle, stat.S_IMODE(status.st_mode))
            os.fsync(handle)
        # As late as can be: what happens between this and the rename is lost.
        if place.read_bytes() != old:
            return "was changed meanwhile"
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
    return ""
