"""With every mirror gone, installs go on from what is stored, until a suite expires."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.apt import AptRoot, Done
from tests.e2e.conftest import MakeSeawall
from tests.e2e.scripted import Mirror
from tests.e2e.service import Seawall

from seawall.testing.archives import SampleArchive
from seawall.testing.debs import SamplePackage

PACKAGES = (
    SamplePackage("harbour", depends="quay"),
    SamplePackage("quay", payload_bytes=300_000),
)


@dataclass(frozen=True, slots=True)
class Bereft:
    """A Seawall whose mirrors are gone, and what is needed to install through it."""

    seawall: Seawall
    key: Path
    valid_until: float

    def install(self, root: Path) -> Done:
        """Install into an empty root."""
        line = f"deb [signed-by={self.key}] http://{self.seawall.host}/debian/sample"
        client = AptRoot(root, f"{line} stable main\n")
        done = client.install("harbour")
        if done.worked:
            wanted = {package.file_name: package.deb for package in PACKAGES}
            assert wanted == client.debs
        return done


MakeBereft = Callable[..., Bereft]


@pytest.fixture
def make_bereft(make_seawall: MakeSeawall, tmp_path: Path) -> Iterator[MakeBereft]:
    """Return what lets a client install, and then stops both mirrors."""
    mirrors: list[Mirror] = []

    def make(*, valid_s: float, restarted: bool = False) -> Bereft:
        archive = SampleArchive()
        valid_until = time.time() + valid_s
        archive.publish(PACKAGES, valid_until=valid_until)
        key = tmp_path / "key.gpg"
        key.write_bytes(archive.keyring)
        mirrors.extend(Mirror(archive.files) for _ in range(2))
        sample = {"mirrors": [one.url for one in mirrors], "keyring": [str(key)]}
        seawall = make_seawall(
            registries={},
            archives={"sample": sample | {"fresh_s": 0}},
            machine_archives=False,
        )
        seawall.start()
        made = Bereft(seawall, key, valid_until)
        first = made.install(tmp_path / "before")
        assert first.worked, first.text
        for one in mirrors:
            one.stop()
        if restarted:
            seawall.restart()
        return made

    yield make
    for one in mirrors:
        one.close()


@pytest.mark.parametrize("restarted", [False, True], ids=["stopped", "restarted"])
def test_what_was_installed_installs_again(
    make_bereft: MakeBereft, tmp_path: Path, *, restarted: bool
) -> None:
    """Within its validity a suite is served stale, and every place says so."""
    bereft = make_bereft(valid_s=3600, restarted=restarted)

    again = bereft.install(tmp_path / "again")

    assert again.worked, again.text
    answer = bereft.seawall.ask("/debian/sample/dists/stable/InRelease")
    assert "fwd=stale" in answer.headers["cache-status"]
    assert "net.conn_refused" in answer.headers["warning"]
    listed = json.loads(bereft.seawall.command("archives", "--json"))
    suite = listed["archives"][0]["suites"][0]
    assert suite["stale"], suite


def test_a_suite_that_expired_is_named(make_bereft: MakeBereft, tmp_path: Path) -> None:
    """After its validity the install fails, and the message says what expired."""
    bereft = make_bereft(valid_s=12)
    time.sleep(max(bereft.valid_until - time.time() + 1, 0))

    late = bereft.install(tmp_path / "late")

    assert not late.worked
    assert re.search(r"stable\S* .*expired", late.text), late.text
