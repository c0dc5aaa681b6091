"""An archive's door on a real house, before scripted mirrors of a sample archive."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from seawall.app.compose import House, open_house
from seawall.doors.web import Reply, Request
from seawall.drill.mirror import ScriptedMirror
from seawall.settings.effective import Settings, make_settings
from seawall.settings.loading import read_settings
from seawall.testing.archives import SampleArchive
from seawall.testing.debs import SamplePackage

NAME = "sample"
IN_RELEASE = "dists/stable/InRelease"
INDEX = "dists/stable/main/binary-amd64/Packages.xz"
HELLO = SamplePackage("hello")
LARGE = SamplePackage("large", payload_bytes=6 * 1024 * 1024)


@dataclass(frozen=True)
class Got:
    """An answer as a client has it; `error` is why its body broke off."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    phrase: str = ""
    error: Exception | None = None

    @property
    def told(self) -> str:
        """Where it came from."""
        return self.headers["cache-status"]


@dataclass
class Hall:
    """A house, its archive's door, and the mirrors behind it."""

    house: House
    archive: SampleArchive
    mirrors: list[ScriptedMirror]

    @property
    def mirror(self) -> ScriptedMirror:
        """The first mirror."""
        return self.mirrors[0]

    async def ask(self, path: str, *, client: str = "127.0.0.1", **how: Any) -> Got:
        """Ask for a file of the archive, and read all of the answer."""
        return await self.ask_raw(f"/debian/{NAME}/{path}", client=client, **how)

    async def ask_raw(  # noqa: PLR0913  a request has these parts
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] = {},
        client: str = "127.0.0.1",
        authority: str = "",
        connection: object = None,
    ) -> Got:
        """Ask for anything in any form."""
        listed = [(k.encode(), v.encode()) for k, v in headers.items()]
        request = Request(
            method, path, "", listed, client, 5000, None, authority, connection
        )
        reply = await self.house.annex.door.answer(request)
        if reply is None:
            return Got(0, {}, b"")
        body, error = await _read(reply, head=method == "HEAD")
        told = {k.decode(): v.decode() for k, v in reply.headers}
        return Got(reply.status, told, body, reply.phrase, error)

    async def update(self) -> list[Got]:
        """Do what a client's update does: the suite, then its index by its sum."""
        release = await self.ask(IN_RELEASE)
        return [release, await self.ask(by_hash(release.body, INDEX))]

    def publish(self, *packages: SamplePackage, **how: Any) -> None:
        """Publish the archive again at every mirror."""
        self.archive.publish(packages, **how)
        for mirror in self.mirrors:
            mirror.put(self.archive.files)

    async def settle(self) -> None:
        """Wait for what goes on in the background."""
        annex = self.house.annex
        while annex.indexing.busy or annex.chores.busy:
            await self.house.clock.sleep(0.01)


@dataclass
class Plan:
    """How a hall is built.

    Attributes:
        mirrors: How many there are.
        options: More keys of the archive's settings.
        settings: More keys of the file.
    """

    mirrors: int = 1
    options: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)


def by_hash(release: bytes, path: str) -> str:
    """Give the path by its sum of a file that a release file names."""
    directory, _, below = path.partition("/main/")
    below = f"main/{below}"
    section = release.decode().partition("SHA256:")[2]
    line = next(it for it in section.splitlines() if it.endswith(f" {below}"))
    folder = below.rpartition("/")[0]
    return f"{directory}/{folder}/by-hash/SHA256/{line.split()[0]}"


@asynccontextmanager
async def open_hall(
    place: Path,
    archive: SampleArchive,
    plan: Plan | None = None,
    *,
    prepare: Callable[[list[ScriptedMirror]], None] = lambda _: None,
) -> AsyncIterator[Hall]:
    """Open a house that knows one archive; opening it again finds what it had."""
    plan = plan or Plan()
    async with AsyncExitStack() as stack:
        mirrors = [
            await stack.enter_async_context(ScriptedMirror(archive.files))
            for _ in range(plan.mirrors)
        ]
        prepare(mirrors)
        async with open_house(_load(place, archive, mirrors, plan)) as house:
            yield Hall(house, archive, mirrors)


def _load(
    place: Path, archive: SampleArchive, mirrors: list[ScriptedMirror], plan: Plan
) -> Settings:
    place.mkdir(exist_ok=True)
    key = place / "key.gpg"
    key.write_bytes(archive.keyring)
    options = {
        "mirrors": [mirror.url for mirror in mirrors],
        "keyring": [str(key)],
        "fresh_s": 0,
        **plan.options,
    }
    tree = {
        "known_registries": False,
        "machine_archives": False,
        "data": str(place / "data"),
        **plan.settings,
        "archives": {NAME: options},
    }
    path = place / "seawall.toml"
    path.write_text(tomli_w.dumps(tree))
    return make_settings(read_settings(path, environment={}), path)


async def _read(reply: Reply, *, head: bool) -> tuple[bytes, Exception | None]:
    body, error = reply.body, None
    try:
        if reply.stream is not None and not head:
            body = b""
            async for chunk in reply.stream:
                body += bytes(chunk)
    except Exception as exc:  # noqa: BLE001  whatever it was, a client sees a cut
        error = exc
    finally:
        if reply.stack is not None:
            await reply.stack.aclose()
    return body, error
