"""What people are told: what would happen now, and what happened last; plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VERSION = 1
"""Of the form in which programs get it; fields may be added within one."""


@dataclass(frozen=True, slots=True)
class NameOutlook:
    """What a question about a name would meet now.

    Attributes:
        verdict: fresh, absent, stale, offline, withheld, joins, revalidate or ask.
        digest: What it means, as far as is known; empty if it is not.
        age_s: Since its origin said so; `None` if it never did.
        stale_until: Wall time until which the last answer may stand in.
    """

    name: str
    verdict: str
    text: str
    digest: str
    age_s: float | None
    ttl_s: float
    stale_until: float | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One source of a content, in its turn, and why it has it."""

    source: str
    why: str


@dataclass(frozen=True, slots=True)
class ContentOutlook:
    """What a question about a content would meet now.

    Attributes:
        verdict: hit, foreign, joins, offline, fetch or unknown.
        order: Whom it would be fetched from, in turn.
    """

    digest: str
    role: str
    platform: str
    size: int | None
    verdict: str
    text: str
    order: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class PatienceView:
    """How long one phase of a request is waited for."""

    phase: str
    second_s: float
    give_up_s: float


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source as it stands.

    Attributes:
        role: origin, or mirror.
        state: well, failed, resting, lied, last_resort or off.
        left_s: For how many seconds it has that state; `None` if it is for good.
        answered_s: Seconds since its last good answer; `None` since the start.
    """

    source: str
    role: str
    state: str
    text: str
    left_s: float | None
    answers_names: bool
    bytes_per_s: float | None
    answered_s: float | None
    patience: tuple[PatienceView, ...]


@dataclass(frozen=True, slots=True)
class BudgetView:
    """What is left of one account's quota."""

    registry: str
    source: str
    account: str
    remaining: int | None
    limit: int | None
    outstanding: int
    paused_s: float
    exhausted_s: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened.

    Attributes:
        at: Wall time.
        times: How often in a row.
        event: Its kind, such as `source-lied`.
        text: The same for people.
        facts: The figures.
    """

    at: float
    times: int
    event: str
    text: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened from one question, or fetch, to the next."""

    subject: str
    began_at: float
    told: Sequence[Told]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would happen if this was asked for now, and what happened last.

    Attributes:
        version: Of this form.
        at: Wall time.
        last: The last fetches and questions, oldest first.
    """

    version: int
    subject: str
    at: float
    offline: bool
    name: NameOutlook | None
    contents: Sequence[ContentOutlook]
    sources: Sequence[SourceView]
    budget: Sequence[BudgetView]
    last: Sequence[Story]
