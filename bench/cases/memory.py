"""Resident memory while many readers read large blobs."""

from bench.figures import Figure, Result, Target
from bench.goods import MIB, serve_blob
from bench.readers import Crowd, Pace, Reader, fetch
from bench.servers import SLOW, Server, Stage

_HALF = 32
_SECONDS = 25.0


def measure_memory(stage: Stage, runs: int) -> Result:
    """64 readers of 256 MiB blobs, half of them cold."""
    del runs  # a peak is a peak: one round says it
    how = (
        f"{_HALF} readers each take one of 4 warm blobs, {_HALF} each a cold one of"
        f" its own, at most 8 MiB/s per reader, for {_SECONDS:g} s; upstream is nginx"
        " with `limit_rate 8m`. Peak of the whole process (VmHWM), once more with"
        " readers that take only 64 KiB/s while the upstream is fast."
    )
    title = "Memory under 64 readers of 256 MiB blobs, half of them cold"
    result = Result("memory", title, how)
    peaks = []
    for note, upstream_rate, reader_rate in (
        ("readers at 8 MiB/s", 8 * MIB, 8 * MIB),
        ("readers at 64 KiB/s", 32 * MIB, 64 * 1024),
    ):
        files = stage.new_directory("files")
        upstream = stage.nginx(files)
        slow = stage.nginx(files, bytes_per_s=upstream_rate)
        ours = stage.seawall(upstream, slow=slow)
        warm = [serve_blob(files, seed, 256 * MIB) for seed in range(4)]
        cold = [serve_blob(files, 100 + seed, 256 * MIB) for seed in range(_HALF)]
        for blob in warm:
            fetch(ours.port, ours.place(blob.path))
        crowd = [
            Reader(ours.port, ours.place(warm[number % 4].path))
            for number in range(_HALF)
        ]
        crowd += [Reader(ours.port, ours.place(blob.path, SLOW)) for blob in cold]
        idle = ours.daemon.peak_mib()
        pace = Pace(at_once=2 * _HALF, bytes_per_s=reader_rate, seconds=_SECONDS)
        Crowd(crowd, pace).read()
        peaks.append(ours.daemon.peak_mib())
        result.figures += [_figure(ours, f"{note}, before", idle)]
        result.figures += [_figure(ours, note, peaks[-1])]
        gib = sum(reader.received for reader in crowd) / 1024**3
        result.tell(f"read in that time, {note}", gib, "GiB")
        stage.stop(ours)
    says = "resident memory under 64 readers of 256 MiB, half of them cold"
    result.judge(Target(says, 150.0, unit="MiB"), max(peaks))
    return result


def _figure(server: Server, note: str, peak: float) -> Figure:
    return Figure(f"{server.label}, {note}", peak, "MiB", peak, peak)
