"""Runs a program of others without network, bounded in time, memory and output."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from seawall.errors import InputError

_LONGEST_S = 30.0
_MOST_BYTES = 16 * 1024 * 1024
_MEMORY_BYTES = 4 * 1024 * 1024 * 1024
"""Go reserves far more addresses than it uses."""
_MESSAGE = 200


def run(
    program: str,
    arguments: Sequence[str],
    folder: Path,
    longest_s: float = _LONGEST_S,
) -> bytes:
    """Run a program, and give what it prints.

    It has a network of its own that leads nowhere, processes of its own that end with
    it, an empty home, and no variables of ours: no credentials, proxies and plugins;
    and it finds no other program by its name. It may read what we may read.

    Args:
        program: Its name, to be found in our own PATH.
        arguments: What it is told.
        folder: Where it starts.
        longest_s: So long it may take.

    Raises:
        InputError: It is not here, cannot be confined, failed, or exceeded its bounds.
    """
    with tempfile.TemporaryDirectory(prefix="seawall-") as home:
        out = Path(home) / "stdout"
        errors = Path(home) / "stderr"
        command = [*_confine(), "--", _find(program), *arguments]
        with out.open("wb") as stdout, errors.open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603  a known program, told what to do
                command,
                cwd=folder,
                env=_environment(home),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            try:
                code = process.wait(longest_s)
            except subprocess.TimeoutExpired:
                raise InputError(f"{program}: more than {longest_s:g} s") from None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        data = out.read_bytes()
        if len(data) >= _MOST_BYTES:
            raise InputError(f"{program}: prints more than {_MOST_BYTES} bytes")
        if code:
            raise InputError(f"{program}: {_say(errors.read_bytes(), code)}")
        return data


def _find(program: str) -> str:
    place = shutil.which(program)
    if place is None:
        raise InputError(f"{program} is not here")
    return place


def _confine() -> list[str]:
    """Put together what keeps a program from the network, and bounds it."""
    own_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return [
        *(_find("prlimit"), "--core=0", f"--cpu={_LONGEST_S:.0f}"),
        *(f"--fsize={_MOST_BYTES}", f"--data={_MEMORY_BYTES}", "--"),
        *(_find("unshare"), *own_user, "--net", "--pid", "--fork", "--kill-child"),
    ]


def _environment(home: str) -> dict[str, str]:
    nothing = f"{home}/none"
    return {
        "HOME": home,
        "HELM_CACHE_HOME": home,
        "HELM_CONFIG_HOME": home,
        "HELM_DATA_HOME": home,
        "HELM_PLUGINS": nothing,
        "KUBECONFIG": nothing,
        "KUSTOMIZE_PLUGIN_HOME": nothing,
        "LC_ALL": "C",
        "PATH": nothing,
        "TMPDIR": home,
    }


def _say(errors: bytes, code: int) -> str:
    """Say in one line why a program failed."""
    lines = [line.strip() for line in errors.decode(errors="replace").splitlines()]
    said = [one for one in lines if one.lower().startswith("error:")]
    line = next((one for one in (*said, *reversed(lines)) if one), f"exit code {code}")
    return "".join(c if c.isprintable() else "?" for c in line)[:_MESSAGE]
