"""A generation: one verified state of a suite, and the contents that belong to it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from seawall.errors import ArchiveSyntaxError, SeawallError
from seawall.oci.digest import Digest

MEDIA_TYPE = "application/vnd.seawall.suite.v1+json"
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
"""More than the longest list of indexes takes."""


class Part(msgspec.Struct, frozen=True):
    """A content that belongs to a generation: which one, and how many bytes."""

    digest: Digest
    size: int


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite was at one moment, in one document that is itself a content.

    Attributes:
        directory: Where the suite is in its archive; empty for a flat archive's root.
        suite: Its name, as signed.
        codename: Its other name, as signed.
        date: When it was made, in epoch seconds.
        valid_until: When its word ends; `None` if it does not say.
        signers: Fingerprints of the keys that signed it.
        text: SHA-256 of what was signed, in hex: what makes it this generation.
        by_hash: Whether its indexes can be asked for by their sums.
        files: `InRelease`, `Release` and `Release.gpg`, as far as they are kept.
        indexes: Files that it names, by path below its directory: what clients asked
            for, and is held as long as the generation is.
        tables: What packages the indexes list, by the path of the plain index.
        earlier: Documents of the generations before it, newest first.
    """

    directory: str
    suite: str
    codename: str
    date: float
    valid_until: float | None
    signers: tuple[str, ...]
    text: str
    by_hash: bool
    files: Mapping[str, Part]
    indexes: Mapping[str, Part] = {}
    tables: Mapping[str, Part] = {}
    earlier: tuple[Digest, ...] = ()

    @property
    def parts(self) -> list[Part]:
        """Every content that belongs to it, each once."""
        listed = (self.files, self.indexes, self.tables)
        found = {part.digest: part for group in listed for part in group.values()}
        return [found[digest] for digest in sorted(found)]

    def left_s(self, now: float) -> float | None:
        """Say how long its word still holds; negative after that."""
        return None if self.valid_until is None else self.valid_until - now

    def encode(self) -> bytes:
        """Write it down; equal generations have equal bytes."""
        return _ENCODER.encode(self)


def parse_generation(body: bytes) -> Generation:
    """Read a generation that was written down.

    Raises:
        ArchiveSyntaxError: It is none.
    """
    try:
        return msgspec.json.decode(body, type=Generation)
    except (msgspec.MsgspecError, SeawallError, UnicodeDecodeError) as exc:
        raise ArchiveSyntaxError(f"not a generation of a suite: {exc}") from exc


def write_instant(epoch_s: float) -> str:
    """Write a moment as snapshot archives name it.

    >>> write_instant(1767225600)
    '20260101T000000Z'
    """
    return datetime.fromtimestamp(int(epoch_s), UTC).strftime("%Y%m%dT%H%M%SZ")


def write_day(epoch_s: float) -> str:
    """Write a moment for people.

    >>> write_day(1767225600)
    '2026-01-01 00:00 UTC'
    """
    return datetime.fromtimestamp(int(epoch_s), UTC).strftime("%Y-%m-%d %H:%M UTC")


_ENCODER = msgspec.json.Encoder(order="deterministic")
