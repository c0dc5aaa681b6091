"""Image builders that run a Dockerfile: buildah, and Docker with BuildKit."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.dockerd import Dockerd
from tests.e2e.processes import clean_environment, run

# Debian's own: another one on the PATH may come without BuildKit.
_DOCKER = "/usr/bin/docker"
BASE, BUILT = "localhost/base", "localhost/built"


class Builder:
    """What both can do: take a root directory as a base, and build on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = clean_environment(root / "home")

    def take_base(self, tar: Path) -> None:
        """Make a root directory the image `BASE`."""
        raise NotImplementedError

    def build(self, folder: Path, *, secret: str) -> None:
        """Build what the Dockerfile in a folder says, as `BUILT`."""
        raise NotImplementedError

    def save(self, archive: Path) -> None:
        """Write the built image into an archive, as `docker save` does."""
        raise NotImplementedError


class BuildahBuilder(Builder):
    """buildah with a storage of its own; it needs no daemon."""

    def _buildah(self, *words: object) -> str:
        places = {"root": "root", "runroot": "runroot"}
        options = [f"--{key}={self.root / value}" for key, value in places.items()]
        command = ["buildah", *options, "--storage-driver=vfs", *words]
        return run(command, env=self.env).decode().strip()

    def take_base(self, tar: Path) -> None:
        """Make an image of one layer."""
        box = self._buildah("from", "scratch")
        self._buildah("add", "--quiet", box, tar, "/")
        self._buildah("commit", "--quiet", "--rm", box, BASE)

    def build(self, folder: Path, *, secret: str) -> None:
        """Build with the network of this machine."""
        options = ["--isolation=chroot", "--network=host", "--pull-never"]
        words = ["build", *options, "--secret", secret, "--tag", BUILT, folder]
        self._buildah(*words)

    def save(self, archive: Path) -> None:
        """Write it as Docker would."""
        self._buildah("push", "--quiet", BUILT, f"docker-archive:{archive}:{BUILT}")


class DockerBuilder(Builder):
    """A dockerd of its own, with the BuildKit that is in it."""

    @contextmanager
    def running(self) -> Iterator["DockerBuilder"]:
        """Start the daemon, and stop it in the end."""
        kit = {"DOCKER_BUILDKIT": "1"}
        daemon = Dockerd(self.root, self.env | kit, program=_DOCKER)
        self._docker = daemon.ask
        daemon.start()
        try:
            yield self
        finally:
            daemon.stop()
            shutil.rmtree(self.root / "data", ignore_errors=True)

    def take_base(self, tar: Path) -> None:
        """Import it."""
        self._docker("import", tar, BASE)

    def build(self, folder: Path, *, secret: str) -> None:
        """Build with the network of this machine."""
        options = ["--network=host", "--progress=plain", "--secret", secret]
        self._docker("build", *options, "--tag", BUILT, folder)

    def save(self, archive: Path) -> None:
        """Save it."""
        self._docker("save", "--output", archive, BUILT)


def read_image(archive: Path) -> tuple[dict[str, bytes], bytes]:
    """Return the files of a saved image's last layer, and its configuration."""
    with tarfile.open(archive) as outer:
        manifest = json.loads(_read(outer, "manifest.json"))[0]
        config = _read(outer, manifest["Config"])
        with tarfile.open(fileobj=outer.extractfile(manifest["Layers"][-1])) as layer:
            files = {
                member.name: _read(layer, member.name) if member.isfile() else b""
                for member in layer.getmembers()
            }
    return files, config


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None, name
    return file.read()
