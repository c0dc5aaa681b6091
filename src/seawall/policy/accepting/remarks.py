"""Remarks in files that a finding is known: comments, and what they say."""

import re
from datetime import date

import msgspec

_REMARK = re.compile(
    r"(?:\#|//|/\*|<!--|\{\{-?\s*/\*|--)\s*"
    r"seawall:\s*ignore\[(?P<rules>[\w*,\s]+)\](?P<rest>.*)"
)
_ENDS = ("-->", "}}", "-", "*/")
_ALONE = ("#", "//", "/*", "<!--", "{{/*", "{{- /*", "{{-/*", "{{ /*", "--")
_UNTIL = re.compile(r"until=(\S*)\s*")


class Remark(msgspec.Struct, frozen=True):
    """What somebody wrote about findings.

    Attributes:
        line: The line that it speaks of, counted from 1.
        rules: Ids or families of rules, in capitals; `*` for all.
        reason: Why they are known; empty if that is not said.
        until: The last day on which it holds; `None`: for ever.
        fault: Why it does not hold, in words; empty if it does.
    """

    line: int
    rules: tuple[str, ...]
    reason: str
    until: date | None = None
    fault: str = ""

    def names(self, rule: str) -> bool:
        """Whether it speaks of a rule."""
        return bool({rule, rule.rstrip("0123456789"), "*"} & set(self.rules))


def find_remarks(content: bytes) -> tuple[Remark, ...]:
    r"""Find the comments in a file that accept findings.

    One behind something speaks of its own line; one that stands alone, of the first
    line below that is no comment. What a comment is in the file's language does not
    matter: nobody writes such words for another purpose.

    >>> [x.line for x in find_remarks(b"# seawall: ignore[IMG002] why\nFROM a\n")]
    [2]
    """
    if b"seawall:" not in content:
        return ()
    lines = content.decode(errors="replace").split("\n")
    found = []
    below = len(lines) + 1
    for number, line in reversed(list(enumerate(lines, start=1))):
        alone = line.lstrip().startswith(_ALONE)
        below = below if alone else number
        match = _REMARK.search(line)
        if match is None:
            continue
        found.append(read_remark(match["rules"].split(","), _cut(match["rest"]), below))
    return tuple(reversed(found))


def read_remark(rules: list[str], text: str, line: int = 0) -> Remark:
    """Read what is said of some rules: perhaps `until=2027-01-31`, then the reason."""
    names = tuple(rule.strip().upper() for rule in rules if rule.strip())
    match = _UNTIL.match(text.strip())
    if match is None:
        return Remark(line, names, text.strip())
    reason = text.strip()[match.end() :]
    try:
        until = date.fromisoformat(match[1])
    except ValueError:
        fault = f"until={match[1]} is no day such as 2027-01-31"
        return Remark(line, names, reason, fault=fault)
    return Remark(line, names, reason, until)


def _cut(text: str) -> str:
    """Take off what ends a comment: a star and a slash, a chart's braces, an arrow."""
    text = text.rstrip()
    for end in _ENDS if text.endswith(("*/", "}}", "-->")) else ():
        text = text.removesuffix(end).rstrip()
    return text
