"""Seawall itself as a process, with its settings, data and plain HTTP questions."""

import http.client
import json
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.processes import Daemon, clean_environment, free_port, run


@dataclass(frozen=True, slots=True)
class Answer:
    """One plain HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    port: int,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Ask a loopback server once, and read all of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        reply = connection.getresponse()
        named: dict[str, str] = {}
        for name, value in reply.getheaders():
            known = named.get(name.lower())
            named[name.lower()] = value if known is None else f"{known}, {value}"
        return Answer(reply.status, named, reply.read())
    finally:
        connection.close()


def _toml(value: object) -> str:
    """Write a value as TOML; JSON's strings, numbers, lists and truths are the same."""
    if isinstance(value, Mapping):
        items = value.items()
        pairs = ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in items)
        return "{ " + pairs + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


class Seawall:
    """A running `seawall serve` on loopback, and its data directory."""

    def __init__(
        self,
        root: Path,
        registries: Mapping[str, Mapping[str, Any]],
        *,
        archives: Mapping[str, Mapping[str, Any]] | None = None,
        env: Mapping[str, str] | None = None,
        **settings: object,
    ) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.data = root / "data"
        self.config = root / "seawall.toml"
        self.env = clean_environment(root / "home", **(env or {}))
        lines = ["version = 1"]
        lines += [f"{key} = {_toml(value)}" for key, value in settings.items()]
        for kind, tables in (("registries", registries), ("archives", archives or {})):
            for name, table in tables.items():
                lines.append(f"\n[{kind}.{json.dumps(name)}]")
                lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
        self.config.write_text("\n".join(lines) + "\n")
        self._seawall = [sys.executable, "-m", "seawall"]
        places = ["--config", str(self.config), "--data", str(self.data)]
        listen = [] if "listen" in settings else ["--listen", self.host]
        self.daemon = Daemon(
            [*self._seawall, "serve", *places, *listen],
            env=self.env,
            log=root / "log",
        )

    def _answers(self) -> bool:
        try:
            return ask(self.port, "/healthz").status == http.HTTPStatus.OK
        except OSError:
            return False

    def start(self) -> None:
        """Start it and wait until it says that it is alive."""
        self.daemon.start(self._answers)

    def stop(self) -> int:
        """Stop it as an operator would, and return its exit code."""
        return self.daemon.stop()

    def finish(self) -> None:
        """End it after a test: politely, as coverage is written at exit, but soon."""
        self.daemon.stop(wait_s=3)

    def kill(self) -> None:
        """End it without a warning."""
        self.daemon.stop(by=signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again on the same data."""
        assert self.stop() == 0, self.daemon.text()[-4000:]
        self.start()

    def empty(self) -> None:
        """Forget everything it ever stored; it must be stopped."""
        shutil.rmtree(self.data, ignore_errors=True)

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask it once over plain HTTP."""
        return ask(self.port, path, method=method, headers=headers)

    def command(self, *words: str) -> str:
        """Run another of its verbs on the same data."""
        places = ["--data", str(self.data)]
        return run([*self._seawall, *words, *places], env=self.env).decode()

    def render(self, *words: str) -> str:
        """Print what apt is told so that it asks this one."""
        places = ["--config", str(self.config), "--address", self.host]
        return self.command("render", "apt", *places, *words)
