"""A catalog of a million blobs: how fast it opens, what a hit costs; and `--help`."""

import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from time import perf_counter

from bench.figures import Result, Sampled, Target, alternate, ratio, summarise
from bench.goods import REPOSITORY, Shelves, small_image
from bench.load import press
from bench.processes import run
from bench.readers import fetch
from bench.servers import Server, Stage

_BLOBS, _NAMES, _WORKING_SET = 1_000_000, 100_000, 1000
_SECONDS = 3
_T0 = f"/v2/{REPOSITORY}/manifests/t0"
_FILL_CONTENTS = """
INSERT INTO contents (digest, size, stored_at, used_at)
WITH RECURSIVE counted(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?
)
SELECT
    'sha256:' || lower(hex(randomblob(32))), 1000000 + n, 1790000000.0,
    1790000000.0 + n
FROM counted ORDER BY 1
"""
_FILL_NAMES = """
INSERT INTO names
WITH RECURSIVE counted(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?
)
SELECT
    repository_id, 't' || n, kind, digest, media_type, size, checked_at, changed_at,
    source
FROM counted, (SELECT * FROM names WHERE tag = 't0')
"""
_SCRIPT = """
local most = %d
request = function()
  return wrk.format("GET", wrk.path .. "t" .. math.random(0, most - 1))
end
"""


def measure_catalog(stage: Stage, runs: int) -> Result:
    """1,000,000 blobs and 100,000 names, beside a catalog of 1,000 of each."""
    how = (
        f"The large catalog is written by SQL: {_BLOBS:,} contents with their links,"
        f" {_NAMES:,} names with their history. Start: from the command to `/readyz`."
        f" Hits: `wrk -t1 -c1`, median latency over {_WORKING_SET:,} names in random"
        " order; for comparison, over all names of the large one."
    )
    title = "Catalog of 1,000,000 blobs and 100,000 names"
    result = Result("catalog", title, how, runs)
    data = stage.new_directory("upstream")
    Shelves(data).put_image(small_image(1), "t0")
    registry = stage.docker_registry(data)
    stores: dict[str, Path] = {}
    for name, blobs, names in (
        ("small", _WORKING_SET, _WORKING_SET),
        ("large", _BLOBS, _NAMES),
    ):
        stores[name] = stage.new_directory(name) / "data"
        first = stage.seawall(registry, data=stores[name])
        fetch(first.port, first.place(_T0))
        stage.stop(first)
        fill_catalog(stores[name] / "catalog.db", blobs=blobs, names=names)
    _measure_starts(stage, registry, stores, result)
    servers = {n: stage.seawall(registry, data=d) for n, d in stores.items()}
    _measure_hits(stage, servers, result)
    return result


def _measure_starts(
    stage: Stage, registry: Server, stores: dict[str, Path], result: Result
) -> None:
    def start(data: Path, _: int) -> Sampled:
        began = perf_counter()
        server = stage.seawall(registry, data=data)
        seconds = perf_counter() - began
        stage.stop(server)
        return Sampled(seconds)

    starts = alternate(result.runs, {n: partial(start, d) for n, d in stores.items()})
    for name, samples in starts.items():
        result.figures.append(summarise(samples, f"start, {name} catalog", "s"))
    says = "start with 1,000,000 blobs and 100,000 names"
    found = summarise(starts["large"], "", "s").value
    result.judge(Target(says, 2.0, unit="s"), found)


def _measure_hits(stage: Stage, servers: dict[str, Server], result: Result) -> None:
    home = stage.new_directory("wrk")

    def hit(server: Server, names: int, _: int) -> Sampled:
        script = home / f"{names}.lua"
        script.write_text(_SCRIPT % names)
        load = press(
            server.url(_T0.removesuffix("t0")),
            home=home,
            connections=1,
            seconds=_SECONDS,
            script=script,
        )
        return Sampled(load.percentiles_s[50] * 1e6)

    small, large = servers["small"], servers["large"]
    ways = {
        "small": partial(hit, small, _WORKING_SET),
        "large": partial(hit, large, _WORKING_SET),
        "large, all names": partial(hit, large, _NAMES),
    }
    hits = alternate(result.runs, ways)
    for name, samples in hits.items():
        peer = small if name == "small" else large
        figure = summarise(samples, f"hit, {name}", "µs", peer.daemon)
        result.figures.append(figure)
    says = "hit latency with 1,000,000 blobs against that of a small catalog"
    result.judge(Target(says, 1.2), ratio(hits, "large", "small"))
    says = "the same over all 100,000 names, of which 8,192 fit into memory"
    result.tell(says, ratio(hits, "large, all names", "small"), "×")


def measure_help(stage: Stage, runs: int) -> Result:
    """``seawall --help``."""
    how = "The installed command, from start to exit; files cached."
    result = Result("help", "`seawall --help`", how, 2 * runs)
    command = [Path(sys.executable).parent / "seawall", "--help"]

    def ask(_: int) -> Sampled:
        began = perf_counter()
        run(command, home=stage.root / "home")
        return Sampled(perf_counter() - began)

    ask(0)
    found = summarise([ask(n) for n in range(2 * runs)], "seawall --help", "s")
    result.figures.append(found)
    result.judge(Target("`seawall --help`", 0.3, unit="s"), found.value)
    return result


def fill_catalog(path: Path, *, blobs: int, names: int) -> None:
    """Write contents and names beside the first ones; the server must be stopped."""
    database = sqlite3.connect(path)
    with closing(database), database:
        triggers = list(
            database.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
        )
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(_FILL_CONTENTS, (blobs - 1,))
        database.execute(
            """INSERT OR IGNORE INTO links (digest, repository_id)
            SELECT digest, (SELECT min(id) FROM repositories) FROM contents"""
        )
        database.execute(_FILL_NAMES, (names - 1,))
        database.execute(
            """INSERT INTO name_history
            (repository_id, tag, kind, digest, changed_at, source)
            SELECT repository_id, tag, kind, digest, changed_at, source
            FROM names WHERE tag <> 't0'"""
        )
        database.execute(
            """UPDATE totals SET names = (SELECT count(*) FROM names),
            (blobs, bytes) = (SELECT count(*), sum(size) FROM contents)"""
        )
        for _, sql in triggers:
            database.execute(sql)
