"""Targets that the drill itself starts, kills, fills and moves in time."""

import asyncio
import json
import os
import shlex
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from seawall.drill.playing.caller import open_reply
from seawall.drill.playing.foreign import find_missing
from seawall.drill.playing.puller import Door
from seawall.drill.playing.scene import Scene, make_nameless
from seawall.drill.playing.targets import NAME, Standing, choose_reference, make_door
from seawall.drill.ports import reserve_port
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.scenario import Need, Scenario, Step
from seawall.errors import InputError, SeawallError, StoreError, UnreachableError

REGISTRY = "drill.example"
_START_S = 120.0
_STOP_S = 10.0
_ANSWER_S = 2.0
_DISK_BYTES = 96 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
_FAKETIME = "faketime/libfaketimeMT.so.1"


@dataclass(frozen=True, slots=True)
class Order:
    """What a target is started with.

    Attributes:
        room: A directory for its settings.
        data: Where it may keep what it pulls.
        address: Host and port to listen on.
        urls: Its sources: mirrors, and last the origin.
        redirects: Private places that redirects may lead to, as addresses.
        pace: How fast the drill runs.
    """

    room: Path
    data: Path
    address: str
    urls: Sequence[str]
    redirects: Sequence[str]
    pace: Pace


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of target, and how it is started.

    Attributes:
        label: What tables call it.
        url: Where images are pulled, with `{address}` and `{name}`.
        write: Writes its settings, and gives its command line.
        revalidates: Whether it asks for a tag each time, as it is set here.
        program: What has to be there for it, if that is not sure.
        libc: Whether its clock can be moved by a library that it loads.
        env: What its environment has besides this process's own.
    """

    label: str
    url: str
    write: Callable[[Order], list[str]]
    revalidates: bool = True
    program: str = ""
    libc: bool = True
    env: Mapping[str, str] = field(default_factory=dict)


def write_seawall(order: Order) -> list[str]:
    """Set Seawall up: its defaults, except that a tag is asked for each time."""
    table: dict[str, object] = {"sources": list(order.urls), "fresh_s": 0}
    table |= {"redirects": list(order.redirects)}
    if order.pace.speed != 1:
        bounds = {"floor_s": order.pace.wait_s(2), "ceiling_s": order.pace.wait_s(120)}
        table["patience"] = bounds
    lines = ["version = 1", f"listen = {json.dumps(order.address)}"]
    lines += [f"data = {json.dumps(str(order.data))}"]
    lines += ["known_registries = false", "machine_archives = false"]
    lines += [f'[registries."{REGISTRY}"]']
    lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
    config = order.room / "seawall.toml"
    config.write_text("\n".join(lines) + "\n")
    return [sys.executable, "-m", "seawall", "serve", "--config", str(config)]


def write_docker_registry(order: Order) -> list[str]:
    """Set docker-registry up as a proxy of the origin: it can have one source only."""
    settings = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {
            "cache": {"blobdescriptor": "inmemory"},
            "filesystem": {"rootdirectory": str(order.data)},
            "delete": {"enabled": True},
        },
        "http": {"addr": order.address},
        "proxy": {"remoteurl": order.urls[-1]},
    }
    config = order.room / "config.yml"
    config.write_text(json.dumps(settings))  # JSON is YAML
    return ["docker-registry", "serve", str(config)]


SEAWALL = Kind("Seawall", f"http://{{address}}/{REGISTRY}/{NAME}", write_seawall)
DOCKER_REGISTRY = Kind(
    "docker-registry",
    f"http://{{address}}/{NAME}",
    write_docker_registry,
    program="docker-registry",
    libc=False,
)
KINDS = {"seawall": SEAWALL, "docker-registry": DOCKER_REGISTRY}


def make_kind(text: str, *, url: str = "", revalidates: bool = False) -> Kind:
    """Choose a kind by name, or make one from a command line.

    The command line may have `{upstream}` (the origin), `{mirrors}` (the others,
    separated by commas), `{address}`, `{port}` and `{data}`.

    Raises:
        InputError: It names no program that is there.
    """
    if text in KINDS:
        return KINDS[text]
    words = shlex.split(text)
    if not words or shutil.which(words[0]) is None:
        raise InputError(
            f"--manage {text!r}: neither one of {', '.join(KINDS)} nor a program"
        )

    def write(order: Order) -> list[str]:
        known = {
            "upstream": order.urls[-1],
            "mirrors": ",".join(order.urls[:-1]),
            "address": order.address,
            "port": order.address.rpartition(":")[2],
            "data": str(order.data),
        }
        filled = words
        for name, value in known.items():
            filled = [word.replace(f"{{{name}}}", value) for word in filled]
        return filled

    url = url or f"http://{{address}}/{NAME}"
    return Kind(Path(words[0]).name, url, write, revalidates=revalidates)


@dataclass(frozen=True)
class Managed:
    """A target that is started anew for each scenario, with data of its own.

    Attributes:
        kind: What is started.
        keeps: It keeps what was pulled.
        as_root: Whether disks may be mounted for it.
    """

    kind: Kind
    keeps: bool = True
    as_root: bool = field(default_factory=lambda: os.geteuid() == 0)

    @property
    def label(self) -> str:
        """What tables call it."""
        return self.kind.label

    def find_lack(self, scenario: Scenario) -> str:
        """Say what this machine does not allow, or this kind of target."""
        needs = scenario.needs
        if self.kind.program and (lack := find_missing(self.kind.program)):
            return lack
        if Need.DISK in needs and not self.as_root:
            return "needs root, to mount a small disk"
        if Need.CLOCK in needs and not self.kind.libc:
            return "its clock cannot be moved: it does not ask libc for the time"
        if Need.CLOCK in needs and find_faketime() is None:
            return "needs libfaketime, to move a clock"
        if Need.FRESH in needs and not self.kind.revalidates:
            return "needs --revalidates: a target that asks for a tag each time"
        return ""

    @asynccontextmanager
    async def open(
        self, scene: Scene, urls: Sequence[str], room: Path
    ) -> AsyncIterator[Standing]:
        """Start it; it is stopped at the end, whatever happens."""
        process = _Process(self.kind, scene, urls, room)
        try:
            await process.start()
            yield process
        finally:
            await process.finish()


class _Process:
    """One running target."""

    def __init__(
        self, kind: Kind, scene: Scene, urls: Sequence[str], room: Path
    ) -> None:
        self._kind = kind
        self._scene = scene
        self._room = room
        self._log = room / "log"
        self._data = room / "data"
        self._address = f"127.0.0.1:{reserve_port()}"
        self._urls = list(urls)
        self._running: asyncio.subprocess.Process | None = None
        self._mounted = False
        self._clock_s = 0.0
        self._turn = asyncio.Lock()

    @property
    def door(self) -> Door:
        """Where clients pull."""
        template = self._kind.url.replace("{address}", self._address)
        name = self._scene.cargo.name
        return make_door(template, name, choose_reference(self._scene))

    async def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            UnreachableError: It does not.
        """
        self._data.mkdir(parents=True, exist_ok=True)
        if Step.FILL_DISK in self._scene.scenario.steps and not self._mounted:
            await self._mount()
        stores = self._scene.list_storage()
        order = Order(
            self._room, self._data, self._address, self._urls, stores, self._scene.pace
        )
        command = self._kind.write(order)
        with self._log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                *command, env=self._environment(), stdout=log, stderr=log
            )
        await self._wait_ready(command[0])

    async def settle(self) -> None:
        """Wait until it is up, if it is being started."""
        async with self._turn:
            return

    async def kill(self) -> None:
        """Kill it, and start it again."""
        async with self._turn:
            await self._stop(by_force=True)
            await self.start()

    async def lose_names(self) -> None:
        """Start it again where no source's name resolves."""
        await self._stop(by_force=False)
        self._urls = [make_nameless(url) for url in self._urls]
        await self.start()

    async def fill_disk(self) -> None:
        """Let its disk become full."""
        await asyncio.to_thread(_fill, self._data / "filler")

    async def shift_clock(self, by_s: float) -> None:
        """Let its clock jump."""
        self._clock_s += by_s
        self._write_clock()

    async def finish(self) -> None:
        """End it, and give its disk back."""
        await self._stop(by_force=False)
        if self._mounted:
            await _run("umount", str(self._data))

    async def _stop(self, *, by_force: bool) -> None:
        running, self._running = self._running, None
        if running is None or running.returncode is not None:
            return
        with suppress(ProcessLookupError):
            running.kill() if by_force else running.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await running.wait()
        except TimeoutError:
            running.kill()
            await running.wait()

    async def _wait_ready(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + _START_S
        while True:
            answers = await _answers(self._address)
            # Somebody else may answer there, if it is not the one that was started.
            ended = self._running is None or self._running.returncode is not None
            if ended or loop.time() > end:
                text = self._log.read_text(errors="replace")[-400:]
                raise UnreachableError(f"{name} did not start: {text}")
            if answers:
                return
            await asyncio.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        env = {**os.environ, **self._kind.env}
        library = find_faketime()
        if Need.CLOCK in self._scene.scenario.needs and library is not None:
            self._write_clock()
            env |= {"LD_PRELOAD": str(library), "FAKETIME_NO_CACHE": "1"}
            env |= {"FAKETIME_TIMESTAMP_FILE": str(self._room / "clock")}
            env |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}
        return env

    def _write_clock(self) -> None:
        new = self._room / "clock.new"
        new.write_text(f"{self._clock_s:+.0f}\n")
        new.replace(self._room / "clock")

    async def _mount(self) -> None:
        size = f"size={_DISK_BYTES}"
        await _run("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self._data))
        self._mounted = True


def find_faketime() -> Path | None:
    """Find the library that moves the clock of a process that loads it."""
    places = sorted(Path("/usr/lib").glob(f"*/{_FAKETIME}"))
    return places[0] if places else None


async def _run(*words: str) -> None:
    """Run a program of the machine to its end.

    Raises:
        StoreError: It failed.
    """
    running = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await running.communicate()
    if running.returncode:
        text = said.decode("utf-8", "replace").strip()
        raise StoreError(f"{words[0]} failed: {text}")


async def _answers(address: str) -> bool:
    """Whether it speaks HTTP: some listen before they are ready."""
    try:
        async with asyncio.timeout(_ANSWER_S), open_reply(f"http://{address}/v2/"):
            return True
    except (SeawallError, TimeoutError):
        return False


def _fill(path: Path) -> None:
    """Write until nothing more fits."""
    size = _PIECE_BYTES
    with path.open("wb", buffering=0) as file:
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key} = {_toml(item)}" for key, item in value.items())
        return "{ " + pairs + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
