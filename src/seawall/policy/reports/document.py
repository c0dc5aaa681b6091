"""The outcome as a JSON document with a version, for programs."""

import json
from collections.abc import Iterator
from textwrap import indent
from typing import Any

from seawall.kit.redact import redact_text
from seawall.policy.facts.troubles import Trouble
from seawall.policy.finding import Finding, Place
from seawall.policy.fix import Edit, Fix
from seawall.policy.outcome import Outcome
from seawall.policy.reports.tidying import shows

VERSION = 1
"""Of the document's shape: it grows when something goes or means something else."""


_NONE = '"findings": []'


def write_document(outcome: Outcome, *, tool: str) -> Iterator[str]:
    """Write all that a check has to tell, a finding at a time: there may be 300,000.

    Args:
        outcome: What came of it.
        tool: The version of Seawall.
    """
    coverage = outcome.coverage
    document = {
        "version": VERSION,
        "tool": {"name": "seawall", "version": tool},
        "profile": outcome.profile,
        "findings": [],
        "troubles": [_write_trouble(trouble) for trouble in outcome.troubles],
        "coverage": {
            "files": coverage.files,
            "read": coverage.read,
            "images": coverage.images,
            "unresolved": coverage.unresolved,
            "seconds": round(coverage.seconds, 3),
        },
    }
    head, tail = json.dumps(document, indent=2).split(_NONE, 1)
    *others, last = outcome.findings or (None,)
    if last is None:
        yield f"{head}{_NONE}{tail}"
        return
    yield f'{head}"findings": ['
    for finding in others:
        yield f"{_indent(finding)},"
    yield _indent(last)
    yield f"  ]{tail}"


def _indent(finding: Finding) -> str:
    return indent(json.dumps(_write_finding(finding), indent=2), 4 * " ")


def _write_finding(finding: Finding) -> dict[str, Any]:
    fix = finding.fix
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "context": finding.context,
        "message": finding.message,
        **_write_place(finding.place),
        "owner": finding.owner,
        "subject": finding.subject,
        "fingerprint": finding.fingerprint,
        "suppressed": finding.reason,
        "suppressed_in": finding.accepted_in or None,
        "related": [_write_place(place) for place in finding.related],
        "fix": None
        if fix is None
        else {
            "kind": fix.kind,
            "reason": fix.reason,
            "edits": [] if _hides(fix) else [_write_edit(one) for one in fix.edits],
        },
    }


def _hides(fix: Fix) -> bool:
    """Whether an edit holds a secret: half of a fix is none, so no edit is told."""
    return any(shows(edit.new.decode(errors="replace")) for edit in fix.edits)


def _write_edit(edit: Edit) -> dict[str, Any]:
    return {
        "path": edit.path,
        "start": edit.start,
        "stop": edit.stop,
        "new": edit.new.decode(errors="replace"),
    }


def _write_place(place: Place) -> dict[str, Any]:
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "start": place.start,
        "stop": place.stop,
    }


def _write_trouble(trouble: Trouble) -> dict[str, Any]:
    return {
        "path": trouble.path,
        "offset": trouble.start,
        "kind": trouble.obstacle,
        "message": redact_text(trouble.message),
    }
