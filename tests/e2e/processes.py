"""Foreign programs as tests need them: started, waited for, and always stopped."""

import contextlib
import itertools
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

WAIT_S = 30.0
PASSED_ON = {"COVERAGE_PROCESS_CONFIG", "PYTHONPATH"}


def _ports_in_turn() -> Iterator[int]:
    """Give ports of this process alone, over and over, from somewhere on.

    Each worker of a test run has a share of its own, so that none gives what another
    one gave and has not used yet. All are below 32768: the kernel gives them to nobody,
    and apt-cacher-ng 3.7 knows no others.
    """
    share = 10_000 // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    begin = random.randrange(share)  # noqa: S311  any will do
    for number in itertools.count(begin):
        yield 10_000 + worker * share + number % share


_PORTS = _ports_in_turn()


def free_port() -> int:
    """Return a loopback port that nobody listens on, or is given before long."""
    for port in itertools.islice(_PORTS, 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    message = "no free port among a hundred"
    raise AssertionError(message)


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment without proxies, logins or settings of this machine."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "TMPDIR": str(home),
        "LC_ALL": "C.UTF-8",
        **{key: value for key, value in os.environ.items() if key in PASSED_ON},
        **more,
    }


def wait_until(ready: Callable[[], bool], what: str, *, wait_s: float = WAIT_S) -> None:
    """Poll until something holds, or fail with its name."""
    end = time.monotonic() + wait_s
    while not ready():
        if time.monotonic() > end:
            message = f"{what}: not within {wait_s:g} s"
            raise AssertionError(message)
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Tell whether a loopback port takes connections."""
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


def run(
    command: Sequence[object],
    *,
    env: Mapping[str, str],
    data: bytes | None = None,
    wait_s: float = 120,
) -> bytes:
    """Run a program to its end and return what it printed; failing fails the test."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, env=env, input=data, capture_output=True, timeout=wait_s, check=False
    )
    if done.returncode != 0:
        text = (done.stdout[-2000:] + done.stderr[-4000:]).decode(errors="replace")
        line = " ".join(words)
        message = f"{line}\nexit code {done.returncode}\n{text}"
        raise AssertionError(message)
    return done.stdout


class Daemon:
    """A program that runs beside the test, with its output in a file."""

    def __init__(
        self, command: Sequence[object], *, env: Mapping[str, str], log: Path
    ) -> None:
        self.command = [str(word) for word in command]
        self.log = log
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id, while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self, ready: Callable[[], bool]) -> None:
        """Start it and wait until it is ready; dying early fails with its output."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, env=self._env, stdout=log, stderr=subprocess.STDOUT
            )

        def up() -> bool:
            assert self.runs, self.text()[-4000:]
            return ready()

        wait_until(up, self.command[0])

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self, *, by: signal.Signals = signal.SIGTERM, wait_s: float = 20) -> int:
        """End it, by force where asking does not help, and return its exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(by)
        try:
            return self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(wait_s)
        finally:
            self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def text(self) -> str:
        """Return all that it has printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""
