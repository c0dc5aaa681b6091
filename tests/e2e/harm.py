"""``python -m tests.e2e.harm``: what a broken Seawall costs, into docs/harm.md."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bench.pages import write_between
from tests.e2e.ailing import AILMENTS, REPOSITORY, Ailment, gone
from tests.e2e.engines import Containerd, Docker
from tests.e2e.fallback import FallBack, make_fall_backs
from tests.e2e.processes import run
from tests.e2e.scripted import Scripted

from seawall.testing.samples import Sample, random_image

BEGIN = "<!-- harm: begin (written by `make harm`; edit what is outside) -->"
END = "<!-- harm: end -->"
ALONE = "no Seawall in the way"
GONE = "gone: its machine answers no packet"
WATCHDOG_S = 8.0
_SLOW = ("hung", "gone", "its own")
_MOST_S = 119.0  # then a pull is ended
_ROOT = Path(__file__).parents[2]
_REPORT = _ROOT / "build" / "harm.json"
_TIMES = 5
_LAYERS, _LAYER_BYTES = 3, 6 << 20
_PROGRAMS = ("containerd", "podman", "skopeo", "dockerd")
_numbers = count()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one pull went.

    Attributes:
        worked: Whether the client has the image.
        seconds: How long it took until it ended.
        asked: Requests that the registry itself got.
    """

    worked: bool
    seconds: float
    asked: int


def pull_once(client: FallBack, ailment: Ailment | None, room: Path) -> Outcome:
    """Pull a new image past a Seawall that ails, or past none."""
    image = _new_image()
    registry = Scripted({REPOSITORY: image})
    with ExitStack() as stack:
        stack.callback(registry.close)
        seawall = None
        if ailment is not None:
            seawall = stack.enter_context(ailment(room, image, WATCHDOG_S))
        client.point_at(registry.url, seawall)
        began = time.monotonic()
        worked = False
        with suppress(AssertionError, subprocess.TimeoutExpired):
            worked = str(image.digest) in client.pull(REPOSITORY, ":1")
        seconds = time.monotonic() - began
        return Outcome(worked, seconds, len(registry.requests()))


def _new_image() -> Sample:
    name = f"harm-{os.getpid()}-{next(_numbers)}"
    return random_image(name, layers=_LAYERS, layer_bytes=_LAYER_BYTES).tagged("1")


Table = dict[str, dict[str, list[Outcome]]]


def measure(
    clients: Mapping[str, FallBack], place: Path, only: str, kept: Table
) -> Table:
    """Pull past everything with everybody: in turns, or at once where they wait."""
    wanted: dict[str, Ailment | None] = {ALONE: None}
    ailments = {**AILMENTS, GONE: gone}
    wanted |= {name: one for name, one in ailments.items() if only in name}
    table: Table = {}
    for name, ailment in wanted.items():
        if name in kept:
            table[name] = kept[name]
            continue
        slow = name.startswith(_SLOW)
        row: dict[str, list[Outcome]] = {label: [] for label in clients}

        def pull(labels: Sequence[str]) -> None:
            for label in labels:
                room = place / f"room-{next(_numbers)}"
                row[label].append(pull_once(clients[label], ailment, room))  # noqa: B023
                shutil.rmtree(room, ignore_errors=True)

        if slow:
            with ThreadPoolExecutor() as pool:
                list(pool.map(pull, _by_program(clients)))
        else:
            for _ in range(_TIMES):
                pull(list(clients))
        for label, outcomes in row.items():
            _report(f"{name} · {label}: {outcomes}")
        table[name] = row
        _REPORT.parent.mkdir(exist_ok=True)
        _REPORT.write_text(json.dumps(_plain(table), indent=2) + "\n")
    return table


def _plain(table: Table) -> dict[str, dict[str, list[dict[str, object]]]]:
    return {
        name: {label: [asdict(one) for one in found] for label, found in row.items()}
        for name, row in table.items()
    }


def _read_kept() -> Table:
    """Read what was measured before."""
    rows = json.loads(_REPORT.read_text()) if _REPORT.exists() else {}
    return {
        name: {label: [Outcome(**one) for one in found] for label, found in row.items()}
        for name, row in rows.items()
    }


def _by_program(clients: Mapping[str, FallBack]) -> list[list[str]]:
    """Keep those together that are one program with one storage."""
    groups: dict[int, list[str]] = {}
    for label, one in clients.items():
        groups.setdefault(id(one.client), []).append(label)
    return list(groups.values())


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def to_markdown(table: Mapping[str, Mapping[str, Sequence[Outcome]]]) -> list[str]:
    """Write a row per ailment and a column per client."""
    alone = {label: _median(found) for label, found in table[ALONE].items()}
    lines = ["| Seawall | " + " | ".join(alone) + " |"]
    lines += ["|---|" + "--:|" * len(alone)]
    for name, row in table.items():
        cells = [_cell(found, alone[label], name) for label, found in row.items()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _median(outcomes: Sequence[Outcome]) -> float:
    return statistics.median(one.seconds for one in outcomes)


def _cell(outcomes: Sequence[Outcome], alone_s: float, name: str) -> str:
    seconds = _median(outcomes)
    if seconds > _MOST_S:
        return "over 120 s"
    if not all(one.worked for one in outcomes):
        return f"fails, {seconds:.0f} s"
    return f"{seconds:.1f} s" if name == ALONE else f"{seconds - alone_s:+.1f} s"


def describe() -> list[str]:
    """Say how it was measured, and with what."""
    env = {"PATH": os.environ["PATH"]}
    versions = [run([one, "--version"], env=env).decode().split() for one in _PROGRAMS]
    named = [f"containerd {versions[0][2].partition('~')[0]}"]
    named += [f"{words[0].lower()} {words[2].rstrip(',')}" for words in versions[1:]]
    text = (
        f"Played {datetime.now(UTC):%Y-%m-%d} with {', '.join(named)}. An image of"
        f" {_LAYERS} layers of {_LAYER_BYTES >> 20} MiB that nobody has seen before is"
        " pulled; the registry behind Seawall is on the same machine. The first row is"
        " the whole pull, the others are what it took beyond that (the median of"
        f" {_TIMES} pulls; of one, from *its own source* on). A hang begins right"
        f" before the pull, and `watchdog_s` is {WATCHDOG_S:g}. *Its own source* is"
        " another registry than the one that the client falls back to."
    )
    return [*textwrap.wrap(text, 128), ""]


def main() -> int:
    """Measure everything, and write it down if it is whole."""
    parser = argparse.ArgumentParser(prog="harm", description=__doc__)
    parser.add_argument("--only", default="", help="ailments whose name has this")
    parser.add_argument("--client", default="", help="clients whose name has this")
    parser.add_argument("--keep", action="store_true", help="rows of the last run")
    arguments = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    place = Path(tempfile.mkdtemp(prefix="swh-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        clients = make_fall_backs(place)
        clients = {k: v for k, v in clients.items() if arguments.client in k}
        for one in clients.values():
            if isinstance(one.client, Containerd | Docker):
                one.client.start()
                stack.callback(one.client.stop)
        kept = _read_kept() if arguments.keep else {}
        table = measure(clients, place, arguments.only, kept)
    lines = [*describe(), *to_markdown(table)]
    print("\n".join(lines))  # noqa: T201  it reports
    if not arguments.only and not arguments.client:
        write_between(_ROOT / "docs" / "harm.md", BEGIN, END, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
