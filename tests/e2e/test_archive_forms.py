"""A fresh Debian installs from this machine's own archive, in all three forms."""

import shutil
from pathlib import Path

import pytest
from tests.e2e.chroots import Chroot
from tests.e2e.service import Seawall

PACKAGES = ("libelf1", "libbpf1", "libonig5")


@pytest.mark.parametrize("form", ["mirror", "proxy", "https"])
def test_a_fresh_root_installs(
    place: Path, wall: Seawall, fresh_root: Chroot, form: str
) -> None:
    """Update and install work with what `seawall render apt` prints for each form."""
    root = fresh_root.copy(place / f"root-{form}")
    root.use_sources(wall.render("--form", form, "--format", "sources"))
    if form == "proxy":
        root.write("etc/apt/apt.conf.d/30seawall", wall.render("--form", form))
        script = wall.render("--format", "script")
        root.write("etc/apt/seawall-proxy", script, mode=0o755)
    begun = len(wall.daemon.text())

    done = root.install(*PACKAGES)

    assert done.worked, done.text
    assert all(root.is_installed(package) for package in PACKAGES), done.text
    answered = wall.daemon.text()[begun:]
    assert all(f"/{package}_" in answered for package in PACKAGES), answered
    shutil.rmtree(root.root)
