"""What `seawall warm apt` brings in installs without any mirror."""

import json
import shutil
from pathlib import Path

from tests.e2e.chroots import Chroot, own_release
from tests.e2e.conftest import MakeSeawall

PACKAGES = ("libelf1", "libbpf1", "libonig5")


def test_what_was_warmed_installs_offline(
    place: Path, make_seawall: MakeSeawall, fresh_root: Chroot
) -> None:
    """Packages come in with all that they need; then nobody need be asked."""
    seawall = make_seawall(registries={})
    seawall.start()
    suite = ("--suite", own_release())
    places = ["--config", str(seawall.config), "--address", seawall.host, "--json"]

    lines = seawall.command("warm", "apt", *places, *suite, *PACKAGES).splitlines()

    done = json.loads(lines[-1])
    assert ("done", done["files"]) == (done["step"], done["fetched"]), lines
    config = seawall.config.read_text()
    seawall.config.write_text(f"{config}offline = true\n")
    seawall.restart()
    root = fresh_root.copy(place / "root-offline")
    root.use_sources(seawall.render(*suite))
    # As in images for containers; descriptions in other languages were not warmed.
    root.write("etc/apt/apt.conf.d/20languages", 'Acquire::Languages "none";\n')
    installed = root.install(*PACKAGES)
    assert installed.worked, installed.text
    assert all(root.is_installed(package) for package in PACKAGES), installed.text
    shutil.rmtree(root.root)
