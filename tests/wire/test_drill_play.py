"""One scenario played: what passes, what fails, and what is not run."""

import asyncio
from pathlib import Path

import pytest

from seawall.drill.playing.play import OwnClient, Pulled, Way, find_fault, play
from seawall.drill.playing.puller import Attempt, Door
from seawall.drill.playing.score import Outcome, Row
from seawall.drill.playing.series import Series, list_mixes
from seawall.drill.playing.targets import Straight
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.playbill import choose
from seawall.drill.scenarios.scenario import Scenario

STRAIGHT = Way(Straight(), OwnClient(), "straight")
PACE = Pace(100)


async def _play(name: str, room: Path, way: Way = STRAIGHT) -> Row:
    return await play(choose([name])[0], way, PACE, seed="5eed", room=room)


@pytest.mark.parametrize(
    ("name", "outcome", "attempts"),
    [
        ("calm", Outcome.PASSED, 1),
        ("wrong-byte-once", Outcome.PASSED, 2),
        ("5xx-burst", Outcome.FAILED, 3),
        ("reset-once", Outcome.PASSED, 2),
        ("reset-each-2-mib", Outcome.FAILED, 3),
        ("token-server-fails", Outcome.PASSED, 3),
        ("gone-after-warm-up", Outcome.FAILED, 3),
        ("wrong-byte-always", Outcome.PASSED, 3),
        ("tag-gone", Outcome.PASSED, 3),
        ("tag-moved", Outcome.PASSED, 1),
    ],
)
async def test_the_own_client_straight_at_the_fault(
    name: str, outcome: Outcome, attempts: int, tmp_path: Path
) -> None:
    """It asks three times, resumes nothing, and keeps nothing."""
    row = await _play(name, tmp_path)

    assert (outcome, attempts) == (row.outcome, row.attempts)


async def test_a_calm_pull_costs_what_the_image_has() -> None:
    """Each byte once, and two manifests of the quota."""
    row = await _play("calm", Path())

    assert (5, 2) == (row.spent.requests, row.spent.quota)
    assert row.image_bytes == row.spent.bytes
    assert row.share == 1.0


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("killed-in-mid-blob", "nobody stands in between"),
        ("disk-full", "nobody stands in between"),
        ("clock-jumps-on", "nobody stands in between"),
    ],
)
async def test_what_cannot_be_played_says_why(name: str, why: str) -> None:
    """It is not run, and never passed."""
    row = await _play(name, Path())

    assert (Outcome.NOT_RUN, why) == (row.outcome, row.reason)


WANTED = {"sha256:a"}


@pytest.mark.parametrize(
    ("pulled", "wrong", "had", "fault"),
    [
        (Pulled("sha256:a", 1, 1, "", endless=False), [], True, ""),
        (Pulled("sha256:a", 1, 1, "", endless=False), ["x"], True, "completed: x"),
        (Pulled("sha256:b", 1, 1, "", endless=False), [], True, "another image"),
        (Pulled("", 1, 3, "503", endless=False), [], True, "503"),
        (Pulled("", 1, 3, "503", endless=False), [], False, ""),
        (Pulled("", 1, 3, "503", endless=True), [], False, "did not end"),
        (Pulled("sha256:b", 1, 3, "", endless=False), [], False, "another image"),
    ],
)
def test_what_is_a_pass(
    pulled: Pulled, wrong: list[str], fault: str, *, had: bool
) -> None:
    """The right image; or, where nobody has it, an error in time; never a lie."""
    found = find_fault(pulled, WANTED, wrong, had=had)

    assert (fault in found) if fault else ("" == found)


class _Sleeper:
    """A client that never ends an attempt."""

    label = "sleeper"
    wrong: tuple[str, ...] = ()

    def find_lack(self, scenario: Scenario) -> str:
        """It plays everything."""
        del scenario
        return ""

    async def start(self, room: Path) -> None:
        """Nothing runs beside it."""

    async def stop(self) -> None:
        """Nothing runs beside it."""

    def begin(self, room: Path) -> "_Sleeper":
        """Begin to sleep."""
        del room
        return self

    async def attempt(self, door: Door) -> Attempt:
        """Sleep for ever."""
        del door
        await asyncio.Event().wait()
        raise AssertionError


async def test_an_attempt_is_ended_in_the_end(tmp_path: Path) -> None:
    """A client that hangs fails its row, also where nobody has the bytes."""
    way = Way(Straight(), _Sleeper(), "sleeper")  # type: ignore[arg-type]
    pace = Pace(1e6, attempt_s=0.05)
    row = await play(choose(["tag-gone"])[0], way, pace, seed="x", room=tmp_path)

    assert (Outcome.FAILED, 3) == (row.outcome, row.attempts)
    assert "did not end" in row.reason


async def test_a_series_comes_in_order_with_the_calm_first() -> None:
    """Rows stand as they were asked for, however they ended."""
    told: list[str] = []
    scenarios = choose(["reset-once", "calm", "wrong-manifest-once"])
    series = Series(PACE, 2, lambda row: told.append(row.scenario))
    rows = await series.play(scenarios, [STRAIGHT])

    assert ["calm", "reset-once", "wrong-manifest-once"] == [r.scenario for r in rows]
    assert "calm" == told[0]


async def test_a_combination_is_played_like_any_other() -> None:
    """Its row names the seed it came from."""
    (mixed,) = list_mixes(3, 1)
    (row,) = await Series(PACE, 1).play([mixed], [STRAIGHT])

    assert ("mix-3", 3, mixed.story) == (row.scenario, row.seed, row.story)
