"""Images, indexes and artifacts made from a seed: small, valid, and always the same."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from seawall.oci import mediatypes
from seawall.oci.descriptor import Platform
from seawall.oci.digest import Digest

AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64", "v8")

CREATED = "2026-01-01T00:00:00Z"
EMPTY_JSON = b"{}"


@dataclass(frozen=True)
class Sample:
    """Contents that belong together, with the manifest on top of them.

    Attributes:
        digest: The manifest or index that everything hangs from.
        contents: Every content by digest: manifests, configurations, layers.
        media_types: The type of each of them.
        tags: What a repository with this sample would call it.
        subjects: For each manifest about another one, the other one.
    """

    digest: Digest
    contents: Mapping[Digest, bytes]
    media_types: Mapping[Digest, str]
    tags: Mapping[str, Digest] = field(default_factory=dict)
    subjects: Mapping[Digest, Digest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the mappings: samples are shared between tests."""
        for name in ("contents", "media_types", "tags", "subjects"):
            frozen = MappingProxyType(dict(getattr(self, name)))
            object.__setattr__(self, name, frozen)

    @property
    def body(self) -> bytes:
        """The bytes of the manifest on top."""
        return self.contents[self.digest]

    @property
    def media_type(self) -> str:
        """The type of the manifest on top."""
        return self.media_types[self.digest]

    @property
    def manifests(self) -> tuple[Digest, ...]:
        """All manifests and indexes, children first."""
        known = mediatypes.INDEXES + mediatypes.MANIFESTS
        return tuple(d for d in self.contents if self.media_types[d] in known)

    @property
    def blobs(self) -> tuple[Digest, ...]:
        """All configurations and layers."""
        known = mediatypes.INDEXES + mediatypes.MANIFESTS
        return tuple(d for d in self.contents if self.media_types[d] not in known)

    def tagged(self, *tags: str) -> "Sample":
        """Give the manifest on top these tags as well."""
        return replace(self, tags={**self.tags, **dict.fromkeys(tags, self.digest)})

    def joined(self, *others: "Sample") -> "Sample":
        """Put others into the same repository; the top stays, later tags win."""
        return _join(self.digest, (self, *others))

    def descriptor(self, **extra: Any) -> dict[str, Any]:
        """Point to the manifest on top, as JSON has it."""
        return _describe(self.media_type, self.digest, len(self.body)) | extra


def random_bytes(seed: object, count: int) -> bytes:
    """Make bytes that look random and depend on the seed alone.

    >>> random_bytes("a", 4) == random_bytes("a", 4) != random_bytes("b", 4)
    True
    """
    return hashlib.shake_256(repr(seed).encode()).digest(count)


def random_image(  # noqa: PLR0913  an image varies in these ways
    seed: object = 0,
    *,
    layers: int = 2,
    layer_bytes: int = 1000,
    platform: Platform = AMD64,
    algorithm: str = "sha256",
    docker: bool = False,
) -> Sample:
    """Make an image that real clients unpack.

    Args:
        seed: Equal seeds make equal images.
        layers: How many layers, each with one file.
        layer_bytes: About how large each layer is; it does not compress.
        platform: What its configuration says.
        algorithm: How everything in it is named.
        docker: Docker's schema 2 instead of OCI.
    """
    parts = _Parts(algorithm)
    diff_ids, entries = [], []
    layer_type = mediatypes.DOCKER_LAYER_GZIP if docker else mediatypes.OCI_LAYER_GZIP
    for number in range(layers):
        tar = _make_tar(f"data/{number}", random_bytes((seed, number), layer_bytes))
        diff_ids.append(str(Digest.of(tar, algorithm)))
        entries.append(parts.add(_compress(tar), layer_type))
    config = parts.add(
        _encode(_configure(platform, diff_ids)),
        mediatypes.DOCKER_CONFIG if docker else mediatypes.OCI_CONFIG,
    )
    media_type = mediatypes.DOCKER_MANIFEST if docker else mediatypes.OCI_MANIFEST
    document = _document(media_type, config=config, layers=entries)
    return parts.close(document, media_type)


def random_index(
    seed: object = 0,
    *,
    platforms: Sequence[Platform] = (AMD64, ARM64),
    layer_bytes: int = 1000,
    algorithm: str = "sha256",
    docker: bool = False,
) -> Sample:
    """Make an image for several platforms."""
    children = [
        random_image(
            (seed, str(platform)),
            layer_bytes=layer_bytes,
            platform=platform,
            algorithm=algorithm,
            docker=docker,
        )
        for platform in platforms
    ]
    entries = [
        child.descriptor(platform=_platform_json(platform))
        for child, platform in zip(children, platforms, strict=True)
    ]
    return index_of(*children, entries=entries, algorithm=algorithm, docker=docker)


def index_of(
    *children: Sample,
    entries: Sequence[Mapping[str, Any]] | None = None,
    algorithm: str = "sha256",
    docker: bool = False,
) -> Sample:
    """Make an index of these samples, which may be indexes themselves.

    Args:
        children: What it lists.
        entries: How it lists them, if not plainly.
        algorithm: How the index itself is named.
        docker: Docker's manifest list instead of OCI.
    """
    if entries is None:
        entries = [child.descriptor() for child in children]
    media_type = mediatypes.DOCKER_INDEX if docker else mediatypes.OCI_INDEX
    body = _encode(_document(media_type, manifests=list(entries)))
    digest = Digest.of(body, algorithm)
    top = Sample(digest, {digest: body}, {digest: media_type})
    return _join(digest, (*children, top))


def nested_index(seed: object = 0) -> Sample:
    """Make an index that lists an index, and beside it an image."""
    return index_of(random_index((seed, "inner")), random_image((seed, "outer")))


def empty_index() -> Sample:
    """Make an index that lists nothing, which is allowed."""
    return index_of()


def random_artifact(
    seed: object = 0,
    *,
    subject: Sample | None = None,
    artifact_type: str = "application/vnd.example.sbom.v1",
    layer_bytes: int = 200,
) -> Sample:
    """Make an artifact, such as a signature of its subject.

    Args:
        seed: Equal seeds make equal artifacts.
        subject: What it is about; not part of the sample.
        artifact_type: What it says it is.
        layer_bytes: The exact size of its one layer.
    """
    parts = _Parts("sha256")
    config = parts.add(EMPTY_JSON, mediatypes.OCI_EMPTY)
    layer = parts.add(random_bytes(seed, layer_bytes), mediatypes.OCTETS)
    document = _document(
        mediatypes.OCI_MANIFEST,
        artifactType=artifact_type,
        config=config,
        layers=[layer],
        **({} if subject is None else {"subject": subject.descriptor()}),
    )
    sample = parts.close(document, mediatypes.OCI_MANIFEST)
    about = {} if subject is None else {sample.digest: subject.digest}
    return replace(sample, subjects=about)


def random_blob(
    seed: object = 0, *, size: int = 1000, algorithm: str = "sha256"
) -> tuple[Digest, bytes]:
    """Make one content of an exact size, which belongs to no image."""
    data = random_bytes(seed, size)
    return Digest.of(data, algorithm), data


class _Parts:
    """The contents of one manifest, as they are made."""

    def __init__(self, algorithm: str) -> None:
        self._algorithm = algorithm
        self._contents: dict[Digest, bytes] = {}
        self._media_types: dict[Digest, str] = {}

    def add(self, data: bytes, media_type: str) -> dict[str, Any]:
        digest = Digest.of(data, self._algorithm)
        self._contents[digest] = data
        self._media_types[digest] = media_type
        return _describe(media_type, digest, len(data))

    def close(self, document: Mapping[str, Any], media_type: str) -> Sample:
        body = _encode(document)
        self.add(body, media_type)
        digest = Digest.of(body, self._algorithm)
        return Sample(digest, self._contents, self._media_types)


def _join(digest: Digest, samples: Sequence[Sample]) -> Sample:
    return Sample(
        digest,
        {d: data for sample in samples for d, data in sample.contents.items()},
        {d: name for sample in samples for d, name in sample.media_types.items()},
        {tag: d for sample in samples for tag, d in sample.tags.items()},
        {d: about for sample in samples for d, about in sample.subjects.items()},
    )


def _document(media_type: str, **fields: Any) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": media_type, **fields}


def _describe(media_type: str, digest: Digest, size: int) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(digest), "size": size}


def _platform_json(platform: Platform) -> dict[str, str]:
    named = {"os": platform.os, "architecture": platform.architecture}
    return named | ({"variant": platform.variant} if platform.variant else {})


def _configure(platform: Platform, diff_ids: Sequence[str]) -> dict[str, Any]:
    return {
        "created": CREATED,
        **_platform_json(platform),
        "config": {"Cmd": ["/data/0"], "Env": ["PATH=/usr/bin:/bin"], "User": "1000"},
        "rootfs": {"type": "layers", "diff_ids": list(diff_ids)},
        "history": [{"created": CREATED, "created_by": "seawall"} for _ in diff_ids],
    }


def _make_tar(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _compress(data: bytes) -> bytes:
    # The time of a gzip header would make every run's digests its own.
    return gzip.compress(data, compresslevel=1, mtime=0)


def _encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, indent=2).encode()
