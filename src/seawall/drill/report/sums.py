"""What the rows of a drill come to, and how that compares with its goals."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seawall.drill.playing.score import Outcome, Row

_ALONE = "calm"
_FAULT_FREE = (_ALONE, "calm-again")


@dataclass(frozen=True, slots=True)
class Summary:
    """What the rows of one way come to; figures are of rows that passed.

    Attributes:
        way: Who was drilled.
        passed: How many rows passed.
        failed: How many did not.
        not_run: How many could not be played.
        had: Rows played in which the bytes could be had.
        had_passed: How many of those passed.
        alone_s: The fault-free pull with nothing else going on.
        amid_s: The same while other scenarios are played; 0 if that was not played.
        overhead_s: The median of the seconds beyond the fault-free pull, where
            something goes wrong and the bytes can be had.
        longest_s: The most of them.
        calm_share: Upstream bytes of the fault-free pull, as a share of the image.
        share: Their median where something goes wrong.
        dear_share: The most of them where bytes are wrong or no part can be had.
        other_share: The most of them elsewhere.
    """

    way: str
    passed: int = 0
    failed: int = 0
    not_run: int = 0
    had: int = 0
    had_passed: int = 0
    alone_s: float = 0.0
    amid_s: float = 0.0
    overhead_s: float = 0.0
    longest_s: float = 0.0
    calm_share: float = 0.0
    share: float = 0.0
    dear_share: float = 0.0
    other_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that was to be reached.

    Attributes:
        words: What.
        bound: How much of it, as people read it.
        reached: What came of it.
        met: Whether that is enough.
    """

    words: str
    bound: str
    reached: str
    met: bool


def sum_up(rows: Sequence[Row], way: str) -> Summary:
    """Sum the rows of one way up."""
    own = [row for row in rows if row.way == way]
    counts = {kind: sum(row.outcome is kind for row in own) for kind in Outcome}
    had = [row for row in own if row.had and row.outcome is not Outcome.NOT_RUN]
    good = [row for row in had if row.outcome is Outcome.PASSED]
    calm = {row.scenario: row for row in good if row.scenario in _FAULT_FREE}
    hard = [row for row in good if row.scenario not in _FAULT_FREE]
    alone_s = calm[_ALONE].seconds if _ALONE in calm else 0.0
    amid_s = max((row.seconds for n, row in calm.items() if n != _ALONE), default=0.0)
    over_s = [row.seconds - alone_s for row in hard]
    return Summary(
        way,
        passed=counts[Outcome.PASSED],
        failed=counts[Outcome.FAILED],
        not_run=counts[Outcome.NOT_RUN],
        had=len(had),
        had_passed=len(good),
        alone_s=alone_s,
        amid_s=amid_s,
        overhead_s=statistics.median(over_s) if over_s else 0.0,
        longest_s=max(over_s, default=0.0),
        calm_share=_most(calm.values()),
        share=statistics.median(row.share for row in hard) if hard else 0.0,
        dear_share=_most(row for row in hard if row.dear),
        other_share=_most(row for row in hard if not row.dear),
    )


def _most(rows: Iterable[Row]) -> float:
    return max((row.share for row in rows), default=0.0)


MOST_OVERHEAD_S = 5.0
MOST_CALM, MOST_MEDIAN, MOST_DEAR = 1.05, 1.3, 2.1


def compare_with_goals(one: Summary) -> list[Goal]:
    """Say which of a drill's goals were reached: Seawall's own, whoever is drilled."""

    def share(words: str, bound: float, reached: float) -> Goal:
        return Goal(
            words, f"at most {bound:g} x", f"{reached:.2f} x", met=reached <= bound
        )

    return [
        Goal(
            "scenarios passed in which the bytes can be had",
            "all",
            f"{one.had_passed} of {one.had}",
            met=one.had_passed == one.had,
        ),
        Goal(
            "median overhead over the fault-free pull",
            f"at most {MOST_OVERHEAD_S:g} s",
            f"{one.overhead_s:.1f} s",
            met=one.overhead_s <= MOST_OVERHEAD_S,
        ),
        share("upstream bytes without faults", MOST_CALM, one.calm_share),
        share("median upstream bytes under faults", MOST_MEDIAN, one.share),
        share(
            "most upstream bytes with wrong bytes or no Range",
            MOST_DEAR,
            one.dear_share,
        ),
    ]
