"""Versions of packages, ordered as dpkg orders them."""

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Self

from seawall.errors import ArchiveSyntaxError
from seawall.kit import redact

_MAX_CHARS = 512
_MAX_EPOCH = 2**31 - 1

# deb-version(7). Only the revision may not hold a hyphen, only the epoch ends in ":".
_VERSION = re.compile(
    r"(?:(?P<epoch>[0-9]{1,10}):)?"
    r"(?P<upstream>[0-9][A-Za-z0-9.+~:-]*?)"
    r"(?:-(?P<revision>[A-Za-z0-9.+~]+))?",
    re.ASCII,
)
_PARTS = re.compile(r"([^0-9]*)([0-9]*)")

_Key = tuple[tuple[tuple[int, ...], int], ...]


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """Epoch, upstream version and Debian revision.

    Versions that compare equal are equal and hash alike, though they may be
    written in two ways, such as ``1.0`` and ``0:1.0-0``.
    """

    epoch: int
    upstream: str
    revision: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a version such as ``1:2.36-9+deb12u7``.

        Raises:
            ArchiveSyntaxError: It does not follow deb-version(7).

        >>> Version.parse("1.0~rc1") < Version.parse("1.0")
        True
        """
        match = _VERSION.fullmatch(text) if len(text) <= _MAX_CHARS else None
        epoch = int(match["epoch"] or 0) if match else _MAX_EPOCH + 1
        if match is None or epoch > _MAX_EPOCH:
            raise ArchiveSyntaxError(f"not a version: {redact.show_input(text)}")
        return cls(epoch, match["upstream"], match["revision"] or "")

    def _key(self) -> tuple[int, _Key, _Key]:
        return self.epoch, _order(self.upstream), _order(self.revision)

    def __eq__(self, other: object) -> bool:
        """Whether dpkg takes both for the same."""
        return isinstance(other, Version) and self._key() == other._key()

    def __lt__(self, other: "Version") -> bool:
        """Whether dpkg takes this for the earlier one."""
        return self._key() < other._key()

    def __hash__(self) -> int:
        """Hash by what is compared, not by what is written."""
        return hash(self._key())

    def __str__(self) -> str:
        """Write it as control files do."""
        epoch = f"{self.epoch}:" if self.epoch or ":" in self.upstream else ""
        revision = f"-{self.revision}" if self.revision else ""
        return f"{epoch}{self.upstream}{revision}"


def _order(text: str) -> _Key:
    """Cut into words and numbers, with keys that compare as dpkg's verrevcmp does."""
    parts = [
        ((*map(_weigh, word), 0), int(number or 0))
        for word, number in _PARTS.findall(text)
    ]
    while parts and parts[-1] == ((0,), 0):
        parts.pop()
    return (*parts, ((0,), 0))


def _weigh(char: str) -> int:
    """Tilde before the end of the word, the end before letters, letters before rest."""
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256
