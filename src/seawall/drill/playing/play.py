"""Plays one scenario with one way of pulling, and judges what came of it."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from seawall.drill.playing.actor import DrillSource, Hooks, Site
from seawall.drill.playing.lanes import find_obstacle, open_lane
from seawall.drill.playing.puller import Attempt, Door, Puller
from seawall.drill.playing.scene import Scene
from seawall.drill.playing.score import Outcome, Row
from seawall.drill.playing.targets import Running, Standing, Target
from seawall.drill.playing.wares import Cargo
from seawall.drill.ports import reserve_port
from seawall.drill.scenarios.oracle import judge
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.scenario import Need, Scenario, SourceSpec, Step
from seawall.errors import SeawallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TRIES = 3
_SETTLING_S = 1.0
_LOOK_S = 5.0
_PAUSES_S = (2.0, 4.0)
_LONGEST_PAUSE_S = 60.0
_DAY_S = 86400.0


class Pull(Protocol):
    """One client's pull of one image, in as many attempts as it takes."""

    @property
    def wrong(self) -> list[str]:
        """What came whole and was something else."""

    async def attempt(self, door: Door) -> Attempt:
        """Try to pull it."""


class Client(Protocol):
    """Something that pulls images."""

    @property
    def label(self) -> str:
        """What tables call it."""

    def find_lack(self, scenario: Scenario) -> str:
        """Say why it cannot play a scenario; nothing if it can."""

    async def start(self, room: Path) -> None:
        """Start what has to run beside it."""

    async def stop(self) -> None:
        """Stop that."""

    def begin(self, room: Path) -> Pull:
        """Begin a pull, with nothing pulled before."""


@dataclass(frozen=True)
class OwnClient:
    """The client that the drill brings itself."""

    label: str = "own client"

    def find_lack(self, scenario: Scenario) -> str:
        """It plays everything."""
        del scenario
        return ""

    async def start(self, room: Path) -> None:
        """Nothing runs beside it."""

    async def stop(self) -> None:
        """Nothing runs beside it."""

    def begin(self, room: Path) -> Pull:
        """Begin a pull."""
        return Puller(room)


@dataclass(frozen=True)
class Way:
    """A way of pulling: by whom, and through whom."""

    target: Target
    client: Client
    label: str

    def find_lack(self, scenario: Scenario) -> str:
        """Say why a scenario cannot be played this way; nothing if it can."""
        return self.target.find_lack(scenario) or self.client.find_lack(scenario)


@dataclass(frozen=True, slots=True)
class Pulled:
    """How a pull went, with all its attempts."""

    digest: str
    seconds: float
    attempts: int
    error: str
    endless: bool


async def play(
    scenario: Scenario, way: Way, pace: Pace, *, seed: str, room: Path
) -> Row:
    """Play one scenario.

    Args:
        scenario: What happens.
        way: Who pulls, through whom.
        pace: How fast.
        seed: Makes the image; with a new one, nobody has seen the image before. In
            hexadecimal, since a part of it is in the repository's name.
        room: A directory for everything that is written.
    """
    row = Row(
        scenario.name,
        scenario.story,
        way.label,
        Outcome.NOT_RUN,
        had=judge(scenario).had,
        dear=scenario.is_dear,
        seed=scenario.seed,
    )
    lack = way.find_lack(scenario)
    if not lack and Need.NETWORK in scenario.needs:
        lack = find_obstacle()
    if lack:
        return replace(row, reason=lack)
    # A target that runs on has never heard of this repository either.
    cargo = Cargo(f"drill/{scenario.name}-{seed[:6]}", seed)
    await asyncio.to_thread(cargo.make, scenario)
    try:
        async with AsyncExitStack() as stack:
            sites = await _open_sites(way, scenario, pace, stack)
            scene = Scene(scenario, pace, cargo, sites=sites)
            await stack.enter_async_context(scene)
            urls = await scene.list_urls()
            opened = way.target.open(scene, urls, room)
            standing = await stack.enter_async_context(opened)
            await _prepare(scene, way, standing, room)
            return await _play(scene, way, standing, row, room)
    except SeawallError as exc:
        return replace(row, outcome=Outcome.FAILED, reason=str(exc))


async def _open_sites(
    way: Way, scene: Scenario, pace: Pace, stack: AsyncExitStack
) -> list[Site]:
    if isinstance(way.target, Running):
        known = [Site(host, port) for host, port in way.target.upstreams]
        spare = len(known) - len(scene.sources)
        for site in known[:spare]:
            await stack.enter_async_context(_make_idle(site, pace))
        return known[spare:]
    sites = []
    for source in scene.sources:
        lane = open_lane(source.network, pace) if source.network else None
        sites.append(
            await stack.enter_async_context(lane) if lane else Site(port=reserve_port())
        )
    return sites


def _make_idle(site: Site, pace: Pace) -> DrillSource:
    """Make a mirror that is well and has nothing: were it gone, that would be a fault.

    A target that runs on would let it rest, and not ask it when its turn comes.
    """
    hooks = Hooks(_do_nothing, _shift_nothing)
    return DrillSource(SourceSpec(), Cargo("idle", ""), (), pace, hooks, site=site)


async def _play(
    scene: Scene, way: Way, standing: Standing, row: Row, room: Path
) -> Row:
    scene.mark()
    pull = way.client.begin(room / "client")
    pulled = await _pull(pull, standing, scene.pace)
    spent = scene.count()
    wrong = pull.wrong if way.target.keeps else []
    if way.target.keeps:
        wrong = [*wrong, *await _look_again(scene, standing, room)]
    images = [scene.cargo.image(one) for one in scene.scenario.wants]
    wanted = {name for image in images for name in image.names}
    reason = find_fault(pulled, wanted, wrong, had=row.had)
    return replace(
        row,
        outcome=Outcome.FAILED if reason else Outcome.PASSED,
        reason=reason,
        seconds=pulled.seconds,
        attempts=pulled.attempts,
        spent=spent,
        image_bytes=images[0].pulled_bytes,
    )


async def _look_again(scene: Scene, standing: Standing, room: Path) -> list[str]:
    """Pull once more with every source gone, and give what is wrong of what was kept.

    That it was kept is not asked for here: only that nothing wrong was.
    """
    await scene.end_all()
    again = Puller(room)
    await standing.settle()
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK_S):
            await again.attempt(standing.door)
    return [f"{text} (it was kept)" for text in again.wrong]


def find_fault(pulled: Pulled, wanted: set[str], wrong: list[str], *, had: bool) -> str:
    """Say why a pull is no pass; nothing if it is one.

    Where nobody has the bytes, a pass is an error, and in time.
    """
    if wrong:
        return f"wrong bytes were completed: {wrong[0]}"
    if pulled.digest:
        right = pulled.digest in wanted
        return "" if right else f"{pulled.digest} was pulled, which is another image"
    if had:
        return pulled.error or "it failed"
    return "it did not end by itself" if pulled.endless else ""


async def _prepare(scene: Scene, way: Way, standing: Standing, room: Path) -> None:
    """Let everything happen that comes before the pull.

    Raises:
        SeawallError: It did not happen.
    """
    scene.hooks.kill_target = standing.kill
    scene.hooks.shift_clock = standing.shift_clock

    async def warm() -> None:
        pulled = await _pull(Puller(room), standing, scene.pace)
        if not pulled.digest:
            raise SeawallError(f"the first pull failed already: {pulled.error}")
        # Some targets store what they gave only after it was given.
        await asyncio.sleep(_SETTLING_S)

    acts: dict[Step, Callable[[], Awaitable[None]]] = {
        Step.WARM: warm if way.target.keeps else _do_nothing,
        Step.MOVE_TAG: scene.move_tag,
        Step.DROP_TAG: scene.drop_tag,
        Step.TROUBLE: scene.begin_trouble,
        Step.RESTART: standing.kill,
        Step.LOSE_NAMES: standing.lose_names,
        Step.FILL_DISK: standing.fill_disk,
        Step.CLOCK_BACK: lambda: standing.shift_clock(-_DAY_S),
        Step.CLOCK_ON: lambda: standing.shift_clock(_DAY_S),
    }
    steps = scene.scenario.steps
    for step in steps if Step.TROUBLE in steps else (*steps, Step.TROUBLE):
        await acts[step]()


async def _do_nothing() -> None:
    """Nobody keeps what is pulled, or nobody is killed."""


async def _shift_nothing(_: float) -> None:
    """Nobody's clock is moved."""


async def _pull(pull: Pull, standing: Standing, pace: Pace) -> Pulled:
    """Pull, in up to three attempts, with the pauses that were asked for."""
    began_s = time.monotonic()
    tried = Attempt()
    endless = False
    for number in range(1, TRIES + 1):
        await standing.settle()
        try:
            async with asyncio.timeout(pace.attempt_s):
                tried = await pull.attempt(standing.door)
        except TimeoutError:
            tried = Attempt(error=f"it had not ended after {pace.attempt_s:g} s")
            endless = True
        if tried.digest or number == TRIES:
            break
        await asyncio.sleep(_choose_pause_s(number, tried.wait_s, pace))
    seconds = time.monotonic() - began_s
    return Pulled(tried.digest, seconds, number, tried.error, endless)


def _choose_pause_s(number: int, asked_s: float | None, pace: Pace) -> float:
    """Wait between attempts: a little, or as long as was asked for, within a minute."""
    own_s = pace.wait_s(_PAUSES_S[number - 1])
    return max(own_s, min(asked_s or 0.0, _LONGEST_PAUSE_S))
