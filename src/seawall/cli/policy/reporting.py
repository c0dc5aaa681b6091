"""Writes what a check has to tell, in each of the formats that were chosen."""

import errno
import json
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.policy.wholefiles import open_whole
from seawall.errors import InputError
from seawall.policy.reports import lines as lines_report

if TYPE_CHECKING:
    from seawall.policy.checking.checker import Checker
    from seawall.policy.facts.troubles import Trouble
    from seawall.policy.finding import Severity
    from seawall.policy.outcome import Outcome

_BLOCK = 500
"""Lines that are printed at once."""

_COLOURS: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan"},
    "path": {"bold": True},
    "dim": {"dim": True},
    "new": {"fg": "green"},
    "gone": {"fg": "red"},
}


class Reporter:
    """Writes the reports of one check.

    Args:
        checker: The check; its files are quoted.
        fail_on: What makes it fail; `None`: nothing does.
        quiet: Whether to leave out the summary.
        accepted: Whether people see findings that do not count, too.
    """

    def __init__(
        self,
        checker: "Checker",
        fail_on: "Severity | None",
        *,
        quiet: bool,
        accepted: bool,
    ) -> None:
        self._checker = checker
        self._fail_on = fail_on
        self._quiet = quiet
        self._accepted = accepted

    def write(self, reports: Iterable[tuple[str, str]], outcome: "Outcome") -> None:
        """Write each format to its place: a file, or `-` for standard output.

        Raises:
            InputError: A file cannot be written.
        """
        for word, place in reports:
            shown = place == "-" and word == "text"
            paint = _paint if shown and sys.stdout.isatty() else _leave
            _put(place, self._make(word, outcome, paint))

    def _make(
        self, word: str, outcome: "Outcome", paint: lines_report.Paint
    ) -> Iterator[str]:
        from seawall.policy.reports import github, gitlab, junit
        from seawall.policy.reports.document import write_document

        if word == "text":
            yield from self._write_text(outcome, paint)
        elif word == "junit":
            yield from junit.write_junit(outcome, self._fail_on)
        elif word == "github":
            rules = {entry.rule.id: entry.rule for entry in _rules()}
            yield from github.write_annotations(outcome, rules, self._workspace_name)
        elif word == "summary":
            yield from github.write_step_summary(outcome, self._workspace_name)
        elif word == "gitlab":
            yield json.dumps(gitlab.write_code_quality(outcome), indent=2)
        elif word == "sarif":
            yield json.dumps(self._write_sarif(outcome), indent=2)
        else:
            yield from write_document(outcome, tool=version("seawall"))

    def _write_text(
        self, outcome: "Outcome", paint: lines_report.Paint
    ) -> Iterator[str]:
        shown = outcome.findings if self._accepted else outcome.counted()
        read = self._checker.contents.read
        for path, findings in groupby(shown, lambda finding: finding.place.path):
            name = self._name(path)
            for finding in findings:
                yield from lines_report.write_finding(finding, read, paint, name)
                yield ""
        if not self._quiet:
            yield from lines_report.write_summary(outcome)

    def _write_sarif(self, outcome: "Outcome") -> dict[str, Any]:
        from seawall.policy.checking.locating import Locator
        from seawall.policy.reports.sarif import write_sarif

        locator = Locator(self._checker.contents.read)
        pages = [entry.rule for entry in _rules()]
        return write_sarif(outcome, pages, locator.locate, tool=version("seawall"))

    def tell_troubles(self, troubles: "Iterable[Trouble]") -> None:
        """Say on standard error what could not be read."""
        for trouble in troubles:
            line = lines_report.write_trouble(trouble, self._name(trouble.path))
            click.echo(f"seawall: {line}", err=True)

    def _name(self, path: str) -> str:
        """Name a file as it is reached from where the person stands."""
        return _name_from(Path.cwd(), self._checker.root / path)

    def _workspace_name(self, path: str) -> str:
        """Name a file as GitHub does, which may have more in its workspace."""
        workspace = os.environ.get("GITHUB_WORKSPACE")
        top = Path(workspace).resolve() if workspace else self._checker.root
        place = self._checker.root / path
        return _name_from(top, place) if place.is_relative_to(top) else path


def _name_from(here: Path, place: Path) -> str:
    return str(place.relative_to(here)) if place.is_relative_to(here) else str(place)


def _put(place: str, lines: Iterator[str]) -> None:
    if place == "-":
        try:
            while block := list(islice(lines, _BLOCK)):
                click.echo("\n".join(block))
        except OSError as exc:
            if exc.errno == errno.EPIPE:  # who reads has seen enough
                raise
            raise InputError(f"standard output: {exc.strerror}") from exc
        return
    # The summary of a step may have lines of others before ours.
    added = place == os.environ.get("GITHUB_STEP_SUMMARY")
    try:
        with open_whole(Path(place), is_added=added) as file:
            file.writelines(f"{line}\n".encode(errors="replace") for line in lines)
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise InputError(f"--output {place}: {reason}") from exc


def _rules() -> Any:
    from seawall.policy.rulebook import list_rules

    return list_rules()


def _paint(word: str, text: str) -> str:
    return click.style(text, **_COLOURS[word])


def _leave(word: str, text: str) -> str:
    del word
    return text
