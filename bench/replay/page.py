"""Writes what was found as Markdown, between two marks of docs/patience.md."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.pages import write_between
from bench.replay.compare import (
    FAMILIES,
    FIRST,
    OURS,
    TRICKLE,
    Findings,
    Length,
    Rates,
    find_equal,
    pool,
)
from bench.replay.play import Score, quantile
from bench.replay.traces import KINDS

BEGIN = "<!-- replayed: begin (written by `make replay`; edit what is outside) -->"
END = "<!-- replayed: end -->"


def write_page(path: Path, lines: Sequence[str]) -> None:
    """Replace what stands between the marks of a page.

    Raises:
        ValueError: The page has no marks.
    """
    write_between(path, BEGIN, END, lines)


def to_markdown(
    found: Sequence[Findings],
    beginnings: Mapping[int, Rates],
    length: Length,
) -> list[str]:
    """Write everything."""
    lines = [
        f"{length.seeds} traces of {length.segments} segments of each kind.",
        "",
        *_equal_table(found),
        "",
        *_beginning_table(beginnings),
        "",
        "### No other source",
        "",
        *_tables(found, paired=False),
        "### Another source is alive",
        "",
        *_tables(found, paired=True),
    ]
    return lines[:-1]


def _equal_table(found: Sequence[Findings]) -> list[str]:
    """Compare at equal false cancels: the only claim that is made."""
    stalls = [one for one in found if one.name != TRICKLE]
    lines = [
        "### At an equal rate of false cancels",
        "",
        "| trace | false cancels per 1000 | delay, Seawall | delay, fixed limit | |",
        "|---|--:|--:|--:|---|",
    ]
    lines += [
        _equal_row(one.name, one.alone[OURS], one.families["fixed limit"])
        for one in stalls
    ]
    rate = sum(one.alone[OURS].false_rate for one in stalls) / len(stalls)
    delay_s = sum(one.alone[OURS].delay_s for one in stalls) / len(stalls)
    told = (
        f"One figure for all seven, chosen in hindsight: at no more than {rate:.2f}"
        f" false cancels per 1000 Seawall's mean delay is {delay_s:.1f} s."
    )
    lines += ["", told, "", "| rule | delay | |", "|---|--:|---|"]
    for family in FAMILIES:
        other_s = find_equal(pool(stalls, family), rate)
        told = "no value is that careful" if other_s is None else _show_s(other_s)
        lines.append(f"| {family} | {told} | {_ratio(delay_s, other_s)} |")
    return lines


def _equal_row(name: str, ours: Score, points: Sequence[tuple[float, float]]) -> str:
    other_s = find_equal(points, ours.false_rate)
    told = "over 200 s" if other_s is None else _show_s(other_s)
    cells = (name, f"{ours.false_rate:.2f}", _show_s(ours.delay_s), told)
    return f"| {' | '.join(cells)} | {_ratio(ours.delay_s, other_s)} |"


def _ratio(ours_s: float, other_s: float | None) -> str:
    return "" if other_s is None else f"{ours_s / other_s:.2f} ×"


def _beginning_table(
    beginnings: Mapping[int, Rates],
) -> list[str]:
    counts = list(beginnings)
    heads = [f"first {count}: false / delay" for count in counts]
    lines = [
        "### Unknown sources",
        "",
        "All kinds but the trickle together: false cancels per 1000, mean delay.",
        "",
        f"| policy | {' | '.join(heads)} |",
        f"|---|{'--:|' * len(counts)}",
    ]
    for name in beginnings[counts[0]]:
        cells = [
            f"{beginnings[count][name][0]:.1f} / {_show_s(beginnings[count][name][1])}"
            for count in counts
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _tables(found: Sequence[Findings], *, paired: bool) -> list[str]:
    lines = []
    for one in found:
        lines += to_table(one, paired=paired)
    return lines


def to_table(one: Findings, *, paired: bool) -> list[str]:
    """Write the table of one trace."""
    kind = KINDS.get(one.name)
    title = f"**{one.name}**" + (f": {kind.says}" if kind else "")
    trickles = one.name == TRICKLE
    delay = "leaves after" if trickles else "delay mean, p95"
    if paired and not trickles:
        delay = "client waits at a death: mean, p95"
    heads = (
        *("policy", "false cancels per 1000", delay),
        *("stalled per segment", "over 10 s per 1000", "extra requests per 1000"),
    )
    lines = [title, "", f"| {' | '.join(heads)} |", "|---|--:|--:|--:|--:|--:|"]
    for name, score in (one.paired if paired else one.alone).items():
        if name == FIRST and trickles:
            continue  # its rule for speed was never built
        lines.append(_row(name, score, paired=paired, trickles=trickles))
    return [*lines, ""]


def _row(name: str, score: Score, *, paired: bool, trickles: bool) -> str:
    delays = score.deaths_s if paired else score.patience_s
    delay = f"{_show_s(_mean(delays))}, {_show_s(quantile(delays, 0.95))}"
    if trickles:
        delay = "never" if score.leaving_s == math.inf else _show_s(score.leaving_s)
    cells = (
        f"{score.false_rate:.2f}",
        delay,
        f"{1000 * score.stalled_s:.0f} ms",
        f"{score.over_rate:.1f}",
        f"{score.request_rate:.1f}",
    )
    return f"| {name} | {' | '.join(cells)} |"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _show_s(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"
