"""The verb that checks a repository's files, and mends them: `check`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.exits import Exit
from seawall.cli.main import JSON_WANTED
from seawall.cli.policy.choices import FIXES, PROFILES, SEVERITIES, FixCommand

if TYPE_CHECKING:
    from seawall.policy.checking.checker import Checker
    from seawall.policy.checking.fixing import Mended
    from seawall.policy.facts.troubles import Trouble
    from seawall.policy.options import PolicyOptions
    from seawall.policy.outcome import Outcome

_COLOURS: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan"},
    "path": {"bold": True},
    "dim": {"dim": True},
    "new": {"fg": "green"},
    "gone": {"fg": "red"},
}


@click.command(cls=FixCommand)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SEAWALL_CONFIG",
    help="Settings file (TOML); its [policy] counts.",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    help="What matters: that pulls work, also that they give the same, or that none"
    " leaves the allowed registries.",
)
@click.option(
    "--threshold",
    type=click.Choice(SEVERITIES),
    default="warning",
    show_default=True,
    help="Findings at or above it make the exit code 1.",
)
@click.option(
    "--fix",
    type=click.Choice(FIXES),
    metavar="[=safe|online|all]",
    help="Mend what can be mended: safely; with what registries answer; or also with"
    " what changes what happens.",
)
@click.option(
    "--diff", is_flag=True, help="Print what --fix would change; write nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, and no summary.")
def check(  # noqa: PLR0913  these are the options of one verb
    *,
    paths: tuple[Path, ...],
    config: Path | None,
    profile: str | None,
    threshold: str,
    fix: str | None,
    diff: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Check files for what will make pulls and builds fail.

    PATH is a file or a folder; without one, it is where you are. What git ignores is
    left out.

    Exit codes: 0 nothing at or above the threshold, 1 there is, 2 wrong use.
    """
    from seawall.cli.bars import count_files
    from seawall.policy.checking.checker import Checker
    from seawall.policy.checking.walking import find_root
    from seawall.policy.finding import Severity

    click.get_current_context().meta[JSON_WANTED] = as_json
    if fix == "online":
        raise click.UsageError(
            "--fix=online: this version does not ask registries; --fix mends what"
            " needs no answer"
        )
    places = paths or (Path(),)
    options = _read_options(config, find_root(places), profile)
    with count_files(quiet=quiet) as progress:
        checker = Checker(places, options, progress)
        outcome = checker.judge()
    if diff or fix:
        outcome = _mend(checker, outcome, fix or "safe", write=not diff)
    if as_json and not diff:
        _print_json(outcome)
    elif not diff:
        _print_lines(checker, outcome, quiet=quiet)
    _print_troubles(checker, outcome.troubles)
    return Exit.NO if outcome.counted(Severity(threshold)) else Exit.DONE


def _read_options(
    config: Path | None, root: Path, profile: str | None
) -> "PolicyOptions":
    """Read what settings and the repository choose, and what the command line does."""
    import msgspec

    from seawall.policy.options import Profile
    from seawall.settings.policies import read_policy

    options = read_policy(config, root)
    if profile is not None:
        options = msgspec.structs.replace(options, profile=Profile(profile))
    return options


def _mend(
    checker: "Checker", outcome: "Outcome", fix: str, *, write: bool
) -> "Outcome":
    """Mend what can be mended; write it, or print what would be written."""
    from seawall.policy.checking.fixing import mend
    from seawall.policy.fix import FixKind
    from seawall.policy.reports.lines import write_diff

    kinds = (FixKind.SAFE,) if fix == "safe" else (FixKind.SAFE, FixKind.UNSAFE)
    mended = mend(checker, outcome, kinds)
    old = {path: checker.contents.original(path) or b"" for path in mended.files}
    if not write:
        out = sys.stdout.buffer
        for path, new in sorted(mended.files.items()):
            out.write(write_diff(path, old[path], new))
        out.flush()
        return outcome
    return _write(checker, mended, old)


def _write(checker: "Checker", mended: "Mended", old: dict[str, bytes]) -> "Outcome":
    import msgspec

    from seawall.policy.reports.lines import say_count
    from seawall.policy.writing import write_files

    troubles = write_files(checker.root, old, mended.files)
    count = len(mended.files) - len(troubles)
    findings = say_count(len(mended.mended), "finding")
    click.echo(f"mended {findings} in {say_count(count, 'file')}", err=True)
    for finding in mended.withheld:
        place = f"{finding.place.path}:{finding.place.line}"
        click.echo(f"{place}: {finding.rule} left: its fix makes another one", err=True)
    outcome = mended.outcome
    return msgspec.structs.replace(outcome, troubles=(*outcome.troubles, *troubles))


def _print_json(outcome: "Outcome") -> None:
    from importlib.metadata import version

    from seawall.policy.reports.document import write_document

    click.echo(json.dumps(write_document(outcome, tool=version("seawall")), indent=2))


def _print_lines(checker: "Checker", outcome: "Outcome", *, quiet: bool) -> None:
    from seawall.policy.reports.lines import write_finding, write_summary

    for finding in outcome.counted():
        name = _name(checker, finding.place.path)
        for line in write_finding(finding, checker.contents.read, _paint, name):
            click.echo(line)
        click.echo()
    if not quiet:
        for line in write_summary(outcome):
            click.echo(line)


def _print_troubles(checker: "Checker", troubles: "tuple[Trouble, ...]") -> None:
    from seawall.policy.reports.lines import write_trouble

    for trouble in troubles:
        line = write_trouble(trouble, _name(checker, trouble.path))
        click.echo(f"seawall: {line}", err=True)


def _name(checker: "Checker", path: str) -> str:
    """Name a file as it is reached from where the person stands."""
    place = checker.root / path
    here = Path.cwd()
    return str(place.relative_to(here)) if place.is_relative_to(here) else str(place)


def _paint(word: str, text: str) -> str:
    return click.style(text, **_COLOURS[word]) if sys.stdout.isatty() else text
