"""Files that are written whole, or stay what they were: reports and baselines."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def open_whole(path: Path, *, is_added: bool = False) -> Iterator[IO[bytes]]:
    """Open a file that takes its name when all of it is written.

    What is added to, what is no file (`/dev/stderr`, a pipe), and what is in a folder
    that takes no other file, is written as it is.

    Args:
        path: The file; a symbolic link stays one.
        is_added: Whether what is there stays, and more comes behind it.

    Raises:
        OSError: It cannot be written.
    """
    place = path.resolve()
    status = place.stat() if place.exists() else None
    is_file = status is None or stat.S_ISREG(status.st_mode)
    if is_added or not is_file or not os.access(place.parent, os.W_OK):
        with place.open("ab" if is_added else "wb") as file:
            yield file
        return
    beside = place.with_name(f".seawall-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            if status is not None:
                beside.chmod(stat.S_IMODE(status.st_mode))
            yield file
        beside.replace(place)
    finally:
        with suppress(OSError):
            beside.unlink()
