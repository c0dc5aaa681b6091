"""The verb that looks at archives: mirrors, suites, how long they are valid yet."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import click

from seawall.cli.exits import Exit, printable
from seawall.cli.options import Common, shared_options
from seawall.cli.session import open_session, run
from seawall.cli.tables import print_table
from seawall.kit.units import show_age

_MIRRORS = ("ARCHIVE", "MIRROR", "STATE")
_SUITES = (
    *("ARCHIVE", "SUITE", "PUBLISHED", "VALID FOR", "ASKED"),
    *("GENERATIONS", "INDEXES", "STATE"),
)
_FIGURES = {"PUBLISHED", "VALID FOR", "ASKED", "GENERATIONS", "INDEXES"}
_HEALTH = {True: "answers", False: "fails", None: "not asked yet"}


@click.command("archives")
@shared_options
def list_archives(common: Common) -> int:
    """List Debian archives: mirrors, and suites that are held.

    PUBLISHED is how long ago the suite was made, VALID FOR how long it may be believed
    yet (a dash: it does not say), ASKED how long ago a mirror was asked, GENERATIONS
    how many states of it are held, INDEXES how many lists of packages are kept current.
    Exits with 1 if there are no archives.
    """
    answer = run(_ask(common))
    archives = answer["archives"]
    if common.as_json:
        click.echo(json.dumps(answer, indent=2))
    elif archives:
        print_archives(archives, now=time.time())
    else:
        click.echo(
            "no archives: write [archives.NAME] with mirrors into the settings",
            err=True,
        )
    return Exit.DONE if archives else Exit.NO


async def _ask(common: Common) -> dict[str, Any]:
    async with open_session(common) as session:
        answer: dict[str, Any] = await session.ask("GET", "/v1/archives")
    return answer


def print_archives(archives: Sequence[Mapping[str, Any]], *, now: float) -> None:
    """Print all mirrors, then all suites."""
    mirrors = [
        [archive["name"], mirror["url"], _HEALTH[mirror["healthy"]]]
        for archive in archives
        for mirror in archive["mirrors"]
    ]
    print_table(_MIRRORS, mirrors, figures=set())
    suites = [
        _row(archive["name"], suite, now)
        for archive in archives
        for suite in archive["suites"]
    ]
    click.echo()
    if suites:
        print_table(_SUITES, suites, figures=_FIGURES)
    else:
        click.echo("no suite was asked for yet", err=True)
    for archive in archives:
        for note in archive.get("notes", ()):
            click.echo(f"{archive['name']}: {printable(note)}", err=True)


def _row(archive: str, suite: Mapping[str, Any], now: float) -> list[str]:
    return [
        archive,
        suite["suite"],
        show_age(now - suite["date"]),
        _show_validity(suite["valid_until"], now),
        show_age(now - suite["checked_at"]),
        str(suite["generations"]),
        str(suite["indexes"]),
        f"stale: {suite['stale']}" if suite["stale"] else "current",
    ]


def _show_validity(until: float | None, now: float) -> str:
    if until is None:
        return "-"
    return show_age(until - now) if until > now else "expired"
