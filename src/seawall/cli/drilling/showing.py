"""How plays went, as people and programs read it, and on a page."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.drill.playing.score import Row
    from seawall.drill.scenarios.scenario import Scenario

BEGIN = "<!-- drill: begin (written by `make drill`; edit what is outside) -->"
END = "<!-- drill: end -->"


def show(rows: Sequence["Row"], *, as_json: bool, markdown: bool) -> None:
    """Print how plays went: for people, as JSON, or as Markdown."""
    from seawall.drill.playing.score import (
        FIGURES,
        TITLES,
        list_cells,
        list_ways,
        sum_up,
        to_markdown,
    )

    sums = [sum_up(rows, way) for way in list_ways(rows)]
    if as_json:
        document = {
            "rows": [row.to_json() for row in rows],
            "summary": [asdict(one) for one in sums],
        }
        click.echo(json.dumps(document, indent=2))
    elif markdown:
        click.echo("\n".join(to_markdown(rows)))
    else:
        for way in list_ways(rows):
            click.echo(f"{way}:")
            own = [list_cells(row) for row in rows if row.way == way]
            print_table(TITLES, own, figures=FIGURES)
        for one in sums:
            click.echo(
                f"{one.way}: {one.passed} passed, {one.failed} failed,"
                f" {one.not_run} not run; median overhead {one.overhead_s:.1f} s,"
                f" median upstream bytes {one.share:.2f} x the image"
            )
    for row in rows:
        if row.seed is not None and row.outcome == "failed":
            click.echo(f"failed: --mix 1 --seed {row.seed}: {row.story}", err=True)


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


def _list_needs(scenario: "Scenario") -> str:
    return ", ".join(sorted(need.value for need in scenario.needs))


def write_page(page: Path, rows: Sequence["Row"], speed: float) -> None:
    """Write the table between the marks of a page.

    Raises:
        UsageError: It has lost them.
    """
    from seawall.drill.playing.score import to_markdown

    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise click.UsageError(f"{page} has lost its marks {BEGIN!r} and {END!r}")
    pace = "real time" if speed == 1 else f"{speed:g} times real time"
    said = f"Played {datetime.now(UTC):%Y-%m-%d}, at {pace}."
    body = "\n".join([said, "", *to_markdown(rows)])
    page.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")
