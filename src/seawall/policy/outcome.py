"""What came of a check: findings, troubles, and how much was understood."""

import msgspec

from seawall.policy.facts.troubles import Trouble
from seawall.policy.finding import Finding, Severity


class Coverage(msgspec.Struct, frozen=True):
    """How much of a repository a check has seen.

    Attributes:
        files: Files that were found.
        read: Files that some reader is for.
        images: Places that name an image.
        unresolved: Those of them that somebody pulls and the files do not say which.
        seconds: How long it took.
    """

    files: int = 0
    read: int = 0
    images: int = 0
    unresolved: int = 0
    seconds: float = 0.0


class Outcome(msgspec.Struct, frozen=True):
    """All that a check has to tell.

    Attributes:
        findings: By file and place; those that do not count have a reason.
        troubles: What could not be read.
        coverage: How much was seen.
        profile: What it was checked for.
    """

    findings: tuple[Finding, ...]
    troubles: tuple[Trouble, ...]
    coverage: Coverage
    profile: str = ""

    def counted(self, threshold: Severity = Severity.NOTE) -> list[Finding]:
        """List the findings that count, at or above a severity."""
        return [
            finding
            for finding in self.findings
            if finding.reason is None and finding.severity.rank >= threshold.rank
        ]
