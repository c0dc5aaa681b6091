"""The outcome as lines for people: findings with their places, lines and fixes."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

import msgspec

from seawall.kit.redact import redact_text
from seawall.policy import fix as fixes
from seawall.policy.facts.troubles import Trouble
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import DIGEST_MARK, Edit, FixKind
from seawall.policy.outcome import Outcome
from seawall.policy.reports.secrecy import conceal

Paint = Callable[[str, str], str]
"""Gives a text the colour of a word: a severity, `path`, `dim`, `gone`, `new`."""

_SHOWN_CHARS = 160
_LINE_BYTES = 1024
"""A line is read as far as that: what no person wrote need not be shown whole."""

_MANY = 30
"""So many findings are no longer overlooked at once."""
_MOSTLY = 5
_FIX_LINES = 8
_FLAGS = {
    FixKind.SAFE: "--fix",
    FixKind.ONLINE: "--fix=online",
    FixKind.UNSAFE: "--fix=all",
}
"""What is typed for each kind of fixes."""
_ABOVE = 8
"""So many lines above one may say that it is a secret."""

_COMMAND = re.compile(r"##(\w*)\[")
"""What runners of Azure, GitHub and TeamCity take for a command, wherever it stands."""


def write_finding(
    finding: Finding, read: Callable[[str], bytes | None], paint: Paint, name: str
) -> Iterator[str]:
    """Write a finding: where it is, what is wrong, the line itself, and the fix.

    Args:
        finding: What was found.
        read: Gives the bytes of a file.
        paint: Colours a text.
        name: What its file is called from where the reader stands.
    """
    place = finding.place
    # A line that begins with two colons is a command to GitHub's runner.
    name = f"./{name}" if name.startswith(":") else name
    where = paint("path", f"{_clean(name)}:{place.line}:{place.column}")
    head = paint(finding.severity, f"{finding.severity} {finding.rule}")
    yield f"{where}: {head} {_clean(finding.message)}"
    if finding.reason is not None:
        said = f"accepted in {finding.accepted_in}: {_clean(finding.reason)}"
        yield f"      {paint('dim', said)}"
    data = read(place.path)
    if data is None or not place.line:
        return
    yield from _write_line(finding, data, paint)
    if finding.fix is not None:
        how = _FLAGS[finding.fix.kind]
        yield f"      {paint('dim', how)}: {_clean(finding.fix.reason)}"
        yield from _write_fix(finding, read, paint)


def _write_line(finding: Finding, data: bytes, paint: Paint) -> Iterator[str]:
    place = finding.place
    begin = data.rfind(b"\n", 0, place.start) + 1
    # More than is shown is read, so that a secret is not cut before it is known.
    end = data.find(b"\n", place.start, begin + _LINE_BYTES)
    end = begin + _LINE_BYTES if end < 0 else end
    line, shown = _show_line(data[_look_above(data, begin) : end])
    yield f" {place.line:4} | {_clean(shown[:_SHOWN_CHARS])}"
    at = place.column - 1
    if shown != line or at >= _SHOWN_CHARS:
        return
    same = place.end_line == place.line
    width = (place.end_column - place.column) if same else len(line.rstrip()) - at
    width = max(1, min(width, _SHOWN_CHARS - at))
    yield f"      | {' ' * at}{paint(finding.severity, '^' * width)}"


@lru_cache(maxsize=64)
def _show_line(raw: bytes) -> tuple[str, str]:
    """Make text of the last of some lines; also without what looks like a secret."""
    lines = raw.decode(errors="replace").replace("\t", " ").split("\n")
    return lines[-1], conceal(lines, above=len(lines) - 1)[0]


def _look_above(data: bytes, begin: int) -> int:
    """Find where the lines above one begin that may name what stands on it."""
    for _ in range(_ABOVE):
        if not begin:
            break
        above = data.rfind(b"\n", max(0, begin - _LINE_BYTES), begin - 1) + 1
        if not above and begin > _LINE_BYTES:
            break
        begin = above
    return begin


def _write_fix(
    finding: Finding, read: Callable[[str], bytes | None], paint: Paint
) -> Iterator[str]:
    """Write the lines that a fix changes, without those around them."""
    edits = finding.fix.edits if finding.fix else ()
    count = 0
    for path in dict.fromkeys(edit.path for edit in edits):
        data = read(path)
        if data is None:
            continue
        if path != finding.place.path:
            yield f"      in {_clean(path)}:"
        own = sorted({edit for edit in edits if edit.path == path})
        for sign, line in _changes(data, own):
            count += 1
            if count > _FIX_LINES:
                yield "      ..."
                return
            shown = _clean(line.replace("\t", " ")[:_SHOWN_CHARS])
            yield f"      {paint('new' if sign == '+' else 'gone', f'{sign} {shown}')}"


def _changes(data: bytes, edits: Sequence[Edit]) -> Iterator[tuple[str, str]]:
    """Yield the lines that go and those that come, by looking at edited lines alone."""
    for begin, end, own in _edited_lines(data, edits):
        if end - begin > _LINE_BYTES:
            yield "-", f"(lines of {end - begin} bytes)"
            continue
        moved = [
            msgspec.structs.replace(
                edit,
                start=edit.start - begin,
                stop=edit.stop - begin,
                new=edit.new.replace(DIGEST_MARK, b"sha256:..."),
            )
            for edit in own
        ]
        old = data[begin:end]
        above = _bare(data[_look_above(data, begin) : begin])
        before = _bare(old)
        after = _bare(fixes.apply(old, moved))
        goes = conceal([*above, *before], above=len(above))
        comes = conceal([*above, *after], above=len(above))
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for what, i1, i2, j1, j2 in matcher.get_opcodes():
            if what != "equal":
                yield from (("-", line) for line in goes[i1:i2])
                yield from (("+", line) for line in comes[j1:j2])


def _bare(data: bytes) -> list[str]:
    return data.decode(errors="replace").splitlines()


def _edited_lines(
    data: bytes, edits: Sequence[Edit]
) -> Iterator[tuple[int, int, list[Edit]]]:
    """Yield stretches of whole lines, each with the edits in it, in their order."""
    begin, end, own = 0, 0, list[Edit]()
    for edit in edits:
        first = data.rfind(b"\n", 0, edit.start) + 1
        gap = data.find(b"\n", edit.stop)
        last = len(data) if gap < 0 else gap + 1
        if own and first >= end:
            yield begin, end, own
            own = []
        begin = begin if own else first
        end = max(end, last)
        own.append(edit)
    if own:
        yield begin, end, own


def write_trouble(trouble: Trouble, name: str) -> str:
    """Write what could not be read, and why."""
    where = f"{_clean(name)}: " if trouble.path else ""
    return f"{where}{trouble.obstacle}: {_clean(redact_text(trouble.message))}"


def write_summary(outcome: Outcome) -> Iterator[str]:
    """Write how much was found, and how much was seen."""
    counted = outcome.counted()
    accepted = len(outcome.findings) - len(counted)
    more = f", {accepted} accepted" if accepted else ""
    yield f"{say_count(len(counted), 'finding')} ({_tally(counted)}{more})"
    rules = Counter(one.rule for one in counted)
    if len(counted) >= _MANY and len(rules) > _MOSTLY:
        often = rules.most_common(_MOSTLY)
        words = [f"{rule} ({number})" for rule, number in often]
        yield f"of {len(rules)} rules, most often {', '.join(words)}"
    fixable = [one.fix.kind for one in counted if one.fix is not None]
    if fixable:
        words = [
            f"{fixable.count(kind)} {kind} ({flag})"
            for kind, flag in _FLAGS.items()
            if kind in fixable
        ]
        yield f"fixes: {', '.join(words)}"
    seen = outcome.coverage
    yield (
        f"{say_count(seen.files, 'file')}, {seen.read} of them read,"
        f" {say_count(seen.images, 'image')}, {seen.unresolved} not resolved,"
        f" {say_count(len(outcome.troubles), 'trouble')};"
        f" {seen.seconds:.1f} s"
    )


def write_tally(findings: Sequence[Finding], place: str) -> Iterator[str]:
    """Write how many findings were written down somewhere: in all, and by rule."""
    number = say_count(len(findings), "finding")
    yield f"{number} written to {place}: {_tally(findings)}"
    rules = Counter(one.rule for one in findings)
    if rules:
        ordered = sorted(rules.items(), key=lambda one: (-one[1], one[0]))
        yield ", ".join(f"{rule} ({number})" for rule, number in ordered)


def _tally(findings: Sequence[Finding]) -> str:
    counts = Counter(one.severity for one in findings)
    return ", ".join(say_count(counts[severity], severity) for severity in Severity)


def say_count(number: int, word: str) -> str:
    """Say how many there are of something.

    >>> say_count(1, "file"), say_count(2, "file")
    ('1 file', '2 files')
    """
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _clean(text: str) -> str:
    text = _COMMAND.sub(r"# #\1[", text) if "##" in text else text
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "?" for c in text)
