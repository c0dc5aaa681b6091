"""One account at one registry: what is left, who else spends it, when to ask again."""

import math
from dataclasses import dataclass, field, replace
from enum import Enum

from seawall.transfer.budget.pauses import Pause, choose_pause_s
from seawall.transfer.budget.quotas import Allowance, Quota
from seawall.transfer.budget.spending import Purpose

MAX_REPOSITORIES = 4096
FLOORS = {Purpose.WAITING: 0.0, Purpose.REVALIDATION: 0.3, Purpose.WARMING: 0.6}
"""The share of a quota that each purpose leaves to those before it."""
_FIRST = 4  # asked at once while nobody knows whether there is a quota at all
_FIRST_S = 2.0  # and if these take longer than that, the others are no worse off
_LOOK_S = (1.0, 60.0)
_MEMORY_S = (10.0, 600.0)
_DOUBT_S = 2.0  # so much silence is assumed before the first figures
_TICK_S = 0.25
_MOST_VAIN = 3


class Scope(Enum):
    """What a limiter may tell apart."""

    PULL = "pull"  # a manifest's bytes: what registries with quotas count
    QUESTION = "question"  # everything else that is small
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is about to be asked, of which repository, for whose sake.

    Attributes:
        scope: Who may count it.
        repository: Some are not counted.
        purpose: For whose sake.
        head: It asks about a manifest without its bytes: that is free, and what comes
            back may say how much is left.
    """

    scope: Scope
    repository: str = ""
    purpose: Purpose = Purpose.WAITING
    head: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be asked now.

    Attributes:
        go: It may.
        look: A free question should be asked first: it may bring newer figures.
        wait_s: After so many seconds it is worth another thought.
        why: What stands in its way.
        cause: The name of what its limiter last said, while it is left alone.
    """

    go: bool = False
    look: bool = False
    wait_s: float = 0.0
    why: str = ""
    cause: str = ""


@dataclass(slots=True)
class Ticket:
    """One request under way; `order` counts those of its account."""

    ask: Ask
    order: int
    metered: bool
    closed: bool = False


@dataclass(slots=True)
class Account:
    """What one registry counts against one credential, or against our own address.

    Times are of a clock that never runs backwards. No metered request is sent while
    what was last reported, less what is under way, is nothing.

    Attributes:
        quota: The last word that counts; None if there was none.
        left: What remained by it, less what was heard since.
        reported_at: When it was heard.
        outstanding: Metered requests whose reply is not here yet.
        silent: Whether replies come without a quota.
        neighbours_per_s: What others spend of it.
        drain_per_s: What is spent of it in all, less what is refilled.
    """

    quota: Quota | None = None
    left: int = 0
    reported_at: float = 0.0
    outstanding: int = 0
    silent: bool = False
    neighbours_per_s: float = 0.0
    drain_per_s: float = 0.0
    spent: int = 0
    pauses: dict[Scope, Pause] = field(default_factory=dict)
    _uncounted: dict[str, None] = field(default_factory=dict)
    _losses: list[int] = field(default_factory=list)
    _order: int = 0
    _reported_order: int = 0
    _first_at: float = 0.0
    _own: int = 0
    _watched_s: float = 0.0
    _looked_at: float = -math.inf
    _heads_tell: bool = False
    _deaf: bool = False
    _vain: int = 0

    def judge(self, ask: Ask, now: float) -> Verdict:
        """Say whether something may be asked; changes nothing."""
        pause = self.pauses.get(ask.scope)
        wait_s = 0.0 if pause is None else pause.wait_s(now)
        if wait_s > 0:
            why = "it asked for a pause"
            return Verdict(wait_s=wait_s, why=why, cause=pause.cause if pause else "")
        if pause is not None and pause.probe is not None:
            return Verdict(wait_s=_TICK_S, why="one request tries it after a pause")
        if ask.scope is not Scope.PULL or ask.repository in self._uncounted:
            return Verdict(go=True)
        if self.quota is None:
            eager = self.silent or self.outstanding < _FIRST
            eager = eager or now - self._first_at >= _FIRST_S
            return Verdict(eager, wait_s=_TICK_S, why="its limits are not known yet")
        return self._judge_quota(ask.purpose, now)

    def _judge_quota(self, purpose: Purpose, now: float) -> Verdict:
        due = not self._deaf and now - self._last_figure >= self.look_s
        if self.is_outdated(now):
            why = "what is left is not known any more"
            alone = not self.outstanding and not due
            return Verdict(alone, look=due, wait_s=_TICK_S, why=why)
        wait_s = max(self.refill_s(now), _TICK_S)
        if self.available <= 0:
            return Verdict(look=due, wait_s=wait_s, why="its quota is spent")
        floor = FLOORS[purpose] * (self.quota.limit or 0) if self.quota else 0.0
        expected = self.expected(now)
        if expected <= floor and purpose is not Purpose.WAITING:
            why = "what is left of its quota is kept for those who wait"
            return Verdict(look=due, wait_s=wait_s, why=why)
        # Others may have spent it meanwhile: looking is free, a refusal is not.
        return Verdict(go=expected >= 1 or not due, look=due)

    def take_look(self, now: float) -> None:
        """Note that somebody looks now: nobody else needs to for a while."""
        self._looked_at = now

    def miss_look(self) -> None:
        """Note that looking told nothing: heads may not be answered here at all."""
        self._deaf = not self._heads_tell

    def begin(self, ask: Ask, now: float = 0.0) -> Ticket:
        """Note that something is asked, which `judge` let pass."""
        self._first_at = self._first_at if self.outstanding else now
        self._order += 1
        pause = self.pauses.get(ask.scope)
        if pause is not None and pause.probe is None:
            pause.probe = self._order
        metered = ask.scope is Scope.PULL and ask.repository not in self._uncounted
        self.outstanding += metered
        return Ticket(ask, self._order, metered)

    def report(self, ticket: Ticket, quota: Quota | None, now: float) -> None:
        """Note a good reply, with what it says of a quota."""
        self._close(ticket)
        counted = ticket.metered
        self.spent += counted
        pause = self.pauses.get(ticket.ask.scope)
        if pause is not None and pause.probe == ticket.order:
            del self.pauses[ticket.ask.scope]
        if quota is None:
            self._hear_nothing(ticket)
            return
        self.silent = False
        self._uncounted.pop(ticket.ask.repository, None)
        self._own += counted
        if ticket.ask.head:
            self._heads_tell, self._deaf = True, False
        self._hear(ticket, quota, now)

    def refuse(  # noqa: PLR0913  a refusal says all of this
        self,
        ticket: Ticket,
        allowance: Allowance,
        now: float,
        *,
        quota: Quota | None = None,
        cause: str = "",
        asked_s: float | None = None,
        jitter: float = 0.0,
    ) -> float:
        """Note that a limiter refused it; give the seconds of the pause.

        Args:
            ticket: What was refused.
            allowance: What its text says.
            now: The time.
            quota: What its headers say.
            cause: The name of what it said.
            asked_s: How long it asked to wait, if it did.
            jitter: From 0 to 1: so that not all come back at once.
        """
        self._close(ticket)
        if quota is not None:
            self._hear(ticket, quota, now)
        elif ticket.metered and self.quota is not None:
            self._note_empty(now)
        refill_s = self.refill_s(now) or None
        scopes = [ticket.ask.scope]
        spent = allowance.pulls or (quota is not None and not quota.remaining)
        if spent and ticket.ask.scope is Scope.PULL:
            # The pull quota alone is spent: looking is free, and must go on.
            asked_s = asked_s if asked_s is not None else refill_s
        elif allowance == Allowance() and ticket.ask.scope is not Scope.BODY:
            scopes = [Scope.PULL, Scope.QUESTION]
        wait_s = 0.0
        for scope in scopes:
            pause = self.pauses.setdefault(scope, Pause())
            again = ticket.order > pause.sent_before
            refusals = pause.count if again else max(pause.count - 1, 0)
            chosen_s = choose_pause_s(asked_s, allowance.window_s, refusals)
            wait_s = max(
                wait_s,
                pause.extend(now, chosen_s * (1 + 0.2 * jitter), ticket.order),
            )
            pause.sent_before, pause.cause = self._order, cause
        return wait_s

    def fail(self, ticket: Ticket, *, counted: bool = True) -> None:
        """Note that there was no good reply.

        Args:
            ticket: What was asked.
            counted: Whether the registry may have counted it; it is then missing
                until a report of a later request includes it.
        """
        if ticket.closed:
            return
        self._close(ticket)
        pause = self.pauses.get(ticket.ask.scope)
        if pause is not None and pause.probe == ticket.order:
            pause.probe = None
        if ticket.metered and counted and self.quota is not None:
            self._losses.append(self._order)
            self._own += 1

    @property
    def available(self) -> int:
        """What was last reported, less what is under way or was lost."""
        return self.left - self.outstanding - len(self._losses)

    @property
    def look_s(self) -> float:
        """How often figures are looked up: as often as one more is to be had."""
        every_s = self._refill_every_s
        return min(max(every_s, _LOOK_S[0]), _LOOK_S[1])

    def expected(self, now: float) -> float:
        """What is left by now, if others go on as they did."""
        age_s = max(now - self.reported_at, 0.0)
        return max(self.available - self.neighbours_per_s * age_s, 0.0)

    def share(self, now: float) -> float:
        """The expected part of the quota that is left: 1 where there is no quota."""
        if self.quota is None or not self.quota.limit or self.is_outdated(now):
            return 1.0
        pause = self.pauses.get(Scope.PULL)
        if pause is not None and pause.wait_s(now) > 0:
            return 0.0
        return min(self.expected(now) / self.quota.limit, 1.0)

    def is_outdated(self, now: float) -> bool:
        """Whether the window that was reported on is over."""
        if self.quota is None:
            return False
        age_s = now - self.reported_at
        ends_s = self.quota.reset_s
        window_s = self.quota.window_s if ends_s is None else ends_s
        return age_s >= (_LOOK_S[1] if window_s is None else window_s)

    def refill_s(self, now: float) -> float:
        """Seconds until some of it may be there again, as far as was said."""
        if self.quota is None:
            return 0.0
        age_s = max(now - self.reported_at, 0.0)
        wait_s = self.quota.reset_s
        return max((self._promise_s if wait_s is None else wait_s) - age_s, 0.0)

    @property
    def _promise_s(self) -> float:
        """Seconds from a report on, after which something may be there again.

        A window that is fixed refills all at once, at its end. So each time that
        nothing came back as soon as a share of the window should have, twice as long
        is promised, up to eight shares, and no longer than the window.
        """
        every_s = max(self._refill_every_s, _LOOK_S[0])
        window_s = self.quota.window_s if self.quota else None
        wait_s = every_s * 2.0 ** min(self._vain, _MOST_VAIN)
        return min(wait_s, max(window_s or wait_s, every_s))

    @property
    def _refill_every_s(self) -> float:
        quota = self.quota
        if quota is None or not quota.limit or not quota.window_s:
            return _LOOK_S[1]
        return quota.window_s / quota.limit

    @property
    def _last_figure(self) -> float:
        return max(self.reported_at, self._looked_at)

    def _close(self, ticket: Ticket) -> None:
        if not ticket.closed:
            ticket.closed = True
            self.outstanding -= ticket.metered

    def _hear_nothing(self, ticket: Ticket) -> None:
        """A good reply without a quota: this repository's pulls are not counted."""
        self._deaf = self._deaf or (ticket.ask.head and not self._heads_tell)
        pulled = ticket.ask.scope is Scope.PULL
        if self.quota is None:
            self.silent = self.silent or pulled
        if self.quota is None or not (pulled or (ticket.ask.head and self._heads_tell)):
            return
        self._uncounted[ticket.ask.repository] = None
        while len(self._uncounted) > MAX_REPOSITORIES:
            del self._uncounted[next(iter(self._uncounted))]

    def _hear(self, ticket: Ticket, quota: Quota, now: float) -> None:
        """Take a report over, unless an older state may have been reported later.

        Who was asked after the last report arrived was counted after it. Replies that
        overlap come in any order: then the smaller figure is the newer one.
        """
        known = self.quota
        same = known is not None and known.source == quota.source
        due = now - self.reported_at >= max(self._refill_every_s, _LOOK_S[0])
        if quota.remaining > 0 or not same:
            self._vain = 0
        elif self.left <= 0 and due:
            self._vain += 1
        if ticket.order > self._reported_order or not same or self.is_outdated(now):
            self._learn_rates(quota, now, same=same)
            self._losses = [lost for lost in self._losses if lost >= ticket.order]
            self.left = quota.remaining
        elif quota.remaining < self.left:
            self.left = quota.remaining
        else:
            return
        self.quota, self.reported_at = quota, now
        self._reported_order = self._order

    def _learn_rates(self, quota: Quota, now: float, *, same: bool) -> None:
        passed_s = now - self.reported_at
        own, self._own = self._own, 0
        if not same or passed_s <= 0 or quota.remaining > self.left:
            return
        dropped = self.left - quota.remaining
        window_s = quota.window_s or _MEMORY_S[1]
        memory_s = min(max(window_s / 10, _MEMORY_S[0]), _MEMORY_S[1])
        self._watched_s = min(self._watched_s + passed_s, memory_s)
        weight = min(passed_s / (self._watched_s + _DOUBT_S), 1.0)
        others = max(dropped - own, 0) / passed_s
        self.neighbours_per_s += (others - self.neighbours_per_s) * weight
        self.drain_per_s += (dropped / passed_s - self.drain_per_s) * weight

    def _note_empty(self, now: float) -> None:
        """A refused pull says as clearly as a report that nothing is left."""
        if self.quota is not None and self.quota.reset_s is not None:
            left_s = max(self.quota.reset_s - (now - self.reported_at), 0.0)
            self.quota = replace(self.quota, reset_s=left_s)
        self.left, self.reported_at = 0, now
        self._reported_order = self._order
