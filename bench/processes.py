"""Servers as child processes: started, waited for, metered, stopped."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_START_S = 30.0
_STOP_S = 20.0


class BenchError(Exception):
    """A measurement could not be made; the message says what was missing."""


def free_port() -> int:
    """Give a loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_low_port() -> int:
    """Give one below 32768: apt-cacher-ng 3.7 knows no others.

    Raises:
        BenchError: All that were tried are taken.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise BenchError("no free port between 20000 and 32000")


def environment(home: Path) -> dict[str, str]:
    """Give an environment without proxies, logins or settings of this machine."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "TMPDIR": str(home),
        "LC_ALL": "C.UTF-8",
        # So that another checkout can be measured with this one's bench.
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }


def listens(port: int) -> bool:
    """Tell whether a loopback port takes connections."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def run(command: Sequence[object], *, home: Path, wait_s: float = 120.0) -> str:
    """Run a program to its end and give what it printed.

    Raises:
        BenchError: It failed, or did not end in time.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            env=environment(home),
            capture_output=True,
            text=True,
            timeout=wait_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise BenchError(f"{words[0]}: {exc}") from exc
    if done.returncode:
        text = (done.stdout[-500:] + done.stderr[-2000:]).strip()
        raise BenchError(f"{' '.join(words)}: exit code {done.returncode}\n{text}")
    return done.stdout


class Daemon:
    """A running server and its children, with what they cost so far."""

    def __init__(self, command: Sequence[object], *, home: Path) -> None:
        self._log = home / "output.log"
        home.mkdir(parents=True, exist_ok=True)
        words = [str(word) for word in command]
        self.name = words[0]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                words,
                env=environment(home),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        """Stop it when the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.close()

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._log.read_text(errors="replace")

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until it can be used.

        Raises:
            BenchError: It ended, or was not ready in time.
        """
        end = time.monotonic() + _START_S
        while not ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise BenchError(f"{self.name} did not start:\n{self.output[-3000:]}")
            time.sleep(0.005)

    def close(self) -> None:
        """Ask it to stop, and end it if it does not."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Stop it dead: its connections stand, and nothing comes any more."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def cpu_s(self) -> float:
        """Give the CPU seconds that it and its children have used so far."""
        ticks = 0
        for pid in self._family():
            fields = _read_stat(pid)
            if fields:
                # utime, stime, cutime, cstime (proc(5)), counted behind the name
                ticks += sum(int(fields[i]) for i in (11, 12, 13, 14))
        return ticks / _TICKS_PER_S

    def peak_mib(self) -> float:
        """Give its largest resident memory so far, children included."""
        return sum(_peak_kib(pid) for pid in self._family()) / 1024

    def _family(self) -> list[int]:
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (fields := _read_stat(int(entry.name))):
                parents[int(entry.name)] = int(fields[1])
        family = [self._process.pid]
        for pid in family:
            family += [child for child, parent in parents.items() if parent == pid]
        return family


def _read_stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _peak_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
