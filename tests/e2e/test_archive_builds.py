"""A Dockerfile installs packages through Seawall, and the image does not show it."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.e2e.builders import (
    BASE,
    BuildahBuilder,
    Builder,
    DockerBuilder,
    read_image,
)
from tests.e2e.chroots import Chroot
from tests.e2e.service import Seawall

PACKAGES = ("libelf1", "libbpf1", "libonig5")


@pytest.fixture(scope="module")
def base(place: Path, wall: Seawall, fresh_root: Chroot) -> Path:
    """Pack a Debian whose apt has this machine's sources, as an image has them."""
    root = fresh_root.copy(place / "base")
    root.use_sources(wall.render("--form", "proxy", "--format", "sources"))
    tar = place / "base.tar"
    root.pack(tar)
    shutil.rmtree(root.root)
    return tar


@pytest.fixture(params=[BuildahBuilder, DockerBuilder])
def builder(request: pytest.FixtureRequest, place: Path) -> Iterator[Builder]:
    """Give each builder, and remove what it stored."""
    made = request.param(place / f"builder-{request.param.__name__}")
    running = made.running() if isinstance(made, DockerBuilder) else nullcontext()
    with running:
        yield made
    shutil.rmtree(made.root, ignore_errors=True)


def write_build(wall: Seawall, folder: Path) -> str:
    """Write the Dockerfile and the secret that `render` describes; name the secret."""
    folder.mkdir()
    lines = wall.render("--format", "dockerfile")
    page = f"FROM {BASE}\n{lines.replace('PACKAGE...', ' '.join(PACKAGES))}"
    (folder / "Dockerfile").write_text(page)
    secret = folder.parent / f"{folder.name}-proxy.conf"
    secret.write_text(f'Acquire::http::Proxy "http://{wall.host}";\n')
    return f"id=apt-proxy,src={secret}"


def test_a_build_installs_and_keeps_no_trace(
    builder: Builder, place: Path, wall: Seawall, base: Path
) -> None:
    """The packages are in the image; Seawall's address and settings are not."""
    folder = place / f"build-{type(builder).__name__}"
    secret = write_build(wall, folder)
    builder.take_base(base)
    begun = len(wall.daemon.text())

    builder.build(folder, secret=secret)

    answered = wall.daemon.text()[begun:]
    assert all(f"/{package}_" in answered for package in PACKAGES), answered
    archive = place / f"{folder.name}.tar"
    builder.save(archive)
    files, config = read_image(archive)
    archive.unlink()
    status = files["var/lib/dpkg/status"].decode()
    assert all(f"Package: {package}\n" in status for package in PACKAGES)
    traces = [name for name, body in files.items() if wall.host.encode() in body]
    assert ([], []) == (traces, [name for name in files if "30seawall" in name])
    assert wall.host.encode() not in config
