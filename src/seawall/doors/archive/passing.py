"""Files that no suite names: passed on as mirrors have them, unverified, never content.

What is small is kept for some minutes, in memory alone; what is large goes straight
through to each reader.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

from seawall.doors.archive.archives import Archive
from seawall.doors.archive.replies import read_instant
from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    OfflineError,
    RangeNotSatisfiableError,
    SeawallError,
    StoreFullError,
)
from seawall.kit.clock import Clock
from seawall.kit.limits import read_bounded
from seawall.kit.ranges import RangeSpec
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
_ASKED = 64  # questions to mirrors at once
# Large files under way: fewer than one host's connections (`per_host`), so that slow
# readers leave some for packages.
_STREAMS = 32
_STREAMS_EACH = 8  # of one client
_RANGE_NOT_SATISFIABLE = 416

Key = tuple[str, str]  # archive, path


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a file a client still needs.

    Attributes:
        start: Its first byte; a mirror may send all instead.
        condition: The date of the file that the client has the beginning of
            (``If-Range``); empty if it did not say.
    """

    start: int = 0
    condition: str = ""

    def fits(self, modified: str) -> bool:
        """Whether a file of this date may be the one that was begun.

        Nothing else tells: no sum is known of what is passed on.
        """
        if not self.condition:
            return True
        begun = read_instant(self.condition)
        return begun is not None and begun == read_instant(modified)


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
        self._gate = asyncio.Semaphore(_ASKED)
        self._streams = Counter[str]()

    async def open(
        self,
        archive: Archive,
        path: str,
        *,
        part: Part = Part(),
        client: str = "",
        offline: bool,
    ) -> Passed:
        """Open a file; the caller closes its stack.

        Args:
            archive: Whose mirrors.
            path: Below the archive's root, not quoted.
            part: What the client needs of a large one; a mirror may ignore that.
            client: Whose request it is: nobody gets all the places there are.
            offline: Nobody may be asked.

        Raises:
            AbsentError: Every mirror says that there is no such file.
            UpstreamError: No mirror could say.
            RangeNotSatisfiableError: It ends before the part begins.
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
            return await self._ask(archive, path, part, client)
        except RangeNotSatisfiableError:
            raise
        except AbsentError:
            negative_s = archive.options.freshness.negative_s
            self._absent.put(key, self._clock.monotonic() + negative_s)
            raise
        except SeawallError as exc:
            return self._give_stale(kept, exc)
        finally:
            del self._asking[key]
            done.set()

    async def _ask(
        self, archive: Archive, path: str, part: Part, client: str
    ) -> Passed:
        """Ask mirror after mirror; absent is only what all of them say is."""
        if self._gate.locked():
            raise _full(path, f"{_ASKED} questions about such files are out already")
        verdict: SeawallError | None = None
        for mirror in archive.ranked(self._roster):
            try:
                return await self._ask_mirror(archive, mirror, path, part, client)
            except (RangeNotSatisfiableError, StoreFullError):
                raise  # that is for the client, and says nothing about the mirror
            except AbsentError as exc:
                verdict = verdict or exc
            except SeawallError as exc:
                archive.note(mirror, exc, self._roster)
                verdict = exc
        raise verdict or AbsentError(f"{archive.name} has no mirror to be asked")

    async def _ask_mirror(
        self, archive: Archive, mirror: Site, path: str, part: Part, client: str
    ) -> Passed:
        async with AsyncExitStack() as stack:
            async with self._gate:
                reply = await _open_part(stack, mirror, path, part)
                passed = Passed(reply=reply, source=mirror.label)
                small = reply.total is not None and reply.total <= _SMALL_BYTES
                if small and reply.start == 0:
                    body = await read_bounded(reply.chunks(), _SMALL_BYTES, what=path)
                    kept = self._keep((archive.name, path), reply, body, mirror.label)
                    passed.kept, passed.reply = kept, None
                    return passed
            # whoever takes the bytes may be slow: from here on that is no question
            stack.enter_context(self._take_place(client, path))
            passed.stack = stack.pop_all()
            return passed

    def _keep(self, key: Key, reply: BodyReply, body: bytes, source: str) -> Kept:
        now = self._clock.now()
        kept = Kept(body, reply.media_type, reply.modified, now, source)
        self._kept.put(key, kept, len(body) + 1024)
        return kept

    @contextmanager
    def _take_place(self, client: str, path: str) -> Iterator[None]:
        """Count a large file under way.

        Raises:
            StoreFullError: The client has too many already, or all have together.
        """
        if self._streams[client] >= _STREAMS_EACH:
            raise _full(path, f"this client takes {_STREAMS_EACH} such files already")
        if self._streams.total() >= _STREAMS:
            raise _full(path, f"{_STREAMS} such files are under way already")
        self._streams[client] += 1
        try:
            yield
        finally:
            self._streams[client] -= 1
            if not self._streams[client]:
                del self._streams[client]

    def _give(self, kept: Kept, *, joined: bool) -> Passed:
        return Passed(kept, age_s=self._age_s(kept), joined=joined, source=kept.source)

    def _give_stale(self, kept: Kept | None, error: SeawallError) -> Passed:
        if kept is None or self._age_s(kept) > _STALE_S:
            raise error
        age_s = self._age_s(kept)
        return Passed(kept, age_s=age_s, error=error, source=kept.source)

    def _age_s(self, kept: Kept) -> float:
        return max(self._clock.now() - kept.came_at, 0.0)


async def _open_part(
    stack: AsyncExitStack, mirror: Site, path: str, part: Part
) -> BodyReply:
    """Open a file where the client needs it; whole, if it may not be the same file.

    Raises:
        RangeNotSatisfiableError: It ends before that.
        SeawallError: The mirror does not give it.
    """
    is_beyond = False
    if part.start:
        async with AsyncExitStack() as tried:
            opened = mirror.open(path, start=part.start, condition=part.condition)
            try:
                reply = await tried.enter_async_context(opened)
                # an answer to a range must say of how many bytes (RFC 9110 14.4)
                if not reply.start or (
                    reply.total is not None and part.fits(reply.modified)
                ):
                    stack.push_async_exit(tried.pop_all())
                    return reply
            except BrokenReplyError as exc:
                is_beyond = exc.status == _RANGE_NOT_SATISFIABLE
                if not is_beyond:
                    raise
    reply = await stack.enter_async_context(mirror.open(path))
    size = reply.total
    if is_beyond and size is not None and part.fits(reply.modified):
        # it is said with the size, by which the client sees that it has all of it
        RangeSpec(part.start, None).resolve(size)
    return reply


def _full(path: str, why: str) -> StoreFullError:
    return StoreFullError(f"no suite names {path}, and {why}; try again", wait_s=5)
