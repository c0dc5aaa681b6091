"""A source that stops dead in the middle of a body, with another one alive."""

import threading
from functools import partial

from bench.figures import Result, Sampled, Target, alternate, summarise
from bench.goods import MIB, serve_blob
from bench.processes import BenchError
from bench.readers import Crowd, Pace, Reader, fetch
from bench.servers import Server, Stage, Variant

_SEEN = 56 * 8 * MIB  # segments are of 8 MiB
_SIZE = 128 * MIB
_AT = 48 * MIB
_PACE = 150_000_000


def measure_stalls(stage: Stage, runs: int) -> Result:
    """How long a client hears nothing when its source stops dead."""
    how = (
        "Two sources of 150 MB/s (`bench/shaped`); the first one's process is stopped"
        f" (SIGSTOP) once a reader has {_AT // MIB} of {_SIZE // MIB} MiB: its"
        " connections stand, and nothing comes any more. The longest time between two"
        " reads of that client, in real time, Seawall started anew for each round;"
        " known means that 56 segments of 8 MiB came from that source before."
    )
    title = "A source stops dead in mid-blob, another one is alive"
    result = Result("stalls", title, how, runs)
    rounds = alternate(
        runs,
        {
            "Seawall, source known": partial(_stall, stage, known=True),
            "Seawall, source unknown": partial(_stall, stage, known=False),
        },
    )
    for (name, samples), bound in zip(rounds.items(), (4.0, 8.0), strict=True):
        figure = summarise(samples, name, "s")
        result.figures.append(figure)
        says = f"source stops dead in mid-blob ({name[9:]}): longest gap at the client"
        result.judge(Target(says, bound, unit="s"), figure.high)
    return result


def _stall(stage: Stage, number: int, *, known: bool) -> Sampled:
    files = stage.new_directory("files")
    seed = 2 * number + known
    first = stage.shaped(files, each=_PACE, whole=_PACE)
    second = stage.shaped(files, each=_PACE, whole=_PACE)
    server = stage.seawall(second, more=Variant(mirrors=(first,)))
    if known:
        before = serve_blob(files, 1000 + seed, _SEEN)
        fetch(server.port, server.place(before.path))
    blob = serve_blob(files, seed, _SIZE)
    reader = Reader(server.port, server.place(blob.path))
    watch = threading.Thread(target=_freeze_at, args=(reader, first))
    watch.start()
    try:
        Crowd([reader], Pace(wait_s=90)).read()
    finally:
        watch.join()
        first.daemon.thaw()
        for one in (server, first, second):
            stage.stop(one)
    if not reader.complete:
        raise BenchError(f"{reader.received} of {reader.promised} bytes came")
    return Sampled(reader.longest_gap_s)


def _freeze_at(reader: Reader, source: Server) -> None:
    ended = threading.Event()
    while reader.received < _AT and not reader.ended_s:
        ended.wait(0.005)
    source.daemon.freeze()
