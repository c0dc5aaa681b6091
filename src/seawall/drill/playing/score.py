"""How plays went: rows, tables of them, and what they come to."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from seawall.drill.playing.scene import Spent
from seawall.kit.units import show_bytes


class Outcome(StrEnum):
    """What became of a row."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario, played with one way of pulling.

    Attributes:
        scenario: Its name.
        story: What happens in it.
        way: Who was drilled.
        outcome: Whether it passed.
        had: Whether the bytes could be had at all.
        seconds: From the first attempt to the end of the last.
        attempts: How many attempts the client took.
        spent: What that cost upstream.
        image_bytes: What one clean pull takes.
        reason: Why it failed, or was not run.
        seed: Where the scenario came from, if it was made up.
    """

    scenario: str
    story: str
    way: str
    outcome: Outcome
    had: bool = True
    seconds: float = 0.0
    attempts: int = 0
    spent: Spent = field(default_factory=Spent)
    image_bytes: int = 0
    reason: str = ""
    seed: int | None = None

    @property
    def share(self) -> float:
        """Upstream bytes as a share of what one clean pull takes."""
        return self.spent.bytes / self.image_bytes if self.image_bytes else 0.0

    def to_json(self) -> dict[str, object]:
        """Give all of it as JSON has it."""
        plain = asdict(self)
        spent = plain.pop("spent")
        return plain | {"upstream": spent, "upstream_share": round(self.share, 3)}


TITLES = ("scenario", "passed", "seconds", "tries", "requests", "bytes", "quota", "")
FIGURES = {"seconds", "tries", "requests", "bytes", "quota"}


def list_cells(row: Row) -> tuple[str, ...]:
    """Give a row as a terminal shows it."""
    passed = {Outcome.PASSED: "yes", Outcome.FAILED: "NO", Outcome.NOT_RUN: "not run"}
    if row.outcome is Outcome.NOT_RUN:
        return (row.scenario, passed[row.outcome], "", "", "", "", "", row.reason)
    note = row.reason or ("" if row.had else "nobody has the bytes: fails cleanly")
    return (
        row.scenario,
        passed[row.outcome],
        f"{row.seconds:.1f}",
        str(row.attempts),
        str(row.spent.requests),
        show_bytes(row.spent.bytes),
        str(row.spent.quota),
        note[:160],
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """What the rows of one way come to.

    Attributes:
        overhead_s: The median of the seconds beyond the fault-free pull.
        share: The median share of upstream bytes, where something went wrong.
    """

    way: str
    passed: int
    failed: int
    not_run: int
    overhead_s: float
    share: float


def sum_up(rows: Sequence[Row], way: str) -> Summary:
    """Sum the rows of one way up; medians are of the rows that passed."""
    own = [row for row in rows if row.way == way]
    counts = {kind: sum(row.outcome is kind for row in own) for kind in Outcome}
    calm = [row.seconds for row in own if row.scenario == "calm"]
    hard = [
        row
        for row in own
        if row.scenario != "calm" and row.outcome is Outcome.PASSED and row.had
    ]
    base_s = calm[0] if calm else 0.0
    return Summary(
        way,
        counts[Outcome.PASSED],
        counts[Outcome.FAILED],
        counts[Outcome.NOT_RUN],
        statistics.median(row.seconds - base_s for row in hard) if hard else 0.0,
        statistics.median(row.share for row in hard) if hard else 0.0,
    )


def list_ways(rows: Iterable[Row]) -> list[str]:
    """Give who was drilled, in order."""
    return list(dict.fromkeys(row.way for row in rows))


def to_markdown(rows: Sequence[Row]) -> list[str]:
    """Write a table: a line for each scenario, and columns for each way.

    A cell says seconds, upstream requests, upstream bytes as a multiple of the image,
    and manifests that count against a quota.
    """
    ways = list_ways(rows)
    found = {(row.scenario, row.way): row for row in rows}
    stories = {row.scenario: row.story for row in rows}
    lines = ["| scenario | what happens | " + " | ".join(ways) + " |"]
    lines += ["|---|---|" + "---|" * len(ways)]
    for name, story in stories.items():
        cells = [_cell(found.get((name, way))) for way in ways]
        lines.append(f"| `{name}` | {story} | " + " | ".join(cells) + " |")
    sums = [sum_up(rows, way) for way in ways]
    lines.append(_line("passed", [f"**{s.passed} of {_played(s)}**" for s in sums]))
    lines.append(_line("not run", [str(s.not_run) for s in sums]))
    lines.append(_line("median overhead", [f"{s.overhead_s:.1f} s" for s in sums]))
    lines.append(_line("median upstream bytes", [f"{s.share:.2f} x" for s in sums]))
    return lines


def _played(summary: Summary) -> int:
    return summary.passed + summary.failed


def _line(title: str, cells: Sequence[str]) -> str:
    return f"| **{title}** | | " + " | ".join(cells) + " |"


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    if row.outcome is Outcome.NOT_RUN:
        return f"not run: {row.reason}"
    spent = row.spent
    figures = f"{row.seconds:.1f} s, {spent.requests} req, {row.share:.2f} x"
    figures += f", {spent.quota} q"
    if row.outcome is Outcome.PASSED:
        return figures
    return f"**fails** ({figures})"
