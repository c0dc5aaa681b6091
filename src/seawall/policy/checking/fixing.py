"""Fixes tried in memory until nothing is left to mend, and none that makes it worse."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import groupby

from seawall.policy import fix as fixes
from seawall.policy.checking.checker import Checker
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.outcome import Outcome

_ROUNDS = 200
"""Enough to find, by halves, some fixes of thousands that make other files worse."""

_Worse = dict[str, set[str]]
"""Files that became worse, each with the rules that say so, or the trouble."""

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
        leads: What each withheld fix would have led to: rules and troubles, by the
            fingerprint of its finding.
    """

    files: dict[str, bytes]
    mended: tuple[Finding, ...]
    withheld: tuple[Finding, ...]
    outcome: Outcome
    leads: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Trial:
    """Fixes as they are tried, round after round.

    Attributes:
        checker: The check.
        kinds: The kinds of fixes that may be applied.
        settle: Fills in what registries answer.
        mended: The findings whose fixes are applied.
        withheld: Those whose fixes are not, by fingerprint.
        files: New bytes of files, by their path.
        lost: Findings in files that are gone, or were changed meanwhile.
        leads: What fixes led to, tried alone in a file: by fingerprint.
        suspects: Findings whose fixes may be to blame, if it is well without them.
        portions: How many of a file's fixes are tried at once, where not all are.
        most: How many fixes are tried at once; `None` for all.
    """

    checker: Checker
    kinds: Collection[FixKind]
    settle: Settle
    mended: list[Finding] = field(default_factory=list)
    withheld: dict[str, Finding] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    leads: dict[str, set[str]] = field(default_factory=dict)
    suspects: dict[str, Finding] = field(default_factory=dict)
    portions: dict[str, int] = field(default_factory=dict)
    most: int | None = None

    def skips(self, finding: Finding) -> bool:
        """Whether a finding's fix is not tried now."""
        mark = finding.fingerprint
        return mark in self.withheld or mark in self.lost or mark in self.suspects

    def withhold(self, guilty: dict[str, Finding]) -> None:
        """Give up on fixes that are to blame, and try again those that are not."""
        self.withheld |= guilty
        self.suspects = {}
        self.portions = {}
        self.most = None


def mend(
    checker: Checker,
    before: Outcome,
    kinds: Collection[FixKind] = (FixKind.SAFE,),
    settle: Settle = lambda _: None,
) -> Mended:
    """Apply fixes in memory; nothing is written.

    Those that want the same bytes take turns. Where fixes lead to a new finding of
    warning or above, they are taken back, and half of that file's are tried at once.

    Args:
        checker: The check; its files are the changed ones afterwards.
        before: What it said.
        kinds: The kinds of fixes that may be applied.
        settle: Fills in what registries answer, for online fixes.
    """
    trial = _Trial(checker, kinds, settle)
    outcome = before
    for _ in range(_ROUNDS):
        chosen = _choose(trial, outcome)[: trial.most]
        joined = fixes.join(fix for _, fix in chosen)
        if not joined.edits and not trial.suspects:
            break
        if not joined.edits:
            trial.withhold({})
            continue
        taken = {id(fix) for fix in joined.taken}
        outcome = _apply(trial, outcome, [(f, x) for f, x in chosen if id(x) in taken])
    return Mended(
        trial.files,
        tuple(trial.mended),
        tuple(sorted(trial.withheld.values(), key=lambda finding: finding.place)),
        outcome,
        trial.leads,
    )


def _choose(trial: _Trial, outcome: Outcome) -> list[tuple[Finding, Fix]]:
    chosen = []
    left = dict(trial.portions)
    for finding in outcome.counted():
        if finding.fix is None or finding.fix.kind not in trial.kinds:
            continue
        if trial.skips(finding):
            continue
        asks = finding.fix.asks is not None
        fix = trial.settle(finding.fix) if asks else finding.fix
        if fix is None or not fix.edits:
            continue
        tried = left.keys() & fix.paths
        if all(left[path] > 0 for path in tried):
            left |= {path: left[path] - 1 for path in tried}
            chosen.append((finding, fix))
    return chosen


def _apply(
    trial: _Trial, before: Outcome, chosen: list[tuple[Finding, Fix]]
) -> Outcome:
    """Apply fixes, look again, and take back what made it worse."""
    checker = trial.checker
    paths = sorted({path for _, fix in chosen for path in fix.paths})
    old = {path: checker.contents.read(path) for path in paths}
    gone = {path for path, data in old.items() if data is None}
    lost = {f.fingerprint for f, x in chosen if gone & x.paths}
    trial.lost |= lost
    chosen = [(f, x) for f, x in chosen if f.fingerprint not in lost]
    joined = fixes.join(fix for _, fix in chosen)
    new: dict[str, bytes] = {}
    for path, edits in groupby(joined.edits, key=lambda edit: edit.path):
        new[path] = fixes.apply(old[path] or b"", list(edits))
    for path, data in new.items():
        checker.change(path, data)
    after = checker.judge()
    worse = _find_worse(before, after)
    if not worse:
        trial.files |= new
        trial.mended += [finding for finding, _ in chosen]
        trial.withhold(trial.suspects)
        return after
    for path in new:
        checker.change(path, old[path] or b"")
    _blame(trial, chosen, worse)
    return before


def _blame(trial: _Trial, chosen: list[tuple[Finding, Fix]], worse: _Worse) -> None:
    """See to it that later rounds find what made it worse, and withhold that alone.

    Each call withholds a fix, suspects one, or halves how many are tried at once, of
    a file or of all: it comes to an end.
    """
    suspects: dict[str, Finding] = {}
    crowded: dict[str, int] = {}
    for path in worse:
        touching = [f for f, x in chosen if path in x.paths]
        if len(touching) == 1:
            suspects[touching[0].fingerprint] = touching[0]
            trial.leads[touching[0].fingerprint] = worse[path]
        elif touching:
            crowded[path] = len(touching) // 2
    if suspects and len(suspects) < len(chosen):
        # It may be that others made their files worse: these are tried without them.
        trial.suspects |= suspects
    elif suspects:
        trial.withhold(suspects)
    elif crowded:
        trial.portions |= crowded
    elif len(chosen) == 1:
        mark = chosen[0][0].fingerprint
        trial.leads[mark] = set().union(*worse.values())
        trial.withhold({mark: chosen[0][0]})
    else:
        trial.most = len(chosen) // 2


def _find_worse(before: Outcome, after: Outcome) -> _Worse:
    """Find files with a finding that was not there, or that cannot be read any more."""
    # A fix may change what a finding is about, so they are counted rather than known.
    more = _tally(after) - _tally(before)
    return {path: {rule for rule, at in more if at == path} for _, path in more}


def _tally(outcome: Outcome) -> Counter[tuple[str, str]]:
    counted = outcome.counted(Severity.WARNING)
    found = Counter((finding.rule, finding.place.path) for finding in counted)
    return found + Counter((str(one.obstacle), one.path) for one in outcome.troubles)
