"""What is pulled: blobs and images, laid out as each server wants to find them."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from seawall.oci import mediatypes
from seawall.testing.samples import Sample, random_image

MIB = 1024 * 1024
REPOSITORY = "bench/goods"


@dataclass(frozen=True, slots=True)
class Blob:
    """One blob of the upstream: its digest as hexadecimal digits, and its size."""

    hex: str
    size: int

    @property
    def path(self) -> str:
        """Where a registry serves it."""
        return f"/v2/{REPOSITORY}/blobs/sha256:{self.hex}"


def write_blob(directory: Path, seed: int, size: int, *, sparse: bool = False) -> Blob:
    """Write a blob's file, named by its digest, into a directory.

    Args:
        directory: Where to.
        seed: Other seeds give other blobs.
        size: In bytes.
        sparse: A file of zeros behind its first bytes, which takes no space.
    """
    directory.mkdir(parents=True, exist_ok=True)
    fresh = directory / f"{seed}.new"
    head = b"seawall bench %d " % seed
    block = bytes(MIB) if sparse else os.urandom(MIB)
    digest = hashlib.sha256()
    with fresh.open("wb") as file:
        left = size
        while left > 0:
            data = (head + block)[: min(MIB, left)]
            head = b""
            digest.update(data)
            if sparse and left < size:
                file.seek(len(data), os.SEEK_CUR)
            else:
                file.write(data)
            left -= len(data)
        file.truncate(size)
    fresh.replace(directory / digest.hexdigest())
    return Blob(digest.hexdigest(), size)


def serve_blob(root: Path, seed: int, size: int) -> Blob:
    """Write a blob of little substance where a plain web server serves it."""
    incoming = root / "incoming"
    blob = write_blob(incoming, seed, size, sparse=True)
    final = root / blob.path.lstrip("/")
    final.parent.mkdir(parents=True, exist_ok=True)
    (incoming / blob.hex).replace(final)
    return blob


def make_image(seed: int, *, layers: int, layer_bytes: int) -> Sample:
    """Make an image whose layers do not compress."""
    return random_image(("bench", seed), layers=layers, layer_bytes=layer_bytes)


def serve_image(root: Path, blob: Blob, tag: str) -> None:
    """Make an image of one blob, already served, where a plain web server serves it."""
    config = b"{}"
    config_hex = hashlib.sha256(config).hexdigest()
    base = root / f"v2/{REPOSITORY}"
    (base / "manifests").mkdir(parents=True, exist_ok=True)
    (base / f"blobs/sha256:{config_hex}").write_bytes(config)
    document = {
        "schemaVersion": 2,
        "mediaType": mediatypes.OCI_MANIFEST,
        "config": {
            "mediaType": mediatypes.OCI_CONFIG,
            "digest": f"sha256:{config_hex}",
            "size": len(config),
        },
        "layers": [
            {
                "mediaType": mediatypes.OCI_LAYER,
                "digest": f"sha256:{blob.hex}",
                "size": blob.size,
            }
        ],
    }
    body = json.dumps(document).encode()
    digest = hashlib.sha256(body).hexdigest()
    for name in (tag, f"sha256:{digest}"):
        (base / "manifests" / name).write_bytes(body)


class Shelves:
    """The files of a plain docker-registry, written without asking it."""

    def __init__(self, root: Path) -> None:
        self._blobs = root / "docker/registry/v2/blobs/sha256"
        self._repository = root / "docker/registry/v2/repositories" / REPOSITORY

    def make_blob(self, seed: int, size: int) -> Blob:
        """Make a blob and put it into the repository."""
        incoming = self._blobs.parent / "incoming"
        blob = write_blob(incoming, seed, size)
        final = self._place(blob.hex)
        shutil.move(incoming / blob.hex, final)
        self._link("_layers/sha256", blob.hex, blob.hex)
        return blob

    def file_of(self, blob: Blob) -> Path:
        """Say where a blob's bytes are."""
        return self._place(blob.hex)

    def put_image(self, image: Sample, tag: str) -> None:
        """Put an image into the repository, under a tag."""
        for digest, data in image.contents.items():
            self._place(digest.hex).write_bytes(data)
        for digest in image.blobs:
            self._link("_layers/sha256", digest.hex, digest.hex)
        top = image.digest.hex
        self._link("_manifests/revisions/sha256", top, top)
        self._link(f"_manifests/tags/{tag}", "current", top)
        self._link(f"_manifests/tags/{tag}/index/sha256", top, top)

    def _place(self, hexadecimal: str) -> Path:
        directory = self._blobs / hexadecimal[:2] / hexadecimal
        directory.mkdir(parents=True, exist_ok=True)
        return directory / "data"

    def _link(self, below: str, name: str, hexadecimal: str) -> None:
        directory = self._repository / below / name
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "link").write_text(f"sha256:{hexadecimal}")


def small_image(seed: int) -> Sample:
    """Make an image whose manifest is about as large as a usual one: 1.5 kB."""
    return make_image(seed, layers=6, layer_bytes=64)
