"""Docker's daemon with everything of its own, as several clients drive it."""

import json
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.e2e.processes import Daemon, run, wait_until


def _here(*command: object) -> Sequence[object]:
    return command


class Dockerd:
    """A dockerd with data and socket of its own, and no network.

    Args:
        root: Where it has them.
        env: What it and its command line run with.
        options: More words of its own.
        inside: Writes a command so that it runs where the daemon does.
        program: Its command line.

    Attributes:
        address: Where it listens, as `DOCKER_HOST` has it.
    """

    def __init__(
        self,
        root: Path,
        env: Mapping[str, str],
        *options: object,
        inside: Callable[..., Sequence[object]] = _here,
        program: str = "docker",
    ) -> None:
        self._env, self._inside, self._program = env, inside, program
        self.address = f"unix://{root / 'docker.sock'}"
        places = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
        command = inside(
            *["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none"],
            *["--host", self.address, *options],
            *[f"--{key}={root / value}" for key, value in places.items()],
        )
        self._daemon = Daemon(command, env=env, log=root / "log")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._daemon.start(self._answers)

    def stop(self) -> None:
        """Stop it."""
        self._daemon.stop()

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._daemon.runs

    def ask(self, *words: object, wait_s: float = 120) -> str:
        """Run its command line, and return what that says."""
        command = self._inside(self._program, "--host", self.address, *words)
        return run(command, env=self._env, wait_s=wait_s).decode()

    def reload(self, mirrors: Sequence[str]) -> None:
        """Let it read its settings again, and wait until it has these mirrors."""
        wanted = [f"{mirror.rstrip('/')}/" for mirror in mirrors]
        self._daemon.signal(signal.SIGHUP)
        wait_until(lambda: self._mirrors() == wanted, "dockerd's new mirrors")

    def _answers(self) -> bool:
        try:
            self.ask("version")
        except AssertionError:
            return False
        return True

    def _mirrors(self) -> list[str]:
        text = self.ask("info", "--format", "{{json .RegistryConfig.Mirrors}}")
        found: list[str] | None = json.loads(text)
        return found or []
