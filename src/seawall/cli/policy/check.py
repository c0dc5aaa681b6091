"""The verb that checks a repository's files, and mends them: `check`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.exits import Exit, printable
from seawall.cli.main import JSON_WANTED
from seawall.cli.options import Place
from seawall.cli.policy.choices import (
    FIXES,
    FORMATS,
    PROFILES,
    REPORTS,
    THRESHOLDS,
    FixCommand,
)

if TYPE_CHECKING:
    from seawall.cli.policy.pinning import Pins
    from seawall.policy.checking.checker import Addition, Checker, Sieve
    from seawall.policy.checking.fixing import Mended
    from seawall.policy.options import PolicyOptions
    from seawall.policy.outcome import Outcome


@click.command(cls=FixCommand)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option(
    "--config",
    "-c",
    type=Place(path_type=Path, dir_okay=False),
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
    "--fail-on",
    type=click.Choice(THRESHOLDS),
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
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    help="How to tell it; several at once, each with an --output. github: annotations;"
    " summary: of a step, in Markdown; gitlab: Code Quality.  [default: text]",
)
@click.option(
    "--output",
    "outputs",
    type=click.Path(dir_okay=False),
    multiple=True,
    help="Where the --format before it goes; - for standard output.  [default: -]",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--show-suppressed", is_flag=True, help="Show findings that do not count, too."
)
@click.option(
    "--baseline",
    type=Place(path_type=Path, dir_okay=False),
    help="Findings that this file knows do not count.",
)
@click.option(
    "--write-baseline",
    type=Place(path_type=Path, dir_okay=False),
    help="Write down all findings that count, for --baseline, and print how many;"
    " the exit code is 0.",
)
@click.option(
    "--since",
    metavar="REF",
    help="Only findings on lines that changed since a commit, branch or tag.",
)
@click.option(
    "--render",
    is_flag=True,
    help="Also look at what charts and kustomizations come to: runs helm and kubectl on"
    " these files, without network.",
)
@click.option(
    "--no-ignore",
    is_flag=True,
    help="Let nothing in the files, their seawall.toml or .gitignore accept findings.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress, and no summary.")
def check(  # noqa: PLR0913  these are the options of one verb
    *,
    paths: tuple[Path, ...],
    config: Path | None,
    profile: str | None,
    fail_on: str,
    fix: str | None,
    diff: bool,
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    as_json: bool,
    show_suppressed: bool,
    baseline: Path | None,
    write_baseline: Path | None,
    since: str | None,
    no_ignore: bool,
    render: bool,
    quiet: bool,
) -> int:
    """Check files for what will make pulls and builds fail.

    PATH is a file or a folder; without one, it is where you are. What git ignores is
    left out.

    Exit codes: 0 nothing at or above the threshold, 1 there is, 2 wrong use; with
    --fix, 4 a file could not be written; with --fix=online, 3 a registry did not
    answer, 4 one contradicted itself.
    """
    from seawall.cli.bars import count_files
    from seawall.cli.policy.pinning import ask
    from seawall.cli.policy.reporting import Reporter
    from seawall.policy.checking.checker import Checker
    from seawall.policy.checking.walking import find_root
    from seawall.policy.finding import Severity

    reports = _choose_reports(as_json=as_json, diff=diff, brief=bool(write_baseline))
    del formats, outputs  # they are in the reports, put together
    root = find_root(places := _choose_places(paths, fix))
    options = _read_options(config, root, profile, remarks=not no_ignore)
    sieves = _choose_sieves(root, baseline, since, write=write_baseline is not None)
    with count_files(quiet=quiet) as progress:
        checker = Checker(places, options, progress)
        checker.sieves += sieves
        checker.additions += _choose_additions(root, render=render, fix=fix or diff)
        outcome = checker.judge()
    limit = None if fail_on == "never" else Severity(fail_on)
    reporter = Reporter(checker, limit, quiet=quiet, accepted=show_suppressed)
    failure = None
    if diff:  # reports tell of files as they are, which fixes change in memory
        reporter.write(reports, outcome)
    if diff or fix:
        pins = ask(outcome, fix or "safe", config, quiet=quiet)
        outcome, failure = _mend(checker, outcome, pins, write=not diff)
    if not diff:
        reporter.write(reports, outcome)
    reporter.tell_troubles(outcome.troubles)
    if write_baseline:
        _write_baseline(write_baseline, outcome, quiet=quiet)
        return failure or Exit.DONE
    return failure or (Exit.NO if limit and outcome.counted(limit) else Exit.DONE)


def _choose_places(paths: tuple[Path, ...], fix: str | None) -> tuple[Path, ...]:
    """Take what was named, or where we are; refuse `--fix online`, a path by syntax."""
    for path in paths:
        if fix == "safe" and str(path) in FIXES and not path.exists():
            raise click.UsageError(f"write --fix={path}: {path!s} alone is a path")
    return paths or (Path(),)


def _choose_reports(*, as_json: bool, diff: bool, brief: bool) -> list[tuple[str, str]]:
    """Say which report goes where; one in JSON on standard output has errors so.

    Without a word it is text; none beside a diff, or where it shall be brief.
    """
    meta = click.get_current_context().meta
    reports: list[tuple[str, str]] = meta[REPORTS]
    if as_json and reports:
        raise click.UsageError("--json is --format json: choose one of them")
    if as_json:
        reports = [("json", "-")]
    if diff and "-" in [place for _, place in reports]:
        raise click.UsageError(
            "--diff goes to standard output: give reports a file, --output F"
        )
    meta[JSON_WANTED] = ("json", "-") in reports
    return reports or ([] if diff or brief else [("text", "-")])


def _read_options(
    config: Path | None, root: Path, profile: str | None, *, remarks: bool
) -> "PolicyOptions":
    """Read what settings and the repository choose, and what the command line does."""
    import msgspec

    from seawall.policy.options import Profile
    from seawall.settings.policies import read_policy

    options = read_policy(config, root if remarks else None)
    if profile is not None:
        options = msgspec.structs.replace(options, profile=Profile(profile))
    return msgspec.structs.replace(options, remarks=remarks)


def _choose_sieves(
    root: Path, baseline: Path | None, since: str | None, *, write: bool
) -> "list[Sieve]":
    """Say what findings go through, besides what files and settings accept."""
    from seawall.errors import InputError
    from seawall.policy.accepting.baseline import Baseline
    from seawall.policy.checking.gitlines import Since

    if write and (baseline or since):
        raise click.UsageError(
            "--write-baseline writes down all that counts: leave --baseline and"
            " --since out"
        )
    sieves: list[Sieve] = []
    if since is not None:
        sieves.append(Since(root, since).sift)
    if baseline is not None:
        try:
            known = Baseline(baseline.read_bytes(), str(baseline))
        except OSError as exc:
            raise InputError(f"--baseline {baseline}: {exc.strerror}") from exc
        sieves.append(lambda findings, _: known.sift(findings))
    return sieves


def _choose_additions(root: Path, *, render: bool, fix: str | bool) -> "list[Addition]":
    """Say what finds more than the files say."""
    from seawall.policy.foreign.renderers import Renderers

    if render and fix:
        raise click.UsageError(
            "--render tells more and mends nothing: leave --fix and --diff out"
        )
    return [Renderers(root).add] if render else []


def _write_baseline(path: Path, outcome: "Outcome", *, quiet: bool) -> None:
    from seawall.cli.policy.wholefiles import open_whole
    from seawall.errors import InputError
    from seawall.policy.accepting.baseline import write_baseline
    from seawall.policy.reports.lines import write_tally

    found = outcome.counted()
    try:
        with open_whole(path) as file:
            file.write(write_baseline(found).encode())
    except OSError as exc:
        raise InputError(f"--write-baseline {path}: {exc.strerror}") from exc
    for line in () if quiet else write_tally(found, str(path)):
        click.echo(printable(line), err=True)


def _mend(
    checker: "Checker", outcome: "Outcome", pins: "Pins", *, write: bool
) -> "tuple[Outcome, Exit | None]":
    """Mend what can be mended; write it, or print what would be written.

    Returns:
        What a check says then, and how the command ends if files could not be written,
        or for what registries did.
    """
    from seawall.policy.checking.fixing import mend
    from seawall.policy.reports.lines import say_count
    from seawall.policy.reports.unifieddiff import write_diff

    mended = mend(checker, outcome, pins.kinds, pins.settle)
    old = {path: checker.contents.original(path) or b"" for path in mended.files}
    if not write:
        out = sys.stdout.buffer
        for path, new in sorted(mended.files.items()):
            diff, left = write_diff(path, old[path], new)
            if left:
                what = f"{say_count(left, 'change')} left out, to show no secret"
                click.echo(printable(f"{path}: {what}; --fix makes them"), err=True)
            out.write(_show(diff) if out.isatty() else diff)
        out.flush()
        return outcome, pins.tell()
    outcome, is_refused = _write(checker, mended, old)
    failure = pins.tell()
    return outcome, Exit.TRUST if is_refused else failure


def _show(diff: bytes) -> bytes:
    """Take out what could move a terminal's cursor: there, only people read it."""
    lines = diff.decode(errors="replace").split("\n")
    return "\n".join(map(printable, lines)).encode()


def _write(
    checker: "Checker", mended: "Mended", old: dict[str, bytes]
) -> "tuple[Outcome, bool]":
    """Write what is mended; also say whether rights or the disk forbade some of it."""
    import msgspec

    from seawall.policy.facts.troubles import Obstacle
    from seawall.policy.reports.lines import say_count
    from seawall.policy.writing import write_files

    troubles = write_files(checker.root, old, mended.files)
    left = {trouble.path for trouble in troubles}
    for path in left:
        checker.change(path, old[path])
    outcome = checker.judge() if left else mended.outcome
    done = [one for one in mended.mended if one.fix and not left & one.fix.paths]
    count = say_count(len(mended.files) - len(left), "file")
    click.echo(f"mended {say_count(len(done), 'finding')} in {count}", err=True)
    for finding in mended.withheld:
        place = f"{finding.place.path}:{finding.place.line}"
        leads = ", ".join(sorted(mended.leads.get(finding.fingerprint, ())))
        why = f"its fix would lead to {leads}: mend that by hand first"
        click.echo(printable(f"{place}: {finding.rule} is left: {why}"), err=True)
    refused = any(one.obstacle is Obstacle.UNREADABLE for one in troubles)
    told = msgspec.structs.replace(outcome, troubles=(*outcome.troubles, *troubles))
    return told, refused
