"""Files that no suite names: passed on as mirrors have them, unverified, never content.

What is small is kept for some minutes, in memory alone; what is large goes straight
through to each reader.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from seawall.doors.archive.archives import Archive
from seawall.errors import (
    AbsentError,
    OfflineError,
    SeawallError,
    StoreFullError,
)
from seawall.kit.clock import Clock
from seawall.kit.limits import read_bounded
from seawall.kit.recent import Recent
from seawall.transfer.network.answers import BodyReply
from seawall.transfer.sources.website import Site
from seawall.transfer.standing.roster import Roster

FRESH_S = 600.0
"""For so long a kept file is given again; after that only if no mirror answers."""

_STALE_S = 6 * 3600.0
_SMALL_BYTES = 2 * 1024 * 1024
_KEPT_BYTES = 32 * 1024 * 1024
_ABSENT = 10_000
_AT_ONCE = 64

Key = tuple[str, str]  # archive, path


@dataclass(frozen=True, slots=True)
class Kept:
    """A small file that was passed on, and when it came."""

    body: bytes
    media_type: str
    modified: str
    came_at: float
    source: str


@dataclass
class Passed:
    """A file that no suite names, open for one reader.

    Attributes:
        kept: All of it, if it is small.
        reply: What a mirror sends, if it is not.
        age_s: Seconds since it came.
        joined: Whether another reader's question brought it.
        error: Why it is old, if it is.
        source: The label of the mirror that had it.
        stack: Closed by the reader.
    """

    kept: Kept | None = None
    reply: BodyReply | None = None
    age_s: float = 0.0
    joined: bool = False
    error: SeawallError | None = None
    source: str = ""
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def size(self) -> int | None:
        """How many bytes there are, if that is known."""
        if self.kept is not None:
            return len(self.kept.body)
        return self.reply.total if self.reply else None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes, from where the reply begins.

        Raises:
            UpstreamError: The mirror did not send all of it.
        """
        if self.reply is not None:
            async for chunk in self.reply.chunks():
                yield chunk


class Passing:
    """Passes unknown files on; one question at a time goes out for each small one."""

    def __init__(self, roster: Roster, *, clock: Clock) -> None:
        self._roster = roster
        self._clock = clock
        self._kept = Recent[Key, Kept](_KEPT_BYTES)
        self._absent = Recent[Key, float](_ABSENT)
        self._asking: dict[Key, asyncio.Event] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def open(
        self, archive: Archive, path: str, *, start: int = 0, offline: bool
    ) -> Passed:
        """Open a file; the caller closes its stack.

        Args:
            archive: Whose mirrors.
            path: Below the archive's root, not quoted.
            start: Where a large one should begin; a mirror may ignore that.
            offline: Nobody may be asked.

        Raises:
            AbsentError: Every mirror says that there is no such file.
            UpstreamError: No mirror could say.
            StoreFullError: Too many are passed on already.
        """
        key = (archive.name, path)
        joined = False
        while (asked := self._asking.get(key)) is not None:
            joined = True
            await asked.wait()
        kept = self._kept.get(key)
        if kept is not None and self._age_s(kept) < FRESH_S:
            return self._give(kept, joined=joined)
        until = self._absent.get(key)
        if until is not None and self._clock.monotonic() < until:
            raise AbsentError(
                f"no mirror of {archive.name} has {path}: they said so a moment ago",
                cause="not_found.artifact",
            )
        if offline:
            error: SeawallError = OfflineError(
                f"Seawall is offline by its settings, and does not know {path}",
                cause="policy.offline",
            )
            return self._give_stale(kept, error)
        done = self._asking[key] = asyncio.Event()
        try:
            return await self._ask(archive, path, start)
        except AbsentError:
            negative_s = archive.options.freshness.negative_s
            self._absent.put(key, self._clock.monotonic() + negative_s)
            raise
        except SeawallError as exc:
            return self._give_stale(kept, exc)
        finally:
            del self._asking[key]
            done.set()

    async def _ask(self, archive: Archive, path: str, start: int) -> Passed:
        """Ask mirror after mirror; absent is only what all of them say is."""
        if self._gate.locked():
            raise StoreFullError(
                f"{_AT_ONCE} files that no suite names are passed on already;"
                f" {path} must wait",
                wait_s=5,
            )
        verdict: SeawallError | None = None
        for mirror in archive.ranked(self._roster):
            try:
                return await self._ask_mirror(archive, mirror, path, start)
            except AbsentError as exc:
                verdict = verdict or exc
            except SeawallError as exc:
                archive.note(mirror, exc, self._roster)
                verdict = exc
        raise verdict or AbsentError(f"{archive.name} has no mirror to be asked")

    async def _ask_mirror(
        self, archive: Archive, mirror: Site, path: str, start: int
    ) -> Passed:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._gate)
            reply = await stack.enter_async_context(mirror.open(path, start=start))
            passed = Passed(reply=reply, source=mirror.label)
            small = reply.total is not None and reply.total <= _SMALL_BYTES
            if small and reply.start == 0:
                body = await read_bounded(reply.chunks(), _SMALL_BYTES, what=path)
                now = self._clock.now()
                kept = Kept(body, reply.media_type, reply.modified, now, mirror.label)
                self._kept.put((archive.name, path), kept, len(body) + 1024)
                passed.kept, passed.reply = kept, None
            else:
                passed.stack = stack.pop_all()
            return passed

    def _give(self, kept: Kept, *, joined: bool) -> Passed:
        return Passed(kept, age_s=self._age_s(kept), joined=joined, source=kept.source)

    def _give_stale(self, kept: Kept | None, error: SeawallError) -> Passed:
        if kept is None or self._age_s(kept) > _STALE_S:
            raise error
        age_s = self._age_s(kept)
        return Passed(kept, age_s=age_s, error=error, source=kept.source)

    def _age_s(self, kept: Kept) -> float:
        return max(self._clock.now() - kept.came_at, 0.0)
