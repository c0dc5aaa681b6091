"""One large layer where a connection is the limit, and where there are two sources."""

import sys
from functools import partial
from pathlib import Path
from time import perf_counter

from bench.figures import (
    GIB,
    Figure,
    Result,
    Rounds,
    Sampled,
    Target,
    alternate,
    summarise,
)
from bench.goods import MIB, REPOSITORY, Blob, serve_blob, serve_image
from bench.processes import run
from bench.readers import fetch
from bench.servers import REGISTRY, Ledger, Server, Stage, Variant

_MB = 1_000_000
_SIZE = 512 * MIB
_EACH, _WHOLE = 20 * _MB, 120 * _MB
_SLOW, _FAST = 20 * _MB, 60 * _MB


def measure_stripes(stage: Stage, runs: int) -> Result:
    """A 512 MiB layer at 20 MB/s for each connection, 120 MB/s in all."""
    how = (
        "One reader, a cold blob of 512 MiB, another one in each round. The upstream"
        " (`bench/shaped`) gives each connection 20 MB/s and all of them 120 MB/s, by"
        " `sendfile`; straight over one connection that is 20 MB/s at most. Rates are"
        " over the whole blob, from the request to the last byte, verified and durable."
    )
    title = "One layer of 512 MiB, several connections"
    result = Result("stripes", title, how, runs)
    files = stage.new_directory("files")
    upstream = stage.shaped(files, each=_EACH, whole=_WHOLE)
    proxy = stage.docker_registry(stage.new_directory("proxy"), proxy_of=upstream)
    four = stage.seawall(upstream)
    eight = stage.seawall(upstream, more=Variant(stripes=8))
    sent, cost = Ledger(upstream), _Costs(upstream)
    overhead: dict[str, list[Sampled]] = {}

    def pull(name: str, server: Server, number: int) -> Sampled:
        blob = serve_blob(files, 10 * number + len(name), _SIZE)
        sent.take()
        with cost:
            sample = _fetch(server, blob)
        overhead.setdefault(name, []).append(Sampled(sent.take()[1] / _SIZE))
        return sample

    ways = {
        "Seawall, as usual: 4 connections": four,
        "Seawall, `limits.stripes = 8`": eight,
        proxy.label: proxy,
    }
    rounds = alternate(runs, {n: partial(pull, n, s) for n, s in ways.items()})
    for name, server in ways.items():
        result.figures.append(summarise(rounds[name], name, "MB/s", server.daemon))
    for (name, bound), count in zip(
        zip(ways, (0.6, 0.85), strict=False), (4, 8), strict=True
    ):
        says = f"512 MiB over {count} connections: part of what the upstream has in all"
        found = summarise(rounds[name], name, "").value * _MB / _WHOLE
        result.judge(Target(says, bound, at_least=True, unit="of 120 MB/s"), found)
        says = f"the same, {count} connections: upstream bytes against the layer's own"
        result.judge(Target(says, 1.05), summarise(overhead[name], "", "").high)
    found = _rate_against(rounds, next(iter(ways)), proxy.label)
    result.tell("rate against docker-registry as proxy, 4 connections", found, "×")
    cost.tell(result)
    return result


def measure_sources(stage: Stage, runs: int) -> Result:
    """The same layer from two sources, of 20 and of 60 MB/s."""
    how = (
        "The same blobs, and a mirror of 20 MB/s listed before an origin of 60 MB/s,"
        " each for all of its connections together. `seawall warm` of an image of one"
        " layer is timed from the command to its exit; then a reader reads another"
        " blob. Nobody knows the sources' speeds before the first round's `warm`."
    )
    title = "One layer of 512 MiB, two sources"
    result = Result("sources", title, how, runs)
    files = stage.new_directory("files")
    mirror = stage.shaped(files, each=_SLOW, whole=_SLOW)
    origin = stage.shaped(files, each=_FAST, whole=_FAST)
    ours = stage.seawall(origin, more=Variant(mirrors=(mirror,)))
    alone = stage.seawall(origin)
    cost = _Costs(origin)
    ledgers = [Ledger(mirror), Ledger(origin)]
    shares: list[Sampled] = []

    def warm(number: int) -> Sampled:
        blob = serve_blob(files, 10 * number, _SIZE)
        serve_image(files, blob, f"v{number}")
        for ledger in ledgers:
            ledger.take()
        with cost:
            began = perf_counter()
            _warm(ours, f"v{number}")
            seconds = perf_counter() - began
        shares.append(Sampled(sum(one.take()[1] for one in ledgers) / _SIZE))
        return Sampled(_SIZE / seconds / _MB)

    def read(seed: int, server: Server, number: int) -> Sampled:
        blob = serve_blob(files, 10 * number + seed, _SIZE)
        serve_image(files, blob, f"v{number}-{seed}")
        tag = f"/v2/{REPOSITORY}/manifests/v{number}-{seed}"
        fetch(server.port, server.place(tag))  # as clients do, so its size is known
        return _fetch(server, blob)

    rounds = alternate(
        runs,
        {
            "`seawall warm`, both sources": warm,
            "a reader, both sources": partial(read, 1, ours),
            "a reader, the better source alone": partial(read, 2, alone),
        },
    )
    result.figures += [summarise(rounds[name], name, "MB/s") for name in rounds]
    found = summarise(rounds["`seawall warm`, both sources"], "", "").value
    says = "512 MiB from 20 and 60 MB/s, `seawall warm`: part of their sum"
    target = Target(says, 0.85, at_least=True, unit="of 80 MB/s")
    result.judge(target, found * _MB / (_SLOW + _FAST))
    found = summarise(rounds["a reader, both sources"], "", "").value
    says = "the same, a body that a client reads: part of the better source"
    target = Target(says, 0.95, at_least=True, unit="of 60 MB/s")
    result.judge(target, found * _MB / _FAST)
    says = "`seawall warm` from two sources: upstream bytes against the layer's own"
    result.judge(Target(says, 1.05), summarise(shares, "", "").high)
    cost.tell(result)
    return result


def _fetch(server: Server, blob: Blob) -> Sampled:
    before_s = server.daemon.cpu_s()
    reader = fetch(server.port, server.place(blob.path))
    cost_s = server.daemon.cpu_s() - before_s
    seconds = reader.ended_s - reader.started_s
    return Sampled(blob.size / seconds / _MB, cost_s * GIB / blob.size)


def _warm(server: Server, tag: str) -> None:
    image = f"{REGISTRY}/{REPOSITORY}:{tag}"
    config = Path(server.home) / "seawall.toml"
    command = [sys.executable, "-m", "seawall", "warm", "--config", config, image]
    run(command, home=server.home / "cli")


def _rate_against(rounds: Rounds, ours: str, theirs: str) -> float:
    pairs = zip(rounds[ours], rounds[theirs], strict=True)
    return sorted(a.value / b.value for a, b in pairs)[len(rounds[ours]) // 2]


class _Costs:
    """What shaping a speed costs, so that nobody mistakes it for what is measured."""

    def __init__(self, upstream: Server) -> None:
        self._upstream = upstream
        self._shares: list[Sampled] = []

    def __enter__(self) -> None:
        self._cpu_s, self._began = self._upstream.daemon.cpu_s(), perf_counter()

    def __exit__(self, *_: object) -> None:
        used_s = self._upstream.daemon.cpu_s() - self._cpu_s
        share = used_s / (perf_counter() - self._began)
        self._shares.append(Sampled(share * 100))

    def tell(self, result: Result) -> None:
        """Say so."""
        most: Figure = summarise(self._shares, "", "%")
        result.tell("CPU of the upstream, at most", most.high, "% of one core")
