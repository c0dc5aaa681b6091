"""A cold pull by one client: time, bytes asked of the upstream, the first byte."""

import shutil
from functools import partial
from pathlib import Path
from time import perf_counter

from bench.figures import Result, Sampled, Target, alternate, ratio, summarise
from bench.goods import MIB, REPOSITORY, Shelves, make_image, serve_blob
from bench.processes import run
from bench.readers import fetch
from bench.servers import REGISTRY, Ledger, Server, Stage

_PROBES = 8


def measure_image(stage: Stage, runs: int) -> Result:
    """An image of 72 MiB that nobody has pulled yet."""
    how = (
        "`skopeo copy docker://… oci:…`, three layers of 24 MiB, another image in each"
        " round; upstream is docker-registry on the same machine and its access log"
        " tells the bytes."
    )
    result = Result("image", "Cold 72 MiB image, one skopeo", how, runs)
    data = stage.new_directory("upstream")
    shelves = Shelves(data)
    images = [make_image(n, layers=3, layer_bytes=24 * MIB) for n in range(runs + 1)]
    for number, image in enumerate(images):
        shelves.put_image(image, f"v{number}")
    registry = stage.docker_registry(data)
    asked = Ledger(registry)
    proxy_data = stage.new_directory("proxy-data")
    proxy = stage.docker_registry(proxy_data, proxy_of=registry)
    ours = stage.seawall(registry)
    shares: dict[str, list[Sampled]] = {ours.label: [], proxy.label: []}

    def pull(server: Server, number: int) -> Sampled:
        target = stage.root / "pulled"
        asked.take()
        seconds = pull_image(server, f"v{number}", target)
        shutil.rmtree(target)
        _, sent = asked.take()
        if server.label in shares and number < runs:
            whole = sum(map(len, images[number].contents.values()))
            shares[server.label].append(Sampled(sent / whole))
        return Sampled(seconds)

    servers = {"straight from the upstream": registry, proxy.label: proxy}
    servers[ours.label] = ours
    for server in servers.values():
        pull(server, runs)  # one ahead, so that nobody is asked for the first time
    ways = {name: partial(pull, one) for name, one in servers.items()}
    rounds = alternate(runs, ways)
    for name, server in servers.items():
        result.figures.append(summarise(rounds[name], name, "s", server.daemon))
    warm = [pull(ours, number) for number in range(runs)]
    result.figures.append(summarise(warm, "Seawall, warm", "s", ours.daemon))
    says = "cold 72 MiB image: time against pulling straight"
    found = ratio(rounds, ours.label, "straight from the upstream")
    result.judge(Target(says, 1.3), found)
    share = summarise(shares[ours.label][:runs], ours.label, "×")
    says = "cold image: upstream bytes against the image's own"
    result.judge(Target(says, 1.0, unit="× (of 1.00)"), round(share.high, 2))
    theirs = summarise(shares[proxy.label], proxy.label, "×").value
    result.tell("upstream bytes of docker-registry as proxy", theirs, "×")
    found = ratio(rounds, ours.label, proxy.label)
    result.tell("time against docker-registry as proxy", found, "×")
    return result


def pull_image(server: Server, tag: str, target: Path) -> float:
    """Pull an image with skopeo into a layout; give the seconds it took."""
    place = f"{REGISTRY}/{REPOSITORY}" if server.is_seawall else REPOSITORY
    source = f"docker://127.0.0.1:{server.port}/{place}:{tag}"
    command = ["skopeo", "copy", "--quiet", "--src-tls-verify=false", source]
    began = perf_counter()
    run([*command, f"oci:{target}:{tag}"], home=target.parent / "skopeo")
    return perf_counter() - began


def measure_first_byte(stage: Stage, runs: int) -> Result:
    """How much later the first byte comes than straight from the upstream."""
    how = (
        f"{_PROBES} cold blobs of 6 MB per round and way, one after the other, on a"
        " connection of their own; upstream is nginx, at full speed and at 1 MB/s."
        " The time is from the request to the first byte of the body, medians of each"
        " round."
    )
    result = Result("first-byte", "First byte of a cold blob", how, runs)
    for rate, note in ((0, ""), (1_000_000, ", upstream at 1 MB/s")):
        _probe(stage, runs, result, rate, note)
    return result


def _probe(stage: Stage, runs: int, result: Result, rate: int, note: str) -> None:
    files = stage.new_directory("files")
    upstream = stage.nginx(files, bytes_per_s=rate)
    ours = stage.seawall(upstream)
    every = 1 if rate == 0 else 4

    def wait(server: Server, number: int) -> Sampled:
        waits = []
        for place in range(0, _PROBES, every):
            blob = serve_blob(files, number * 100 + place, 6_000_000)
            began = fetch(server.port, server.place(blob.path))
            waits.append((began.first_byte_s - began.started_s) * 1000)
        return Sampled(sorted(waits)[len(waits) // 2])

    ways = {"straight": partial(wait, upstream), ours.label: partial(wait, ours)}
    rounds = alternate(runs, ways)
    for name in ways:
        samples = rounds[name]
        result.figures.append(summarise(samples, name + note, "ms"))
    late = [
        Sampled(a.value - b.value)
        for a, b in zip(rounds[ours.label], rounds["straight"], strict=True)
    ]
    says = f"first byte of a cold blob after the upstream's{note}"
    found = summarise(late, "", "ms").value
    result.judge(Target(says, 30.0, unit="ms"), found)
