"""Archives through the running service: restarts, kills, forms on the wire, reload."""

import http.client
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.processes import wait_until
from tests.e2e.scripted import Mirror
from tests.e2e.service import Answer, Seawall
from tests.wire.halls import HELLO, IN_RELEASE, INDEX, LARGE, NAME, by_hash

from seawall.drill import faults
from seawall.testing.archives import SampleArchive
from seawall.testing.debs import SamplePackage


@dataclass
class Yard:
    """A mirror of a sample archive, and the service in front of it."""

    archive: SampleArchive
    mirror: Mirror
    seawall: Seawall

    def ask(self, path: str) -> Answer:
        """Ask for a file of the archive."""
        return self.seawall.ask(f"/debian/{NAME}/{path}")

    def publish(self, *packages: SamplePackage, date: float | None = None) -> None:
        """Publish the archive again."""
        self.archive.publish(packages, date=date)
        self.mirror.replace(self.archive.files)


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    """Start a service before a mirror."""
    archive = SampleArchive()
    archive.publish([HELLO, LARGE], date=time.time() - 86400)
    key = tmp_path / "key.gpg"
    key.write_bytes(archive.keyring)
    mirror = Mirror(archive.files)
    options = {"mirrors": [mirror.url], "keyring": [str(key)], "fresh_s": 0}
    seawall = Seawall(
        tmp_path / "seawall",
        {},
        archives={NAME: options},
        known_registries=False,
        machine_archives=False,
    )
    try:
        seawall.start()
        yield Yard(archive, mirror, seawall)
    finally:
        seawall.finish()
        mirror.close()


def test_everything_is_there_after_a_restart(yard: Yard) -> None:
    """With every mirror down, what was installed before installs again, verified."""
    paths = [IN_RELEASE, by_hash(yard.ask(IN_RELEASE).body, INDEX), HELLO.pool_path]
    before = [yard.ask(path).body for path in paths]
    yard.mirror.stop()
    yard.seawall.restart()
    got = [yard.ask(path) for path in paths]

    assert before == [one.body for one in got]
    assert "fwd=stale" in got[0].headers["cache-status"]
    assert got[2].headers["cache-status"] == "Seawall; hit"


@pytest.mark.long
def test_a_kill_leaves_no_suite_half_old(yard: Yard) -> None:
    """Killed at any instant of a flip, it serves one whole generation, offline too."""
    known = {yard.archive.files[IN_RELEASE]}
    yard.ask(by_hash(yard.ask(IN_RELEASE).body, INDEX))
    yard.ask(HELLO.pool_path)
    for number, wait_s in enumerate((0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)):
        more = SamplePackage("more", f"{number}")
        yard.publish(HELLO, LARGE, more, date=time.time() - 3600 + number)
        known.add(yard.archive.files[IN_RELEASE])
        with begin(yard.seawall.port, f"/debian/{NAME}/{IN_RELEASE}"):
            time.sleep(wait_s)
            yard.seawall.kill()
        yard.mirror.stop()
        yard.seawall.start()
        release = yard.ask(IN_RELEASE)
        index = yard.ask(by_hash(release.body, INDEX))
        package = yard.ask(HELLO.pool_path)
        yard.mirror.start()

        assert release.body in known
        assert [200, 200] == [index.status, package.status]
        assert HELLO.deb == package.body
        assert "unverified" not in package.headers["cache-status"]
    yard.seawall.command("verify")  # which fails if anything disagrees


def begin(port: int, path: str) -> socket.socket:
    """Ask, and wait for no answer."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


def test_a_killed_download_goes_on(yard: Yard) -> None:
    """What had arrived of a package before a kill is not fetched again."""
    yard.ask(by_hash(yard.ask(IN_RELEASE).body, INDEX))
    yard.mirror.fail("*/pool/*", faults.slow(3_000_000), times=1)
    with begin(yard.seawall.port, f"/debian/{NAME}/{LARGE.pool_path}"):
        time.sleep(1.5)
        yard.seawall.kill()
    yard.seawall.start()
    got = yard.ask(LARGE.pool_path)
    ranges = [one.range for one in yard.mirror.requests("/pool/")]

    assert LARGE.deb == got.body
    assert ranges[-1].startswith("bytes=")


def test_a_proxys_requests(yard: Yard) -> None:
    """As a proxy it serves the archives that it knows, itself, and nobody else."""
    host = yard.mirror.url.partition("//")[2]
    own = yard.seawall.host
    lines = {
        f"http://{host}/{IN_RELEASE}": 200,
        f"http://HTTPS///{host}/{IN_RELEASE}": 200,
        f"http://{own}/debian/{NAME}/{IN_RELEASE}": 200,
        f"http://{own}/healthz": 200,
        "http://deb.example/debian/x": 403,
        "http://deb.example/healthz": 403,
        "http://deb.example/v2/": 403,
    }

    assert lines == {target: raw(yard, "GET", target) for target in lines}
    assert 405 == raw(yard, "CONNECT", "deb.example:443")


def raw(yard: Yard, method: str, target: str) -> int:
    """Send a request line as it is; give the status."""
    connection = http.client.HTTPConnection("127.0.0.1", yard.seawall.port, timeout=10)
    try:
        connection.putrequest(method, target, skip_host=True)
        connection.putheader("Host", "x")
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def test_pipelined_requests(yard: Yard) -> None:
    """Many requests sent at once on one connection are answered in their order."""
    yard.ask(INDEX)
    paths = [IN_RELEASE, INDEX, HELLO.pool_path, "nothing", HELLO.pool_path]
    asked = [f"GET /debian/{NAME}/{path} HTTP/1.1\r\nHost: x\r\n" for path in paths]
    asked[-1] += "Connection: close\r\n"
    with socket.create_connection(("127.0.0.1", yard.seawall.port)) as connection:
        connection.sendall("".join(f"{head}\r\n" for head in asked).encode())
        with connection.makefile("rb") as stream:
            answers = stream.read()
    files = yard.archive.files
    places = [answers.find(files[path]) for path in paths[:3]]
    places += [answers.find(b"HTTP/1.1 404"), answers.rfind(HELLO.deb)]

    assert 4 == answers.count(b"HTTP/1.1 200 OK\r\n")
    assert sorted(places) == places
    assert places[0] > 0


def test_settings_are_read_again(yard: Yard) -> None:
    """SIGHUP takes over other archives; a mistake changes nothing."""
    text = yard.seawall.config.read_text()
    yard.seawall.config.write_text(text.replace(f'[archives."{NAME}"]', "[archives.x]"))
    yard.seawall.daemon.signal(signal.SIGHUP)
    wait_until(
        lambda: yard.seawall.ask(f"/debian/x/{IN_RELEASE}").status == 200, "a reload"
    )

    assert 403 == yard.ask(IN_RELEASE).status

    yard.seawall.config.write_text(text.replace("mirrors", "mirror"))
    yard.seawall.daemon.signal(signal.SIGHUP)
    wait_until(lambda: "not reloaded" in yard.seawall.daemon.text(), "a refusal")

    assert 200 == yard.seawall.ask(f"/debian/x/{IN_RELEASE}").status


def test_a_mirror_that_leads_back_is_no_trap(yard: Yard) -> None:
    """Told to ask itself, it says so at once, and waits for nothing."""
    own = f"http://{yard.seawall.host}/debian/x"
    text = yard.seawall.config.read_text()
    text = text.replace(yard.mirror.url, own).replace(NAME, "x")
    yard.seawall.config.write_text(text)
    yard.seawall.daemon.signal(signal.SIGHUP)
    wait_until(lambda: "settings reloaded" in yard.seawall.daemon.text(), "a reload")
    began = time.monotonic()
    got = [
        yard.seawall.ask(f"/debian/x/{path}") for path in (IN_RELEASE, "project/README")
    ]
    took_s = time.monotonic() - began

    assert [(503, True)] * 2 == [(one.status, b"508" in one.body) for one in got]
    assert took_s < 4
    assert "a mirror leads back to Seawall itself" in yard.seawall.daemon.text()


def test_the_figures_of_suites(yard: Yard) -> None:
    """How long suites hold, and how old they are, is told to machines and people."""
    yard.archive.publish([HELLO], valid_until=time.time() + 3 * 86400)
    yard.mirror.replace(yard.archive.files)
    yard.ask(IN_RELEASE)
    metrics = yard.seawall.ask("/metrics").body.decode()
    listed = yard.seawall.command("archives", "--config", str(yard.seawall.config))

    label = f'{{archive="{NAME}",suite="stable"}}'
    assert f"seawall_suite_valid_seconds_left{label} 2" in metrics
    assert f"seawall_suite_age_seconds{label} 0." in metrics
    assert "2 days" in listed


def test_packages_asked_for_ahead_are_begun_before_their_turn(yard: Yard) -> None:
    """While a mirror is silent about one package, the next ones are fetched already."""
    yard.ask(by_hash(yard.ask(IN_RELEASE).body, INDEX))
    yard.mirror.fail(f"*/{HELLO.file_name}", faults.hang())
    lines = [
        f"GET /debian/{NAME}/{package.pool_path} HTTP/1.1\r\nHost: x\r\n\r\n"
        for package in (HELLO, LARGE)
    ]
    with socket.create_connection(("127.0.0.1", yard.seawall.port)) as connection:
        connection.sendall("".join(lines).encode())
        wait_until(
            lambda: all(
                yard.mirror.requests(package.file_name) for package in (HELLO, LARGE)
            ),
            "both packages are asked for",
        )
        answered = [one.status for one in yard.mirror.requests(HELLO.file_name)]

    assert {0} == set(answered)


@pytest.mark.long
def test_archives_are_explained_like_images(yard: Yard) -> None:
    """A suite by its name, a package by its path: what is, what would be, what was."""
    yard.ask(by_hash(yard.ask(IN_RELEASE).body, INDEX))
    yard.ask(HELLO.pool_path)
    suite = IN_RELEASE.split("/")[1]
    named, package, other, none = (
        yard.seawall.command("explain", *words)
        for words in (
            (NAME, suite),
            (NAME, HELLO.pool_path),
            (f"/debian/{NAME}/{LARGE.pool_path}",),
            (f"/debian/{NAME}/{IN_RELEASE}",),
        )
    )
    label = yard.mirror.url.partition("//")[2]
    with pytest.raises(AssertionError, match=r"exit code 1\n"):
        yard.seawall.command("explain", NAME, "pool/none.deb")

    assert f"{NAME} dists/{suite}" == named.splitlines()[0] == none.splitlines()[0]
    assert "revalidate" in named
    assert f"{label} gave" in package
    assert "hit" in package
    assert "fetch       " in other
    assert f"from {label} (the only one)" in other
