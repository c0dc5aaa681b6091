"""Versions of packages, ordered as dpkg orders them."""

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Self, TypeAlias

from seawall.errors import ArchiveSyntaxError
from seawall.kit import redact

_MAX_CHARS = 512
_MAX_EPOCH = 2**31 - 1

# deb-version(7). Only a version with an epoch holds colons, only one with a revision
# hyphens: whatever comes before the first colon is the epoch.
_EPOCH = re.compile(r"[0-9]{1,10}")
_UPSTREAM = re.compile(r"[0-9][A-Za-z0-9.+~:-]*")
_REVISION = re.compile(r"[A-Za-z0-9.+~]+")
_PARTS = re.compile(r"([^0-9]*)([0-9]*)")

_Part: TypeAlias = tuple[tuple[int, ...], int]
_END: _Part = ((0,), 0)


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
        before, colon, after = text.partition(":")
        epoch, rest = (before, after) if colon else ("0", text)
        upstream, hyphen, revision = rest.rpartition("-")
        if not hyphen:
            upstream, revision = rest, "0"
        if (
            len(text) > _MAX_CHARS
            or not _EPOCH.fullmatch(epoch)
            or int(epoch) > _MAX_EPOCH
            or not _UPSTREAM.fullmatch(upstream)
            or not _REVISION.fullmatch(revision)
        ):
            raise ArchiveSyntaxError(
                "not a version ([epoch:]upstream[-revision], beginning with a digit): "
                + redact.show_input(text)
            )
        return cls(int(epoch), upstream, revision if hyphen else "")

    def _key(self) -> tuple[int, tuple[_Part, ...], tuple[_Part, ...]]:
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


def _order(text: str) -> tuple[_Part, ...]:
    """Cut into words and numbers, with keys that compare as dpkg's verrevcmp does.

    What is missing at the end counts as empty words and zeros. Two of those are
    enough, since no part but the first can be such a one.
    """
    parts: list[_Part] = [
        ((*map(_weigh, word), 0), int(number or 0))
        for word, number in _PARTS.findall(text)
    ]
    while parts and parts[-1] == _END:
        parts.pop()
    return (*parts, _END, _END)


def _weigh(char: str) -> int:
    """Tilde, then the end of the word, which is 0, then letters, then the rest."""
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256
