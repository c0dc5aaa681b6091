"""Plays many scenarios in many ways, several at a time, with rooms of their own."""

import asyncio
import secrets
import tempfile
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from seawall.drill.playing.play import Way, play
from seawall.drill.playing.score import Row
from seawall.drill.playing.targets import Running
from seawall.drill.scenarios.mixing import mix
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.playbill import SCENARIOS
from seawall.drill.scenarios.scenario import Scenario

_CALM = "calm"


def _ignore(_: Row) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Series:
    """How a series is played.

    Attributes:
        pace: How fast.
        at_once: How many plays at a time; one, if the target is not the drill's own.
        on_row: Told of each row as it ends.
    """

    pace: Pace = field(default_factory=Pace)
    at_once: int = 4
    on_row: Callable[[Row], None] = field(default=_ignore)

    async def play(
        self, scenarios: Sequence[Scenario], ways: Sequence[Way]
    ) -> list[Row]:
        """Play every scenario in every way; rows come in the order asked for.

        The fault-free pull comes first and alone, since others are measured by it.
        Then half of the hands begin with plays that may take minutes, which only wait,
        and the others with the rest, so that the machine's load is even.
        """
        shared = any(isinstance(way.target, Running) for way in ways)
        hands = 1 if shared else self.at_once
        plays = [(scenario, way) for scenario in scenarios for way in ways]
        rows: dict[int, Row] = {}
        with tempfile.TemporaryDirectory(prefix="swd-", dir=_find_place()) as place:
            root = Path(place)

            async def one(number: int) -> None:
                scenario, way = plays[number]
                rows[number] = await self._play_one(scenario, way, root, number)
                self.on_row(rows[number])

            async def work(take: Callable[[], int]) -> None:
                while left:
                    await one(take())

            async with AsyncExitStack() as stack:
                await _start_clients(ways, root, stack)
                calm = [n for n, one in enumerate(plays) if one[0].name == _CALM]
                for number in calm:
                    await one(number)
                others = [n for n in range(len(plays)) if n not in calm]
                left = deque(sorted(others, key=lambda n: plays[n][0].is_silent))
                takes = (left.popleft, left.pop)
                await _all(work(takes[hand % 2]) for hand in range(hands))
        return [rows[number] for number in range(len(plays))]

    async def _play_one(
        self, scenario: Scenario, way: Way, root: Path, number: int
    ) -> Row:
        room = root / str(number)
        room.mkdir()
        # A target that was drilled before has never seen this image.
        seed = secrets.token_hex(8)
        return await play(scenario, way, self.pace, seed=seed, room=room)


def list_mixes(seed: int, count: int) -> list[Scenario]:
    """Make so many combinations, each from a seed of its own."""
    return [mix(one, SCENARIOS) for one in range(seed, seed + count)]


def _find_place() -> str:
    """Find a place with a short path: podman and Unix sockets take no long ones."""
    usual = tempfile.gettempdir()
    short = "/tmp"  # noqa: S108  a directory of our own is made there
    return usual if len(usual) <= len(short) or not Path(short).is_dir() else short


async def _start_clients(
    ways: Sequence[Way], root: Path, stack: AsyncExitStack
) -> None:
    for number, way in enumerate(ways):
        room = root / f"client-{number}"
        room.mkdir()
        if way.client.find_lack(SCENARIOS[0]):
            continue
        stack.push_async_callback(way.client.stop)
        await way.client.start(room)


async def _all(work: Iterable[Coroutine[None, None, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one)
