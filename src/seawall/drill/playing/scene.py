"""The scripted sources of one scenario, while it is played."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from seawall.drill.playing.actor import DrillSource, Hooks, Site
from seawall.drill.playing.wares import TAG, Cargo
from seawall.drill.scenarios.mishap import GET
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.scenario import Address, Scenario, Version
from seawall.drill.upstream import STORAGE

_OK = 200


@dataclass(frozen=True, slots=True)
class Spent:
    """What a pull cost upstream.

    Attributes:
        requests: Every request that arrived.
        bytes: Body bytes that were sent.
        quota: Manifests that were given to a GET, which is what Docker Hub counts.
    """

    requests: int = 0
    bytes: int = 0
    quota: int = 0


class Scene:
    """All sources of a scenario; an async context manager.

    Attributes:
        scenario: What is played.
        cargo: What is pulled.
        sources: The scripted sources: mirrors, and last the origin.
        hooks: What may be done to whoever is drilled; set by who plays.
    """

    def __init__(
        self,
        scenario: Scenario,
        pace: Pace,
        cargo: Cargo,
        *,
        sites: Sequence[Site] = (),
    ) -> None:
        self.scenario = scenario
        self.pace = pace
        self.cargo = cargo
        self.hooks = Hooks(_do_nothing, _shift_nothing)
        self.sources: list[DrillSource] = []
        self._marks: list[int] = []
        self._broken: list[asyncio.Server] = []
        at = [*sites, *([Site()] * len(scenario.sources))]
        for place, spec in enumerate(scenario.sources):
            mishaps = [one for one in scenario.mishaps if one.source == place]
            source = DrillSource(spec, cargo, mishaps, pace, self.hooks, site=at[place])
            self.sources.append(source)

    async def __aenter__(self) -> Self:
        """Start all sources, which are well so far."""
        for source in self.sources:
            await source.start()
        self.mark()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop them."""
        await self.end_all()
        for server in self._broken:
            server.close()
            await server.wait_closed()

    @property
    def origin(self) -> DrillSource:
        """The source with the last word."""
        return self.sources[-1]

    async def list_urls(self) -> list[str]:
        """Give the address of each source, as the target's settings should have it."""
        return [await self._address(source) for source in self.sources]

    async def _address(self, source: DrillSource) -> str:
        if source.spec.address is Address.NOWHERE:
            return make_nameless(source.url)
        if source.spec.address is Address.BROKEN_TLS:
            server = await asyncio.start_server(_refuse_handshake, "127.0.0.1", 0)
            self._broken.append(server)
            return f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return source.url

    async def begin_trouble(self) -> None:
        """Let what goes wrong go wrong from now on."""
        for source in self.sources:
            await source.begin_trouble()

    async def end_all(self) -> None:
        """Let every source be gone for good."""
        for source in self.sources:
            await source.end()

    async def move_tag(self) -> None:
        """Let the tag mean the second image everywhere."""
        image = self.cargo.image(Version.SECOND)
        for source in self.sources:
            source.put(self.cargo.name, image)

    async def drop_tag(self) -> None:
        """Delete the tag everywhere."""
        for source in self.sources:
            with suppress(KeyError):
                source.untag(self.cargo.name, TAG)

    def mark(self) -> None:
        """Count what is spent from here on."""
        self._marks = [len(source.requests) for source in self.sources]

    def count(self) -> Spent:
        """Count what was spent since the mark."""
        marked = zip(self.sources, self._marks, strict=True)
        seen = [one for source, mark in marked for one in source.requests[mark:]]
        quota = sum(
            one.method == GET and one.status == _OK and "/manifests/" in one.path
            for one in seen
        )
        return Spent(len(seen), sum(one.spent_bytes for one in seen), quota)

    def list_storage(self) -> list[str]:
        """Give the addresses that redirects of these sources lead to."""
        stores = [one for one in self.sources if one.spec.storage]
        return [one.address(STORAGE) for one in stores]


def make_nameless(url: str) -> str:
    """Give a source's address a name that cannot resolve."""
    return f"http://drill.invalid:{url.rpartition(':')[2]}"


async def _refuse_handshake(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer whatever comes with TLS's alert for a handshake that failed."""
    with suppress(OSError):
        await reader.read(1024)
        writer.write(b"\x15\x03\x03\x00\x02\x02\x28")
        await writer.drain()
    writer.close()


async def _do_nothing() -> None:
    """Nobody can be killed."""


async def _shift_nothing(_: float) -> None:
    """Nobody's clock can be moved."""
