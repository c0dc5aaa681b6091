"""Foreign clients, each driven as its own users drive it, with storage of its own."""

import json
import shutil
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from tests.e2e.processes import clean_environment, run


class Form(StrEnum):
    """How a client says which registry it means."""

    PATH = "path"  # HOST/docker.io/library/busybox
    BARE = "bare"  # HOST/library/busybox
    NS = "ns"  # docker.io/library/busybox, asked of HOST with ?ns=docker.io
    MIRROR = (
        "mirror"  # docker.io/library/busybox, with a mirror in the client's settings
    )


class Client:
    """What all of them can do: pull an image they do not have, and name its digest.

    A tail is `:tag` or `@digest`. Every pull starts without the image, so that all of
    its bytes are asked for again.
    """

    name: ClassVar[str]
    forms: ClassVar[Sequence[Form]]

    def __init__(self, root: Path) -> None:
        self.root = root / self.name
        self.env = clean_environment(self.root / "home")
        self.host = ""

    def point_at(self, host: str) -> None:
        """Use this Seawall from now on."""
        self.host = host

    def reference(self, form: Form, repository: str, tail: str) -> str:
        """Write an image of docker.io the way this form wants it."""
        places = {Form.PATH: f"{self.host}/docker.io", Form.BARE: self.host}
        return f"{places.get(form, 'docker.io')}/{repository}{tail}"

    def pull(self, form: Form, repository: str, tail: str) -> set[str]:
        """Pull an image and return the digests by which the client now knows it."""
        raise NotImplementedError

    def __str__(self) -> str:
        """Its name, for test ids."""
        return self.name


def registries_conf(host: str) -> str:
    """Write the settings with which skopeo, podman and buildah ask a mirror."""
    return f"""unqualified-search-registries = ["docker.io"]

[[registry]]
prefix = "docker.io"
location = "docker.io"

[[registry.mirror]]
location = "{host}/docker.io"
insecure = true
"""


class _ContainersImage(Client):
    """The library below skopeo, podman and buildah: one settings file for all."""

    forms = (Form.PATH, Form.BARE, Form.MIRROR)

    @property
    def _settings(self) -> Path:
        return self.root / "registries.conf"

    def point_at(self, host: str) -> None:
        """Write the mirror into the settings."""
        super().point_at(host)
        self._settings.write_text(registries_conf(host))


class Skopeo(_ContainersImage):
    """Copies whole images, all platforms, into an OCI layout."""

    name = "skopeo"

    @property
    def layout(self) -> Path:
        """Where the last pulled image lies."""
        return self.root / "layout"

    def pull(self, form: Form, repository: str, tail: str) -> set[str]:
        """Copy all platforms into the layout."""
        shutil.rmtree(self.layout, ignore_errors=True)
        note = self.root / "digest"
        source = f"docker://{self.reference(form, repository, tail)}"
        # A mirror's `insecure = true` is enough; a plain host has to be told.
        plain = [] if form is Form.MIRROR else ["--src-tls-verify=false"]
        run(
            ["skopeo", "--registries-conf", self._settings, "copy", "--all", *plain]
            + ["--digestfile", note, source, f"oci:{self.layout}:pulled"],
            env=self.env,
        )
        return {note.read_text().strip()}


class Podman(_ContainersImage):
    """Pulls into a storage of its own, and runs containers by runc.

    crun of Debian 12 refuses mixed cgroups, and the limits that podman would set
    may be above those of the test's own process, so both are chosen here.
    """

    name = "podman"

    def _podman(self, *words: str) -> bytes:
        places = {"root": "root", "runroot": "runroot", "tmpdir": "tmp"}
        options = [f"--{key}={self.root / value}" for key, value in places.items()]
        settings = {"CONTAINERS_REGISTRIES_CONF": str(self._settings)}
        return run(
            ["podman", *options, "--storage-driver=vfs", "--runtime=/usr/sbin/runc"]
            + ["--cgroup-manager=cgroupfs", "--events-backend=none", *words],
            env=self.env | settings,
        )

    def pull(self, form: Form, repository: str, tail: str) -> set[str]:
        """Pull this machine's platform."""
        self._podman("rmi", "--all", "--force")
        reference = self.reference(form, repository, tail)
        plain = [] if form is Form.MIRROR else ["--tls-verify=false"]
        self._podman("pull", "--quiet", *plain, reference)
        found = json.loads(self._podman("image", "inspect", reference))
        names = found[0]["RepoDigests"] + [f"@{found[0]['Digest']}"]
        return {name.partition("@")[2] for name in names}

    def start_container(self, form: Form, repository: str, tail: str) -> str:
        """Run a container of a pulled image, and return what it says."""
        limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]
        words = ["run", "--rm", "--pull=never", "--network=none", *limits]
        reference = self.reference(form, repository, tail)
        return self._podman(*words, reference).decode().strip()


class Buildah(_ContainersImage):
    """Pulls a base image, as a build does first."""

    name = "buildah"

    def _buildah(self, *words: str) -> bytes:
        places = {"root": "root", "runroot": "runroot"}
        options = [f"--{key}={self.root / value}" for key, value in places.items()]
        options += ["--storage-driver=vfs", f"--registries-conf={self._settings}"]
        return run(["buildah", *options, *words], env=self.env)

    def pull(self, form: Form, repository: str, tail: str) -> set[str]:
        """Pull this machine's platform."""
        self._buildah("rmi", "--all", "--force")
        plain = [] if form is Form.MIRROR else ["--tls-verify=false"]
        self._buildah("pull", "--quiet", *plain, self.reference(form, repository, tail))
        images = json.loads(self._buildah("images", "--json", "--digests"))
        return {image["digest"] for image in images}

    def build(self, form: Form, repository: str, tail: str) -> str:
        """Start a build from a pulled image and run a command in it."""
        base = self.reference(form, repository, tail)
        box = self._buildah("from", "--pull-never", base).decode().strip()
        try:
            words = ["run", "--isolation=chroot", box, "--", "/bin/sh", "-c", "echo hi"]
            return self._buildah(*words).decode().strip()
        finally:
            self._buildah("rm", box)
