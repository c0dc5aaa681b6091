"""Killed at any instant: nothing wrong is served, what had arrived is resumed."""

import contextlib
import hashlib
import http.client
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from tests.e2e.processes import wait_until
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall

from seawall.oci.digest import Digest
from seawall.testing.samples import random_image

KILLS = int(os.environ.get("SEAWALL_E2E_KILLS", "10"))
LAYER_BYTES = 16 << 20
BYTES_PER_S = 32 << 20
PULL_S = LAYER_BYTES / BYTES_PER_S
RENAME_S = 0.05
STARTED_S = 10.0
MOMENTS = ("arriving", "arriving", "renamed", "arriving", "anywhen")


class Reader:
    """Reads one blob in a thread, and keeps what came, whole or not."""

    def __init__(self, seawall: Seawall, repository: str, digest: Digest) -> None:
        self.whole = False
        self.body = bytearray()
        self._path = f"/v2/docker.io/{repository}/blobs/{digest}"
        self._port = seawall.port
        self._thread = Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("GET", self._path)
            reply = connection.getresponse()
            if reply.status != http.HTTPStatus.OK:
                return
            expected = int(reply.headers["Content-Length"])
            while chunk := reply.read1(1 << 16):
                self.body += chunk
            self.whole = len(self.body) == expected
        except (OSError, http.client.HTTPException):
            return  # it was killed: `whole` stays false
        finally:
            connection.close()

    def join(self) -> None:
        """Wait until it has read all that there is."""
        self._thread.join()


class Moments:
    """Chooses an instant within a pull, and waits for it."""

    def __init__(self, seawall: Seawall, digest: Digest, dice: random.Random) -> None:
        self._partials = seawall.data / "partials"
        self._blob = seawall.data / "blobs" / digest.algorithm / digest.hex[:2]
        self._blob /= digest.hex
        self._hex = digest.hex
        self._dice = dice

    def arrived(self) -> int:
        """Count the bytes of the partial that are on disk."""
        for path in self._partials.glob(f"*{self._hex}.part"):
            try:
                return path.stat().st_blocks * 512
            except FileNotFoundError:  # it was renamed just now
                return 0
        return 0

    def arriving(self) -> None:
        """Wait until some share of the blob has come."""
        share = int(self._dice.uniform(0.05, 0.9) * LAYER_BYTES)
        self._until(lambda: self.arrived() >= share or self._blob.exists())

    def renamed(self) -> None:
        """Wait until the blob has its name, and up to 50 ms more."""
        self._until(self._blob.exists)
        time.sleep(self._dice.uniform(0, RENAME_S / 2))

    def anywhen(self) -> None:
        """Wait for some time within the pull or a little after it."""
        time.sleep(self._dice.uniform(0, 1.3 * PULL_S))

    def _until(self, happened: Callable[[], bool]) -> None:
        end = time.monotonic() + STARTED_S
        while not happened() and time.monotonic() < end:
            time.sleep(0.0005)

    def noted(self) -> bool:
        """Tell whether a restart may trust something of the partial."""
        notes = list(self._partials.glob(f"*{self._hex}.json"))
        return bool(notes) and self.arrived() > 0

    def name(self, killed_at: float) -> str:
        """Say what was going on when the process was ended."""
        if not self._blob.exists():
            return "arriving" if self.arrived() else "before"
        # A rename changes the inode's time, and nothing touches it later.
        since_s = killed_at - self._blob.stat().st_ctime
        return "renamed" if since_s <= RENAME_S else "stored"


@pytest.fixture
def slow_upstream() -> Iterator[Scripted]:
    """Start an upstream that needs half a second for a blob."""
    upstream = Scripted({}, bytes_per_s=BYTES_PER_S)
    yield upstream
    upstream.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round came to.

    Attributes:
        state: What was going on when the kill hit.
        noted: Whether a part had been written down as arrived.
        resumed: Whether only the rest was asked for afterwards.
    """

    state: str
    noted: bool
    resumed: bool


def _kill_once(
    seawall: Seawall, upstream: Scripted, *, name: str, moment: str, dice: random.Random
) -> Outcome:
    """Pull an image, end the process at some moment, and pull it again."""
    image = random_image(name, layers=1, layer_bytes=LAYER_BYTES).tagged("latest")
    upstream.put(name, image)
    digest = max(image.blobs, key=lambda digest: len(image.contents[digest]))
    true = image.contents[digest]
    manifest = f"/v2/docker.io/{name}/manifests/latest"
    moments = Moments(seawall, digest, dice)

    seawall.start()
    assert image.body == seawall.ask(manifest).body
    reader = Reader(seawall, name, digest)
    getattr(moments, moment)()
    seawall.kill()
    state, noted = moments.name(time.time()), moments.noted()
    reader.join()
    assert true.startswith(reader.body)
    assert not reader.whole or len(reader.body) == len(true)

    seawall.start()
    again = Reader(seawall, name, digest)
    again.join()
    assert digest.hex == hashlib.sha256(again.body).hexdigest()
    assert image.body == seawall.ask(manifest).body
    seawall.kill()
    resumed = any(one.range for one in upstream.requests(str(digest)))
    upstream.drop(name)
    return Outcome(state, noted, resumed)


def _is_clean(seawall: Seawall) -> bool:
    with contextlib.suppress(AssertionError):
        seawall.command("verify")
        return True
    return False


@pytest.mark.timeout(60 + 6 * KILLS)
def test_a_kill_at_any_moment_loses_and_spoils_nothing(
    place: Path, slow_upstream: Scripted
) -> None:
    """No wrong or half blob is ever served, partials go on, the store stays clean."""
    dice = random.Random(4711)  # noqa: S311 (moments, no secrets)
    hub = {"sources": [slow_upstream.url], "default": True}
    seawall = Seawall(place / "killed", {"docker.io": hub})
    try:
        outcomes = [
            _kill_once(
                seawall,
                slow_upstream,
                name=f"library/kill-{number}",
                moment=MOMENTS[number % len(MOMENTS)],
                dice=dice,
            )
            for number in range(KILLS)
        ]
        # What the last kill left without a row is taken in after the next start.
        seawall.start()
        wait_until(lambda: _is_clean(seawall), "a clean store", wait_s=10)
    finally:
        seawall.stop()
    states = Counter(outcome.state for outcome in outcomes)
    noted = [outcome for outcome in outcomes if outcome.noted]
    print(f"killed: {dict(states)}; with a part noted: {len(noted)}")  # noqa: T201

    assert KILLS // 2 <= states["arriving"]
    assert KILLS // 10 <= states["renamed"]
    assert KILLS // 10 <= len(noted)
    assert [] == [outcome for outcome in noted if not outcome.resumed]
