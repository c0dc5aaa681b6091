"""Real clients: skopeo, podman, containerd by ctr, and docker, as people use them."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seawall.drill.playing.puller import Attempt, Door
from seawall.drill.scenarios.scenario import Scenario
from seawall.errors import SeawallError, UnreachableError

_START_TRIES, _START_PAUSE_S = 150, 0.2
_STOP_S = 10.0
_KEPT_CHARS = 300
_DOCKER = ("DOCKER_HOST", "DOCKER_CONTEXT")


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended, and what it said."""

    code: int
    out: str
    error: str

    @property
    def reason(self) -> str:
        """The last thing that it complained of."""
        lines = [line for line in self.error.splitlines() if line.strip()]
        return lines[-1][-_KEPT_CHARS:] if lines else f"it ended with {self.code}"


async def run(words: Sequence[str], env: Mapping[str, str]) -> Done:
    """Run a program to its end; if the wait for it is cancelled, it is killed."""
    running = await asyncio.create_subprocess_exec(
        *words,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, error = await running.communicate()
    except asyncio.CancelledError:
        os.killpg(running.pid, signal.SIGKILL)
        await running.wait()
        raise
    return Done(
        running.returncode or 0,
        out.decode("utf-8", "replace"),
        error.decode("utf-8", "replace"),
    )


def make_environment(home: Path, **more: str) -> dict[str, str]:
    """Give an environment without proxies, logins or settings of this machine."""
    home.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "TMPDIR": str(home)}
    return {"PATH": path, "LC_ALL": "C.UTF-8", **own, **more}


@dataclass
class _Pull:
    """What all real clients have in common: they check bytes, and complain."""

    room: Path
    wrong: list[str] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """What the client sees of this machine."""
        return make_environment(self.room / "home")


class _Lacking:
    """What is missing for a client, said once for all scenarios."""

    program: str

    def find_lack(self, scenario: Scenario) -> str:
        """Say that the program is not there."""
        del scenario
        return find_missing(self.program)

    async def start(self, room: Path) -> None:
        """It needs nothing that runs beside it."""

    async def stop(self) -> None:
        """Nothing runs beside it."""


class Skopeo(_Lacking):
    """Copies an image into a layout, with mirrors from registries.conf."""

    label = program = "skopeo"

    def begin(self, room: Path) -> "_SkopeoPull":
        """Begin with an empty layout."""
        return _SkopeoPull(room)


class _SkopeoPull(_Pull):
    async def attempt(self, door: Door) -> Attempt:
        """Copy it once."""
        env, note = self.env, self.room / "digest"
        conf = _write_registries(self.room, door)
        words = ["skopeo", "--registries-conf", str(conf), "copy", "--quiet"]
        words += ["--src-tls-verify=false", "--digestfile", str(note)]
        words += [f"docker://{door.image}", f"oci:{self.room / 'layout'}:1"]
        done = await run(words, env)
        if done.code:
            return Attempt(error=done.reason)
        return Attempt(note.read_text().strip())


class Podman(_Lacking):
    """Pulls into a storage of its own, with mirrors from registries.conf."""

    label = program = "podman"

    def begin(self, room: Path) -> "_PodmanPull":
        """Begin with an empty storage."""
        return _PodmanPull(room)


class _PodmanPull(_Pull):
    async def attempt(self, door: Door) -> Attempt:
        """Pull it once, with the retries of its own."""
        conf = _write_registries(self.room, door)
        env = {**self.env, "CONTAINERS_REGISTRIES_CONF": str(conf)}
        places = {"root": "root", "runroot": "runroot", "tmpdir": "tmp"}
        podman = ["podman", "--storage-driver=vfs", "--events-backend=none"]
        podman += ["--cgroup-manager=cgroupfs"]
        podman += [f"--{key}={self.room / value}" for key, value in places.items()]
        done = await run(
            [*podman, "pull", "--quiet", "--tls-verify=false", door.image], env
        )
        if done.code:
            return Attempt(error=done.reason)
        shown = await run([*podman, "image", "inspect", door.image], env)
        return Attempt(json.loads(shown.out)[0]["Digest"])


class Docker(_Lacking):
    """Has this machine's docker pull it, of the origin: it knows no such mirrors."""

    label = program = "docker"

    def begin(self, room: Path) -> "_DockerPull":
        """Begin; names and layers of a drill are always new to it."""
        return _DockerPull(room)


class _DockerPull(_Pull):
    async def attempt(self, door: Door) -> Attempt:
        """Pull it once, with the retries of its own."""
        own = {key: os.environ[key] for key in _DOCKER if key in os.environ}
        env = {**self.env, **own}
        done = await run(["docker", "pull", "--quiet", door.image], env)
        if done.code:
            return Attempt(error=done.reason)
        form = ["--format", "{{index .RepoDigests 0}}"]
        shown = await run(["docker", "image", "inspect", *form, door.image], env)
        await run(["docker", "image", "rm", "--force", door.image], env)
        return Attempt(shown.out.strip().rpartition("@")[2])


class Containerd(_Lacking):
    """A containerd of its own, driven by ctr, with mirrors from a hosts directory."""

    label, program = "containerd", "ctr"

    def __init__(self) -> None:
        self._root = Path()
        self._daemon: asyncio.subprocess.Process | None = None

    def find_lack(self, scenario: Scenario) -> str:
        """Say that a daemon of its own is not to be had."""
        missing = super().find_lack(scenario) or find_missing("containerd")
        if missing or os.geteuid() == 0:
            return missing
        return "needs root, for a containerd of its own"

    @property
    def socket(self) -> Path:
        """Where its containerd listens."""
        return self._root / "containerd.sock"

    async def start(self, room: Path) -> None:
        """Start the daemon.

        Raises:
            UnreachableError: It does not start.
        """
        self._root = room
        settings = room / "config.toml"
        settings.write_text(
            f'version = 2\nroot = "{room}/root"\nstate = "{room}/state"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\naddress = "{self.socket}"\n'
        )
        env = make_environment(room / "home")
        with (room / "log").open("ab") as log:
            self._daemon = await asyncio.create_subprocess_exec(
                "containerd", "--config", str(settings), env=env, stdout=log, stderr=log
            )
        for _ in range(_START_TRIES):
            if self.socket.exists():
                if not (await run([*self.ctr(), "version"], env)).code:
                    return
            elif self._daemon.returncode is not None:
                break
            await asyncio.sleep(_START_PAUSE_S)
        text = (room / "log").read_text(errors="replace")[-_KEPT_CHARS:]
        raise UnreachableError(f"containerd did not start: {text}")

    async def stop(self) -> None:
        """Stop the daemon."""
        daemon, self._daemon = self._daemon, None
        if daemon is None or daemon.returncode is not None:
            return
        daemon.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await daemon.wait()
        except TimeoutError:
            daemon.kill()
            await daemon.wait()

    def ctr(self) -> list[str]:
        """Give the command line that leads to the daemon."""
        return ["ctr", "--address", str(self.socket)]

    def begin(self, room: Path) -> "_CtrPull":
        """Begin; names and layers of a drill are always new to it."""
        return _CtrPull(room, ctr=self.ctr())


@dataclass
class _CtrPull(_Pull):
    ctr: list[str] = field(default_factory=list)

    async def attempt(self, door: Door) -> Attempt:
        """Pull it once, and unpack it."""
        env, hosts = self.env, _write_hosts(self.room, door)
        options = ["--hosts-dir", str(hosts), "--snapshotter", "native"]
        done = await run([*self.ctr, "images", "pull", *options, door.image], env)
        if done.code:
            return Attempt(error=done.reason)
        listed = await run([*self.ctr, "images", "ls", f"name=={door.image}"], env)
        await run([*self.ctr, "images", "rm", "--sync", door.image], env)
        rows = [line.split() for line in listed.out.splitlines()[1:]]
        if not rows:
            raise SeawallError(f"containerd does not list {door.image}")
        return Attempt(rows[0][2])


def find_missing(program: str) -> str:
    """Say that a program is not there, and what brings it; nothing if it is there."""
    if shutil.which(program, path=_search_path()):
        return ""
    package = _PACKAGES.get(program, program)
    return f"needs the program {program}: on Debian, apt-get install {package}"


_PACKAGES = {"ctr": "containerd", "docker": "docker.io"}
CLIENTS = {one.program: one for one in (Skopeo, Podman, Containerd, Docker)}


def _search_path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def _write_registries(room: Path, door: Door) -> Path:
    """Write what skopeo and podman know of the origin and its mirrors."""
    room.mkdir(parents=True, exist_ok=True)
    lines = ["[[registry]]", f'location = "{door.host}"', "insecure = true"]
    for url in door.mirrors:
        host = url.partition("://")[2]
        lines += ["[[registry.mirror]]", f'location = "{host}"', "insecure = true"]
    conf = room / "registries.conf"
    conf.write_text("\n".join(lines) + "\n")
    return conf


def _write_hosts(room: Path, door: Door) -> Path:
    """Write what containerd knows of the origin and its mirrors."""
    hosts = room / "hosts"
    page = hosts / door.host / "hosts.toml"
    page.parent.mkdir(parents=True, exist_ok=True)
    lines = [f'server = "{door.url}"']
    for url in (*door.mirrors, door.url):
        lines += [f'[host."{url}"]', 'capabilities = ["pull", "resolve"]']
    page.write_text("\n".join(lines) + "\n")
    return hosts
