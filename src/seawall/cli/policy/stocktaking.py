"""The verb that lists all that a repository pulls: `inventory`."""

import json
import re
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.exits import Exit
from seawall.cli.main import JSON_WANTED
from seawall.cli.options import Place
from seawall.cli.tables import fit, print_table, shorten
from seawall.kit.redact import redact_text
from seawall.policy.reports.lines import say_count

if TYPE_CHECKING:
    from seawall.policy.inventory.costs import Quota, Share
    from seawall.policy.inventory.entries import Use
    from seawall.policy.inventory.taking import Inventory

_NAME, _WORD = 50, 32
"""How wide the columns of the table get; the other formats have all in full."""
_LONG = re.compile(r"sha256:[0-9a-f]{64}|\b[0-9a-f]{40}\b")
_FORMATS = ("table", "json", "csv", "markdown", "warm", "warm-apt")


@click.command("inventory")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option(
    "--config",
    "-c",
    type=Place(path_type=Path, dir_okay=False),
    envvar="SEAWALL_CONFIG",
    help="Settings file (TOML); its [policy] counts.",
)
@click.option(
    "--quota",
    "quotas",
    multiple=True,
    metavar="REGISTRY=PULLS/TIME",
    help="What a registry allows, such as docker.io=100/6h; once for each.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Jobs that one run starts, each on an empty machine; as many as the pipelines"
    " name, if not given.",
)
@click.option(
    "--runs-per-day",
    type=click.FloatRange(min=0),
    default=1,
    show_default=True,
    help="Runs on one day.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="markdown: a document on required access; warm, warm-apt: lists for"
    " `seawall warm -f` and `seawall warm apt -f`.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def list_pulls(  # noqa: PLR0913  these are the options of one verb
    *,
    paths: tuple[Path, ...],
    config: Path | None,
    quotas: tuple[str, ...],
    jobs: int | None,
    runs_per_day: float,
    form: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """List all that a repository's files pull, by registry.

    It also says what a run of the pipelines costs, and how far a quota goes.

    PATH is a file or a folder; without one, it is where you are. It is files that are
    read: nobody is asked, and no quota is taken for known.

    Exit codes: 0 listed, 1 a quota that was told does not last, 2 wrong use.
    """
    from seawall.cli.bars import count_files
    from seawall.policy.checking.checker import Checker
    from seawall.policy.checking.walking import find_root
    from seawall.policy.inventory.costs import Load, parse_quota
    from seawall.policy.inventory.taking import take_inventory
    from seawall.settings.policies import read_policy

    if as_json and form not in ("table", "json"):
        raise click.UsageError("--json is --format json: choose one of them")
    form = "json" if as_json else form
    click.get_current_context().meta[JSON_WANTED] = form == "json"
    known: dict[str, Quota] = dict(parse_quota(text) for text in quotas)
    places = paths or (Path(),)
    options = read_policy(config, find_root(places))
    with count_files(quiet=quiet) as progress:
        checker = Checker(places, options, progress)
    load = Load(jobs, runs_per_day)
    inventory = take_inventory(checker.repository(), load, known)
    _print(inventory, form, _Places(checker.contents.read))
    if jobs and not any(use.job for one in inventory.entries for use in one.uses):
        click.echo("seawall: --jobs counts nothing: no job pulls an image", err=True)
    short = [share for share in inventory.shares if share.lasts is False]
    for share in short:
        click.echo(f"seawall: {_say_short(share)}", err=True)
    for name in sorted(set(known) - {share.registry for share in inventory.shares}):
        click.echo(f"seawall: nothing is pulled from {name}", err=True)
    return Exit.NO if short else Exit.DONE


class _Places:
    """Says where uses are, as files and lines."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        from seawall.policy.checking.locating import Locator

        self._locator = Locator(read)

    def __call__(self, use: "Use") -> str:
        from seawall.policy.finding import Place

        place = self._locator.locate(Place(use.path, use.start, use.start))
        return f"{use.path}:{place.line}"


def _print(inventory: "Inventory", form: str, place: _Places) -> None:
    if form == "table":
        _print_tables(inventory)
        return
    for line in _write(inventory, form, place):
        click.echo(line)


def _write(inventory: "Inventory", form: str, place: _Places) -> Iterator[str]:
    from seawall.policy.inventory import stocklists

    if form == "json":
        document = stocklists.write_json(inventory, place, tool=version("seawall"))
        yield json.dumps(document, indent=2)
    elif form == "csv":
        yield stocklists.write_csv(inventory, place).rstrip("\n")
    elif form == "markdown":
        yield from stocklists.write_markdown(inventory, place)
    elif form == "warm":
        yield from stocklists.write_warm(inventory)
    else:
        yield from stocklists.write_warm_apt(inventory)


def _print_tables(inventory: "Inventory") -> None:
    if not inventory.entries:
        _print_unresolved(inventory)
        click.echo("no file names anything that is pulled")
        return
    rows = [
        (
            entry.pull.kind,
            fit(entry.pull.registry or "?", _NAME),
            fit(redact_text(entry.pull.name), _NAME),
            fit(_LONG.sub(lambda found: shorten(found[0]), entry.pull.version), _WORD),
            entry.pull.how,
            fit(entry.pull.access, _WORD),
            str(len(entry.uses)),
        )
        for entry in inventory.entries
    ]
    titles = ("KIND", "REGISTRY", "NAME", "VERSION", "HOW", "CREDENTIAL", "USES")
    print_table(titles, rows, figures={"USES"})
    click.echo()
    heads = ("REGISTRY", "NAMES", "USES", "PART", "STOPS", "A RUN", "A DAY", "QUOTA")
    figures = set(heads) - {"REGISTRY", "QUOTA"}
    print_table(heads, [_row(share) for share in inventory.shares], figures=figures)
    click.echo()
    click.echo(f"concentration {inventory.concentration:.2f} (1: all on one registry)")
    _print_unresolved(inventory)


def _print_unresolved(inventory: "Inventory") -> None:
    if inventory.unresolved:
        click.echo(f"places that are filled in later: {inventory.unresolved}")


def _row(share: "Share") -> tuple[str, ...]:
    quota = ""
    if share.quota is not None:
        quota = "not touched"
        if share.runs_per_quota is not None and share.runs_per_day is not None:
            quota = f"empty after {say_count(share.runs_per_quota, 'run')};"
            quota += f" {share.runs_per_day:.0f} a day"
    return (
        fit(share.registry, _NAME),
        str(share.images),
        str(share.uses),
        f"{share.part:.0%}",
        str(share.workloads),
        str(share.pulls_per_run),
        f"{share.pulls_per_day:.0f}",
        quota,
    )


def _say_short(share: "Share") -> str:
    return (
        f"the quota of {share.registry} does not last: {share.pulls_per_day:.0f} pulls"
        f" a day, and it allows {(share.runs_per_day or 0) * share.pulls_per_run:.0f}"
    )
