"""Who is drilled: the sources themselves, or whoever stands in front of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seawall.drill.playing.puller import Door
from seawall.drill.playing.scene import Scene
from seawall.drill.playing.wares import TAG
from seawall.drill.scenarios.scenario import Need, Scenario, Version

NAME = "{name}"


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
    """

    url: str
    upstreams: tuple[tuple[str, int], ...]
    revalidates: bool = False
    label: str = "target"
    keeps: bool = True

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
        """Point at it."""
        del urls, room
        yield _Plain(make_door(self.url, scene))


def make_door(template: str, scene: Scene) -> Door:
    """Read where to pull from an address with `{name}` for the repository."""
    scheme, _, rest = template.partition("://")
    host, _, path = rest.partition("/")
    repository = path.replace(NAME, scene.cargo.name).strip("/")
    return Door(f"{scheme}://{host}", repository, choose_reference(scene))
