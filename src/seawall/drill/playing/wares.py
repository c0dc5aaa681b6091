"""The images that are pulled in a drill: made from a seed, of known sizes."""

import gzip
import io
import json
import platform as machine
import random
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from seawall.drill.scenarios.mishap import SIZES, Asked
from seawall.drill.scenarios.scenario import Scenario, Version
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.manifest import parse_manifest

TAG = "1"
OWN_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(
    machine.machine(), machine.machine().lower()
)
_ARCHITECTURES = tuple(dict.fromkeys((OWN_ARCHITECTURE, "amd64", "arm64")))
_TAR_BYTES = 1024  # a header, and the two empty blocks at the end


@dataclass(frozen=True)
class Image:
    """An index, this machine's manifest, a configuration, a small and a large layer.

    Attributes:
        seed: Equal seeds make equal images.
        contents: Every content by digest.
        media_types: The type of each.
        asked: What a request for each is about.
        tags: What the tag means.
    """

    seed: str
    contents: dict[Digest, bytes] = field(default_factory=dict)
    media_types: dict[Digest, str] = field(default_factory=dict)
    asked: dict[Digest, Asked] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make it."""
        layers, diff_ids = [], []
        for asked in (Asked.SMALL, Asked.LAYER):
            tar = _make_tar(f"{self.seed}/{asked.name}", SIZES[asked])
            diff_ids.append(str(Digest.of(tar)))
            # Level 0 stores: random bytes do not compress, and time is short.
            packed = gzip.compress(tar, compresslevel=0, mtime=0)
            layers.append(self._add(packed, mediatypes.OCI_LAYER_GZIP, asked))
        entries = []
        for architecture in _ARCHITECTURES:
            config = _encode(_configure(architecture, diff_ids))
            manifest = {
                "schemaVersion": 2,
                "mediaType": mediatypes.OCI_MANIFEST,
                "config": self._add(config, mediatypes.OCI_CONFIG, Asked.CONFIG),
                "layers": layers,
            }
            body = _encode(manifest)
            entry = self._add(body, mediatypes.OCI_MANIFEST, Asked.MANIFEST)
            entries.append(
                entry | {"platform": {"os": "linux", "architecture": architecture}}
            )
        index = {
            "schemaVersion": 2,
            "mediaType": mediatypes.OCI_INDEX,
            "manifests": entries,
        }
        top = self._add(_encode(index), mediatypes.OCI_INDEX, Asked.MANIFEST)
        self.tags[TAG] = Digest.parse(str(top["digest"]))

    @property
    def digest(self) -> Digest:
        """The index."""
        return self.tags[TAG]

    @cached_property
    def names(self) -> set[str]:
        """The digests by which clients may know it: some name this machine's part."""
        kinds = (Asked.MANIFEST,)
        return {str(one) for one, asked in self.asked.items() if asked in kinds}

    @cached_property
    def pulled_bytes(self) -> int:
        """How many bytes a client of this machine needs, each of them once."""
        top = parse_manifest(self.contents[self.digest])
        own = next(
            child.digest
            for child in top.children
            if child.platform and child.platform.architecture == OWN_ARCHITECTURE
        )
        parts = parse_manifest(self.contents[own]).references
        manifests = len(self.contents[self.digest]) + len(self.contents[own])
        return manifests + sum(part.size for part in parts)

    def _add(self, data: bytes, media_type: str, asked: Asked) -> dict[str, object]:
        digest = Digest.of(data)
        self.contents[digest] = data
        self.media_types[digest] = media_type
        self.asked[digest] = asked
        return {"mediaType": media_type, "digest": str(digest), "size": len(data)}


@dataclass(frozen=True)
class Cargo:
    """What one play is about: a repository, and the images that its tag may mean."""

    name: str
    seed: str

    @cached_property
    def _images(self) -> dict[Version, Image]:
        return {}

    def image(self, version: Version) -> Image:
        """Give one of the images; it is made when it is first asked for."""
        made = self._images
        if version not in made:
            made[version] = Image(f"{self.seed}/{self.name}/{version.value}")
        return made[version]

    def make(self, scenario: Scenario) -> None:
        """Make every image that a scenario needs, which takes a moment. Blocking."""
        for version in {*scenario.wants, *(one.version for one in scenario.sources)}:
            self.image(version)

    def find_asked(self, digest: Digest) -> Asked | None:
        """Tell what a request for a digest is about."""
        found = (one.asked.get(digest) for one in self._images.values())
        return next((asked for asked in found if asked), None)


def _make_tar(seed: str, size: int) -> bytes:
    data = random.Random(seed).randbytes(size - _TAR_BYTES)  # noqa: S311  no secret
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT, bufsize=512
    ) as tar:
        entry = tarfile.TarInfo("data/" + seed.rpartition("/")[2].lower())
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _configure(architecture: str, diff_ids: list[str]) -> dict[str, object]:
    return {
        "created": "2026-01-01T00:00:00Z",
        "os": "linux",
        "architecture": architecture,
        "config": {"Cmd": ["/data/layer"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created_by": "seawall drill"} for _ in diff_ids],
    }


def _encode(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, indent=2).encode()
