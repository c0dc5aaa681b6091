"""The servers that are compared: Seawall, nginx, docker-registry plain and as proxy."""

import getpass
import json
import os
import re
import ssl
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

import trustme

from bench.processes import Daemon, free_low_port, free_port, listens

_SEAWALL = "Seawall"
_LIMIT = "limit_rate {}; sendfile_max_chunk 64k;"
PEERS = Path(__file__).parent / "peers"
REGISTRY, SLOW = "goods.test", "slow.test"
_REQUEST = re.compile(r'"GET (\S+) HTTP/1\.1" 2\d\d (\d+)')


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, and the process that costs something."""

    label: str
    port: int
    daemon: Daemon
    home: Path
    is_seawall: bool = False
    scheme: str = "http"

    @property
    def root(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """Give the address of something that the upstream has under `path`."""
        return self.root + self.place(path)

    def place(self, path: str, registry: str = REGISTRY) -> str:
        """Give the path of something that the upstream has under `path`."""
        if self.is_seawall:
            return path.replace("/v2/", f"/v2/{registry}/", 1)
        return path


@dataclass(frozen=True, slots=True)
class Variant:
    """What is not as usual with one Seawall.

    Attributes:
        mirrors: Sources that are asked before the upstream.
        stripes: Connections for one large content; 0 is the default.
        tree: Another checkout that is run instead of this one.
    """

    mirrors: tuple[Server, ...] = ()
    stripes: int = 0
    tree: Path | None = None


class Stage:
    """Everything that one case starts; all of it is stopped when the case ends.

    Attributes:
        against: The commit that this tree is compared with.
    """

    def __init__(self, root: Path, stack: ExitStack, against: str = "") -> None:
        self.root = root
        self.against = against
        self._stack = stack
        self._count = 0
        self._certificate: tuple[Path, Path] | None = None

    def new_directory(self, name: str) -> Path:
        """Make a directory of its own for something."""
        self._count += 1
        directory = self.root / f"{self._count}-{name}"
        directory.mkdir(parents=True)
        return directory

    def nginx(self, files: Path, *, bytes_per_s: int = 0, port: int = 0) -> Server:
        """Start nginx on a directory of files; slowly, if it plays an upstream."""
        home, port = self.new_directory("nginx"), port or free_port()
        settings = {
            "ROOT": home,
            "PORT": port,
            "FILES": files,
            "LIMIT": _LIMIT.format(bytes_per_s) if bytes_per_s else "",
            "USER_LINE": f"user {getpass.getuser()};" if os.getuid() == 0 else "",
        }
        config = _fill_in("nginx.conf", home, settings)
        return self._start("nginx", ["nginx", "-c", config, "-p", home], home, port)

    def shaped(self, files: Path, *, each: float, whole: float) -> Server:
        """Start an upstream with so many bytes/s for each connection, and in all."""
        home, port = self.new_directory("shaped"), free_port()
        command = [sys.executable, "-m", "bench.shaped", port, files]
        command += ["--each", each, "--all", whole, "--log", home / "access.log"]
        return self._start("the upstream", command, home, port)

    def docker_registry(
        self, data: Path, *, proxy_of: Server | None = None, tls: bool = False
    ) -> Server:
        """Start docker-registry on its data, plain or as a proxy of another one."""
        home, port = self.new_directory("docker-registry"), free_port()
        more = ""
        if tls:
            certificate, key = self.certificate()
            more += f"  tls:\n    certificate: {certificate}\n    key: {key}\n"
        if proxy_of:
            more += f"proxy:\n  remoteurl: {proxy_of.root}\n"
        settings = {"DATA": data, "PORT": port, "MORE": more}
        config = _fill_in("docker-registry.yml", home, settings)
        label = "docker-registry as proxy" if proxy_of else "docker-registry"
        command = ["docker-registry", "serve", config]
        scheme = "https" if tls else "http"
        return self._start(label, command, home, port, scheme)

    def seawall(
        self,
        upstream: Server,
        *,
        slow: Server | None = None,
        data: Path | None = None,
        tls: bool = False,
        more: Variant | None = None,
    ) -> Server:
        """Start Seawall in front of an upstream, with logs and metrics as usual.

        Args:
            upstream: What `REGISTRY` means.
            slow: What `SLOW` means.
            data: Its data directory, if it shall not be a new one.
            tls: Whether clients see a certificate.
            more: What else is not as usual.
        """
        more = more or Variant()
        home, port = self.new_directory("seawall"), free_port()
        lines = [
            "version = 1",
            f'listen = "127.0.0.1:{port}"',
            f"data = {json.dumps(str(data or home / 'data'))}",
            "known_registries = false",
        ]
        lines += [f"limits = {{ stripes = {more.stripes} }}"] if more.stripes else []
        if tls:
            certificate, key = self.certificate()
            lines += [f'tls = {{ certificate = "{certificate}", key = "{key}" }}']
        for name, source in ((REGISTRY, upstream), (SLOW, slow)):
            if source is not None:
                roots = [*(mirror.root for mirror in more.mirrors), source.root]
                lines += [f'[registries."{name}"]', f"sources = {json.dumps(roots)}"]
                lines += ["fresh_s = 86400"]
        config = home / "seawall.toml"
        config.write_text("\n".join(lines) + "\n")
        command = [sys.executable, "-m", "seawall", "serve", "--config", config]
        if more.tree is not None:
            command = ["env", f"PYTHONPATH={more.tree / 'src'}", *map(str, command)]
        scheme = "https" if tls else "http"
        server = self._start(_SEAWALL, command, home, port, scheme)
        server.daemon.wait_until(lambda: is_ready(server))
        return server

    def apt_cacher_ng(self, mirror: Server) -> Server:
        """Start apt-cacher-ng in front of a mirror; both want ports below 32768."""
        home, port = self.new_directory("apt-cacher-ng"), free_low_port()
        for folder in ("cache", "log"):
            (home / folder).mkdir()
        settings = {"ROOT": home, "PORT": port, "MIRRORS": f"{mirror.root}/"}
        _fill_in("acng.conf", home, settings | {"MORE": ""})
        command = ["apt-cacher-ng", "-c", home]
        return self._start("apt-cacher-ng", command, home, port)

    def archive(
        self, mirror: Server, keyring: Path, *, more: Sequence[str] = ()
    ) -> Server:
        """Start Seawall in front of a mirror, as the archive `sample`."""
        home, port = self.new_directory("seawall"), free_port()
        lines = [
            "version = 1",
            f'listen = "127.0.0.1:{port}"',
            f"data = {json.dumps(str(home / 'data'))}",
            "known_registries = false",
            "machine_archives = false",
            "[archives.sample]",
            f'mirrors = ["{mirror.root}"]',
            f"keyring = [{json.dumps(str(keyring))}]",
            *more,
        ]
        config = home / "seawall.toml"
        config.write_text("\n".join(lines) + "\n")
        command = [sys.executable, "-m", "seawall", "serve", "--config", config]
        server = self._start(_SEAWALL, command, home, port)
        server.daemon.wait_until(lambda: is_ready(server))
        return server

    def certificate(self) -> tuple[Path, Path]:
        """Give a certificate for loopback and its key, made once."""
        if self._certificate is None:
            home = self.new_directory("certificate")
            made = trustme.CA().issue_cert("127.0.0.1", "localhost")
            self._certificate = home / "chain.pem", home / "key.pem"
            for one in made.cert_chain_pems:
                one.write_to_path(self._certificate[0], append=True)
            made.private_key_pem.write_to_path(self._certificate[1])
        return self._certificate

    def stop(self, server: Server) -> None:
        """Stop one server before the case ends."""
        server.daemon.close()

    def _start(
        self,
        label: str,
        command: Sequence[object],
        home: Path,
        port: int,
        scheme: str = "http",
    ) -> Server:
        daemon = self._stack.enter_context(Daemon(command, home=home))
        daemon.wait_until(lambda: listens(port))
        return Server(label, port, daemon, home, label == _SEAWALL, scheme)


def _fill_in(template: str, home: Path, settings: Mapping[str, object]) -> Path:
    text = (PEERS / template).read_text()
    for name, value in settings.items():
        text = text.replace(f"@{name}@", str(value))
    config = home / template
    config.write_text(text)
    return config


def is_ready(server: Server) -> bool:
    """Ask a Seawall whether it is ready."""
    if server.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection: HTTPConnection = HTTPSConnection(
            "127.0.0.1", server.port, timeout=5, context=context
        )
    else:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Ledger:
    """What an upstream was asked, from its access log: requests and bytes.

    Args:
        upstream: A docker-registry, or an nginx.
    """

    def __init__(self, upstream: Server) -> None:
        self._upstream = upstream
        self._read = 0

    def take(self) -> tuple[int, int]:
        """Give the GETs of blobs, and the body bytes of all GETs, since last time."""
        time.sleep(0.2)  # the log is written after the answer
        page = self._upstream.home / "access.log"  # where nginx writes it
        text = page.read_text() if page.exists() else self._upstream.daemon.output
        new, self._read = text[self._read :], len(text)
        found = _REQUEST.findall(new)
        blobs = sum("/blobs/" in path for path, _ in found)
        return blobs, sum(int(size) for _, size in found)
