"""Engines as foreign clients: containerd, its CRI plugin, and Docker's daemon."""

import json
import struct
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from tests.e2e.clients import Client, Form
from tests.e2e.dockerd import Dockerd
from tests.e2e.processes import Daemon, run


def hosts_toml(host: str) -> str:
    """Write the settings with which containerd asks Seawall, by `?ns=`."""
    return f"""[host."http://{host}"]
capabilities = ["pull", "resolve"]
"""


def daemon_json(host: str) -> str:
    """Write the settings with which Docker asks Seawall for Docker Hub."""
    return json.dumps({"registry-mirrors": [f"http://{host}/"]})


class Containerd(Client):
    """A containerd with root, state and socket of its own, driven by `ctr`."""

    name = "containerd"
    forms: ClassVar[Sequence[Form]] = (Form.NS, Form.PATH, Form.BARE)

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.socket = self.root / "containerd.sock"
        self.hosts = self.root / "hosts"
        settings = self.root / "config.toml"
        settings.write_text(f"""version = 2
root = "{self.root}/root"
state = "{self.root}/state"
[grpc]
address = "{self.socket}"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "{self.hosts}"
""")
        command = ["containerd", "--config", settings]
        self._daemon = Daemon(command, env=self.env, log=self.root / "log")

    def start(self) -> None:
        """Start the daemon, and wait until it knows its version."""
        self._daemon.start(self.socket.exists)
        self._ctr("version")

    def stop(self) -> None:
        """Stop the daemon."""
        self._daemon.stop()

    def point_at(self, host: str) -> None:
        """Write the hosts directory, which is read at every pull."""
        super().point_at(host)
        page = self.hosts / "_default" / "hosts.toml"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(hosts_toml(host))

    def _ctr(self, *words: str, namespace: str = "default") -> bytes:
        places = ["--address", self.socket, "--namespace", namespace]
        return run(["ctr", *places, *words], env=self.env)

    def _images(self, namespace: str = "default") -> dict[str, str]:
        """Map the names of all images to their digests."""
        lines = self._ctr("images", "ls", namespace=namespace).decode().splitlines()
        rows = [line.split() for line in lines[1:]]
        return {row[0]: row[2] for row in rows}

    def _forget(self, namespace: str) -> None:
        if names := list(self._images(namespace)):
            self._ctr("images", "rm", "--sync", *names, namespace=namespace)

    def pull(self, form: Form, repository: str, tail: str) -> set[str]:
        """Pull as `ctr` does."""
        self._forget("default")
        how = ["--hosts-dir", str(self.hosts)] if form is Form.NS else ["--plain-http"]
        reference = self.reference(form, repository, tail)
        self._ctr("images", "pull", *how, reference)
        return set(self._images().values())

    def start_container(self, form: Form, repository: str, tail: str) -> str:
        """Run a container of a pulled image, and return what it says."""
        reference = self.reference(form, repository, tail)
        name = f"seawall-{uuid.uuid4().hex[:8]}"
        # ctr 1.6 may drop the last words of a process that ends at once.
        say = ["/bin/sh", "-c", "echo seawall; /bin/busybox sleep 0.5"]
        return self._ctr("run", "--rm", reference, name, *say).decode().strip()


def _field(number: int, data: bytes) -> bytes:
    """Encode a protobuf field that holds bytes."""
    size, length = len(data), b""
    while size > 0x7F:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data


def ask_to_pull(
    socket: Path, image: str, *, env: Mapping[str, str], wait_s: float = 120
) -> None:
    """Ask an engine's PullImage, as a kubelet does.

    Debian has no crictl, but its curl speaks HTTP/2 over a Unix socket, and the one
    message that is needed is a string in a string.
    """
    message = _field(1, _field(1, image.encode()))
    answer = run(
        ["curl", "--silent", "--show-error", "--http2-prior-knowledge"]
        + ["--unix-socket", socket, "--dump-header", "-", "--output"]
        + [socket.with_name("answer"), "--data-binary", "@-"]
        + ["--header", "content-type: application/grpc", "--header", "te: trailers"]
        + ["http://localhost/runtime.v1.ImageService/PullImage"],
        env=env,
        data=struct.pack(">BI", 0, len(message)) + message,
        wait_s=wait_s,
    ).decode()
    headers = dict(line.split(": ", 1) for line in answer.splitlines() if ": " in line)
    assert headers.get("grpc-status") == "0", answer


class Kubelet(Containerd):
    """The same containerd, asked as a kubelet does: by its CRI plugin's PullImage."""

    name = "cri"
    forms: ClassVar[Sequence[Form]] = (Form.NS,)

    def pull(self, form: Form, repository: str, tail: str) -> set[str]:
        """Pull as a kubelet does."""
        self._forget("k8s.io")
        ask_to_pull(self.socket, self.reference(form, repository, tail), env=self.env)
        return set(self._images("k8s.io").values())


class Docker(Client):
    """A dockerd with data, socket and containerd of its own, and no network."""

    name = "docker"
    forms: ClassVar[Sequence[Form]] = (Form.MIRROR, Form.PATH, Form.BARE)

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._settings = self.root / "daemon.json"
        self._settings.write_text("{}")
        self._dockerd = self._make(self.env)

    def _make(self, env: Mapping[str, str]) -> Dockerd:
        return Dockerd(self.root, env, "--config-file", self._settings)

    @property
    def address(self) -> str:
        """Where the daemon listens."""
        return self._dockerd.address

    def start(self) -> None:
        """Start the daemon, and wait until it answers."""
        self._dockerd.start()

    def stop(self) -> None:
        """Stop the daemon."""
        self._dockerd.stop()

    def point_at(self, host: str) -> None:
        """Set the registry mirror, as a reload of the daemon's settings."""
        super().point_at(host)
        self._settings.write_text(daemon_json(host))
        if self._dockerd.runs:
            self._dockerd.reload([f"http://{host}/"])

    def pull(self, form: Form, repository: str, tail: str) -> set[str]:
        """Pull this machine's platform."""
        docker = self._dockerd.ask
        if images := docker("image", "ls", "--quiet", "--no-trunc").split():
            docker("image", "rm", "--force", *set(images))
        reference = self.reference(form, repository, tail)
        docker("pull", "--quiet", reference)
        words = ["image", "inspect", "--format", "{{json .RepoDigests}}", reference]
        return {name.partition("@")[2] for name in json.loads(docker(*words))}

    def start_container(self, form: Form, repository: str, tail: str) -> str:
        """Run a container of a pulled image, and return what it says."""
        reference = self.reference(form, repository, tail)
        return self._dockerd.ask("run", "--rm", "--network=none", reference).strip()
