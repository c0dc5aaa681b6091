"""Asks before anything is sent: who may, who waits a moment, who is told to wait."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from seawall.errors import UpstreamError, WithheldError
from seawall.kit.clock import Clock, SystemClock
from seawall.transfer.budget import handover
from seawall.transfer.budget.accounts import Account, Ask, Scope, Ticket, Verdict
from seawall.transfer.budget.forecast import find_exhaustion_s
from seawall.transfer.budget.quotas import Allowance, Quota
from seawall.transfer.budget.spending import HASTE, Purpose

CAUSE = "rate_limit.budget"
"""The cause of what is not even asked."""

_HOLDS_S = {Purpose.WAITING: 3.0, Purpose.REVALIDATION: 0.0, Purpose.WARMING: 30.0}
_HASTE_S = 0.5
_POLL_S = 0.25


class Key(NamedTuple):
    """Whose requests are counted together.

    Attributes:
        registry: The logical registry.
        host: Whom of it is asked.
        account: The credential's account; empty: our own address.
    """

    registry: str
    host: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """One account's figures at this moment, as people and machines are told."""

    key: Key
    remaining: int | None
    limit: int | None
    outstanding: int
    paused_s: float
    exhausted_s: float | None
    source: str


Look: TypeAlias = Callable[[], Awaitable[None]]
"""Asks something free, so that its reply says how much is left."""

OnWithheld: TypeAlias = Callable[[Key, Purpose], None]
"""Told of every request that was not sent, since what is left is kept."""


class Budget:
    """The accounts of every registry; asked before and told after each request.

    Args:
        clock: The time.
        jitter: Gives numbers from 0 to 1.
        on_withheld: Told of what was not sent.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        jitter: Callable[[], float] = lambda: 0.0,
        on_withheld: OnWithheld | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._jitter = jitter
        self._on_withheld = on_withheld
        self._accounts: dict[Key, Account] = {}
        self._dirty: set[Key] = set()

    def find(self, key: Key) -> Account:
        """Give an account; a new one if there is none yet."""
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = Account()
        return account

    def share(self, key: Key) -> float:
        """Give the part of a quota that is left: 1 where there is none."""
        account = self._accounts.get(key)
        return 1.0 if account is None else account.share(self._clock.monotonic())

    async def admit(self, key: Key, ask: Ask, look: Look | None = None) -> Ticket:
        """Wait for leave to ask, for as long as it is worth it.

        Args:
            key: Whose account is charged.
            ask: What is to be asked.
            look: Asks something free that may tell how much is left.

        Raises:
            WithheldError: It may not be asked now; nothing was sent.
        """
        account = self.find(key)
        hold_s = _HOLDS_S[ask.purpose]
        if HASTE.get():
            hold_s = min(hold_s, _HASTE_S)
        until = self._clock.monotonic() + hold_s
        while True:
            now = self._clock.monotonic()
            verdict = account.judge(ask, now)
            if verdict.go:
                return account.begin(ask, now)
            if verdict.look and look is not None:
                account.take_look(now)
                try:
                    await look()
                except UpstreamError:
                    account.miss_look()
                continue
            if now + verdict.wait_s > until:
                raise self._withhold(key, ask, account, verdict)
            await self._clock.sleep(min(verdict.wait_s, _POLL_S))

    def foresee(self, key: Key, ask: Ask) -> Verdict | None:
        """Say why something would not be asked now; `None` if it would. Asks nobody.

        A wait that is within what its purpose may take is no obstacle.
        """
        account = self._accounts.get(key)
        if account is None:
            return None
        verdict = account.judge(ask, self._clock.monotonic())
        free = verdict.go or verdict.look or verdict.wait_s <= _POLL_S
        return None if free or verdict.wait_s <= _HOLDS_S[ask.purpose] else verdict

    def settle(
        self,
        key: Key,
        ticket: Ticket,
        quota: Quota | None,
        *,
        good: bool,
        counted: bool,
    ) -> None:
        """Note a reply's status and headers.

        Args:
            key: Whose account it was.
            ticket: What `admit` gave.
            quota: What its headers say.
            good: Whether it is what was asked for.
            counted: Whether the registry may count it although it is not.
        """
        account, now = self.find(key), self._clock.monotonic()
        if good or quota is not None:
            account.report(ticket, quota, now)
        else:
            account.fail(ticket, counted=counted)
        if account.quota is not None:
            self._dirty.add(key)

    def refuse(
        self,
        key: Key,
        ticket: Ticket,
        allowance: Allowance,
        quota: Quota | None,
        error: UpstreamError,
    ) -> float:
        """Note that a limiter refused; give the seconds of the pause."""
        account, now = self.find(key), self._clock.monotonic()
        self._dirty.add(key)
        return account.refuse(
            ticket,
            allowance,
            now,
            quota=quota,
            cause=error.cause.name if error.cause else "",
            asked_s=error.wait_s,
            jitter=self._jitter(),
        )

    def states(self) -> Iterator[State]:
        """Give the figures of every account that has any."""
        now = self._clock.monotonic()
        for key, account in self._accounts.items():
            paused_s = max((p.wait_s(now) for p in account.pauses.values()), default=0)
            quota = account.quota
            if quota is None and not paused_s:
                continue
            yield State(
                key,
                None if quota is None else max(account.available, 0),
                None if quota is None else quota.limit,
                account.outstanding,
                paused_s,
                find_exhaustion_s(account, now),
                "" if quota is None else quota.source,
            )

    def take_notes(self) -> dict[str, bytes]:
        """Give what changed since the last time, to be kept over a restart."""
        now = self._clock.monotonic()
        dirty, self._dirty = self._dirty, set()
        return {
            "\n".join(key): handover.write_account(self._accounts[key], now)
            for key in dirty
            if key in self._accounts
        }

    def recall(self, kept: Mapping[str, tuple[bytes, float]]) -> None:
        """Take over what was kept, with the wall time at which it was."""
        now, wall = self._clock.monotonic(), self._clock.now()
        for name, (body, at) in kept.items():
            parts = name.split("\n")
            account = handover.read_account(body, now, passed_s=wall - at)
            if len(parts) == len(Key._fields) and account is not None:
                self._accounts.setdefault(Key(*parts), account)

    def _withhold(
        self, key: Key, ask: Ask, account: Account, verdict: Verdict
    ) -> WithheldError:
        if self._on_withheld is not None:
            self._on_withheld(key, ask.purpose)
        wait_s = verdict.wait_s
        if ask.scope is Scope.PULL:
            wait_s = max(wait_s, account.refill_s(self._clock.monotonic()))
        what = "a manifest" if ask.scope is Scope.PULL else "anything"
        return WithheldError(
            f"{key.host} is not asked for {what} of {ask.repository or key.registry}"
            f" now: {verdict.why}; it can be in {max(wait_s, 1.0):.0f} s",
            cause=verdict.cause or CAUSE,
            wait_s=max(wait_s, 1.0),
            host=key.host,
        )
