"""How rules are tested: files in, findings or mended files out, by real readers."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from seawall.policy import fix as fixes
from seawall.policy.checking import judging
from seawall.policy.checking.locating import locate
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.reading import formats
from seawall.policy.repository import Repository
from seawall.policy.rulebook import find_rule

DIGEST = "sha256:" + "0123456789abcdef" * 4
"""What every registry answers here."""

_ROUNDS = 5


@dataclass(frozen=True)
class Case:
    """Files, and what a rule says of them.

    Attributes:
        files: Texts by name; indentation that all lines share is taken away.
        at: Where its findings are, `name:line`, in their order.
        says: Words that one of the messages has.
        severity: That of the first finding, if it matters here.
        options: What the check is told.
    """

    files: Mapping[str, str]
    at: tuple[str, ...] = ()
    says: str = ""
    severity: Severity | None = None
    options: PolicyOptions = field(default_factory=PolicyOptions)


@dataclass(frozen=True)
class Mend:
    """Files before and after the fixes of a rule.

    Attributes:
        before: Texts by name.
        after: Those that are different then; nothing else may be.
        kind: The kind of fix that is applied.
        leaves: Findings of the rule that are still there then.
        options: What the check is told.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    kind: FixKind = FixKind.SAFE
    leaves: int = 0
    options: PolicyOptions = field(default_factory=PolicyOptions)


def encode(files: Mapping[str, str]) -> dict[str, bytes]:
    """Give files their bytes."""
    return {name: textwrap.dedent(text).encode() for name, text in files.items()}


def gather(
    files: Mapping[str, bytes], options: PolicyOptions | None = None
) -> Repository:
    """Read files with all readers that they are for."""
    options = options or PolicyOptions()
    facts = [
        fact
        for name, data in files.items()
        for fact in formats.read_file(name, data, options.limits)
    ]
    return Repository(facts, options, files.get)


def find(
    rule: str, files: Mapping[str, bytes], options: PolicyOptions | None = None
) -> list[Finding]:
    """Let one rule judge files."""
    entry = find_rule(rule)
    assert entry is not None, f"there is no rule {rule}"
    findings, troubles = judging.judge(gather(files, options), [entry])
    assert [] == troubles
    return list(locate(findings, files.get))


def mend(rule: str, mended: Mend) -> dict[str, bytes]:
    """Apply a rule's fixes of one kind until there is none left to apply."""
    files = encode(mended.before)
    for _ in range(_ROUNDS):
        chosen = [
            fixes.settle(finding.fix, DIGEST)
            for finding in find(rule, files, mended.options)
            if finding.fix is not None and finding.fix.kind is mended.kind
        ]
        edits = fixes.join(chosen).edits
        if not edits:
            return files
        for name in {edit.path for edit in edits}:
            own = [edit for edit in edits if edit.path == name]
            files[name] = fixes.apply(files[name], own)
    raise AssertionError(f"{rule} finds something to fix again and again")
