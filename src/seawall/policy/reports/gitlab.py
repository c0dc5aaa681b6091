"""The outcome as a Code Quality report, which GitLab shows beside changed lines."""

from typing import Any

from seawall.policy.finding import Severity
from seawall.policy.outcome import Outcome
from seawall.policy.reports.tidying import tell_apart, tidy

_SEVERITIES = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.NOTE: "info",
}


def write_code_quality(outcome: Outcome) -> list[dict[str, Any]]:
    """List the findings that count; GitLab knows them again by their fingerprint."""
    return [
        {
            "description": tidy(f"{finding.rule}: {finding.message}"),
            "check_name": finding.rule,
            "fingerprint": name,
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": tidy(finding.place.path),
                "lines": {
                    "begin": max(1, finding.place.line),
                    "end": max(1, finding.place.end_line),
                },
            },
        }
        for finding, name in tell_apart(outcome.counted())
    ]
