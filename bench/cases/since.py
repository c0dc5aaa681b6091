"""What the paths without faults cost, beside an earlier commit of this tree."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from bench.figures import GIB, Result, Rounds, Sampled, Target, alternate, summarise
from bench.goods import MIB, REPOSITORY, Shelves, serve_blob, small_image
from bench.load import press
from bench.processes import BenchError
from bench.readers import Crowd, Pace, Reader, fetch
from bench.servers import SLOW, Server, Stage, Variant
from seawall.oci import mediatypes

_SECONDS = 3
_SMALL, _SMALL_BYTES = 64, 256 * 1024
_LARGE_BYTES = 256 * MIB
_BY_TAG = f"/v2/{REPOSITORY}/manifests/latest"
_BEFORE, _AGAIN, _NOW = "before", "before, once more", "now"

Measure = Callable[[Server], tuple[float, float]]
"""Measures one path at one server: seconds and CPU seconds for the same work."""


def measure_since(stage: Stage, runs: int) -> Result:
    """Warm and cold paths without faults, now and before."""
    ref = stage.against
    how = (
        f"This tree beside commit {ref[:7]}, the last one before faults of upstreams"
        " were dealt with, and beside that one once more, so that the noise of this"
        " very run is known: three processes, taking turns within a round. Seconds of"
        " the client, and CPU seconds of the server, for the same work: a blob of"
        f" {_LARGE_BYTES // MIB} MiB that is held (`wrk -t1 -c1`), a manifest by tag"
        f" that is held (`wrk -t1 -c64`), a cold blob of {_LARGE_BYTES // MIB} MiB,"
        f" and {_SMALL} cold blobs of {_SMALL_BYTES // 1024} KiB, 8 at a time; upstream"
        " of cold ones is nginx. The noise is the farthest that one of the old commit's"
        " two processes was from the other in any round; a cost above that counts."
    )
    result = Result("since", "Without faults, now and before", how, runs)
    tree = _extract(ref, stage.new_directory("before"))
    data = stage.new_directory("upstream")
    shelves = Shelves(data)
    blob = shelves.make_blob(1, _LARGE_BYTES)
    shelves.put_image(small_image(1), "latest")
    registry = stage.docker_registry(data)
    files = stage.new_directory("files")
    plain = stage.nginx(files)
    trees = {_BEFORE: tree, _AGAIN: tree, _NOW: None}
    servers = {
        name: stage.seawall(registry, slow=plain, more=Variant(tree=one))
        for name, one in trees.items()
    }
    for server in servers.values():
        fetch(server.port, server.place(blob.path))
        fetch(server.port, server.place(_BY_TAG))
    seeds = count()
    paths: dict[str, Measure] = {
        "warm blob": partial(_press, stage, blob.path, 1),
        "warm manifest": partial(_press, stage, _BY_TAG, 64),
        "cold blob": partial(_fill, files, seeds, 1, _LARGE_BYTES),
        "cold small blobs": partial(_fill, files, seeds, _SMALL, _SMALL_BYTES),
    }
    for path, measure in paths.items():
        _compare(result, path, measure, servers, runs)
    return result


def _compare(
    result: Result,
    path: str,
    measure: Measure,
    servers: dict[str, Server],
    runs: int,
) -> None:
    costs: Rounds = {name: [] for name in servers}

    def take(name: str, _: int) -> Sampled:
        seconds, cpu_s = measure(servers[name])
        costs[name].append(Sampled(cpu_s * 1000))
        return Sampled(seconds * 1000)

    times = alternate(runs, {name: partial(take, name) for name in servers})
    for what, rounds in (("time", times), ("CPU", costs)):
        for name in servers:
            figure = summarise(rounds[name], f"{path}, {what}, {name}", "ms")
            result.figures.append(figure)
        noise = max(abs(one - 1) for one in _ratios(rounds, _AGAIN))
        found = median(_ratios(rounds, _NOW))
        says = f"without faults, {path}: {what} against before (bound: the noise)"
        result.judge(Target(says, round(1 + noise, 3)), found)


def _ratios(rounds: Rounds, name: str) -> list[float]:
    pairs = zip(rounds[name], rounds[_BEFORE], strict=True)
    return [max(a.value, 1e-6) / max(b.value, 1e-6) for a, b in pairs]


def _press(
    stage: Stage, path: str, connections: int, server: Server
) -> tuple[float, float]:
    """Give seconds and CPU seconds of a GiB, or of 10,000 answers."""
    before_s = server.daemon.cpu_s()
    load = press(
        server.url(path),
        home=stage.root / "wrk",
        connections=connections,
        seconds=_SECONDS,
        accept=mediatypes.OCI_MANIFEST if path == _BY_TAG else "",
    )
    cpu_s = server.daemon.cpu_s() - before_s
    units = load.received_bytes / GIB
    if path == _BY_TAG:
        units = load.requests_per_s * _SECONDS / 10_000
    return _SECONDS / units, cpu_s / units


def _fill(
    files: Path, seeds: "count[int]", blobs: int, size: int, server: Server
) -> tuple[float, float]:
    """Give seconds and CPU seconds of so many cold blobs."""
    crowd = []
    for _ in range(blobs):
        blob = serve_blob(files, next(seeds), size)
        crowd.append(Reader(server.port, server.place(blob.path, SLOW)))
    before_s = server.daemon.cpu_s()
    seconds = Crowd(crowd, Pace(at_once=8)).read()
    if not all(reader.complete for reader in crowd):
        raise BenchError("not every body came whole")
    return seconds, server.daemon.cpu_s() - before_s


def _extract(ref: str, place: Path) -> Path:
    """Lay an earlier commit's sources out.

    Raises:
        BenchError: This clone does not have it.
    """
    root = Path(__file__).parents[2]
    command = ["git", "-C", str(root), "archive", ref, "src"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise BenchError(f"git archive {ref}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(place, filter="data")
    return place
