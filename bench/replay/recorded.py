"""Recorded traces: JSON, one line per wait, as docs/patience.md describes them."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bench.replay.traces import Row, Trace, draw_retries, find_median
from seawall.transfer.waits.phases import Phase

_LAG_S = 0.25  # of our own doing; such a wait says little about the source


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One wait, and how it ended."""

    at: float
    source: str
    phase: Phase
    outcome: str
    wait_s: float
    redirect_host: str = ""
    egress: str = ""
    object: str = ""
    segment: int = 0
    bytes: int = 0
    second_s: float | None = None
    give_up_s: float | None = None
    doublings: int = 0
    recovered_s: float | None = None
    connection: str = ""
    protocol: str = ""
    rtt_s: float | None = None
    lag_s: float = 0.0
    held_s: float = 0.0
    client: str = ""
    slack_s: float | None = None


def read_records(path: Path) -> Iterator[Record]:
    """Read a file of records.

    Raises:
        ValueError: A line is not one; says which.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield msgspec.json.decode(line, type=Record)
            except msgspec.DecodeError as exc:
                raise ValueError(f"{path}:{number}: {exc}") from exc


def find_wait(record: Record) -> float | None:
    """Tell how long a wait was or would have been; `None` if nobody knows."""
    if record.lag_s > _LAG_S or record.held_s:
        return None
    match record.outcome:
        case "ok" | "second_lost":
            return record.wait_s
        case "watch_recovered":
            return record.recovered_s
        case "watch_dead":
            return math.inf
        case _:
            return None


def build_traces(
    records: Iterable[Record], *, seed: int = 1
) -> tuple[list[Trace], Counter[str]]:
    """Make a trace of each source and phase, in order of time.

    Returns:
        The traces, and how many records of each outcome could not be used.
    """
    waits: dict[str, list[float]] = defaultdict(list)
    unused: Counter[str] = Counter()
    for record in sorted(records, key=lambda record: record.at):
        wait_s = find_wait(record)
        if wait_s is None:
            unused[record.outcome] += 1
        else:
            waits[f"{record.source} {record.phase}"].append(wait_s)
    return [_build(name, found, seed) for name, found in waits.items()], unused


def _build(name: str, waits: list[float], seed: int) -> Trace:
    dice = random.Random(f"{name}/{seed}")  # noqa: S311  no secret is made of it
    ended = [wait_s for wait_s in waits if wait_s < math.inf] or [0.0]
    rows = []
    for wait_s in waits:
        # Whether a retry would have met the same is in no record.
        first_s = wait_s if wait_s < math.inf else dice.choice(ended)
        retries = draw_retries(dice, first_s, lambda: dice.choice(ended))
        rows.append(Row(wait_s, retries))
    return Trace(name, tuple(rows), find_median(rows))
