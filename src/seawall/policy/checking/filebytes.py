"""The bytes of files: read once with care, known again, changed in memory first."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from seawall.errors import InputError
from seawall.kit.recent import Recent
from seawall.policy.options import LimitOptions
from seawall.policy.reading.charts import packed

_BINARY_BYTES = 8192
_KEPT_BYTES = 32 * 1024 * 1024
"""So much of files is kept at hand: rules and reports ask for one again and again."""

_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_head(root: Path, path: str, count: int) -> bytes:
    """Read how a regular file begins; nothing of what is none, or cannot be read."""
    try:
        with _open(root, path) as file:
            return file.read(count)
    except (OSError, InputError):
        return b""


def read_bytes(root: Path, path: str, max_bytes: int) -> bytes:
    """Read a regular file, without following a link and without waiting for a pipe.

    Raises:
        InputError: It is no file, or grew beyond the bound.
        OSError: It is gone, or may not be read.
    """
    with _open(root, path) as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise InputError(f"more than {max_bytes} bytes are not read")
    return data


@contextmanager
def _open(root: Path, path: str) -> Iterator[BinaryIO]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(root / path, flags), "rb") as file:  # noqa: PTH123  opened by hand
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise InputError("not a regular file")
        yield file


def is_binary(data: bytes) -> bool:
    """Whether bytes are no text: a NUL near the beginning, unless it is UTF-16."""
    return b"\0" in data[:_BINARY_BYTES] and not data.startswith(_MARKS)


def fingerprint(data: bytes) -> bytes:
    """Make a short proof that a file is what it was."""
    return hashlib.blake2b(data, digest_size=16).digest()


class Contents:
    """The bytes of the files of a check, as long as they are those that were read.

    Args:
        root: The folder that paths are relative to.
        max_bytes: The most that is read of one.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        self.root = root
        self._max_bytes = max_bytes
        self._known: dict[str, bytes] = {}
        self._changed: dict[str, bytes] = {}
        self._cached = Recent[str, tuple[bytes | None]](_KEPT_BYTES)
        self._unpacked = lru_cache(maxsize=2)(self._unpack)

    def note(self, path: str, proof: bytes) -> None:
        """Remember what a file was when it was read."""
        self._known[path] = proof

    def proof(self, path: str) -> bytes | None:
        """What a file was when it was read."""
        return self._known.get(path)

    def change(self, path: str, data: bytes) -> None:
        """Let a file have other bytes from now on, in memory only."""
        self._changed[path] = data

    def restore(self, path: str) -> None:
        """Let a file have its own bytes again."""
        self._changed.pop(path, None)

    def read(self, path: str) -> bytes | None:
        """Read a file; `None` if it is gone, or is no longer what was read."""
        if path in self._changed:
            return self._changed[path]
        return self.original(path)

    def original(self, path: str) -> bytes | None:
        """Read a file as it is on disk, if that is still what was read."""
        cached = self._cached.get(path)
        if cached is None:
            cached = (self._read(path),)
            self._cached.put(path, cached, 1 + len(cached[0] or b""))
        return cached[0]

    def _read(self, path: str) -> bytes | None:
        if packed.is_inside(path):
            archive, member = packed.split(path)
            return self._unpacked(archive).get(member)
        try:
            data = read_bytes(self.root, path, self._max_bytes)
        except (OSError, InputError):
            return None
        proof = self._known.get(path)
        return data if proof in (None, fingerprint(data)) else None

    def _unpack(self, archive: str) -> dict[str, bytes]:
        data = self.original(archive)
        limits = LimitOptions(file_bytes=self._max_bytes)
        try:
            return packed.unpack(archive, data, limits).files if data else {}
        except InputError:
            return {}
