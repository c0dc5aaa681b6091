"""Sixty real packages, fetched once by this machine's own apt, as a signed archive."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.processes import BenchError, run
from seawall.testing.archives import SampleArchive
from seawall.testing.debs import SamplePackage

COUNT = 60
_WANTED = "build-essential"
_NAME = re.compile(r"(?P<name>[^_]+)_(?P<version>[^_]+)_(?P<arch>[^_]+)\.deb")


@dataclass(frozen=True)
class RealPackage(SamplePackage):
    """A package whose file was made by others; its index entry wants no other."""

    path: Path = Path()

    @cached_property
    def deb(self) -> bytes:
        """Its file."""
        return self.path.read_bytes()


def find_debs() -> list[RealPackage]:
    """Find the packages in a cache of one's own; fetch them if they are not there.

    They are the first sixty, by name, of what an empty system needs for
    `build-essential`.

    Raises:
        BenchError: This machine's apt cannot fetch them.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "seawall-bench" / "debs"
    if len(list(cache.glob("*.deb"))) < COUNT:
        _fetch(cache)
    return [_read(path) for path in sorted(cache.glob("*.deb"))[:COUNT]]


def publish(packages: list[RealPackage], root: Path) -> bytes:
    """Write a signed archive of them below a directory, and give its keyring."""
    archive = SampleArchive()
    archive.publish(packages)
    for path, body in archive.files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    return archive.keyring


def _fetch(cache: Path) -> None:
    for folder in (cache / "partial", cache.parent / "log"):
        folder.mkdir(parents=True, exist_ok=True)
    status = cache.parent / "status"
    status.write_text("")
    options = {
        "Dir::State::status": status,
        "Dir::Cache::archives": f"{cache}/",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Dir::Log": cache.parent / "log",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",
    }
    settings = [f"--option={name}={value}" for name, value in options.items()]
    command = ["apt-get", *settings, "--assume-yes", "--no-install-recommends"]
    run([*command, "--download-only", "install", _WANTED], home=cache, wait_s=600)
    found = len(list(cache.glob("*.deb")))
    if found < COUNT:
        raise BenchError(f"apt gave {found} packages for {_WANTED}, not {COUNT}")


def _read(path: Path) -> RealPackage:
    found = _NAME.fullmatch(path.name.replace("%3a", ":"))
    if found is None:
        raise BenchError(f"{path.name} is no package's file name")
    return RealPackage(
        found["name"], found["version"], architecture=found["arch"], path=path
    )
