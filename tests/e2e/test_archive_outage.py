"""With every mirror gone, installs go on from what is stored, until a suite expires."""

import json
import time
from collections.abc import Iterator
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
VALID_S = 20


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


@pytest.fixture(params=["stopped", "restarted"])
def bereft(
    request: pytest.FixtureRequest, make_seawall: MakeSeawall, tmp_path: Path
) -> Iterator[Bereft]:
    """Let a client install, and then stop both mirrors; with a restart, if asked."""
    archive = SampleArchive()
    valid_until = time.time() + VALID_S
    archive.publish(PACKAGES, valid_until=valid_until)
    key = tmp_path / "key.gpg"
    key.write_bytes(archive.keyring)
    mirrors = [Mirror(archive.files) for _ in range(2)]
    sample = {"mirrors": [one.url for one in mirrors], "keyring": [str(key)]}
    seawall = make_seawall(
        registries={},
        archives={"sample": sample | {"fresh_s": 0}},
        machine_archives=False,
    )
    try:
        seawall.start()
        made = Bereft(seawall, key, valid_until)
        first = made.install(tmp_path / "before")
        assert first.worked, first.text
        for one in mirrors:
            one.stop()
        if request.param == "restarted":
            seawall.restart()
        yield made
    finally:
        for one in mirrors:
            one.close()


def test_an_install_works_until_the_suite_expires(
    bereft: Bereft, tmp_path: Path
) -> None:
    """Within its validity a suite is served stale, and says so; then it is named."""
    again = bereft.install(tmp_path / "again")
    answer = bereft.seawall.ask("/debian/sample/dists/stable/InRelease")
    listed = json.loads(bereft.seawall.command("archives", "--json"))

    assert again.worked, again.text
    assert "fwd=stale" in answer.headers["cache-status"]
    assert "net.conn_refused" in answer.headers["warning"]
    suite = listed["archives"][0]["suites"][0]
    assert suite["stale"], suite

    time.sleep(max(bereft.valid_until - time.time() + 1, 0))
    late = bereft.install(tmp_path / "late")

    assert not late.worked
    assert "expired" in late.text, late.text
    assert "stable" in late.reason, late.text
