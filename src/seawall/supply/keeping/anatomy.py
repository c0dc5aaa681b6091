"""What an image consists of, and how much of that is held: a tree of its parts."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from seawall.errors import ManifestSyntaxError, NotStoredError, TooLargeError
from seawall.oci import mediatypes
from seawall.oci.descriptor import Descriptor, Platform
from seawall.oci.digest import Digest
from seawall.oci.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from seawall.store.roles import BlobReader

MAX_PARTS = 20_000
"""More than any honest image has, with all its platforms."""

_MAX_DEPTH = 8
_NO_SYSTEM = "unknown"  # what build tools write for attestations, which do not run


class Role(StrEnum):
    """What a part is to the one above it."""

    INDEX = "index"
    IMAGE = "image"
    CONFIG = "config"
    LAYER = "layer"


@dataclass(frozen=True, slots=True)
class Part:
    """A content that an image consists of, with those that it needs in turn.

    Attributes:
        role: What it is.
        digest: Which content.
        media_type: As the manifest above says.
        size: Its own bytes.
        held: Whether the store has it.
        foreign: Clients fetch it elsewhere; no cache holds it.
        platform: Where it runs, if the index says.
        artifact_type: What it is if not an image.
        stored_at: Wall time of its arrival, where that was asked for.
        children: What it needs; empty too if it is not held.
    """

    role: Role
    digest: Digest
    media_type: str
    size: int
    held: bool
    foreign: bool = False
    platform: Platform | None = None
    artifact_type: str | None = None
    stored_at: float | None = None
    children: tuple["Part", ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it and all it needs is held."""
        here = self.held or self.foreign
        return here and all(child.is_whole for child in self.children)

    @property
    def images(self) -> tuple["Part", ...]:
        """The images in it that run somewhere: itself, unless it is an index."""
        if self.role is not Role.INDEX:
            return (self,)
        found = [image for child in self.children for image in child.images]
        return tuple(i for i in found if not is_attestation(i.platform))

    @property
    def is_usable(self) -> bool:
        """Whether one image at least can be pulled with nobody to ask."""
        return self.held and any(image.is_whole for image in self.images)

    def walk(self) -> Iterator["Part"]:
        """Go through it and all that it needs."""
        yield self
        for child in self.children:
            yield from child.walk()

    def measure(self) -> tuple[int, int]:
        """Give the bytes that are held and those that are not, each content once."""
        sizes = {p.digest: (p.size, p.held) for p in self.walk() if not p.foreign}
        held = sum(size for size, here in sizes.values() if here)
        return held, sum(size for size, here in sizes.values() if not here)


def is_attestation(platform: Platform | None) -> bool:
    """Whether this is the platform of something that describes another image."""
    return platform is not None and platform.os == _NO_SYSTEM


def read_manifest(blobs: BlobReader, digest: Digest) -> tuple[Manifest, int] | None:
    """Read a stored manifest and its size; None if it is not one. Blocking.

    Unlike a pull, this is no use of the content: looking keeps nothing from eviction.
    """
    try:
        with blobs.open_blob(digest) as blob:
            if blob.size > MAX_MANIFEST_BYTES:
                return None
            body = os.pread(blob.fd, blob.size, 0)
        return parse_manifest(body), len(body)
    except (NotStoredError, ManifestSyntaxError):
        return None


def read_tree(blobs: BlobReader, digest: Digest, *, media_type: str, size: int) -> Part:
    """Read what a name's content consists of, as far as it is held. Blocking.

    Args:
        blobs: Where it is held.
        digest: The content on top.
        media_type: Its type, which its own body overrules.
        size: Its bytes, which count while it is not held.

    Raises:
        TooLargeError: It has more parts than any honest image.
    """
    return _Reader(blobs).read(Descriptor(media_type, digest, size), depth=0)


class _Reader:
    def __init__(self, blobs: BlobReader) -> None:
        self._blobs = blobs
        self._left = MAX_PARTS

    def read(self, entry: Descriptor, *, depth: int) -> Part:
        found = read_manifest(self._blobs, entry.digest)
        if found is None:
            role = Role.INDEX if mediatypes.is_index(entry.media_type) else Role.IMAGE
            return self._leaf(entry, role)
        manifest, size = found
        self._count(entry)
        children: list[Part] = []
        if manifest.config is not None:
            children.append(self._leaf(manifest.config, Role.CONFIG))
        children += [self._leaf(layer, Role.LAYER) for layer in manifest.layers]
        if depth < _MAX_DEPTH:
            children += [self.read(c, depth=depth + 1) for c in manifest.children]
        return Part(
            Role.INDEX if manifest.kind == "index" else Role.IMAGE,
            entry.digest,
            manifest.media_type,
            size,
            held=True,
            platform=entry.platform,
            artifact_type=manifest.artifact_type or entry.artifact_type,
            children=tuple(children),
        )

    def _leaf(self, entry: Descriptor, role: Role) -> Part:
        self._count(entry)
        return Part(
            role,
            entry.digest,
            entry.media_type,
            entry.size,
            held=self._blobs.find_size(entry.digest) is not None,
            foreign=entry.is_foreign,
            platform=entry.platform,
            artifact_type=entry.artifact_type,
        )

    def _count(self, entry: Descriptor) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooLargeError(
                f"an image of more than {MAX_PARTS} parts; {entry.digest} is beyond"
            )
