"""Whether a name's last answer still holds, and how long it may outlive its origin."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from seawall.errors import SeawallError, UnauthorizedError
from seawall.store.records import NameRecord

_FOR_EVER_S = 10 * 365 * 86400.0
_CLOCK_SLACK_S = 60.0


@dataclass(frozen=True, slots=True)
class FreshnessOptions:
    """One registry's rules on the age of names.

    Attributes:
        fresh_s: A tag is asked about again after this; 5 minutes is what people who
            push expect to wait, and spares 9 of 10 requests in a busy cluster.
        fresh_by_tag: Other times for tags that match a pattern.
        immutable_tags: Patterns of tags that never move; nobody is asked again.
        stale_max_s: How old an answer may be served when nobody can be asked.
        refused_max_s: The same for private content after 401 or 403, since access
            may have been withdrawn.
        negative_s: How long the origin's 404 is remembered.
        keep_deleted: By tag: answer the last content although the origin says 404.
        hold_s: A slow revalidation holds nobody longer who could be served stale.
        stretch: How many times longer an answer holds now, since little is left of
            what the registry allows.
        stretch_max: What that may grow to; 12 makes an hour of 5 minutes.
    """

    fresh_s: float = 300.0
    fresh_by_tag: Mapping[str, float] = field(default_factory=dict)
    immutable_tags: tuple[str, ...] = ()
    stale_max_s: float = 30 * 86400.0
    refused_max_s: float = 600.0
    negative_s: float = 30.0
    keep_deleted: bool = False
    hold_s: float = 2.0
    stretch: float = 1.0
    stretch_max: float = 12.0


class Freshness(Enum):
    """What a name's last answer is good for."""

    FRESH = "fresh"
    ABSENT = "absent"  # the origin said so a moment ago
    REVALIDATE = "revalidate"
    MISSING = "missing"


def choose_fresh_s(tag: str, options: FreshnessOptions) -> float:
    r"""Give the seconds for which an answer to this tag holds.

    >>> choose_fresh_s("v1.2.3", FreshnessOptions(immutable_tags=(r"^v\d",))) > 1e8
    True
    """
    if any(re.search(pattern, tag) for pattern in options.immutable_tags):
        return _FOR_EVER_S
    for pattern, fresh_s in options.fresh_by_tag.items():
        if re.search(pattern, tag):
            return fresh_s
    return options.fresh_s


def judge_name(
    record: NameRecord | None, *, now: float, options: FreshnessOptions
) -> tuple[Freshness, float]:
    """Say what the last answer is good for, and for how many more seconds.

    The seconds are negative once it is stale. An answer from the future (the clock
    was set back) is revalidated: its age is not known.
    """
    if record is None:
        return Freshness.MISSING, 0.0
    age_s = now - record.checked_at
    if record.digest is None:
        left_s = options.negative_s - age_s
        known = left_s > 0 and age_s >= -_CLOCK_SLACK_S
        return (Freshness.ABSENT if known else Freshness.MISSING), left_s
    fresh_s = choose_fresh_s(record.key.tag, options)
    if options.stretch > 1:
        fresh_s = max(fresh_s, min(fresh_s * options.stretch, options.stale_max_s))
    left_s = fresh_s - max(age_s, 0.0)
    if age_s < -_CLOCK_SLACK_S or left_s <= 0:
        return Freshness.REVALIDATE, min(left_s, 0.0)
    return Freshness.FRESH, left_s


def may_serve_stale(
    age_s: float,
    error: SeawallError | None,
    *,
    options: FreshnessOptions,
    private: bool,
) -> bool:
    """Say whether an old answer may stand in for the origin's (invariant 4).

    Args:
        age_s: Seconds since the last good answer.
        error: Why the origin could not be asked, `None` while it has not answered.
        options: The registry's rules.
        private: The repository refuses anonymous callers, as far as is known.
    """
    refused = private and isinstance(error, UnauthorizedError)
    return age_s <= (options.refused_max_s if refused else options.stale_max_s)
