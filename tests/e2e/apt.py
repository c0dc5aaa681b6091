"""apt as a client: with a root, a cache and settings of its own, as in a new image."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.processes import clean_environment

_FOLDERS = (
    *("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d"),
    *("etc/apt/sources.list.d", "var/lib/apt/lists/partial", "var/log/apt"),
    *("var/cache/apt/archives/partial", "var/lib/dpkg"),
)


@dataclass(frozen=True, slots=True)
class Done:
    """How one command went.

    Attributes:
        worked: Whether it exited with 0.
        seconds: How long it took.
        text: All that it printed.
    """

    worked: bool
    seconds: float
    text: str

    @property
    def reason(self) -> str:
        """The first line in which it says why, or that it was ended."""
        found = re.findall(r"^(?:E|W|Err:\d+|FATAL): ?(.*)$", self.text, re.MULTILINE)
        return found[0] if found else self.text.strip().rpartition("\n")[2]


def execute(
    command: Sequence[object], *, env: Mapping[str, str], wait_s: float
) -> Done:
    """Run a program to its end, or end it after so many seconds."""
    began = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in command],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,
    )
    try:
        text, _ = process.communicate(timeout=wait_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)  # apt's methods are processes of their own
        text, _ = process.communicate()
        text += f"\nE: still at it after {wait_s:g} s\n"
    return Done(process.returncode == 0, time.monotonic() - began, text)


class AptRoot:
    """An empty root directory, and what the machine's apt-get does for it.

    Nothing of the machine's own apt settings counts, and nothing is installed:
    packages are downloaded, and verified by apt.
    """

    def __init__(
        self, root: Path, sources: str, *, settings: Mapping[str, str] | None = None
    ) -> None:
        self.root = root
        for folder in _FOLDERS:
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "var/lib/dpkg/status").touch()
        (root / "etc/apt/sources.list").write_text(sources)
        options = {
            "Dir": f"{root}/",
            "Dir::State::status": f"{root}/var/lib/dpkg/status",
            "Dir::Bin::methods": "/usr/lib/apt/methods/",
            "Dir::Bin::dpkg": "/usr/bin/dpkg",
            "APT::Sandbox::User": "root",
            "APT::Architecture": "amd64",
            "APT::Architectures": "amd64",
            "APT::Get::Assume-Yes": "true",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            **(settings or {}),
        }
        lines = [f'{name} "{value}";' for name, value in options.items()]
        self._config = root / "apt.conf"
        self._config.write_text("\n".join(lines) + "\n")
        home = clean_environment(root / "home")
        self._env = home | {"APT_CONFIG": str(self._config)}

    def get(self, *words: str, wait_s: float = 60) -> Done:
        """Run apt-get."""
        return execute(["apt-get", *words], env=self._env, wait_s=wait_s)

    def install(self, *packages: str, wait_s: float = 60) -> Done:
        """Update, then download packages with all that they depend on."""
        updated = self.get("update", wait_s=wait_s)
        if not updated.worked:
            return updated
        left_s = max(wait_s - updated.seconds, 1)
        fetched = self.get("install", "--download-only", *packages, wait_s=left_s)
        seconds = updated.seconds + fetched.seconds
        return Done(fetched.worked, seconds, updated.text + fetched.text)

    @property
    def deb_files(self) -> list[Path]:
        """What was downloaded."""
        return sorted((self.root / "var/cache/apt/archives").glob("*.deb"))

    @property
    def debs(self) -> dict[str, bytes]:
        """The bytes of what was downloaded, by file name."""
        return {path.name: path.read_bytes() for path in self.deb_files}

    def clear(self) -> None:
        """Forget everything that it ever downloaded."""
        for folder in ("var/lib/apt/lists", "var/cache/apt"):
            shutil.rmtree(self.root / folder)
        for folder in _FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
