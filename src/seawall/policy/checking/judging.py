"""Calls the rules on all facts, and weighs what they find."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from seawall.policy.checking import heldback, overdue
from seawall.policy.checking.overdue import OverdueError
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.finding import Finding
from seawall.policy.fix import Fix
from seawall.policy.lookups.contexts import find_test_data
from seawall.policy.reading.charts import packed
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule
from seawall.policy.rulebook import Entry

_BY_NAME = ("REG", "IMG007", "IMG011")
"""Rules that look at an image's repository; others look at its version."""
_OTHERS = 10
"""So many places are named of those that say the same."""


def judge(
    repository: Repository, entries: Iterable[Entry]
) -> tuple[list[Finding], list[Trouble]]:
    """Call each rule on what it judges.

    A rule that fails on one subject, or takes too long, costs what it would have said
    of that one, and that is told.
    """
    judged: list[heldback.Found] = []
    troubles: list[Trouble] = []
    options = repository.options
    with overdue.bound(options.limits.rule_s) as watch:
        for entry in entries:
            if entry.rule.severity_in(options) is None:
                continue
            for subject in _subjects(entry, repository):
                watch.calls += 1
                try:
                    found = list(entry.check(subject, repository, options))
                except Exception as exc:  # noqa: BLE001  one rule must not end a check
                    troubles.append(_crash(entry.rule, subject, exc))
                    continue
                weighed = (_weigh(entry.rule, one, repository) for one in found)
                judged += ((subject, one) for one in weighed)
    findings = heldback.hold_back(judged, repository)
    subjects = (subject for subject, _ in judged)
    told = _tell_once(zip(subjects, findings, strict=True), repository)
    return sorted(told, key=lambda one: one.order), troubles


def _tell_once(
    found: Iterable[heldback.Found], repository: Repository
) -> Iterator[Finding]:
    """Yield what says the same of the same bytes once.

    A value that two steps use is two uses, and one place to read about and to mend. So
    is a name that an action puts together of what each of its callers says: it is
    mended in the action, and told at the first of them in a file. What hundreds of
    files of test data say, as programs wrote it, is told of the first of them.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for subject, one in found:
        where: object = one.place
        folder = find_test_data(one.place.path)
        if folder:
            where = folder
        elif isinstance(subject, ImageUse) and one.fix is None:
            where = repository.callings.home(subject) or where
        said = (
            *(one.rule, folder or one.place.path, where),
            *(one.message, one.subject, one.fix is None),
        )
        groups.setdefault(said, []).append(one)
    yield from map(_unite, groups.values())


def _unite(same: Sequence[Finding]) -> Finding:
    """Take the worst of those that say the same, and name the places of the others."""
    worst = min(same, key=lambda one: (-one.severity.rank, one.order))
    others = sorted({one.place for one in same} - {worst.place})
    if not others:
        return worst
    alone = all(one.path == worst.place.path for one in others)
    where = "this file" if alone else find_test_data(worst.place.path)
    more = f"{len(others)} more place{'s' * (len(others) > 1)} in {where}"
    return msgspec.structs.replace(
        worst,
        message=f"{worst.message} ({more})",
        related=(*worst.related, *others[:_OTHERS]),
        fix=_unite_fixes([one.fix for one in same if one.fix is not None]),
    )


def _unite_fixes(same: Sequence[Fix]) -> Fix | None:
    """Mend all places at once, as one that is told stands for them."""
    if not same:
        return None
    edits = tuple(dict.fromkeys(edit for fix in same for edit in fix.edits))
    return msgspec.structs.replace(same[0], edits=edits)


def _subjects(entry: Entry, repository: Repository) -> Iterable[Fact | Repository]:
    if entry.subject is ImageUse:
        return repository.pulled(by_name=entry.rule.id.startswith(_BY_NAME))
    if issubclass(entry.subject, Fact):
        return repository.all(entry.subject)
    return (repository,)


def _weigh(rule: Rule, finding: Finding, repository: Repository) -> Finding:
    """Say how much a finding matters: settings first, then what its file is for."""
    options = repository.options
    context = repository.context(finding.place.path)
    said = rule.said(options)
    if said is not None and said.severity is not None:
        severity = said.severity
    else:
        severity = context.weigh(rule.profiles.get(options.profile, finding.severity))
    edits = finding.fix.edits if finding.fix is not None else ()
    fixable = not any(packed.is_inside(edit.path) for edit in edits)
    return msgspec.structs.replace(
        finding,
        severity=severity,
        context=context,
        fix=finding.fix if fixable else None,
    )


def _crash(rule: Rule, subject: Fact | Repository, exc: Exception) -> Trouble:
    path = subject.path if isinstance(subject, Fact) else ""
    start = subject.start if isinstance(subject, Fact) else 0
    late = isinstance(exc, OverdueError)
    return Trouble(
        path=path,
        start=start,
        stop=start,
        obstacle=Obstacle.BOUNDED if late else Obstacle.CRASHED,
        message=f"{rule.id} {'' if late else f'failed: {type(exc).__name__}: '}{exc}",
    )
