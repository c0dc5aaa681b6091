"""The outcome as JUnit's XML: a finding is a test case that failed."""

from collections.abc import Iterator
from html import escape

from seawall.policy.finding import Finding, Severity
from seawall.policy.outcome import Outcome
from seawall.policy.reports.tidying import tidy


def write_junit(outcome: Outcome, fail_on: Severity | None) -> Iterator[str]:
    """Write one suite: findings, and what could not be read.

    Findings at or above the threshold fail, lower ones pass and tell, and those that
    do not count are skipped. Without any there is one test that passes, since servers
    take a suite without tests for a mistake.

    Args:
        outcome: What came of the check.
        fail_on: The threshold; `None`: nothing fails.
    """
    cases = [_write_finding(finding, fail_on) for finding in outcome.findings]
    for trouble in outcome.troubles:
        text = _plain(f"{trouble.obstacle}: {trouble.message}")
        name = _case(trouble.path, "read")
        cases.append(f'{name}<error message="{text}"/></testcase>')
    cases = cases or [f"{_case('', 'check')}</testcase>"]
    failures = sum("<failure " in case for case in cases)
    skipped = sum("<skipped " in case for case in cases)
    counts = (
        f'tests="{len(cases)}" failures="{failures}" errors="{len(outcome.troubles)}"'
    )
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites name="seawall" {counts}>'
    yield (
        f'<testsuite name="seawall check" {counts} skipped="{skipped}"'
        f' time="{outcome.coverage.seconds:.3f}">'
    )
    yield from cases
    yield "</testsuite>"
    yield "</testsuites>"


def _write_finding(finding: Finding, fail_on: Severity | None) -> str:
    place = finding.place
    head = _case(place.path, f"{finding.rule} line {place.line}")
    message, kind = _plain(finding.message), finding.severity
    if finding.reason is not None:
        body = f'<skipped message="{_plain(finding.reason)}"/>'
    elif fail_on is not None and finding.severity.rank >= fail_on.rank:
        where = _plain(f"{place.path}:{place.line}:{place.column}")
        body = f'<failure type="{kind}" message="{message}">{where}</failure>'
    else:
        body = f"<system-out>{kind}: {message}</system-out>"
    return f"{head}{body}</testcase>"


def _case(path: str, name: str) -> str:
    return f'<testcase classname="{_plain(path or "seawall")}" name="{_plain(name)}">'


def _plain(text: str) -> str:
    return escape(tidy(text))
