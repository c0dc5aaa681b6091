"""What all reports share: findings told apart, texts that any file may hold."""

from collections import Counter
from collections.abc import Iterable, Iterator

from seawall.kit.redact import redact_text
from seawall.policy.finding import Finding
from seawall.policy.fix import DIGEST_MARK, Fix
from seawall.policy.reports.secrecy import conceal


def tell_apart(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Give each finding a fingerprint that no other one of its report has.

    Findings that share one are counted in the order of the file: as long as none comes
    or goes before it, each keeps its own.
    """
    seen = Counter[str]()
    for finding in findings:
        seen[finding.fingerprint] += 1
        yield finding, f"{finding.fingerprint}:{seen[finding.fingerprint]}"


def tidy(text: str) -> str:
    r"""Take out what looks like a secret, and what is no text on all machines.

    >>> tidy("a\udc80b\x1bc")
    'a?b?c'
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
    return redact_text(text)


def is_ready(fix: Fix | None) -> bool:
    """Whether a fix says all its bytes, text without a secret: no registry is asked."""
    if fix is None or not fix.edits:
        return False
    try:
        texts = [edit.new.decode() for edit in fix.edits]
    except UnicodeDecodeError:
        return False
    return not any(DIGEST_MARK.decode() in text or shows(text) for text in texts)


def shows(text: str) -> bool:
    """Whether some lines show what looks like a secret."""
    lines = text.split("\n")
    return conceal(lines) != lines
