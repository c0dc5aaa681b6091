"""What happens to a name or a content, as values: for figures, logs, and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seawall.errors import SeawallError, UpstreamError
from seawall.kit.ranges import Span
from seawall.kit.redact import redact_text
from seawall.oci.digest import Digest
from seawall.transfer.budget.spending import Spent
from seawall.transfer.standing.ranking import Placing

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong, without a secret.

    Attributes:
        cause: The cause's name, or the error's class where it has none.
        text: For people.
        status: What the other side replied, if it did.
        wait_s: For how long it asked to be left alone, if it did.
    """

    cause: str
    text: str
    status: int | None = None
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class FlightBegun:
    """A content is fetched.

    Attributes:
        repository: Where it was asked for.
        path: Where sources look for it, if not by its digest.
        held_bytes: What an earlier run left of it.
        order: Its sources, best first, as they stood.
    """

    repository: str
    path: str
    size: int | None
    held_bytes: int
    order: tuple[Placing, ...]


@dataclass(frozen=True, slots=True)
class FlightEnded:
    """A fetch is over.

    Attributes:
        result: stored, failed or stopped.
        resumed_bytes: What an earlier run had left.
        given: Who gave how many bytes of what was kept.
        readers: How many there were at the end.
    """

    result: str
    size: int | None
    resumed_bytes: int
    given: tuple[tuple[str, int], ...]
    seconds: float
    readers: int
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class SourcesRanked:
    """Something small, such as a manifest, is asked of several sources: their order."""

    order: tuple[Placing, ...]


@dataclass(frozen=True, slots=True)
class SourceAsked:
    """A source is asked for the bytes from an offset on.

    Attributes:
        stop: Where they end; `None` for all that there are.
        beside: Another one is asked, too, and keeps silent.
    """

    source: str
    offset: int
    stop: int | None
    beside: bool


@dataclass(frozen=True, slots=True)
class SourceAnswered:
    """A source's headers are here.

    Attributes:
        offset: Where its bytes begin: 0 if it knows no ranges.
        wait_s: From the question on, with all that was in between.
    """

    source: str
    offset: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class SourceLeft:
    """A source is done with, well or not.

    Attributes:
        offset: Where its bytes began.
        gained_bytes: What it brought that was not here.
        cause: Why it was left; empty if it gave all that was asked for.
    """

    source: str
    offset: int
    gained_bytes: int
    seconds: float
    cause: str


@dataclass(frozen=True, slots=True)
class SourceSilent:
    """A source kept silent for longer than it is usually waited for.

    Attributes:
        phase: What was awaited.
        limit_s: The patience that ran out.
        given_up: It was left; else a second one was asked, too.
    """

    source: str
    phase: str
    waited_s: float
    limit_s: float
    given_up: bool


@dataclass(frozen=True, slots=True)
class SecondWon:
    """A second source had the next bytes before the first."""

    source: str
    over: str
    offset: int


@dataclass(frozen=True, slots=True)
class SecondDropped:
    """The first source gave bytes after all: the second is not needed."""

    source: str


@dataclass(frozen=True, slots=True)
class Switched:
    """A content goes on at another source."""

    was: str
    now: str
    offset: int
    cause: str


@dataclass(frozen=True, slots=True)
class Spread:
    """One more connection carries a part of the content.

    Attributes:
        connections: How many there are with it.
    """

    start: int
    stop: int
    connections: int


@dataclass(frozen=True, slots=True)
class SourceFailed:
    """One attempt at one source ended badly."""

    source: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class SourceLied:
    """A source gave other bytes than the content has there, beyond doubt.

    Attributes:
        ranges: First and last byte of each part that was wrong, the first few.
        wrong_bytes: In all parts; the whole where that is all that is known.
        last_resort_s: For how long it is asked only if all others fail.
    """

    source: str
    repository: str
    ranges: tuple[tuple[int, int], ...]
    wrong_bytes: int
    last_resort_s: float


@dataclass(frozen=True, slots=True)
class PassageOpened:
    """The disk is full; a reader is served straight through."""


@dataclass(frozen=True, slots=True)
class ReaderPulsed:
    """A client with a watchdog was given bytes out of its reserve, in a silence.

    Attributes:
        client: Of which kind it is.
    """

    client: str


@dataclass(frozen=True, slots=True)
class NameAsked:
    """Whoever has the last word on a name is asked.

    Attributes:
        authority: Who that is.
        was: What the name meant so far, if that is known.
    """

    authority: str
    was: Digest | None


@dataclass(frozen=True, slots=True)
class NameAnswered:
    """It is known again what a name means.

    Attributes:
        source: Who said so.
        digest: What it means; `None` if there is no such name.
        seconds: How long that took.
    """

    source: str
    digest: Digest | None
    seconds: float


@dataclass(frozen=True, slots=True)
class NameFailed:
    """Nobody who was asked could say what a name means."""

    seconds: float
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class NameUnanswered:
    """One of those who were asked did not answer a name well."""

    source: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class NameChanged:
    """A name means another content than before."""

    was: Digest | None
    now: Digest


@dataclass(frozen=True, slots=True)
class NameStale:
    """A name's last answer was served, since nobody could say.

    Attributes:
        checked_at: Wall time of that answer.
        until: Wall time until which it may still be served.
    """

    trouble: Trouble
    checked_at: float
    until: float


@dataclass(frozen=True, slots=True)
class Withheld:
    """A request was not sent: what is left of a quota is kept, or none is."""

    registry: str
    host: str
    account: str
    purpose: str


Event: TypeAlias = (
    FlightBegun
    | FlightEnded
    | SourcesRanked
    | SourceAsked
    | SourceAnswered
    | SourceLeft
    | SourceSilent
    | SecondWon
    | SecondDropped
    | Switched
    | Spread
    | SourceFailed
    | SourceLied
    | PassageOpened
    | ReaderPulsed
    | NameAsked
    | NameAnswered
    | NameFailed
    | NameUnanswered
    | NameChanged
    | NameStale
    | Withheld
    | Spent
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, and when.

    Attributes:
        at: Wall time; of the last one, where it happened several times in a row.
        times: How often.
    """

    at: float
    event: Event
    times: int = 1


def tell_lie(
    source: str, repository: str, wrong: Sequence[Span], last_resort_s: float
) -> SourceLied:
    """Say who gave wrong bytes, and where: the first few places."""
    return SourceLied(
        source,
        repository,
        tuple((span.start, span.stop - 1) for span in wrong[:_SHOWN]),
        sum(map(len, wrong)),
        last_resort_s,
    )


def tell_trouble(error: SeawallError) -> Trouble:
    """Say of an error what may be shown.

    >>> from seawall.errors import BrokenReplyError
    >>> tell_trouble(BrokenReplyError("no: https://me:pw@mirror.example/")).text
    'no: https://mirror.example/'
    """
    return Trouble(
        error.cause.name if error.cause else type(error).__name__,
        redact_text(str(error)),
        error.status if isinstance(error, UpstreamError) else None,
        error.wait_s,
    )
