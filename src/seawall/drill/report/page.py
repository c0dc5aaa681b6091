"""A drill's results in Markdown: sums first, then a table for each kind of trouble."""

from collections import Counter
from collections.abc import Iterator, Sequence

from seawall.drill.playing.score import Outcome, Row, list_ways
from seawall.drill.report.circumstances import Circumstances
from seawall.drill.report.sums import Summary, compare_with_goals, sum_up
from seawall.drill.scenarios.playbill import GROUPS

_REASON_CHARS = 240
_OTHERS = "combinations"
LEGEND = (
    "A cell is: seconds until the image was there (`/3`: in the third attempt) ·"
    " upstream bytes as a multiple of the image · upstream requests · manifests that"
    " count against a quota. ✗ is a row that failed. Where"
    " *nobody* has the bytes, a pass is an error in time."
)


def to_markdown(rows: Sequence[Row], circumstances: Circumstances) -> list[str]:
    """Write everything that a page has of a run."""
    lines = [*circumstances.list_sentences(), ""]
    if any(row.seed is not None for row in rows):
        return [*lines, *list_combinations(rows)]
    ways = list_ways(rows)
    sums = [sum_up(rows, way) for way in ways]
    lines += ["### What it comes to", "", *_list_sums(sums), ""]
    lines += [*_list_goals(sums[0]), "", *_list_kinds(rows, ways), ""]
    lines += [*list_failures(rows, ways[0]), ""] if ways else []
    lines += ["### Row by row", "", LEGEND, ""]
    for kind, some in split_by_kind(rows):
        lines += [f"**{kind}**", "", *_list_rows(some, ways), ""]
    lines += list_lacks(rows)
    return lines


def split_by_kind(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Give the rows of each kind of trouble that was played."""
    kinds = {one.name: kind for kind, some in GROUPS.items() for one in some}
    for kind in (*GROUPS, _OTHERS):
        some = [row for row in rows if kinds.get(row.scenario, _OTHERS) == kind]
        if some:
            yield kind, some


def list_failures(rows: Sequence[Row], way: str) -> list[str]:
    """Say which rows one way did not pass, and what was seen."""
    failed = [r for r in rows if r.way == way and r.outcome is Outcome.FAILED]
    if not failed:
        return [f"{way} fails no row."]
    lines = [f"What {way} does not pass:", ""]
    for row in failed:
        seen = f"{row.seconds:.0f} s, {row.attempts} attempts"
        reason = _escape(row.reason)[:_REASON_CHARS]
        lines.append(f"- `{row.scenario}` ({_escape(row.story)}): {seen}: {reason}")
    return lines


def list_lacks(rows: Sequence[Row]) -> list[str]:
    """Say why rows were not run, once for each reason."""
    lacks = Counter(
        (row.way, row.reason) for row in rows if row.outcome is Outcome.NOT_RUN
    )
    if not lacks:
        return []
    lines = ["Not run:", ""]
    return lines + [
        f"- {way}, {count} {'row' if count == 1 else 'rows'}: {reason}"
        for (way, reason), count in lacks.items()
    ]


def list_combinations(rows: Sequence[Row]) -> list[str]:
    """Say what came of combinations, and which of them failed."""
    lines = []
    for way in list_ways(rows):
        own, one = [row for row in rows if row.way == way], sum_up(rows, way)
        seeds = [row.seed for row in own if row.seed is not None]
        void = [row for row in own if not row.had]
        clean = sum(row.outcome is Outcome.PASSED for row in void)
        lines.append(
            f"{way}, seeds {min(seeds)} to {max(seeds)}: {one.had_passed} of {one.had}"
            f" pulls succeeded in which the bytes could be had; of {len(void)} in which"
            f" nobody had them {clean} failed cleanly; {one.not_run} were not run."
        )
        lines.append(
            f"Upstream bytes: {one.share:.2f} x the image in the median,"
            f" at most {one.dear_share:.2f} x with wrong bytes or no Range, and"
            f" {one.other_share:.2f} x elsewhere."
        )
        lines += ["", *list_failures(own, way)]
    return lines


def _list_sums(sums: Sequence[Summary]) -> list[str]:
    head = _line("", [one.way for one in sums])
    void = [(one.passed - one.had_passed, _played(one) - one.had) for one in sums]
    figures = {
        "passed, where the bytes can be had": [
            f"**{one.had_passed} of {one.had}**" for one in sums
        ],
        "failed cleanly, where nobody has them": [f"{a} of {b}" for a, b in void],
        "not run": [str(one.not_run) for one in sums],
        "fault-free pull, alone": [f"{one.alone_s:.2f} s" for one in sums],
        "the same amid the other plays": [f"{one.amid_s:.2f} s" for one in sums],
        "median overhead": [f"{one.overhead_s:.1f} s" for one in sums],
        "longest overhead": [f"{one.longest_s:.1f} s" for one in sums],
        "upstream bytes without faults": [f"{one.calm_share:.2f} x" for one in sums],
        "median under faults": [f"{one.share:.2f} x" for one in sums],
        "most, with wrong bytes or no Range": [
            f"{one.dear_share:.2f} x" for one in sums
        ],
        "most elsewhere": [f"{one.other_share:.2f} x" for one in sums],
    }
    rule = "|---|" + "--:|" * len(sums)
    return [head, rule, *(_line(title, cells) for title, cells in figures.items())]


def _list_goals(one: Summary) -> list[str]:
    lines = [f"| {one.way}'s goals | | reached | |", "|---|---|--:|---|"]
    for goal in compare_with_goals(one):
        met = "yes" if goal.met else "**no**"
        lines.append(_line(goal.words, [goal.bound, goal.reached, met]))
    return lines


def _list_kinds(rows: Sequence[Row], ways: Sequence[str]) -> list[str]:
    lines = [_line("rows passed of rows played", ways), "|---|" + "--:|" * len(ways)]
    for kind, some in split_by_kind(rows):
        cells = []
        for way in ways:
            one = sum_up(some, way)
            played = _played(one)
            cells.append(f"{one.passed} of {played}" if played else "not run")
        lines.append(_line(kind, cells))
    return lines


def _list_rows(rows: Sequence[Row], ways: Sequence[str]) -> list[str]:
    found = {(row.scenario, row.way): row for row in rows}
    first = {row.scenario: row for row in reversed(rows)}
    names = dict.fromkeys(row.scenario for row in rows)
    lines = [
        _line("scenario", ["what happens", *ways]),
        "|---|---|" + "--:|" * len(ways),
    ]
    for name in names:
        row = first[name]
        story = _escape(row.story) + ("" if row.had else " (*nobody*)")
        cells = [_cell(found.get((name, way))) for way in ways]
        lines.append(_line(f"`{name}`", [story, *cells]))
    return lines


def _played(summary: Summary) -> int:
    return summary.passed + summary.failed


def _line(title: str, cells: Sequence[str]) -> str:
    return f"| {title} | " + " | ".join(cells) + " |"


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    if row.outcome is Outcome.NOT_RUN:
        return "not run"
    spent = row.spent
    attempts = f"/{row.attempts}" if row.attempts > 1 else ""
    figures = f"{row.seconds:.1f} s{attempts} · {row.share:.2f} x"
    figures += f" · {spent.requests} · {spent.quota}"
    return figures if row.outcome is Outcome.PASSED else f"✗ {figures}"


def _escape(text: str) -> str:
    """Keep text from ending a cell, or starting a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;")
