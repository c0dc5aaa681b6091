"""What Seawall already has: large blobs, manifests, and calm while others fill."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import sleep

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
from bench.goods import MIB, REPOSITORY, Shelves, serve_blob, small_image
from bench.load import press
from bench.readers import Crowd, Pace, Reader, fetch
from bench.servers import SLOW, Server, Stage
from seawall.oci import mediatypes

_SECONDS = 4
_BY_TAG = f"/v2/{REPOSITORY}/manifests/latest"


def measure_blob(stage: Stage, runs: int) -> Result:
    """A 256 MiB blob from the page cache, through plain HTTP."""
    how = f"`wrk -t1`, {_SECONDS} s each; MiB/s of all bytes received."
    result = Result("blob", "Warm 256 MiB blob", how, runs)
    data = stage.new_directory("upstream")
    shelves = Shelves(data)
    blob = shelves.make_blob(1, 256 * MIB)
    registry = stage.docker_registry(data)
    files = stage.new_directory("files")
    served = files / blob.path.lstrip("/")
    served.parent.mkdir(parents=True)
    served.hardlink_to(shelves.file_of(blob))
    nginx = stage.nginx(files)
    ours = stage.seawall(registry)
    for one in (ours, nginx, registry):
        fetch(one.port, one.place(blob.path))
    for connections in (1, 16):
        rounds = _press_all(
            stage, (ours, nginx, registry), blob.path, connections, runs
        )
        _summarise(result, rounds, (ours, nginx, registry), _note(connections))
        for peer, bound in ((nginx, 1.2), (registry, 1.0)):
            says = f"warm blob{_note(connections)}: rate against {peer.label}"
            found = ratio(rounds, ours.label, peer.label)
            result.judge(Target(says, bound, at_least=True), found)
    return result


def measure_tls(stage: Stage, runs: int) -> Result:
    """The same through TLS."""
    how = f"As above, with each server's own choice of cipher, {_SECONDS} s each."
    result = Result("tls", "Warm 256 MiB blob through TLS", how, runs)
    data = stage.new_directory("upstream")
    blob = Shelves(data).make_blob(1, 256 * MIB)
    plain = stage.docker_registry(data)
    store = stage.new_directory("store") / "data"
    filling = stage.seawall(plain, data=store)
    fetch(filling.port, filling.place(blob.path))
    stage.stop(filling)
    registry = stage.docker_registry(data, tls=True)
    ours = stage.seawall(plain, data=store, tls=True)
    for connections in (1, 16):
        rounds = _press_all(stage, (ours, registry), blob.path, connections, runs)
        _summarise(result, rounds, (ours, registry), _note(connections))
        says = (
            f"warm blob through TLS{_note(connections)}: rate against {registry.label}"
        )
        found = ratio(rounds, ours.label, registry.label)
        result.judge(Target(says, 0.9, at_least=True), found)
    return result


def measure_manifest(stage: Stage, runs: int) -> Result:
    """A manifest by tag, beside docker-registry's by digest."""
    how = (
        "`wrk -t1 -c64`; Seawall by tag, docker-registry by digest (which spares it a"
        " look-up); access log and metrics on."
    )
    result = Result("manifest", "Warm manifest, 64 connections", how, runs)
    data = stage.new_directory("upstream")
    image = small_image(1)
    Shelves(data).put_image(image, "latest")
    registry = stage.docker_registry(data)
    ours = stage.seawall(registry)
    fetch(ours.port, ours.place(_BY_TAG))
    by_digest = f"/v2/{REPOSITORY}/manifests/{image.digest}"

    def ask(server: Server, path: str, _: int) -> Sampled:
        return Sampled(
            press(
                server.url(path),
                home=stage.root / "wrk",
                connections=64,
                seconds=_SECONDS,
                accept=mediatypes.OCI_MANIFEST,
            ).requests_per_s
        )

    ways = {
        ours.label: partial(ask, ours, _BY_TAG),
        registry.label: partial(ask, registry, by_digest),
    }
    rounds = alternate(runs, ways)
    _summarise(result, rounds, (ours, registry), "", unit="answers/s")
    says = "warm manifest by tag: answers/s against docker-registry by digest"
    target = Target(says, 6.0, at_least=True)
    result.judge(target, ratio(rounds, ours.label, registry.label))
    return result


def measure_calm(stage: Stage, runs: int) -> Result:
    """How much 64 slow fills disturb hits."""
    how = (
        "`wrk -t1 -c16` on a manifest by tag: p99. The fills come from nginx with"
        " `limit_rate 1000000`, 5–9 MB each, a new one for each that ends."
    )
    title = "Warm manifest while 64 fills run at 1 MB/s each"
    result = Result("calm", title, how, runs)
    data = stage.new_directory("upstream")
    Shelves(data).put_image(small_image(1), "latest")
    files = stage.new_directory("files")
    slow = stage.nginx(files, bytes_per_s=1_000_000)
    ours = stage.seawall(stage.docker_registry(data), slow=slow)
    fetch(ours.port, ours.place(_BY_TAG))

    def press_hits() -> float:
        load = press(
            ours.url(_BY_TAG),
            home=stage.root / "wrk",
            connections=16,
            seconds=_SECONDS,
            accept=mediatypes.OCI_MANIFEST,
        )
        return load.percentiles_s[99] * 1000

    def calm(_: int) -> Sampled:
        return Sampled(press_hits())

    def filling(number: int) -> Sampled:
        sizes = [5_000_000 + 62_500 * place for place in range(64)] * 2
        blobs = [
            serve_blob(files, number * 1000 + place, size)
            for place, size in enumerate(sizes)
        ]
        crowd = [Reader(ours.port, ours.place(b.path, SLOW)) for b in blobs]
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(Crowd(crowd, Pace(at_once=64)).read)
            sleep(0.5)  # until all of them are connected
            hits = press_hits()
            reading.result()
        return Sampled(hits)

    rounds = alternate(runs, {"without fills": calm, "with 64 fills": filling})
    for name, samples in rounds.items():
        result.figures.append(summarise(samples, name, "ms", ours.daemon))
    says = "p99 of warm hits while 64 fills run, against without"
    result.judge(Target(says, 2.0), ratio(rounds, "with 64 fills", "without fills"))
    return result


def _press_all(
    stage: Stage, servers: Sequence[Server], path: str, connections: int, runs: int
) -> Rounds:
    def measure(server: Server, _: int) -> Sampled:
        before_s = server.daemon.cpu_s()
        load = press(
            server.url(path),
            home=stage.root / "wrk",
            connections=connections,
            seconds=_SECONDS,
        )
        cost_s = server.daemon.cpu_s() - before_s
        gib = load.received_bytes / GIB
        return Sampled(load.bytes_per_s / MIB, cost_s / gib)

    return alternate(runs, {one.label: partial(measure, one) for one in servers})


def _summarise(
    result: Result,
    rounds: Rounds,
    servers: Sequence[Server],
    note: str,
    *,
    unit: str = "MiB/s",
) -> None:
    for server in servers:
        samples = rounds[server.label]
        name = server.label + note
        result.figures.append(summarise(samples, name, unit, server.daemon))


def _note(connections: int) -> str:
    return f", {connections} connection{'s' if connections > 1 else ''}"
