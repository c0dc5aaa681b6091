"""A whole `main` suite is published anew: what it costs to follow."""

import hashlib
import lzma
import subprocess
import time
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter

from bench.figures import Result, Sampled, Target, summarise
from bench.processes import BenchError, free_low_port
from bench.servers import Server, Stage
from seawall.testing.archives import SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage

_INDEX = "main/binary-amd64/Packages.xz"
_PLACE = "/debian/sample"
_LISTS = Path("/var/lib/apt/lists")
_WAIT_S = 60.0


def measure_flip(stage: Stage, runs: int) -> Result:
    """One client has the index; then the suite changes, and a package of it is read."""
    how = (
        "The `main` index of this machine's own release, as its apt has it, signed for"
        " this and published by nginx, once more in each round with a package that was"
        " not there before. From the first request after that until the new suite and"
        " the new package, verified, have been answered: the suite's index is fetched,"
        " verified and unpacked, and the table of its packages is made. CPU seconds"
        " and peak memory (VmHWM) are the whole process's."
    )
    result = Result("flip", "A full `main` suite flips", how, runs)
    archive = SampleArchive(SampleSuite(components=()))
    key = stage.root / "key.gpg"
    key.write_bytes(archive.keyring)
    text = _find_main()
    stanzas = text.count(b"\nPackage: ") + 1
    files = stage.new_directory("mirror")
    _publish(archive, text, [], files)
    mirror = stage.nginx(files, port=free_low_port())
    ours = stage.archive(mirror, key, more=("fresh_s = 0", "negative_s = 0"))
    idle = ours.daemon.peak_mib()
    _get(ours, f"dists/stable/{_INDEX}")
    times, costs = [], []
    added: list[SamplePackage] = []
    for number in range(runs):
        added.append(SamplePackage(f"flip{number}"))
        _publish(archive, text, added, files)
        before_s, began = ours.daemon.cpu_s(), perf_counter()
        _wait_for_flip(ours, archive, added[-1])
        times.append(Sampled(perf_counter() - began))
        costs.append(Sampled(ours.daemon.cpu_s() - before_s))
    result.figures.append(summarise(times, "time", "s", ours.daemon))
    result.figures.append(summarise(costs, "CPU", "s", ours.daemon))
    says = f"flip of a suite of {stanzas:,} packages: CPU"
    result.judge(Target(says, 2.0, unit="s"), summarise(costs, "", "").value)
    says = f"flip of a suite of {stanzas:,} packages: resident memory"
    result.judge(Target(says, 150.0, unit="MiB"), ours.daemon.peak_mib())
    result.tell("resident memory before any suite was read", idle, "MiB")
    result.tell("index, unpacked", len(text) / 2**20, "MiB")
    return result


def _find_main() -> bytes:
    """Give the largest index that this machine's apt has: that of its release."""
    found = sorted(_LISTS.glob("*_main_binary-*_Packages*"), key=_size)
    if not found:
        raise BenchError(f"{_LISTS} has no index of main: apt-get update")
    command = ["/usr/lib/apt/apt-helper", "cat-file", str(found[-1])]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _size(path: Path) -> int:
    return path.stat().st_size


def _publish(
    archive: SampleArchive, text: bytes, added: list[SamplePackage], root: Path
) -> None:
    stanzas = "\n".join(one.stanza(one.pool_path) for one in added).encode()
    index = lzma.compress(stanzas + b"\n" + text if stanzas else text, preset=2)
    archive.files.clear()
    archive.publish([], extra={_INDEX: index})
    files = dict(archive.files) | {one.pool_path: one.deb for one in added}
    # The suite last, as archives do it.
    for path in sorted(files, key=lambda path: "Release" in path):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.new")
        fresh.write_bytes(files[path])
        fresh.replace(target)


def _wait_for_flip(ours: Server, archive: SampleArchive, added: SamplePackage) -> None:
    end = time.monotonic() + _WAIT_S
    wanted = archive.files["dists/stable/InRelease"]
    while time.monotonic() < end:
        if _get(ours, "dists/stable/InRelease")[0] == wanted:
            break
        time.sleep(0.02)
    body, status = _get(ours, added.pool_path)
    right = hashlib.sha256(body).digest() == hashlib.sha256(added.deb).digest()
    if not right or "unverified" in status:
        raise BenchError(f"{added.pool_path}: {len(body)} bytes, {status}")


def _get(server: Server, path: str) -> tuple[bytes, str]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=_WAIT_S)
    try:
        connection.request("GET", f"{_PLACE}/{path}")
        reply = connection.getresponse()
        body = reply.read()
        if reply.status != 200:
            raise BenchError(f"{path}: {reply.status}, {body[:500]!r}")
        return body, reply.getheader("Cache-Status", "")
    finally:
        connection.close()
