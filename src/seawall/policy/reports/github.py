"""The outcome for GitHub: annotations of lines, and the summary of a step."""

from collections.abc import Callable, Iterator

from seawall.policy.finding import Finding, Severity
from seawall.policy.outcome import Outcome
from seawall.policy.reports.lines import say_count, write_summary
from seawall.policy.reports.tidying import tidy
from seawall.policy.rule import Rule

_COMMANDS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}
_ROWS = 200
"""A summary has no more rows: GitHub drops one of more than 1 MiB whole."""


def write_annotations(
    outcome: Outcome, rules: dict[str, Rule], name: Callable[[str], str]
) -> Iterator[str]:
    """Write a workflow command for each finding that counts, the worst ones first.

    GitHub shows the first ten of each kind of a step: so the order matters.

    Args:
        outcome: What came of the check.
        rules: The pages of all rules, by id.
        name: Says what a file is called from the root of the workspace.
    """
    for finding in _sort(outcome):
        place = finding.place
        rule = rules.get(finding.rule)
        title = f"{finding.rule}: {rule.title}" if rule else finding.rule
        values = {"file": name(place.path)}
        if place.line:
            values |= {"line": str(place.line), "endLine": str(place.end_line)}
        if place.line and place.line == place.end_line:
            values |= {"col": str(place.column), "endColumn": str(place.end_column)}
        values["title"] = title
        words = ",".join(f"{key}={_write_value(text)}" for key, text in values.items())
        command = _COMMANDS[finding.severity]
        yield f"::{command} {words}::{_write_data(finding.message)}"


def write_step_summary(outcome: Outcome, name: Callable[[str], str]) -> Iterator[str]:
    """Write a table in Markdown: all findings that count, as far as GitHub takes it.

    Args:
        outcome: What came of the check.
        name: Says what a file is called from the root of the workspace.
    """
    found = _sort(outcome)
    yield "## seawall check"
    yield ""
    for line in write_summary(outcome):
        yield f"{_write_cell(line)}  "
    if not found:
        return
    yield ""
    yield "| | rule | where | what |"
    yield "|---|---|---|---|"
    for finding in found[:_ROWS]:
        where = f"{name(finding.place.path)}:{finding.place.line}"
        yield (
            f"| {finding.severity} | {finding.rule} | {_write_cell(where)}"
            f" | {_write_cell(finding.message)} |"
        )
    if len(found) > _ROWS:
        yield ""
        yield f"… and {say_count(len(found) - _ROWS, 'finding')} more."


def _sort(outcome: Outcome) -> list[Finding]:
    return sorted(outcome.counted(), key=lambda finding: -finding.severity.rank)


def _write_data(text: str) -> str:
    """Escape what would end a workflow command, and begin another one."""
    plain = tidy(text).replace("%", "%25")
    return plain.replace("\r", "%0D").replace("\n", "%0A")


def _write_value(text: str) -> str:
    return _write_data(text).replace(":", "%3A").replace(",", "%2C")


def _write_cell(text: str) -> str:
    """Escape what means something in Markdown: names come from files of others."""
    plain = tidy(text).replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|!@#~" else c for c in plain)
