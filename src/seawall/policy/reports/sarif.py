"""The outcome as SARIF 2.1.0, with fixes, for code hosts and editors."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from seawall.policy.facts.troubles import Trouble
from seawall.policy.finding import Finding, Place, Severity
from seawall.policy.fix import Edit, Fix
from seawall.policy.outcome import Outcome
from seawall.policy.reports.tidying import is_ready, tell_apart, tidy
from seawall.policy.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT_ID = "%SRCROOT%"
"""What paths are relative to; whoever reads a report knows where that is."""

_RESULTS = 25_000
"""GitHub refuses a file with a run of more results."""

Locate = Callable[[Place], Place]
"""Fills in the line and the column of a place."""


def write_sarif(
    outcome: Outcome, rules: Iterable[Rule], locate: Locate, *, tool: str
) -> dict[str, Any]:
    """Make a SARIF log of one run.

    Findings that do not count are in it, too, with their reason as a suppression:
    a code host would otherwise close and open them again and again.

    Args:
        outcome: What came of the check.
        rules: The pages of all rules.
        locate: Finds lines and columns, for the edits of fixes.
        tool: The version of Seawall.
    """
    kept = _choose(outcome.findings)
    found = {finding.rule for finding in kept}
    pages = [rule for rule in rules if rule.id in found]
    index = {rule.id: number for number, rule in enumerate(pages)}
    run = {
        "tool": {
            "driver": {
                "name": "seawall",
                "version": tool,
                "rules": [_write_rule(rule) for rule in pages],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            ROOT_ID: {"description": {"text": "The root of what was checked."}}
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    *(_write_trouble(one, locate) for one in outcome.troubles),
                    *_tell_left(len(outcome.findings) - len(kept)),
                ],
            }
        ],
        "results": [
            _write_result(finding, name, index, locate)
            for finding, name in tell_apart(kept)
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _choose(findings: Sequence[Finding]) -> list[Finding]:
    """Choose what a code host takes: those that count first, and of them the worst."""
    if len(findings) <= _RESULTS:
        return list(findings)
    worst = sorted(
        range(len(findings)),
        key=lambda at: (
            findings[at].reason is not None,
            -findings[at].severity.rank,
            at,
        ),
    )
    return [findings[at] for at in sorted(worst[:_RESULTS])]


def _tell_left(count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    text = (
        f"{count} more findings are left out: code hosts take no more than {_RESULTS}"
    )
    return [{"level": "warning", "message": {"text": text}}]


def _write_rule(rule: Rule) -> dict[str, Any]:
    help_text = f"{rule.why}\n\n{rule.remedy}"
    return {
        "id": rule.id,
        "shortDescription": {"text": tidy(rule.title)},
        "fullDescription": {"text": tidy(rule.what)},
        "help": {"text": tidy(help_text), "markdown": tidy(help_text)},
        "defaultConfiguration": {
            "enabled": rule.severity is not None,
            "level": rule.severity or Severity.NOTE,
        },
        "properties": {"tags": [rule.family], "precision": rule.confidence},
    }


def _write_result(
    finding: Finding, name: str, index: dict[str, int], locate: Locate
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.severity,
        "message": {"text": tidy(finding.message)},
        "locations": [_write_location(finding.place, finding.owner)],
        "partialFingerprints": {"seawall/v1": name, "primaryLocationLineHash": name},
        "properties": {
            "confidence": finding.confidence,
            "context": finding.context,
            "subject": tidy(finding.subject),
        },
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_write_location(place)}
            for number, place in enumerate(finding.related)
        ]
    if finding.fix is not None and is_ready(finding.fix):
        result["fixes"] = [_write_fix(finding.fix, locate)]
    if finding.reason is not None:
        kind = "inSource" if finding.accepted_in.in_files else "external"
        why = {"justification": tidy(finding.reason)} if finding.reason else {}
        result["suppressions"] = [{"kind": kind, "status": "accepted", **why}]
    return result


def _write_location(place: Place, owner: str = "") -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _write_artifact(place.path),
            **({"region": _write_region(place)} if place.line else {}),
        }
    }
    if owner:
        location["logicalLocations"] = [{"fullyQualifiedName": tidy(owner)}]
    return location


def _write_artifact(path: str) -> dict[str, str]:
    uri = quote(path.encode(errors="surrogateescape"))
    return {"uri": uri, "uriBaseId": ROOT_ID}


def _write_region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _write_fix(fix: Fix, locate: Locate) -> dict[str, Any]:
    paths = dict.fromkeys(edit.path for edit in fix.edits)
    return {
        "description": {"text": tidy(fix.reason)},
        "artifactChanges": [
            {
                "artifactLocation": _write_artifact(path),
                "replacements": [
                    _write_edit(edit, locate) for edit in fix.edits if edit.path == path
                ],
            }
            for path in paths
        ],
    }


def _write_edit(edit: Edit, locate: Locate) -> dict[str, Any]:
    place = locate(Place(edit.path, edit.start, edit.stop))
    change: dict[str, Any] = {"deletedRegion": _write_region(place)}
    if edit.new:
        change["insertedContent"] = {"text": edit.new.decode()}
    return change


def _write_trouble(trouble: Trouble, locate: Locate) -> dict[str, Any]:
    note: dict[str, Any] = {
        "level": "warning",
        "message": {"text": tidy(f"{trouble.obstacle}: {trouble.message}")},
    }
    if trouble.path:
        place = locate(Place(trouble.path, trouble.start, trouble.stop))
        note["locations"] = [_write_location(place)]
    return note
