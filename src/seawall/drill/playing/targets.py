"""Who is drilled: the sources themselves, or whoever stands in front of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seawall.drill.playing.caller import open_reply
from seawall.drill.playing.puller import Attempt, Door, Puller
from seawall.drill.playing.scene import Scene
from seawall.drill.playing.wares import TAG, Cargo
from seawall.drill.scenarios.mishap import BLOBS
from seawall.drill.scenarios.scenario import Need, Scenario, Version
from seawall.errors import UnreachableError

NAME = "{name}"
_READY_PAUSE_S = 0.5


class Standing(Protocol):
    """A target that is up: where to pull from it, and what may be done to it."""

    @property
    def door(self) -> Door:
        """Where clients pull."""

    async def settle(self) -> None:
        """Wait until it is up, if it is being started."""

    async def kill(self) -> None:
        """Kill it, and start it again."""

    async def lose_names(self) -> None:
        """Start it again where no source's name resolves."""

    async def fill_disk(self) -> None:
        """Let its disk become full."""

    async def shift_clock(self, by_s: float) -> None:
        """Let its clock jump."""


class Target(Protocol):
    """Somebody who can be drilled."""

    @property
    def label(self) -> str:
        """What tables call it."""

    @property
    def keeps(self) -> bool:
        """Whether it keeps what was pulled, and answers for what it gives."""

    def find_lack(self, scenario: Scenario) -> str:
        """Say why a scenario cannot be played with it; nothing if it can."""

    def open(
        self, scene: Scene, urls: Sequence[str], room: Path
    ) -> AbstractAsyncContextManager[Standing]:
        """Put it in front of these sources."""


def choose_reference(scene: Scene) -> str:
    """Give the tag or digest that a scenario's pull is by."""
    if scene.scenario.by_digest:
        return str(scene.cargo.image(Version.FIRST).digest)
    return TAG


@dataclass(frozen=True)
class _Plain:
    """A place to pull from, of which nothing can be changed."""

    door: Door

    async def settle(self) -> None:
        """It is up."""

    async def refuse(self, by_s: float = 0) -> None:
        """Never asked for: `find_lack` has said so."""
        raise NotImplementedError(by_s)

    kill = lose_names = fill_disk = shift_clock = refuse


@dataclass(frozen=True)
class Straight:
    """Nobody in between: the client asks the sources, mirrors first if it can."""

    label: str = "straight"
    keeps: bool = False

    def find_lack(self, scenario: Scenario) -> str:
        """Nobody is there who could be killed, filled or moved in time."""
        own = scenario.needs & {Need.RESTART, Need.DISK, Need.CLOCK}
        return "nobody stands in between" if own else ""

    @asynccontextmanager
    async def open(
        self, scene: Scene, urls: Sequence[str], room: Path
    ) -> AsyncIterator[Standing]:
        """Point at the origin, with the mirrors beside it."""
        del room
        name, reference = scene.cargo.name, choose_reference(scene)
        yield _Plain(Door(urls[-1], name, reference, tuple(urls[:-1])))


@dataclass(frozen=True)
class Running:
    """Somebody who runs already, whose sources are at addresses that are known.

    Attributes:
        url: Where images are pulled, with `{name}` for the repository.
        upstreams: Host and port of each source in its settings, the origin last.
        revalidates: Whether it asks for a tag each time.
        ready_s: How long it may let sources rest that are well again, after each row.
    """

    url: str
    upstreams: tuple[tuple[str, int], ...]
    revalidates: bool = False
    label: str = "target"
    keeps: bool = True
    ready_s: float = 330.0

    def find_lack(self, scenario: Scenario) -> str:
        """Say what its settings do not allow, or who would have to manage it."""
        needs = scenario.needs
        if needs & {Need.RESTART, Need.DISK, Need.CLOCK}:
            return "needs --manage"
        if Need.NETWORK in needs:
            return "needs --manage, for a network of its own"
        if len(scenario.sources) > len(self.upstreams):
            return "needs a second --upstream"
        odd = [one for one in scenario.sources if one.address.name != "PLAIN"]
        if odd or any(one.storage for one in scenario.sources):
            return "needs --manage, for sources of its own"
        if Need.FRESH in needs and not self.revalidates:
            return "needs --revalidates: a target that asks for a tag each time"
        return ""

    @asynccontextmanager
    async def open(
        self, scene: Scene, urls: Sequence[str], room: Path
    ) -> AsyncIterator[Standing]:
        """Point at it, once it asks each of its sources again.

        It goes on from row to row, and may let a source rest that failed in the last
        one: what it does then would be an answer to another scenario.

        Raises:
            UnreachableError: It is not there, or does not ask one of them for long.
        """
        del urls, room
        seed = f"drill/ready-{scene.cargo.seed[:8]}"
        for place, source in enumerate(scene.sources):
            cargo = Cargo(f"{seed}-{place}", "ready")
            _offer_at(scene, place, cargo)
            await self._see_ready(cargo, Version.FIRST, source.url)
        if self.revalidates:
            # What it has a name for it may ask later than what is new to it.
            for source in scene.sources:
                source.put(cargo.name, cargo.image(Version.SECOND))
            await self._see_ready(cargo, Version.SECOND, scene.origin.url)
        name = scene.cargo.name
        yield _Plain(make_door(self.url, name, choose_reference(scene)))

    async def _see_ready(self, cargo: Cargo, version: Version, source: str) -> None:
        """Pull what this source alone has, and is well: as often as need be."""
        door = make_door(self.url, cargo.name, TAG)
        async with open_reply(f"{door.url}/v2/"):
            pass  # whatever it says, somebody is there
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self.ready_s
        tried = Attempt()
        while loop.time() < end_s:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(end_s):
                    tried = await Puller(Path()).attempt(door)
            if tried.digest == str(cargo.image(version).digest):
                return
            await asyncio.sleep(_READY_PAUSE_S)
        raise UnreachableError(
            f"it gave nothing new of {source}, which was well, for {self.ready_s:g} s:"
            f" {tried.error or 'but what it had'}"
        )


def _offer_at(scene: Scene, place: int, cargo: Cargo) -> None:
    """Let one source alone have a new image's blobs; what it is, all of them know.

    Whose word on a tag is final differs between targets. Of a blob that a source does
    not have, each asks the next one.
    """
    image = cargo.image(Version.FIRST)
    blobs = [digest for digest, asked in image.asked.items() if asked in BLOBS]
    for number, source in enumerate(scene.sources):
        source.put(cargo.name, image)
        for digest in blobs if number != place else ():
            del source.stock[cargo.name].contents[digest]


def make_door(template: str, name: str, reference: str) -> Door:
    """Read where to pull from an address with `{name}` for the repository."""
    scheme, _, rest = template.partition("://")
    host, _, path = rest.partition("/")
    repository = path.replace(NAME, name).strip("/")
    return Door(f"{scheme}://{host}", repository, reference)
