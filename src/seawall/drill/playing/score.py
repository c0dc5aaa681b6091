"""How plays went, a row for each."""

from collections.abc import Iterable
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
        dear: Whether bytes may have to be sent twice: wrong ones, or no Range.
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
    dear: bool = False

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


def list_ways(rows: Iterable[Row]) -> list[str]:
    """Give who was drilled, in order."""
    return list(dict.fromkeys(row.way for row in rows))
