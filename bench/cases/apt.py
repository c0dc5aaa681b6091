"""Sixty packages by apt-get: cold, warm, and by eight clients at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter, sleep

from tests.e2e.apt import AptRoot

from bench.debs import COUNT, find_debs, publish
from bench.figures import (
    GIB,
    Result,
    Rounds,
    Sampled,
    Target,
    alternate,
    ratio,
    summarise,
)
from bench.processes import BenchError, free_low_port
from bench.servers import Ledger, Server, Stage

_CLIENTS = 8
_PEER = "apt-cacher-ng"
_OURS = "Seawall"
_STRAIGHT = "straight from the mirror"


class Ground:
    """A local mirror of sixty packages, and what stands in front of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        packages = find_debs()
        self.names = [package.name for package in packages]
        self.size = sum(len(package.deb) for package in packages)
        files = stage.new_directory("mirror")
        self._key = stage.root / "key.gpg"
        self._key.write_bytes(publish(packages, files))
        self.mirror = stage.nginx(files, port=free_low_port())
        self.asked = Ledger(self.mirror)

    def start(self, who: str) -> Server:
        """Start one of those that are compared, with nothing stored."""
        if who == _OURS:
            return self.stage.archive(self.mirror, self._key)
        if who == _PEER:
            return self.stage.apt_cacher_ng(self.mirror)
        return self.mirror

    def client(self, server: Server) -> AptRoot:
        """Make an empty root whose apt has updated its lists through a server."""
        paths = {_OURS: "/debian/sample", _PEER: "/sample"}
        url = server.root + paths.get(server.label, "")
        line = f"deb [signed-by={self._key}] {url} stable main\n"
        client = AptRoot(self.stage.new_directory("client"), line)
        done = client.get("update")
        self._check(server, done.text, worked=done.worked)
        return client

    def install(self, server: Server, client: AptRoot) -> float:
        """Download all packages; give the seconds it took."""
        began = perf_counter()
        done = client.get("install", "--download-only", *self.names, wait_s=120)
        seconds = perf_counter() - began
        got = sum(path.stat().st_size for path in client.deb_files)
        self._check(server, done.text, worked=done.worked and got == self.size)
        client.clear()
        return seconds

    def _check(self, server: Server, text: str, *, worked: bool) -> None:
        if not worked:
            raise BenchError(f"through {server.label}: {text[-2000:]}")


def measure_cold(stage: Stage, runs: int) -> Result:
    """Sixty packages that nobody has asked for yet."""
    title = f"{COUNT} packages by apt-get, cold"
    result = Result("apt-cold", title, _tell_how("Each round starts both anew."), runs)
    ground = Ground(stage)

    def measure(who: str, _: int) -> Sampled:
        server = ground.start(who)
        client = ground.client(server)
        before_s = server.daemon.cpu_s()
        seconds = ground.install(server, client)
        cost_s = server.daemon.cpu_s() - before_s
        _stop(stage, server)
        return Sampled(seconds, cost_s * GIB / ground.size)

    rounds = _alternate(runs, measure)
    _report(result, rounds)
    says = f"{COUNT} cold packages: time against {_PEER}"
    result.judge(Target(says, 1.1), ratio(rounds, _OURS, _PEER))
    return result


def measure_warm(stage: Stage, runs: int) -> Result:
    """Sixty packages that somebody has asked for before."""
    how = _tell_how("One client has been there before.")
    result = Result("apt-warm", f"{COUNT} packages by apt-get, warm", how, runs)
    ground = Ground(stage)
    servers = {who: ground.start(who) for who in (_STRAIGHT, _PEER, _OURS)}
    for server in servers.values():
        ground.install(server, ground.client(server))

    def measure(who: str, _: int) -> Sampled:
        server = servers[who]
        client = ground.client(server)
        before_s = server.daemon.cpu_s()
        seconds = ground.install(server, client)
        cost_s = server.daemon.cpu_s() - before_s
        return Sampled(seconds, cost_s * GIB / ground.size)

    rounds = _alternate(runs, measure)
    _report(result, rounds)
    says = f"{COUNT} warm packages: speed against {_PEER}"
    result.judge(Target(says, 1.0, at_least=True), 1 / ratio(rounds, _OURS, _PEER))
    return result


def measure_crowd(stage: Stage, runs: int) -> Result:
    """Eight clients that want the same sixty packages at once, cold."""
    how = _tell_how("Each round starts both anew; the time is that of the last client.")
    title = f"{_CLIENTS} clients, {COUNT} packages by apt-get each, cold"
    result = Result("apt-crowd", title, how, runs)
    ground = Ground(stage)
    shares: dict[str, list[Sampled]] = {_OURS: [], _PEER: []}

    def measure(who: str, _: int) -> Sampled:
        server = ground.start(who)
        clients = [ground.client(server) for _ in range(_CLIENTS)]
        sleep(0.2)  # a request is logged when it ends
        ground.asked.take()
        before_s = server.daemon.cpu_s()
        seconds = _rush(ground, server, clients)
        cost_s = server.daemon.cpu_s() - before_s
        _, sent = ground.asked.take()
        shares[who].append(Sampled(sent / ground.size))
        _stop(stage, server)
        return Sampled(seconds, cost_s * GIB / (_CLIENTS * ground.size))

    rounds = _alternate(runs, measure, (_PEER, _OURS))
    _report(result, rounds)
    says = f"{_CLIENTS} clients, {COUNT} cold packages: time against {_PEER}"
    result.judge(Target(says, 0.7), ratio(rounds, _OURS, _PEER))
    most = summarise(shares[_OURS], "", "").high
    says = (
        f"{_CLIENTS} clients, {COUNT} cold packages: upstream bytes against their own"
    )
    result.judge(Target(says, 1.0, unit="× (of 1.00)"), round(most, 2))
    theirs = summarise(shares[_PEER], "", "").value
    result.tell(f"upstream bytes of {_PEER}", theirs, "×")
    return result


def _rush(ground: Ground, server: Server, clients: Sequence[AptRoot]) -> float:
    began = perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(partial(ground.install, server), clients))
    return perf_counter() - began


def _alternate(
    runs: int,
    measure: Callable[[str, int], Sampled],
    who: Sequence[str] = (_STRAIGHT, _PEER, _OURS),
) -> Rounds:
    return alternate(runs, {one: partial(measure, one) for one in who})


def _report(result: Result, rounds: Rounds) -> None:
    for who, samples in rounds.items():
        result.figures.append(summarise(samples, who, "s"))


def _stop(stage: Stage, server: Server) -> None:
    if server.label in (_OURS, _PEER):
        stage.stop(server)


def _tell_how(more: str) -> str:
    return (
        f"`apt-get install --download-only` of the first {COUNT} packages, by name, of"
        " what an empty Debian needs for `build-essential` (the real files, in an"
        " archive signed for this and without their dependencies), into an empty root"
        f" after an `apt-get update` that is not timed. The mirror is nginx. {more}"
    )
