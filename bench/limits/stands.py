"""Those who are compared: each with a metered upstream of its own, and its clients."""

import asyncio
import random
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.limits.jobs import Client, Outcome
from bench.processes import Daemon, free_port, listens
from seawall.drill.metering import Allotment, MeteredUpstream
from seawall.testing.samples import Sample, random_image

REGISTRY = "limits.test"
PASSWORDS = {"ann": "ann-secret", "bob": "bob-secret"}
SIX_HOURS_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Script:
    """What happens, in windows of so many seconds.

    Attributes:
        window_s: The scaled length of the registry's six hours.
        images: Images, each with one tag that may move.
        jobs: Pulls in each of the two phases.
        windows: How many windows a phase takes.
        moves: Tags that move in each window.
        limit: Manifests that an account may fetch per window.
        neighbour: The part of that which somebody else spends.
        warm_windows: At most so many lie between the phases.
    """

    window_s: float = 30.0
    images: int = 400
    jobs: int = 1000
    windows: int = 4
    moves: int = 10
    limit: int = 100
    neighbour: float = 0.6
    warm_windows: int = 12


@dataclass
class Tally:
    """What became of one phase's jobs."""

    outcomes: list[Outcome] = field(default_factory=list)
    stale_s: list[float] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many jobs got no image."""
        return sum(not outcome.digest for outcome in self.outcomes)


@dataclass
class Stand:
    """One contestant: its upstream, how it is asked, and what came of it."""

    name: str
    script: Script
    accounts: int
    upstream: MeteredUpstream = field(init=False)
    root: str = ""
    prefix: str = ""
    cold: Tally = field(default_factory=Tally)
    warm: Tally = field(default_factory=Tally)
    warmed_windows: float = 0.0
    held: int = 0
    spent_before: dict[str, int] = field(default_factory=dict)
    refused_before: int = 0
    _since: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the upstream, with every image in it."""
        script = self.script
        rule = Allotment(script.limit, script.window_s, script.neighbour)
        images = {self.image(i): self._make(i) for i in range(script.images)}
        self.upstream = MeteredUpstream(
            images, rule, time.monotonic, passwords=PASSWORDS
        )
        for name in images:
            digest = str(self.upstream.stock[name].tags["latest"])
            self._since[name] = {digest: 0.0}

    @staticmethod
    def image(number: int) -> str:
        """Name an image."""
        return f"team/image-{number}"

    def _make(self, seed: int) -> Sample:
        return random_image(seed, layers=1, layer_bytes=2000).tagged("latest")

    def move(self, chance: random.Random, count: int) -> None:
        """Let a tag mean another image from now on."""
        name = self.image(chance.randrange(self.script.images))
        self.upstream.put(name, self._make(10_000 + count))
        digest = str(self.upstream.stock[name].tags["latest"])
        self._since[name][digest] = time.monotonic()

    def judge(self, tally: Tally, name: str, outcome: Outcome) -> None:
        """Note an outcome, and how long its answer had been wrong by then."""
        tally.outcomes.append(outcome)
        if not outcome.digest:
            return
        moments = self._since[name]
        newer = [at for at in moments.values() if at > moments[outcome.digest]]
        tally.stale_s.append(time.monotonic() - min(newer) if newer else 0.0)

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Run both phases, with time to warm up between them."""
        chance, script = random.Random(4), self.script  # noqa: S311  the same for all
        moving = asyncio.create_task(self._move_on())
        try:
            await self._run_jobs(session, chance, self.cold)
            await self._warm_up(session)
            self.spent_before = dict(self.upstream.pulled)
            self.refused_before = sum(self.upstream.refused.values())
            left = script.window_s - (time.monotonic() % script.window_s)
            await asyncio.sleep(left)
            await self._run_jobs(session, chance, self.warm)
        finally:
            moving.cancel()

    async def _run_jobs(
        self, session: aiohttp.ClientSession, chance: random.Random, tally: Tally
    ) -> None:
        script = self.script
        length_s = script.windows * script.window_s
        starts = sorted(chance.uniform(0, length_s) for _ in range(script.jobs))
        names = [self.image(chance.randrange(script.images)) for _ in starts]
        began = time.monotonic()

        async def job(number: int) -> None:
            await asyncio.sleep(max(began + starts[number] - time.monotonic(), 0))
            outcome = await self._client(session, number).pull(names[number], "latest")
            self.judge(tally, names[number], outcome)

        await asyncio.gather(*(job(number) for number in range(script.jobs)))

    async def _warm_up(self, session: aiohttp.ClientSession) -> None:
        """Pull every image once, as patiently as the answers ask for."""
        if not self.prefix and self.root == self.upstream.url:
            return
        began, script = time.monotonic(), self.script
        until = began + script.warm_windows * script.window_s
        line = [self.image(number) for number in range(script.images)]
        while line and time.monotonic() < until:
            name = line.pop(0)
            outcome = await self._client(session, 0).pull(name, "latest")
            if not outcome.digest:
                line.append(name)
                await asyncio.sleep(min(max(outcome.retry_s, 0.5), script.window_s / 4))
        self.held = script.images - len(line)
        self.warmed_windows = (time.monotonic() - began) / script.window_s

    async def _move_on(self) -> None:
        chance, count = random.Random(7), 0  # noqa: S311  the same for all
        while True:
            await asyncio.sleep(self.script.window_s / self.script.moves)
            self.move(chance, count)
            count += 1

    def _client(self, session: aiohttp.ClientSession, number: int) -> Client:
        if self.prefix or self.root != self.upstream.url:
            return Client(session, self.root, self.prefix)
        name = list(PASSWORDS)[number % len(PASSWORDS)]
        return Client(session, self.root, login=(name, PASSWORDS[name]))


def start_seawall(stand: Stand, home: Path, stack: ExitStack) -> None:
    """Start Seawall in front of a stand's upstream, with both accounts."""
    port, window_s = free_port(), stand.script.window_s
    home.mkdir(parents=True)
    credentials = ", ".join(
        f'{{ username = "{name}", password_env = "{name.upper()}" }}'
        for name in PASSWORDS
    )
    config = home / "seawall.toml"
    config.write_text(
        f'version = 1\nlisten = "127.0.0.1:{port}"\n'
        f'data = "{home / "data"}"\nknown_registries = false\n'
        "machine_archives = false\n"
        f'[registries."{REGISTRY}"]\nsources = ["{stand.upstream.url}"]\n'
        f"fresh_s = {300 * window_s / SIX_HOURS_S:.3f}\n"
        f"credentials = [{credentials}]\n"
    )
    passed = [f"{name.upper()}={password}" for name, password in PASSWORDS.items()]
    command = ["env", *passed, sys.executable, "-m", "seawall", "serve"]
    daemon = Daemon([*command, "--config", config], home=home)
    stack.callback(daemon.close)
    daemon.wait_until(lambda: listens(port))
    stand.root, stand.prefix = f"http://127.0.0.1:{port}", f"{REGISTRY}/"


def start_peer(stand: Stand, home: Path, stack: ExitStack) -> None:
    """Start docker-registry as a proxy; it takes one account, not two."""
    port = free_port()
    home.mkdir(parents=True)
    text = (Path(__file__).parents[1] / "peers" / "docker-registry.yml").read_text()
    login = f"  username: ann\n  password: {PASSWORDS['ann']}\n"
    more = f"proxy:\n  remoteurl: {stand.upstream.url}\n{login}"
    for key, value in {"DATA": home / "data", "PORT": port, "MORE": more}.items():
        text = text.replace(f"@{key}@", str(value))
    config = home / "config.yml"
    config.write_text(text)
    daemon = Daemon(["docker-registry", "serve", config], home=home)
    stack.callback(daemon.close)
    daemon.wait_until(lambda: listens(port))
    stand.root = f"http://127.0.0.1:{port}"
