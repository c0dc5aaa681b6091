"""Thirty-two clients that want one cold blob at once."""

from functools import partial
from time import sleep

from bench.figures import GIB, Result, Sampled, Target, alternate, ratio, summarise
from bench.goods import MIB, Shelves
from bench.processes import BenchError
from bench.readers import Crowd, Pace, Reader
from bench.servers import Ledger, Server, Stage

_CLIENTS = 32


def measure_crowd(stage: Stage, runs: int) -> Result:
    """32 clients on one cold 256 MiB blob, another blob in each round."""
    runs = min(runs, 5)  # each round takes 256 MiB three times
    how = (
        f"{_CLIENTS} raw-socket readers at once, from the first request to the last"
        " byte of the last; upstream is docker-registry, whose access log tells the"
        " requests."
    )
    result = Result("crowd", f"{_CLIENTS} clients, one cold 256 MiB blob", how, runs)
    data = stage.new_directory("upstream")
    shelves = Shelves(data)
    registry = stage.docker_registry(data)
    asked = Ledger(registry)
    proxy_data = stage.new_directory("proxy-data")
    proxy = stage.docker_registry(proxy_data, proxy_of=registry)
    ours = stage.seawall(registry)
    blobs = [shelves.make_blob(number, 256 * MIB) for number in range(runs)]
    fetches: dict[str, list[Sampled]] = {ours.label: [], proxy.label: []}

    def rush(server: Server, number: int) -> Sampled:
        blob = blobs[number]
        crowd = [Reader(server.port, server.place(blob.path)) for _ in range(_CLIENTS)]
        before_s = server.daemon.cpu_s()
        sleep(1)  # a request is logged when it ends, which may be after its client's
        asked.take()
        seconds = Crowd(crowd, Pace(at_once=_CLIENTS)).read()
        cost_s = server.daemon.cpu_s() - before_s
        if not all(reader.complete for reader in crowd):
            raise BenchError(f"{server.label}: not every body came whole")
        fetches[server.label].append(Sampled(asked.take()[0]))
        return Sampled(seconds, cost_s * GIB / (_CLIENTS * blob.size))

    servers = {proxy.label: proxy, ours.label: ours}
    rounds = alternate(runs, {n: partial(rush, s) for n, s in servers.items()})
    for name, server in servers.items():
        result.figures.append(summarise(rounds[name], name, "s", server.daemon))
    says = "32 clients, one cold blob: time against docker-registry as proxy"
    result.judge(Target(says, 0.8), ratio(rounds, ours.label, proxy.label))
    most = summarise(fetches[ours.label], "", "").high
    says = "32 clients, one cold blob: upstream fetches"
    result.judge(Target(says, 1, unit="fetches"), most)
    theirs = summarise(fetches[proxy.label], "", "").value
    result.tell("upstream fetches of docker-registry as proxy", theirs, "fetches")
    return result
