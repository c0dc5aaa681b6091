"""Images to pull: OCI layouts made of busybox and of random layers."""

import gzip
import hashlib
import io
import json
import random
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"

Json = dict[str, Any]


class Layout:
    """An OCI image layout in a directory, written blob by blob."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = root / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        (root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        self._tags: list[Json] = []

    def add(self, data: bytes, media_type: str, **more: object) -> Json:
        """Store bytes and return their descriptor."""
        hexdigest = hashlib.sha256(data).hexdigest()
        (self.blobs / hexdigest).write_bytes(data)
        descriptor = {"mediaType": media_type, "digest": f"sha256:{hexdigest}"}
        return descriptor | {"size": len(data)} | more

    def add_json(self, document: Json, **more: object) -> Json:
        """Store a manifest, index or config under its own media type."""
        return self.add(json.dumps(document).encode(), document["mediaType"], **more)

    def tag(self, descriptor: Json, name: str) -> str:
        """Give a top-level manifest a name, and return its digest."""
        note = {"org.opencontainers.image.ref.name": name}
        self._tags.append(descriptor | {"annotations": note})
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self._tags}
        (self.root / "index.json").write_text(json.dumps(index))
        return str(descriptor["digest"])


def _tar(entries: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in entries.items():
            member = tarfile.TarInfo(name)
            member.mode, member.size = 0o755, len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def busybox_layer() -> bytes:
    """Return a tar with the machine's static busybox as /bin/busybox and /bin/sh."""
    busybox = Path(shutil.which("busybox") or "/bin/busybox").read_bytes()
    return _tar({"bin/busybox": busybox, "bin/sh": busybox})


def random_layer(seed: str, size: int) -> bytes:
    """Return a tar with one file that does not compress."""
    noise = random.Random(seed).randbytes(size)  # noqa: S311 (samples, no secrets)
    return _tar({f"noise/{seed}": noise})


def add_image(
    layout: Layout, tars: Sequence[bytes], *, architecture: str = "amd64"
) -> Json:
    """Store a runnable image of these layers and return its descriptor."""
    packed = [gzip.compress(tar, compresslevel=1, mtime=0) for tar in tars]
    config = {
        "mediaType": CONFIG,
        "created": "2026-01-01T00:00:00Z",
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": ["/bin/sh", "-c", "echo seawall"], "Env": ["PATH=/bin"]},
        "rootfs": {
            "type": "layers",
            "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars],
        },
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.add_json(config),
        "layers": [layout.add(data, LAYER) for data in packed],
    }
    platform = {"architecture": architecture, "os": "linux"}
    return layout.add_json(manifest, platform=platform)


def add_index(layout: Layout, manifests: Sequence[Json], **more: object) -> Json:
    """Store an index over these manifests and return its descriptor."""
    body = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)}
    return layout.add_json(body | more)


def add_artifact(layout: Layout, subject: Json, payload: bytes) -> Json:
    """Store an artifact that refers to a subject, and return its descriptor."""
    subject = {key: subject[key] for key in ("mediaType", "digest", "size")}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/vnd.example.sbom",
        "config": layout.add(b"{}", EMPTY),
        "layers": [layout.add(payload, "application/vnd.example.sbom+json")],
        "subject": subject,
    }
    return layout.add_json(manifest)
