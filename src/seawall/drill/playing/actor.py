"""One source of a scenario: a scripted registry, and what befalls it."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from seawall.drill.answering import match_route
from seawall.drill.exchange import Answer, Request
from seawall.drill.faults import Fault
from seawall.drill.gatekeeper import TokenAuth
from seawall.drill.playing.wares import Cargo
from seawall.drill.scenarios.mishap import Asked, Mishap, Tally
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.scenario import SourceSpec
from seawall.drill.upstream import REGISTRY, ScriptedUpstream
from seawall.errors import DigestSyntaxError, UnreachableError
from seawall.oci.digest import Digest

# What the kernel took counts as sent. On loopback it would take megabytes that nobody
# reads any more; a line has room for some tens of KiB.
_SEND_BYTES = 64 * 1024


@dataclass
class Hooks:
    """What a scenario may do to whoever is drilled."""

    kill_target: Callable[[], Awaitable[None]]
    shift_clock: Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a source listens.

    Attributes:
        host: The address.
        port: The port; 0 is any free one.
        listen: Makes the socket for a port, if it is not made as usual.
        spoil: Called when the trouble begins.
    """

    host: str = "127.0.0.1"
    port: int = 0
    listen: Callable[[int], socket.socket] | None = None
    spoil: Callable[[], None] | None = None


class DrillSource(ScriptedUpstream):
    """One source of a scenario: a scripted registry, and what befalls it."""

    def __init__(  # noqa: PLR0913  a source, within a scene
        self,
        spec: SourceSpec,
        cargo: Cargo,
        mishaps: Sequence[Mishap],
        pace: Pace,
        hooks: Hooks,
        *,
        site: Site,
    ) -> None:
        image = cargo.image(spec.version)
        auth = TokenAuth() if spec.tokens else None
        super().__init__(
            {cargo.name: image}, auth, storage=spec.storage, port=site.port
        )
        self.spec = spec
        self.pace = pace
        self._troubled = False
        self._troubled_at: float | None = None
        self._host = site.host
        self._site = site
        self._tokens = auth
        self._cargo = cargo
        self._hooks = hooks
        self._plans = [(Tally(one), one.effect.make(self)) for one in mishaps]
        self._ways = 0
        self._errands: set[asyncio.Task[None]] = set()

    def bind(self, port: int) -> socket.socket:
        """Listen where the site says.

        Raises:
            UnreachableError: Somebody else does.
        """
        listen = self._site.listen or super().bind
        try:
            listener = listen(port)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
        except OSError as exc:
            where = f"{self._host}:{port}"
            raise UnreachableError(f"no source can listen at {where}: {exc}") from exc
        return listener

    async def leave(self, away_s: float | None) -> None:
        """Be gone, for some of the scenario's seconds or for good."""
        self._send_out(self._be_away(away_s))
        await asyncio.Event().wait()  # the connection ends with all the others

    async def kill_target(self) -> None:
        """Kill whoever is drilled, while this answer waits."""
        await self._hooks.kill_target()

    async def shift_clock(self, by_s: float) -> None:
        """Move the clock of whoever is drilled, while this answer waits."""
        await self._hooks.shift_clock(by_s)

    async def revoke_tokens(self) -> None:
        """Let every token be over."""
        if self._tokens:
            self._tokens.revoke()

    async def begin_trouble(self) -> None:
        """Let what goes wrong go wrong from now on."""
        self._troubled = True
        await self.revoke_tokens()
        if self._site.spoil:
            await asyncio.to_thread(self._site.spoil)
        for window, act in (
            (self.spec.absent, self.stop),
            (self.spec.deaf, self.deafen),
        ):
            if window is not None and window[0] <= 0:
                await act()
            if window is not None:
                self._send_out(self._keep_window(window, act))

    async def end(self) -> None:
        """Stop for good."""
        for errand in list(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self.stop()

    def answer(self, place: str, request: Request) -> Answer:
        """Answer honestly, then let everything happen to it that is due."""
        due = self._choose_faults(place, request)
        if any(fault.name == "no range" for fault in due):
            kept = {k: v for k, v in request.headers.items() if k != "range"}
            request = replace(request, headers=kept)
        answer = super().answer(place, request)
        if self.spec.bytes_per_s:
            answer = replace(answer, bytes_per_s=self.pace.rate(self.spec.bytes_per_s))
        for fault in due:
            limit = answer.bytes_per_s
            answer = fault.alter(request, answer)
            if limit and answer.bytes_per_s and limit < answer.bytes_per_s:
                answer = replace(answer, bytes_per_s=limit)
        return answer

    def _choose_faults(self, place: str, request: Request) -> list[Fault]:
        if not self._troubled:
            return []
        now_s = time.monotonic()
        # Times count from the first request: until then nobody could notice anything.
        self._troubled_at = self._troubled_at or now_s
        since_s = (now_s - self._troubled_at) * self.pace.speed
        asked = self.classify(place, request)
        part = "range" in request.headers
        return [
            fault
            for tally, fault in self._plans
            if tally.hits_now(asked, request.method, part=part, since_s=since_s)
        ]

    def classify(self, place: str, request: Request) -> Asked:
        """Tell what a request is about."""
        if request.path.rstrip("/") == "/v2":
            return Asked.PING
        if request.path == "/token":
            return Asked.TOKEN
        tail = request.path.rpartition("/")[2]
        route = match_route(request.path)
        if route and route[1] == "manifests" and ":" not in tail:
            return Asked.NAME
        try:
            asked = self._cargo.find_asked(Digest.parse(tail))
        except DigestSyntaxError:
            return Asked.OTHER
        if asked is not None and place == REGISTRY and self.spec.storage:
            return asked if asked is Asked.MANIFEST else Asked.REDIRECT
        return asked or Asked.OTHER

    def _redirect(self, request: Request, name: str, digest: str) -> Answer:
        answer = super()._redirect(request, name, digest)
        if "Location" not in answer.headers:
            return answer
        self._ways += 1
        way = f"{answer.headers['Location']}&way={self._ways}"
        return replace(answer, headers={**answer.headers, "Location": way})

    async def _be_away(self, away_s: float | None) -> None:
        await self.stop()
        if away_s is not None:
            await asyncio.sleep(self.pace.wait_s(away_s))
            await self.start()

    async def _keep_window(
        self,
        window: tuple[float, float | None],
        act: Callable[[], Awaitable[None]],
    ) -> None:
        begins_s, ends_s = window
        if begins_s > 0:
            await asyncio.sleep(self.pace.wait_s(begins_s))
            await act()
        if ends_s is not None:
            await asyncio.sleep(self.pace.wait_s(ends_s - begins_s))
            await self.start()

    def _send_out(self, errand: Awaitable[None]) -> None:
        async def run() -> None:
            await errand

        task = asyncio.ensure_future(run())
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
