"""What goes wrong with a mirror, one name per trouble, and who has the bytes then."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.e2e.scripted import Mirror

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.testing.archives import SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage

WANTED = "harbour"
_LARGE = "*/quay_*.deb"
_INDEX = "*/binary-amd64/*"
_HALF_BYTES = 100_000
_TRIES = 3
_AWAY_S = 5.0


class Case(StrEnum):
    """How long a trouble lasts, and who else has the bytes."""

    PASSING = "one mirror, in passing"
    SECOND = "two mirrors, the first for good"
    EARLIER = "one mirror, for good, after an install"


class Goods:
    """What the mirrors hold: a suite, and what it becomes when it is published anew."""

    def __init__(self) -> None:
        now = time.time()
        self._archive = SampleArchive()
        self.keyring = self._archive.keyring
        by_hash, plain = SampleSuite(), SampleSuite(by_hash=False)
        self.before = self._publish("1", by_hash, now - 7200)
        self.after = self._publish("2", by_hash, now - 3600)
        self.plain_before = self._publish("1", plain, now - 7200)
        self.plain_after = self._publish("2", plain, now - 3600)
        self.debs = {
            path.rpartition("/")[2]: body
            for files in (self.before, self.after)
            for path, body in files.items()
            if path.endswith(".deb")
        }

    def _publish(
        self, version: str, suite: SampleSuite, date: float
    ) -> dict[str, bytes]:
        """Publish everything in one version; files of the other one are gone."""
        archive = SampleArchive(suite=suite, key=self._archive.key)
        archive.publish(
            [
                SamplePackage("harbour", version, depends="quay, pier, mole"),
                SamplePackage("quay", version, payload_bytes=4 * _HALF_BYTES),
                SamplePackage("pier", version, depends="mole"),
                SamplePackage("mole", version, architecture="all"),
            ],
            date=date,
        )
        return archive.files


Begin = Callable[[Mirror, Goods, Case], None]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way in which a mirror fails its clients.

    Attributes:
        name: What is seen of it.
        begin: Lets it happen at a mirror.
        saved: Where the bytes can be had all the same.
        by_hash: Whether the suite has by-hash files.
    """

    name: str
    begin: Begin
    saved: tuple[Case, ...] = tuple(Case)
    by_hash: bool = True

    def __str__(self) -> str:
        """Its name, for test ids."""
        return self.name.replace(" ", "-")


def _fails(pattern: str, fault: Fault, *, anew: bool = False) -> Begin:
    """Script a fault; after an earlier install, of a suite that is published anew."""

    def begin(mirror: Mirror, goods: Goods, case: Case) -> None:
        if anew and case is Case.EARLIER:
            mirror.replace(goods.after)
        mirror.fail(pattern, fault, _TRIES if case is Case.PASSING else None)

    return begin


def _refuse(mirror: Mirror, _: Goods, case: Case) -> None:
    mirror.stop()
    if case is Case.PASSING:
        mirror.start_after(_AWAY_S)


def _deafen(mirror: Mirror, _: Goods, case: Case) -> None:
    mirror.deafen()
    if case is Case.PASSING:
        mirror.start_after(_AWAY_S)


def _flip_in_update(mirror: Mirror, goods: Goods, _: Case) -> None:
    mirror.replace_after("*/InRelease", goods.plain_after)


def _move_on(mirror: Mirror, goods: Goods, _: Case) -> None:
    kept = {path: body for path, body in goods.before.items() if "/by-hash/" in path}
    mirror.replace_after("*/InRelease", kept | goods.after)


def _lack_index(mirror: Mirror, goods: Goods, case: Case) -> None:
    if case is Case.PASSING:
        mirror.fail(_INDEX, faults.status(404), _TRIES)
        return
    mirror.replace(goods.after)
    mirror.hide(_INDEX)


_ELSEWHERE = (Case.SECOND, Case.EARLIER)

TROUBLES = (
    Trouble("connections time out", _deafen),
    Trouble("connections are refused", _refuse),
    Trouble("requests are not answered", _fails("*", faults.hang())),
    Trouble("503 for everything", _fails("*", faults.status(503))),
    Trouble("429 for everything", _fails("*", faults.status(429, retry_after=3))),
    Trouble("a page for people, with 200", _fails("*", faults.html())),
    Trouble("a package stalls half-way", _fails(_LARGE, faults.stall(_HALF_BYTES))),
    Trouble("a package is reset half-way", _fails(_LARGE, faults.cut(_HALF_BYTES))),
    Trouble("a package ends too early", _fails(_LARGE, faults.hang_up(_HALF_BYTES))),
    Trouble("a package is truncated", _fails(_LARGE, faults.truncate(_HALF_BYTES))),
    Trouble("a package has a wrong byte", _fails(_LARGE, faults.corrupt(_HALF_BYTES))),
    Trouble("404 for a listed package", _fails(_LARGE, faults.status(404)), _ELSEWHERE),
    Trouble("the index stalls", _fails(_INDEX, faults.stall(100), anew=True)),
    Trouble("the index is truncated", _fails(_INDEX, faults.truncate(100), anew=True)),
    Trouble(
        "the index has a wrong byte", _fails(_INDEX, faults.corrupt(100), anew=True)
    ),
    Trouble("new suite, its index not there yet", _lack_index, _ELSEWHERE),
    Trouble(
        "the suite has a wrong byte",
        _fails("*Release*", faults.corrupt(200), anew=True),
    ),
    Trouble(
        "the suite flips in the update", _flip_in_update, _ELSEWHERE, by_hash=False
    ),
    Trouble("packages are gone after the update", _move_on, _ELSEWHERE),
)
