"""One place on the web: how it is called, how it fares, and what is sent to it."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from seawall.errors import UpstreamError
from seawall.kit.clock import Clock
from seawall.transfer.auth.tokens import Tokens
from seawall.transfer.budget import Budget, OnSpent, Spent
from seawall.transfer.care.experiences import Experiences
from seawall.transfer.care.vigil import Errand
from seawall.transfer.network.answers import BodyReply
from seawall.transfer.network.redirect import Origin, RedirectRule
from seawall.transfer.patience import Patience
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


class Place:
    """A host and a path that is asked; knows no protocol beyond HTTP.

    Attributes:
        label: The place, for people: host, port if unusual, path if any.
        is_origin: Whether it has the last word.
        healthy_at: Monotonic time of its last good reply; 0.0 if there was none.
        patience: How long it may be silent; may be replaced at any time.
        experience: What it taught about waiting for it.

    Args:
        address: Scheme, host and port, then the path with no slash around it.
        owner: On whose account requests are counted, such as `docker.io`.
        wire: What all sources share.
        redirects: Private hosts that its redirects may lead to.
        patience: How long it may be silent.
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
    ) -> None:
        self._origin, path = address
        self._owner = owner
        self._wire = wire
        self._rule = RedirectRule(redirects)
        self.label = f"{self._origin}/{path}" if path else str(self._origin)
        self.is_origin = is_origin
        self.healthy_at = 0.0
        self.patience = patience
        self.experience = wire.experiences.find(self.label)

    @asynccontextmanager
    async def _ask(
        self, method: str, url: str, kind: str, headers: Mapping[str, str]
    ) -> AsyncIterator[Reply]:
        """Send one request and count it, whatever becomes of it."""
        answered = False
        try:
            async with self._wire.transport.send(
                method,
                url,
                headers=headers,
                rule=self._rule,
                patience=self.patience,
                errand=Errand(_PHASES.get(kind, Phase.MANIFEST), self.experience),
            ) as reply:
                answered = True
                self._note(kind, method, reply.status)
                self._wire.budget.note(self._owner, reply.headers)
                yield reply
        except UpstreamError as exc:
            if not answered:
                self._note(kind, method, 0, cause=str(exc.cause or ""))
            raise

    def _note(self, kind: str, method: str, status: int, *, cause: str = "") -> None:
        if self._wire.on_spent is not None:
            host = str(self._origin)
            self._wire.on_spent(Spent(self._owner, host, kind, method, status, cause))

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
