"""The verbs about archives, with the real service and the real apt-get."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.apt import AptRoot
from tests.e2e.scripted import Mirror
from tests.e2e.service import Seawall

from seawall.testing.archives import SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage

pytestmark = pytest.mark.skipif(
    shutil.which("apt-get") is None, reason="there is no apt-get here"
)

PACKAGES = [SamplePackage("hello", depends="libhello"), SamplePackage("libhello")]


@pytest.fixture
def archive() -> SampleArchive:
    """Give an archive with one suite."""
    made = SampleArchive(suite=SampleSuite.named("bookworm", codename="bookworm"))
    made.publish(PACKAGES)
    return made


@pytest.fixture
def mirror(archive: SampleArchive) -> Iterator[Mirror]:
    """Give its mirror."""
    made = Mirror(archive.files)
    yield made
    made.close()


@pytest.fixture
def seawall(
    archive: SampleArchive, mirror: Mirror, tmp_path: Path
) -> Iterator[Seawall]:
    """Give a running service that knows this archive."""
    keyring = tmp_path / "key.gpg"
    keyring.write_bytes(archive.keyring)
    table = {"mirrors": [mirror.url], "keyring": [str(keyring)], "fresh_s": 0}
    made = Seawall(
        tmp_path / "seawall", {}, archives={"inside": table}, machine_archives=False
    )
    made.start()
    yield made
    made.finish()


def _warm(seawall: Seawall, *words: str) -> dict[str, Any]:
    # it listens elsewhere than these settings say, and is found all the same
    places = ["--config", str(seawall.config)]
    how = ["--suite", "bookworm", "--arch", "amd64", "--json"]
    told = seawall.command("warm", "apt", *places, *how, *words).splitlines()
    return dict(json.loads(told[-1]))


def _archives(seawall: Seawall) -> dict[str, Any]:
    words = ["archives", "--json", "--config", str(seawall.config)]
    [archive] = json.loads(seawall.command(*words))["archives"]
    return dict(archive)


def test_what_was_warmed_installs_without_any_mirror(
    seawall: Seawall, mirror: Mirror, tmp_path: Path
) -> None:
    """Packages that were brought in come from the store, and so does their suite."""
    first = _warm(seawall, "hello")
    again = _warm(seawall, "hello")
    mirror.stop()
    root = AptRoot(tmp_path / "root", "")
    sources = root.root / "etc/apt/sources.list.d/seawall.sources"
    sources.write_text(seawall.render("--suite", "bookworm"))
    done = root.install("hello")

    assert (2, 0) == (first["fetched"], first["held"])
    assert (0, 2) == (again["fetched"], again["held"])
    assert done.worked, done.text
    assert 2 == len(root.deb_files)


def test_archives_are_looked_at(seawall: Seawall, mirror: Mirror) -> None:
    """Mirrors and suites are listed; when a mirror fails, the suite says why."""
    before = _archives(seawall)
    _warm(seawall, "hello")
    held = _archives(seawall)
    mirror.stop()
    assert 200 == seawall.ask("/debian/inside/dists/bookworm/InRelease").status
    stale = _archives(seawall)
    assert 0 == seawall.stop()
    stopped = _archives(seawall)

    assert ([{"url": mirror.url, "healthy": None}], []) == (
        before["mirrors"],
        before["suites"],
    )
    assert [True, False, None] == [
        told["mirrors"][0]["healthy"] for told in (held, stale, stopped)
    ]
    [suite], [old], [kept] = (told["suites"] for told in (held, stale, stopped))
    assert ("bookworm", 1, "") == (suite["suite"], suite["generations"], suite["stale"])
    assert "refuses connections" in old["stale"]
    assert (suite["date"], suite["checked_at"]) == (kept["date"], kept["checked_at"])
