"""Results as Markdown between two markers, and as JSON for machines."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, Result, Verdict

_BEGIN = "<!-- measured: {} begin (written by `make bench`; edit what is outside) -->"
_END = "<!-- measured: {} end -->"


def describe_machine() -> dict[str, str]:
    """Say what it was measured on."""
    cpus = os.cpu_count() or 0
    model = _find("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.machine()
    memory_kib = int(_find("/proc/meminfo", r"MemTotal:\s*(\d+)") or 0)
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{cpus} × {model}, {memory_kib / 2**20:.0f} GiB",
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "nginx": _version(["nginx", "-v"]),
        "docker-registry": _version(["docker-registry", "--version"]),
        "skopeo": _version(["skopeo", "--version"]),
        "apt-cacher-ng": _version(
            ["dpkg-query", "-W", "-f", "${Version}", "apt-cacher-ng"]
        ),
        "apt": _version(["apt-get", "--version"]),
    }


def write_json(path: Path, results: Sequence[Result], facts: dict[str, str]) -> None:
    """Write everything, with each figure's lowest and highest value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"facts": facts, "results": [asdict(result) for result in results]}
    path.write_text(json.dumps(document, indent=2) + "\n")


def write_page(
    path: Path, group: str, results: Sequence[Result], facts: dict[str, str]
) -> None:
    """Replace what stands between a group's markers of a page.

    Raises:
        ValueError: The page has no such markers.
    """
    page = path.read_text()
    begin, end = _BEGIN.format(group), _END.format(group)
    before, begun, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise ValueError(f"{path} has lost its markers of {group}")
    body = "\n".join(to_markdown(results, facts))
    path.write_text(f"{before}{begin}\n\n{body}\n\n{end}{after}")


def to_markdown(results: Sequence[Result], facts: dict[str, str]) -> list[str]:
    """Write one table of targets, then each case's own figures."""
    lines = [
        f"Measured {facts['when']} on {facts['machine']}; Linux {facts['kernel']},"
    ]
    lines += [f"Python {facts['python']}, nginx {facts['nginx']}, docker-registry"]
    lines += [f"{facts['docker-registry']}, skopeo {facts['skopeo']}, apt-cacher-ng"]
    lines += [f"{facts['apt-cacher-ng']}, apt {facts['apt']}.", ""]
    lines += ["| target | bound | found | |", "|---|--:|--:|---|"]
    for result in results:
        lines += [_row(one) for one in result.verdicts if one.bound is not None]
    for result in results:
        lines += ["", f"### {result.title}", "", result.how]
        rounds = f"Rounds: {result.runs}. " if result.runs else ""
        lines += [f"{rounds}Load average before it: {result.load:.1f}."]
        lines += ["", "| who | median | lowest–highest | CPU s/GiB | peak MiB |"]
        lines += ["|---|--:|--:|--:|--:|"]
        lines += [_figure_row(figure) for figure in result.figures]
        told = [one for one in result.verdicts if one.bound is None]
        lines += [""] if told else []
        lines += [f"* {one.says}: {_show(one.found, one.unit)}" for one in told]
    return lines


def to_text(result: Result) -> str:
    """Write one case for a terminal."""
    lines = [f"== {result.title} (load average before: {result.load:.1f})"]
    for one in result.figures:
        cost = "" if one.cpu_s_per_gib is None else f"  {one.cpu_s_per_gib:.2f} s/GiB"
        peak = "" if one.peak_mib is None else f"  {one.peak_mib:.0f} MiB"
        spread = f"({_show(one.low, '')}–{_show(one.high, '')})"
        lines += [f"  {one.who:<34} {_show(one.value, one.unit)} {spread}{cost}{peak}"]
    for verdict in result.verdicts:
        mark = "    " if verdict.bound is None else "ok  " if verdict.met else "MISS"
        bound = "" if verdict.bound is None else f", {_bound(verdict)}"
        found = _show(verdict.found, verdict.unit)
        lines += [f"  {mark} {verdict.says}: {found}{bound}"]
    return "\n".join(lines)


def _row(one: Verdict) -> str:
    mark = "met" if one.met else "**missed**"
    return f"| {one.says} | {_bound(one)} | {_show(one.found, one.unit)} | {mark} |"


def _bound(one: Verdict) -> str:
    return f"{'≥' if one.at_least else '≤'} {one.bound:g} {one.unit}"


def _figure_row(one: Figure) -> str:
    cost = "" if one.cpu_s_per_gib is None else f"{one.cpu_s_per_gib:.2f}"
    peak = "" if one.peak_mib is None else f"{one.peak_mib:.0f}"
    spread = f"{_show(one.low, '')}–{_show(one.high, '')}"
    value = _show(one.value, one.unit)
    return f"| {one.who} | {value} | {spread} | {cost} | {peak} |"


def _show(value: float, unit: str) -> str:
    number = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {unit}".rstrip()


def _find(path: str, pattern: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text())
    except OSError:
        return ""
    return found[1].strip() if found else ""


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ.get("PATH", "") + ":/usr/sbin"},
        )
    except OSError:
        return "missing"
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found[0] if found else "?"
