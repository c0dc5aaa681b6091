"""Digests: the names of contents, which prove what they name."""

import hashlib
import re
from typing import Self, TypeAlias

import msgspec

from seawall.errors import DigestSyntaxError
from seawall.kit import redact

Buffer: TypeAlias = bytes | bytearray | memoryview
"""Bytes of any kind, to be read and not kept."""

HEX_LENGTHS = {"sha256": 64, "sha512": 128}
"""The registered algorithms, and how many hex digits each has (image-spec)."""

PATTERN = "|".join(f"{name}:[0-9a-f]{{{count}}}" for name, count in HEX_LENGTHS.items())
"""The grammar of a digest, for use in other grammars."""

_DIGEST = re.compile(PATTERN)


# A struct, since its hash and comparisons run in C: digests are keys everywhere.
class Digest(msgspec.Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """An algorithm and the lower-case hex of its result.

    Holding one means that the content can be checked: other algorithms are refused.
    """

    algorithm: str
    hex: str

    def __post_init__(self) -> None:
        """Refuse what is no digest, however it was made."""
        if not _DIGEST.fullmatch(f"{self.algorithm}:{self.hex}"):
            raise _refuse(f"{self.algorithm}:{self.hex}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a digest such as ``sha256:9f86d0…``.

        Args:
            text: Algorithm, colon and lower-case hex, with nothing around them.

        Raises:
            DigestSyntaxError: The algorithm, length or alphabet is another one.

        >>> Digest.parse("sha256:" + "0" * 64).algorithm
        'sha256'
        """
        algorithm, _, hex_text = text.partition(":")
        return cls(algorithm, hex_text)

    @classmethod
    def of(cls, data: Buffer, algorithm: str = "sha256") -> Self:
        """Hash these bytes. Blocking, if there are many.

        >>> str(Digest.of(b""))[:19]
        'sha256:e3b0c44298fc'
        """
        return cls(algorithm, new_hasher(algorithm, data).hexdigest())

    def hasher(self) -> "hashlib._Hash":
        """Start a hash whose `hexdigest()` is to equal `hex`."""
        return new_hasher(self.algorithm)

    def __str__(self) -> str:
        """Write it as manifests and URLs do."""
        return f"{self.algorithm}:{self.hex}"


def new_hasher(algorithm: str, data: Buffer = b"") -> "hashlib._Hash":
    """Start a hash of a registered algorithm.

    Raises:
        DigestSyntaxError: Another algorithm.
    """
    if algorithm not in HEX_LENGTHS:
        raise _refuse(f"{algorithm}:")
    return hashlib.new(algorithm, data, usedforsecurity=False)


def _refuse(text: str) -> DigestSyntaxError:
    return DigestSyntaxError(
        f"not a sha256 or sha512 digest in lower-case hex: {redact.show_input(text)}"
    )
