"""Small Debian packages made from a seed: binary ones that install, and source ones."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from seawall.testing.samples import random_bytes

_MAINTAINER = "Seawall <seawall@archive.example>"


@dataclass(frozen=True)
class SamplePackage:
    """One binary package; equal ones have equal bytes.

    Attributes:
        name: Of the package.
        version: As the archive's index says it.
        architecture: "all" goes into the index of every architecture.
        depends: As in a control file.
        component: Which part of the archive it is in.
        payload_bytes: Of a file in it that does not compress.
        seed: Another seed makes other bytes under the same name and version.
    """

    name: str
    version: str = "1.0-1"
    architecture: str = "amd64"
    depends: str = ""
    component: str = "main"
    payload_bytes: int = 1000
    seed: object = 0

    @property
    def file_name(self) -> str:
        """What its file is called: no epoch stands in it."""
        version = self.version.partition(":")[2] or self.version
        return f"{self.name}_{version}_{self.architecture}.deb"

    @property
    def pool_path(self) -> str:
        """Where its file is in an archive that has a pool."""
        return f"pool/{self.component}/{self.name[0]}/{self.name}/{self.file_name}"

    @cached_property
    def deb(self) -> bytes:
        """Its file, which `dpkg` installs."""
        control = _make_tar({"./control": self._control().encode()})
        payload = random_bytes((self.name, self.version, self.seed), self.payload_bytes)
        data = _make_tar({f"./usr/share/{self.name}/data": payload})
        return _make_ar(
            {
                "debian-binary": b"2.0\n",
                "control.tar.gz": control,
                "data.tar.gz": data,
            }
        )

    def stanza(self, path: str) -> str:
        """Write its paragraph of an index, for a file at this path."""
        return (
            f"{self._control()}Filename: {path}\nSize: {len(self.deb)}\n"
            f"SHA256: {hashlib.sha256(self.deb).hexdigest()}\n"
        )

    def _control(self) -> str:
        depends = f"Depends: {self.depends}\n" if self.depends else ""
        return (
            f"Package: {self.name}\nVersion: {self.version}\n"
            f"Architecture: {self.architecture}\nMaintainer: {_MAINTAINER}\n"
            f"{depends}Description: a sample\n It does nothing.\n"
        )


@dataclass(frozen=True)
class SampleSource:
    """One source package: a description file and a tar file."""

    name: str
    version: str = "1.0"
    component: str = "main"
    seed: object = 0

    @property
    def directory(self) -> str:
        """Where its files are."""
        return f"pool/{self.component}/{self.name[0]}/{self.name}"

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """Its files by name."""
        payload = random_bytes((self.name, self.version, self.seed), 1000)
        tar = _make_tar({f"{self.name}-{self.version}/data": payload})
        stem = f"{self.name}_{self.version}"
        described = f"Format: 3.0 (native)\nSource: {self.name}\n".encode()
        return {f"{stem}.dsc": described, f"{stem}.tar.gz": tar}

    def stanza(self) -> str:
        """Write its paragraph of an index."""
        lines = [
            f" {hashlib.sha256(data).hexdigest()} {len(data)} {name}"
            for name, data in self.files.items()
        ]
        listed = "\n".join(lines)
        return (
            f"Package: {self.name}\nBinary: {self.name}\nVersion: {self.version}\n"
            f"Maintainer: {_MAINTAINER}\nArchitecture: any\n"
            f"Format: 3.0 (native)\nDirectory: {self.directory}\n"
            f"Checksums-Sha256:\n{listed}\n"
        )


def _make_tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in files.items():
            parts = name.split("/")[:-1]
            for depth in range(1, len(parts) + 1):
                folder = tarfile.TarInfo("/".join(parts[:depth]))
                folder.type, folder.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(folder)
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    # The time of a gzip header would make every run's bytes its own.
    return gzip.compress(buffer.getvalue(), compresslevel=1, mtime=0)


def _make_ar(members: Mapping[str, bytes]) -> bytes:
    parts = [b"!<arch>\n"]
    for name, data in members.items():
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n"
        parts += [head.encode(), data, b"\n" * (len(data) % 2)]
    return b"".join(parts)
