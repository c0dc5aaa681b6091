"""Descriptors: typed, sized pointers from one content to another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from seawall.errors import ReferenceSyntaxError
from seawall.kit import redact
from seawall.oci import mediatypes
from seawall.oci.digest import Digest

_PLATFORM = re.compile(r"([\w.-]{1,64})/([\w.-]{1,64})(?:/([\w.-]{1,64}))?", re.ASCII)

# Other words for the same machine, and the variant that goes without saying.
_ARCHITECTURES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "i386": ("386", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_USUAL_VARIANTS = {"amd64": "v1", "arm64": "v8", "arm": "v7"}


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """An operating system and the machine it runs on."""

    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a platform such as ``linux/arm64/v8``.

        Raises:
            ReferenceSyntaxError: It has no two or three plain parts.

        >>> Platform.parse("linux/aarch64")
        Platform(os='linux', architecture='arm64', variant='')
        """
        match = _PLATFORM.fullmatch(text)
        if match is None:
            raise ReferenceSyntaxError(
                "not a platform (os/architecture or os/architecture/variant): "
                + redact.show_input(text)
            )
        system, machine, variant = match.groups(default="")
        machine, usual = _ARCHITECTURES.get(machine, (machine, ""))
        return cls(system, machine, variant or usual)

    def matches(self, other: "Platform") -> bool:
        """Whether both mean the same, the usual variant going without saying.

        >>> Platform("linux", "arm64").matches(Platform("linux", "arm64", "v8"))
        True
        """
        usual = _USUAL_VARIANTS.get(self.architecture, "")
        return (
            self.os == other.os
            and self.architecture == other.architecture
            and (self.variant or usual) == (other.variant or usual)
        )

    def __str__(self) -> str:
        """Write it as command lines do."""
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says about a content it needs.

    Attributes:
        media_type: Its type; empty if the manifest does not say.
        size: Its length in bytes, which bounds what may be read for it.
        urls: Where else it may be had; noted, never followed.
    """

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    urls: tuple[str, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether registries need not hold it: clients fetch it from its `urls`."""
        return bool(self.urls) or self.media_type.startswith(
            (mediatypes.DOCKER_LAYER_FOREIGN, mediatypes.OCI_LAYER_NONDISTRIBUTABLE)
        )
