"""One place on the web: how it is called, how it fares, and what is sent to it."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from seawall.errors import RateLimitedError, UpstreamError
from seawall.kit.clock import Clock
from seawall.transfer.auth.tokens import Tokens
from seawall.transfer.budget.accounts import Ask, Scope, Ticket
from seawall.transfer.budget.desk import Budget, Key, Look
from seawall.transfer.budget.quotas import (
    Allowance,
    Quota,
    read_allowance,
    read_quota,
)
from seawall.transfer.budget.spending import PURPOSE, OnSpent, Spent
from seawall.transfer.care.experiences import Experiences
from seawall.transfer.care.vigil import Errand
from seawall.transfer.network.answers import BodyReply
from seawall.transfer.network.redirect import Origin, RedirectRule
from seawall.transfer.patience import Patience
from seawall.transfer.sources.caps import CapOptions, Caps
from seawall.transfer.sources.crowd import Crowd
from seawall.transfer.transport import Reply, Transport
from seawall.transfer.waits.experience import Experience
from seawall.transfer.waits.phases import Phase

_PHASES = {"blob": Phase.FIRST_BYTE, "content": Phase.FIRST_BYTE}


@dataclass(frozen=True, slots=True)
class Wire:
    """What all sources of one process share.

    Attributes:
        via: Under which name this process passes requests on (RFC 9110 7.6.3); no other
            process has it, so that a request that comes back is known.
    """

    transport: Transport
    tokens: Tokens
    budget: Budget
    clock: Clock
    on_spent: OnSpent | None = None
    experiences: Experiences = field(default_factory=Experiences)
    via: str = field(default_factory=lambda: f"seawall-{secrets.token_hex(8)}")


_GOOD = range(200, 400)
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request is for, as budgets see it.

    Attributes:
        kind: manifest, blob, tags, referrers; of a site, file or content.
        method: GET or HEAD.
        repository: Its path; empty for sites.
        account: Whose credential goes with it; empty for nobody's.
    """

    kind: str
    method: str
    repository: str = ""
    account: str = ""

    @property
    def scope(self) -> Scope:
        """Who may count it."""
        if self.method == "GET" and self.kind == "manifest":
            return Scope.PULL
        bodies = self.method == "GET" and self.kind in _PHASES
        return Scope.BODY if bodies else Scope.QUESTION


@dataclass(eq=False, slots=True)
class Charge:
    """One request that was let pass, and what became of it.

    Attributes:
        asking: What it is for.
        key: Whose account it is charged to.
        ticket: Its place in that account.
        quota: What its reply's headers say of a quota.
        status: Its reply's status; 0 if there is none.
        sent: Whether anything went out.
        turn: Its number among those let through by its place.
    """

    asking: Asking
    key: Key
    ticket: Ticket
    quota: Quota | None = None
    status: int = 0
    sent: bool = False
    turn: int = 0


class Place:
    """A host and a path that is asked; knows no protocol beyond HTTP.

    Attributes:
        label: The place, for people: host, port if unusual, path if any.
        is_origin: Whether it has the last word.
        is_last_resort: Whether it is asked only when all others were.
        healthy_at: Monotonic time of its last good reply; 0.0 if there was none.
        patience: How long it may be silent; may be replaced at any time.
        experience: What it taught about waiting for it.

    Args:
        address: Scheme, host and port, then the path with no slash around it.
        owner: On whose account requests are counted, such as `docker.io`.
        wire: What all sources share.
        redirects: Private hosts that its redirects may lead to.
        patience: How long it may be silent.
        caps: What the operator grants it.
    """

    def __init__(  # noqa: PLR0913  a place has these traits
        self,
        address: tuple[Origin, str],
        owner: str,
        wire: Wire,
        *,
        redirects: tuple[str, ...],
        patience: Patience,
        is_origin: bool,
        caps: CapOptions | None = None,
    ) -> None:
        self._origin, path = address
        self._owner = owner
        self._wire = wire
        self._rule = RedirectRule(redirects)
        self.label = f"{self._origin}/{path}" if path else str(self._origin)
        self.is_origin = is_origin
        self.is_last_resort = False
        self.healthy_at = 0.0
        self._caps = Caps(caps or CapOptions(), self.label, wire.clock)
        self._crowd = Crowd(wire.clock)
        self.patience = patience
        self.experience = wire.experiences.find(self.label)

    @property
    def owner(self) -> str:
        """On whose account requests are counted."""
        return self._owner

    @property
    def is_off(self) -> bool:
        """Whether the settings have switched it off."""
        return self._caps.off

    def account_key(self, account: str = "") -> Key:
        """Name the account that requests to it are charged to."""
        return Key(self._owner, str(self._origin), account)

    @asynccontextmanager
    async def _charged(
        self, asking: Asking, look: Look | None = None
    ) -> AsyncIterator[Charge]:
        """Wait for leave to send one request, and account for what becomes of it.

        Args:
            asking: What it is for.
            look: Asks something free that may tell how much is left.

        Raises:
            WithheldError: It may not be sent now; nothing was.
            OfflineError: The settings have switched this place off.
        """
        self._caps.check()
        budget, key = self._wire.budget, self.account_key(asking.account)
        head = asking.kind == "manifest" and asking.method == "HEAD"
        ask = Ask(asking.scope, asking.repository, PURPOSE.get(), head)
        charge = Charge(asking, key, await budget.admit(key, ask, look))
        try:
            body = asking.scope is Scope.BODY
            async with (
                self._caps.slot(body=body),
                self._crowd.enter(body=body) as charge.turn,
            ):
                yield charge
        finally:
            if not charge.ticket.closed:
                counted = charge.sent and charge.status != _UNAUTHORIZED
                quota = charge.quota
                budget.settle(key, charge.ticket, quota, good=False, counted=counted)

    @asynccontextmanager
    async def _ask(
        self, url: str, headers: Mapping[str, str], charge: Charge
    ) -> AsyncIterator[Reply]:
        """Send one request and count it, whatever becomes of it."""
        answered = False
        method = charge.asking.method
        phase = _PHASES.get(charge.asking.kind, Phase.MANIFEST)
        charge.sent = True
        sent_at = self._wire.clock.monotonic()
        try:
            async with self._wire.transport.send(
                method,
                url,
                headers=headers,
                rule=self._rule,
                patience=self.patience,
                errand=Errand(phase, self.experience),
            ) as reply:
                answered = True
                self._note(charge.asking, reply.status, sent_at)
                self._hear(charge, reply)
                yield reply
        except UpstreamError as exc:
            if not answered:
                self._note(charge.asking, 0, sent_at, cause=str(exc.cause or ""))
            raise

    def _hear(self, charge: Charge, reply: Reply) -> None:
        """Read what a reply says of a quota; a refusal is judged later, by its text."""
        charge.status = reply.status
        if self._speaks_for(reply, charge):
            charge.quota = read_quota(reply.headers, now=self._wire.clock.now())
        if reply.status in _GOOD:
            self._wire.budget.settle(
                charge.key, charge.ticket, charge.quota, good=True, counted=True
            )

    def _speaks_for(self, reply: Reply, charge: Charge) -> bool:
        """Whether a reply is about this place's limits: storage has its own."""
        return reply.origin == self._origin or charge.asking.scope is not Scope.BODY

    def _heed(self, error: UpstreamError, charge: Charge, text: str) -> None:
        """Let a limiter's refusal be a pause for all; the error then says how long."""
        if isinstance(error, RateLimitedError) and not charge.ticket.closed:
            allowance = read_allowance(text)
            if allowance == Allowance() and charge.quota is None:
                self._crowd.narrow(charge.turn)  # no quota: there are too many at once
            wait_s = self._wire.budget.refuse(
                charge.key, charge.ticket, allowance, charge.quota, error
            )
            error.wait_s = wait_s if error.wait_s is None else error.wait_s

    def _note(
        self, asking: Asking, status: int, sent_at: float, *, cause: str = ""
    ) -> None:
        if self._wire.on_spent is not None:
            host, kind, method = str(self._origin), asking.kind, asking.method
            wait_s = self._wire.clock.monotonic() - sent_at
            self._wire.on_spent(
                Spent(self._owner, host, kind, method, status, cause, wait_s)
            )

    def _thrive(self) -> None:
        """Note that it answered well."""
        self.healthy_at = self._wire.clock.monotonic()


class Opening(Protocol):
    """Asks a place for the bytes of one content from `start` up to `stop`."""

    def __call__(
        self, *, start: int, stop: int | None
    ) -> AbstractAsyncContextManager[BodyReply]:
        """Ask."""
        ...


@dataclass(eq=False, slots=True)  # not frozen: every hit makes some
class PlacedContent:
    """One content at one place: the source that the engine sees."""

    place: Place
    opening: Opening

    @property
    def label(self) -> str:
        """What logs and metrics call it."""
        return self.place.label

    @property
    def is_origin(self) -> bool:
        """Whether its word is the last."""
        return self.place.is_origin

    @property
    def is_last_resort(self) -> bool:
        """Whether it is asked only when all others were."""
        return self.place.is_last_resort

    @property
    def healthy_at(self) -> float:
        """Monotonic time of its last good reply, 0 if there was none."""
        return self.place.healthy_at

    @property
    def experience(self) -> Experience:
        """What it taught about waiting for it."""
        return self.place.experience

    def open(
        self, *, start: int = 0, stop: int | None = None
    ) -> AbstractAsyncContextManager[BodyReply]:
        """Ask for the bytes from `start` up to `stop`; may answer from 0 instead."""
        return self.opening(start=start, stop=stop)


def range_headers(start: int, stop: int | None) -> dict[str, str]:
    """Ask for the bytes from `start` up to, not including, `stop`; {} means all.

    >>> range_headers(5, 10)
    {'Range': 'bytes=5-9'}
    """
    if not start and stop is None:
        return {}
    last = "" if stop is None else stop - 1
    return {"Range": f"bytes={start}-{last}"}
