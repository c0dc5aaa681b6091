"""Fixes tried in memory until nothing is left to mend, and none that makes it worse."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from seawall.policy import fix as fixes
from seawall.policy.checking.checker import Checker
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.outcome import Outcome

_ROUNDS = 50

Settle = Callable[[Fix], Fix | None]
"""Fills in what a registry answers; `None` if nobody could be asked."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What fixes come to.

    Attributes:
        files: New bytes of files, by their path.
        mended: The findings whose fixes these are.
        withheld: Findings whose fix would have made something else worse.
        outcome: What a check says then.
    """

    files: dict[str, bytes]
    mended: tuple[Finding, ...]
    withheld: tuple[Finding, ...]
    outcome: Outcome


@dataclass(slots=True)
class _Trial:
    """Fixes as they are tried, round after round."""

    checker: Checker
    kinds: Collection[FixKind]
    settle: Settle
    mended: list[Finding] = field(default_factory=list)
    withheld: dict[str, Finding] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    careful: set[str] = field(default_factory=set)


def mend(
    checker: Checker,
    before: Outcome,
    kinds: Collection[FixKind] = (FixKind.SAFE,),
    settle: Settle = lambda _: None,
) -> Mended:
    """Apply fixes in memory; nothing is written.

    Those that want the same bytes take turns. Where fixes lead to a new finding of
    warning or above, they are taken back, and that file's are tried one by one.

    Args:
        checker: The check; its files are the changed ones afterwards.
        before: What it said.
        kinds: The kinds of fixes that may be applied.
        settle: Fills in what registries answer, for online fixes.
    """
    trial = _Trial(checker, kinds, settle)
    outcome = before
    for _ in range(_ROUNDS):
        chosen = _choose(trial, outcome)
        joined = fixes.join(fix for _, fix in chosen)
        if not joined.edits:
            break
        taken = {id(fix) for fix in joined.taken}
        outcome = _apply(trial, outcome, [(f, x) for f, x in chosen if id(x) in taken])
    return Mended(
        trial.files, tuple(trial.mended), tuple(trial.withheld.values()), outcome
    )


def _choose(trial: _Trial, outcome: Outcome) -> list[tuple[Finding, Fix]]:
    chosen = []
    busy: set[str] = set()
    for finding in outcome.counted():
        if finding.fix is None or finding.fix.kind not in trial.kinds:
            continue
        if finding.fingerprint in trial.withheld:
            continue
        asks = finding.fix.asks is not None
        fix = trial.settle(finding.fix) if asks else finding.fix
        if fix is None or not fix.edits:
            continue
        careful = trial.careful & {edit.path for edit in fix.edits}
        if not careful & busy:
            busy |= careful
            chosen.append((finding, fix))
    return chosen


def _apply(
    trial: _Trial, before: Outcome, chosen: list[tuple[Finding, Fix]]
) -> Outcome:
    """Apply fixes, look again, and take back what made it worse."""
    checker = trial.checker
    edits = fixes.join(fix for _, fix in chosen).edits
    old: dict[str, bytes] = {}
    for path in sorted({edit.path for edit in edits}):
        data = checker.contents.read(path)
        if data is None:
            continue  # it is gone, or was changed meanwhile
        old[path] = data
        own = [edit for edit in edits if edit.path == path]
        checker.change(path, fixes.apply(data, own))
    after = checker.judge()
    worse = _find_worse(before, after)
    if not worse:
        _note(trial, old, [finding for finding, _ in chosen])
        return after
    for path, data in old.items():
        checker.change(path, data)
    _blame(trial, chosen, worse)
    return checker.judge()


def _blame(trial: _Trial, chosen: list[tuple[Finding, Fix]], worse: set[str]) -> None:
    """Withhold the one fix that made it worse, or try those there were one by one."""
    touched = [(f, x) for f, x in chosen if worse & {edit.path for edit in x.edits}]
    guilty = touched or chosen
    if len(guilty) == 1:
        finding = guilty[0][0]
        trial.withheld[finding.fingerprint] = finding
    trial.careful |= {edit.path for _, fix in guilty for edit in fix.edits}


def _note(trial: _Trial, old: Iterable[str], mended: Iterable[Finding]) -> None:
    for path in old:
        data = trial.checker.contents.read(path)
        if data is not None:
            trial.files[path] = data
    trial.mended += mended


def _find_worse(before: Outcome, after: Outcome) -> set[str]:
    """Find the files with a finding that was not there, and is no mere note."""
    # A fix may change what a finding is about, so they are counted rather than known.
    more = _tally(after) - _tally(before)
    return {path for _, path in more}


def _tally(outcome: Outcome) -> Counter[tuple[str, str]]:
    counted = outcome.counted(Severity.WARNING)
    return Counter((finding.rule, finding.place.path) for finding in counted)
