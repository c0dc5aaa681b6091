"""Whether a signed suite may take the place of the generation that is known."""

from dataclasses import dataclass
from enum import Enum

from seawall.debian.release import Release
from seawall.doors.archive.suites.generation import Generation, write_day

_AHEAD_S = 86400.0  # a mirror's clock, or ours, may be wrong by so much
_DISTS = "dists/"


@dataclass(frozen=True, slots=True)
class AcceptanceOptions:
    """One archive's rules on what a suite may say.

    Attributes:
        check_suite: It must be the one that was asked for, by one of its names.
        check_valid_until: It must not have expired when it is first seen.
    """

    check_suite: bool = True
    check_valid_until: bool = True


class Verdict(Enum):
    """What to do with a candidate."""

    NEWER = "newer"  # it takes the place of what is known
    SAME = "same"  # it is what is known
    OLDER = "older"  # a mirror that lags, or somebody who rolls back
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and for people the reason of a bad one, with its cause."""

    verdict: Verdict
    reason: str = ""
    cause: str = ""


def judge_candidate(  # noqa: PLR0913  a judgement weighs these facts
    release: Release,
    text: str,
    current: Generation | None,
    *,
    directory: str,
    now: float,
    options: AcceptanceOptions,
    since: float = 0.0,
) -> Judgement:
    """Judge a suite whose signature is good.

    Args:
        release: What was signed.
        text: SHA-256 of it, in hex.
        current: The generation that is known; `None` if none is.
        directory: Where it was asked for.
        now: Epoch seconds.
        options: The archive's rules.
        since: The date of one that was known, and is lost; 0 if there is none.
    """
    if current is not None and current.text == text:
        return Judgement(Verdict.SAME)
    if options.check_suite and not is_expected(directory, release):
        named = " and ".join(filter(None, (release.suite, release.codename)))
        reason = f"it is the suite {named or 'without a name'}"
        return Judgement(Verdict.REFUSED, reason, "suite.another")
    if release.date > now + _AHEAD_S:
        reason = (
            f"it is dated {write_day(release.date)}, which is yet to come:"
            " is this machine's clock right?"
        )
        return Judgement(Verdict.REFUSED, reason, "suite.inconsistent")
    since = since if current is None else current.date
    if release.date < since:
        reason = (
            f"it is of {write_day(release.date)}, older than what is known, of"
            f" {write_day(since)}"
        )
        return Judgement(Verdict.OLDER, reason, "suite.rolled_back")
    expired = release.valid_until is not None and release.valid_until <= now
    if expired and options.check_valid_until:
        reason = f"it expired at {write_day(release.valid_until or 0)}"
        return Judgement(Verdict.REFUSED, reason, "suite.expired")
    return Judgement(Verdict.NEWER)


def is_expected(directory: str, release: Release) -> bool:
    """Whether a suite is the one that was asked for, as far as it says what it is.

    Flat suites have no name to be asked for. Of `stable/updates`, some say only the
    first part.
    """
    said = {release.suite, release.codename} - {""}
    if not directory.startswith(_DISTS) or not said:
        return True
    asked = directory.removeprefix(_DISTS)
    return asked in said or asked.rpartition("/")[0] in said
