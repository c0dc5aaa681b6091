"""How plays went, as people and programs read it, and on a page."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.drill.playing.score import Row
    from seawall.drill.report.circumstances import Circumstances
    from seawall.drill.scenarios.scenario import Scenario

Marks = tuple[str, str]
TABLE: Marks = (
    "<!-- drill: begin (written by `make drill`; edit what is outside) -->",
    "<!-- drill: end -->",
)
MIXES: Marks = (
    "<!-- combinations: begin (written by `make drill`; edit what is outside) -->",
    "<!-- combinations: end -->",
)


def show(
    rows: Sequence["Row"],
    circumstances: "Circumstances",
    *,
    as_json: bool,
    markdown: bool,
) -> None:
    """Print how plays went: for people, as JSON, or as Markdown."""
    from seawall.drill.playing.score import Outcome, list_ways
    from seawall.drill.report.page import to_markdown
    from seawall.drill.report.sums import sum_up

    if as_json:
        sums = [asdict(sum_up(rows, way)) for way in list_ways(rows)]
        run = circumstances.to_json()
        plain = [row.to_json() for row in rows]
        document = {"rows": plain, "summary": sums, "run": run}
        click.echo(json.dumps(document, indent=2))
    elif markdown:
        click.echo("\n".join(to_markdown(rows, circumstances)))
    else:
        _show_tables(rows, circumstances)
    for row in rows:
        if row.seed is not None and row.outcome is Outcome.FAILED:
            again = f"seawall drill --mix 1 --seed {row.seed}"
            click.echo(f"failed: {again}: {row.story}", err=True)


def _show_tables(rows: Sequence["Row"], circumstances: "Circumstances") -> None:
    from seawall.drill.playing.score import FIGURES, TITLES, list_cells, list_ways
    from seawall.drill.report.sums import sum_up

    for way in list_ways(rows):
        click.echo(f"{way}:")
        own = [list_cells(row) for row in rows if row.way == way]
        print_table(TITLES, own, figures=FIGURES)
    click.echo(" ".join(circumstances.list_sentences()))
    for way in list_ways(rows):
        one = sum_up(rows, way)
        click.echo(
            f"{one.way}: {one.passed} passed, {one.failed} failed,"
            f" {one.not_run} not run; median overhead {one.overhead_s:.1f} s,"
            f" median upstream bytes {one.share:.2f} x the image"
        )


def show_list(scenarios: Sequence["Scenario"]) -> None:
    """Print what can be played."""
    from seawall.drill.scenarios.playbill import GROUPS

    groups = {one.name: group for group, some in GROUPS.items() for one in some}
    rows = [
        (
            one.name,
            groups[one.name],
            one.story,
            ", ".join(sorted(n.value for n in one.needs)),
        )
        for one in scenarios
    ]
    print_table(("scenario", "group", "what happens", "needs"), rows, figures=set())


def find_marks(page: Path, *, mix: bool) -> Marks:
    """Find between which marks of a page results belong, before they are there.

    Raises:
        UsageError: The page has lost them.
    """
    marks = MIXES if mix else TABLE
    if any(page.read_text().count(mark) != 1 for mark in marks):
        raise click.UsageError(f"{page} has lost its marks {marks[0]!r}, {marks[1]!r}")
    return marks


def write_page(
    page: Path, marks: Marks, rows: Sequence["Row"], circumstances: "Circumstances"
) -> None:
    """Write what came of a run between the marks of a page."""
    from seawall.drill.report.page import to_markdown

    begin, end = marks
    before, _, rest = page.read_text().partition(begin)
    after = rest.partition(end)[2]
    body = "\n".join(to_markdown(rows, circumstances)).strip()
    page.write_text(f"{before}{begin}\n\n{body}\n\n{end}{after}")
