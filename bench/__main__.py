"""``python -m bench [--group NAME…] [--only NAME…] [--runs N] [--against REF]``."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench import report
from bench.cases import (
    apt,
    catalog,
    cold,
    crowd,
    flip,
    memory,
    since,
    stalls,
    stripes,
    warm,
)
from bench.figures import Result
from bench.processes import BenchError
from bench.servers import Stage

Case = Callable[[Stage, int], Result]
GROUPS: dict[str, dict[str, Case]] = {
    "speed": {
        "blob": warm.measure_blob,
        "tls": warm.measure_tls,
        "manifest": warm.measure_manifest,
        "calm": warm.measure_calm,
        "image": cold.measure_image,
        "first-byte": cold.measure_first_byte,
        "crowd": crowd.measure_crowd,
        "memory": memory.measure_memory,
        "catalog": catalog.measure_catalog,
        "help": catalog.measure_help,
        "apt-warm": apt.measure_warm,
        "apt-cold": apt.measure_cold,
        "apt-crowd": apt.measure_crowd,
        "flip": flip.measure_flip,
    },
    "sources": {
        "stripes": stripes.measure_stripes,
        "pair": stripes.measure_sources,
        "stalls": stalls.measure_stalls,
        "since": since.measure_since,
    },
}
CASES = {name: case for group in GROUPS.values() for name, case in group.items()}
_TOOLS = ("docker-registry", "nginx", "skopeo", "wrk", "apt-cacher-ng")
_BEFORE_FAULTS = "81b0e5f8"
_ROOT = Path(__file__).parent.parent


def main() -> int:
    """Run the cases one after the other; 0 if all of them could be measured."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=CASES, help="these cases")
    parser.add_argument("--group", nargs="+", choices=GROUPS, help="these groups")
    parser.add_argument("--runs", type=int, default=5, help="rounds of each case")
    parser.add_argument(
        "--against",
        default=_BEFORE_FAULTS,
        help="the commit that `since` compares with",
    )
    arguments = parser.parse_args()
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    missing = [t for t in _TOOLS if not (shutil.which(t) or shutil.which(t, path=path))]
    if missing:
        print(f"missing: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 2
    print(f"load average: {os.getloadavg()[0]:.1f}", file=sys.stderr)
    facts = report.describe_machine()
    wanted = {group: list(GROUPS[group]) for group in arguments.group or GROUPS}
    if arguments.only:
        wanted = {"": arguments.only}
    done: list[Result] = []
    complete = True
    for group, names in wanted.items():
        results = _measure(names, arguments.runs, arguments.against)
        whole = len(results) == len(names)
        if group and whole:
            report.write_page(_ROOT / "docs/benchmarks.md", group, results, facts)
        complete = complete and whole
        done += results
    report.write_json(_ROOT / "build/bench.json", done, facts)
    return 0 if complete else 1


def _measure(names: Sequence[str], runs: int, against: str) -> list[Result]:
    results: list[Result] = []
    for name in names:
        began = time.monotonic()
        print(f"… {name}", file=sys.stderr)
        try:
            results.append(_run(name, runs, against))
        except BenchError as exc:
            print(f"{name}: {exc}", file=sys.stderr)
            continue
        print(report.to_text(results[-1]), flush=True)
        print(f"  ({time.monotonic() - began:.0f} s)", file=sys.stderr)
    return results


def _run(name: str, runs: int, against: str) -> Result:
    load = os.getloadavg()[0]
    with ExitStack() as stack:
        place = tempfile.TemporaryDirectory(prefix="seawall-bench-")
        stage = Stage(Path(stack.enter_context(place)), stack, against)
        return replace(CASES[name](stage, runs), load=load)


if __name__ == "__main__":
    sys.exit(main())
