"""Debian root directories: made by debootstrap, copied, and worked in by chroot."""

import platform
import shutil
import subprocess
from pathlib import Path

from tests.e2e.apt import Done, execute
from tests.e2e.processes import run

_ENV = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
_APT = Path("etc/apt")
# What a machine says about the age of its archive holds for roots made on it, too.
_AGE_SETTINGS = ("Acquire::Check-Valid-Until", "Acquire::Check-Date")


def own_release() -> str:
    """Return the code name of this machine's Debian."""
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def age_settings() -> str:
    """Return what this machine's apt says about suites that are too old."""
    text = run(["apt-config", "dump"], env=_ENV).decode()
    lines = text.splitlines()
    return "".join(f"{it}\n" for it in lines if it.startswith(_AGE_SETTINGS))


class Chroot:
    """A root directory with a small Debian in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def bootstrap(cls, root: Path, mirror: str) -> "Chroot":
        """Install this machine's release from a mirror, as debootstrap does."""
        words = ["debootstrap", "--variant=minbase", own_release(), root, mirror]
        try:
            run(words, env=_ENV, wait_s=240)
        except AssertionError as exc:
            log = root / "debootstrap" / "debootstrap.log"
            text = log.read_text(errors="replace") if log.exists() else ""
            message = f"{exc}\n{text[-2000:]}"
            raise AssertionError(message) from exc
        made = cls(root)
        made.write("etc/apt/apt.conf.d/10age", age_settings())
        return made

    def copy(self, to: Path) -> "Chroot":
        """Make another one like this."""
        run(["cp", "--archive", self.root, to], env=_ENV)
        return Chroot(to)

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file."""
        file = self.root / path
        file.write_text(text)
        file.chmod(mode)

    def use_sources(self, text: str) -> None:
        """Let its apt have these sources, deb822 style, and no others."""
        (self.root / _APT / "sources.list").unlink(missing_ok=True)
        self.write("etc/apt/sources.list.d/all.sources", text)
        for line in text.splitlines():
            name, _, value = line.partition(": ")
            for keyring in value.split() if name == "Signed-By" else []:
                self._take_over(Path(keyring))

    def _take_over(self, file: Path) -> None:
        copy = self.root / file.relative_to("/")
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)

    def run(self, *words: str, wait_s: float = 120) -> Done:
        """Run a program in it, to its end."""
        return execute(["chroot", self.root, *words], env=_ENV, wait_s=wait_s)

    def install(self, *packages: str) -> Done:
        """Update the lists, and install packages."""
        updated = self.run("apt-get", "--error-on=any", "update")
        if not updated.worked:
            return updated
        return self.run("apt-get", "install", "--yes", "--quiet", *packages)

    def is_installed(self, package: str) -> bool:
        """Tell whether dpkg has a package, configured."""
        words = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package]
        return self.run(*words).text == "installed"

    def pack(self, tar: Path) -> None:
        """Write it into a tar file, to import as an image."""
        subprocess.run(
            ["tar", "--create", "--file", tar, "--directory", self.root, "."],
            check=True,
            env=_ENV,
        )
