"""Foreign clients that are told by `seawall render` alone where to ask."""

import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests.e2e.dockerd import Dockerd
from tests.e2e.engines import ask_to_pull
from tests.e2e.machine import Machine
from tests.e2e.processes import Daemon, clean_environment, run


class Pointed:
    """A client on a machine of its own, whose /etc has what is rendered for it.

    Attributes:
        name: How it is called on pages.
        rendered: What `seawall render` calls it.
        since: The first version that can be told, as far as it matters.
        path: What a mirror of Docker Hub has behind its host.
        machine: Where it runs.
        wait_s: A pull that takes longer is ended.
    """

    name: ClassVar[str]
    rendered: ClassVar[str]
    program: ClassVar[str]
    since: ClassVar[int] = 0
    path: ClassVar[str] = "/docker.io"

    def __init__(self, place: Path) -> None:
        self.machine = Machine(place)
        self.root = place / "own"
        self.env = clean_environment(self.root / "home")
        self.wait_s = 100.0
        self.version = self._ask_version()

    def _ask_version(self) -> str:
        said = run([self.program, "--version"], env=self.env).decode()
        found = re.search(r"\d+\.\d+\.\d+", said)
        assert found, said
        return found[0]

    def start(self) -> None:
        """Start its daemon, if it has one; it must have been told before."""

    def stop(self) -> None:
        """Stop its daemon."""

    def tell(self, settings: Path, *words: str) -> str:
        """Write what is rendered from these settings, and return the warnings."""
        places = ["--config", settings, "--output", self.machine.root]
        command = [sys.executable, "-m", "seawall", "render", self.rendered, *places]
        said = run([*command, "--json", "--for", self.version, *words], env=self.env)
        warnings: list[str] = json.loads(said)["warnings"]
        return "\n".join(warnings)

    def pull(self, image: str) -> str:
        """Pull an image that it does not have, and say what it calls it now."""
        raise NotImplementedError

    def run(self, *command: object) -> str:
        """Run a program on its machine."""
        inside = self.machine.inside(*command)
        return run(inside, env=self.env, wait_s=self.wait_s).decode()


class Skopeo(Pointed):
    """Copies an image into a layout."""

    name = "skopeo"
    rendered = "podman"
    program = "skopeo"

    def pull(self, image: str) -> str:
        """Copy it."""
        layout = self.root / "layout"
        shutil.rmtree(layout, ignore_errors=True)
        self.run("skopeo", "copy", "--quiet", f"docker://{image}", f"oci:{layout}:it")
        return (layout / "index.json").read_text()


class Podman(Pointed):
    """Pulls into a storage of its own."""

    name = "podman"
    rendered = "podman"
    program = "podman"

    def pull(self, image: str) -> str:
        """Pull it."""
        places = {"root": "root", "runroot": "runroot", "tmpdir": "tmp"}
        options = [f"--{key}={self.root / value}" for key, value in places.items()]
        options += ["--storage-driver=vfs", "--cgroup-manager=cgroupfs"]
        command = ["podman", *options, "--events-backend=none"]
        self.run(*command, "pull", "--quiet", image)
        return self.run(*command, "image", "inspect", image)


class Containerd(Pointed):
    """A containerd of its own, asked by `ctr`."""

    name = "containerd (ctr)"
    rendered = "containerd"
    program = "containerd"

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.socket = self.root / "containerd.sock"
        new = int(self.version.partition(".")[0]) > 1
        settings = self.machine.etc / "containerd" / "config.toml"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(f"""version = {3 if new else 2}
root = "{self.root}/root"
state = "{self.root}/state"
imports = ["/etc/containerd/conf.d/*.toml"]
[grpc]
address = "{self.socket}"
""")
        command = self.machine.inside(
            "containerd", "--config", "/etc/containerd/config.toml"
        )
        self._daemon = Daemon(command, env=self.env, log=self.root / "log")

    def start(self) -> None:
        """Start the daemon, and wait until it knows its version."""
        self._daemon.start(self.socket.exists)
        self._ctr("version")

    def stop(self) -> None:
        """Stop the daemon."""
        self._daemon.stop()

    def _ctr(self, *words: object) -> str:
        return self.run("ctr", "--address", self.socket, *words)

    def pull(self, image: str) -> str:
        """Pull as `ctr` does."""
        where = ["--hosts-dir", "/etc/containerd/certs.d"]
        self._ctr("images", "pull", "--platform", "linux/amd64", *where, image)
        return self._ctr("images", "ls")


class Kubelet(Containerd):
    """The same, asked as a kubelet does."""

    name = "containerd (CRI)"

    def pull(self, image: str) -> str:
        """Pull as a kubelet does."""
        ask_to_pull(self.socket, image, env=self.env, wait_s=self.wait_s)
        return self._ctr("--namespace", "k8s.io", "images", "ls")


class Docker(Pointed):
    """A dockerd of its own."""

    name = "docker"
    rendered = "docker"
    program = "dockerd"
    path = ""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        # Debian's own: another one on the PATH may come without BuildKit.
        inside = self.machine.inside
        program = "/usr/bin/docker"
        self._dockerd = Dockerd(self.root, self.env, inside=inside, program=program)

    def start(self) -> None:
        """Start the daemon, and wait until it answers."""
        self._dockerd.start()

    def stop(self) -> None:
        """Stop the daemon."""
        self._dockerd.stop()

    def tell(self, settings: Path, *words: str) -> str:
        """Write it, and have the daemon read it again."""
        said = super().tell(settings, *words)
        if self._dockerd.runs:
            page = json.loads((self.machine.etc / "docker/daemon.json").read_text())
            self._dockerd.reload(page.get("registry-mirrors", ()))
        return said

    def _docker(self, *words: object) -> str:
        return self._dockerd.ask(*words, wait_s=self.wait_s)

    def pull(self, image: str) -> str:
        """Pull it."""
        self._docker("pull", "--quiet", image)
        return self._docker("image", "inspect", image)


class DockerBuild(Docker):
    """The BuildKit that is in dockerd, which is told by daemon.json, too."""

    name = "docker build"

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.env["DOCKER_BUILDKIT"] = "1"

    def tell(self, settings: Path, *words: str) -> str:
        """Write it, and start the daemon anew: SIGHUP does for `docker pull` alone."""
        said = super().tell(settings, *words)
        if self._dockerd.runs:
            self.stop()
            self.start()
        return said

    def pull(self, image: str) -> str:
        """Build what has nothing but a base."""
        folder = _write_build(self.root / "build", image)
        self._docker("build", "--pull", "--progress=plain", "--tag", "built", folder)
        return self._docker("image", "inspect", "built")


class DockerStore(Docker):
    """A dockerd with the containerd image store, which hosts.toml is for."""

    name = "docker, containerd store"
    since = 28
    path = "/docker.io"

    def tell(self, settings: Path, *words: str) -> str:
        """Write it, and choose the store, as somebody else's part of the file."""
        page = self.machine.etc / "docker" / "daemon.json"
        page.parent.mkdir(exist_ok=True)
        store = {"containerd-snapshotter": True}
        page.write_text(json.dumps({"features": store, "storage-driver": "native"}))
        return super().tell(settings, *words)


class BuildKit(Pointed):
    """A buildkitd of its own, asked by `buildctl`."""

    name = "buildkitd"
    rendered = "buildkit"
    program = "buildkitd"
    policy: ClassVar[Sequence[str]] = ()

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self._at = f"unix://{self.root / 'buildkitd.sock'}"
        command = self.machine.inside(
            *["buildkitd", "--addr", self._at, "--root", self.root / "data"],
            *["--oci-worker-snapshotter=native", "--containerd-worker=false"],
        )
        self._daemon = Daemon(command, env=self.env, log=self.root / "log")

    def start(self) -> None:
        """Start the daemon, and wait until it answers."""
        self._daemon.start(self._answers)

    def _answers(self) -> bool:
        try:
            self._buildctl("debug", "workers")
        except AssertionError:
            return False
        return True

    def stop(self) -> None:
        """Stop the daemon."""
        self._daemon.stop()

    def _buildctl(self, *words: object) -> str:
        return self.run("buildctl", "--addr", self._at, *words)

    def pull(self, image: str) -> str:
        """Build what has nothing but a base."""
        folder = _write_build(self.root / "build", image)
        locals_ = [f"--local=context={folder}", f"--local=dockerfile={folder}"]
        out = f"--output=type=oci,tar=false,dest={self.root / 'out'}"
        shutil.rmtree(self.root / "out", ignore_errors=True)
        kit = ["--frontend=dockerfile.v0", "--progress=plain", *locals_, *self.policy]
        self._buildctl("build", "--opt=image-resolve-mode=pull", *kit, out)
        index = json.loads((self.root / "out/index.json").read_text())
        digest = str(index["manifests"][0]["digest"]).replace(":", "/")
        return (self.root / "out/blobs" / digest).read_text()


class SourcePolicy(BuildKit):
    """The same, where the policy says for a build what the daemon was not told."""

    name = "buildkit, policy"
    policy = ("--source-policy-file=/etc/buildkit/source-policy.json",)

    def start(self) -> None:
        """Start it without what is for the daemon, but for its own words on hosts."""
        page = self.machine.etc / "buildkit" / "buildkitd.toml"
        text = re.sub(r"mirrors = \[.*?\]\n", "", page.read_text(), flags=re.DOTALL)
        page.write_text(text)
        super().start()


def _write_build(folder: Path, image: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(f"FROM {image}\n")
    return folder


ALL: Sequence[type[Pointed]] = (
    *(Containerd, Kubelet, Podman, Skopeo, Docker, DockerBuild, DockerStore),
    *(BuildKit, SourcePolicy),
)
"""Whoever can be pointed; BuildKit's own daemon is not in Debian."""
