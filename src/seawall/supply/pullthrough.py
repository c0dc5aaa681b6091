"""Contents: from the store, or on the flight that brings them."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from seawall.errors import (
    DigestMismatchError,
    IntegrityError,
    NotStoredError,
    OfflineError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.kit.pages import read_span
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.store.roles import Blobs, OpenBlob
from seawall.supply.resolver import Outcome
from seawall.transfer.engine import Engine
from seawall.transfer.flight import ContentSource, Want
from seawall.transfer.readers.rhythm import PLAIN, Rhythm
from seawall.transfer.standing.roster import Ranked

_KNOWN_GOOD_S = 60.0
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """When an answer may begin, and what its reader must be given.

    Attributes:
        early: If a source answered anything well a moment ago, that is enough; else a
            source must have answered this.
        latest_s: After so many seconds it begins although its source is still silent,
            unless all sources are known to be bad; None: never.
        rhythm: What the reader's client needs while nothing arrives.
    """

    early: bool = True
    latest_s: float | None = None
    rhythm: Rhythm = PLAIN


PLAIN_TERMS = Terms()


# A struct, since every hit makes one.
class Content(msgspec.Struct, frozen=True):
    """An open content: its size, how it was found, and its bytes.

    Attributes:
        size: All of its bytes.
        outcome: Hit, miss, or collapsed for a joined flight.
        source: Who it comes from; empty for the store.
        read: Yields the bytes of a span; raises if they turn out wrong.
    """

    size: int
    outcome: Outcome
    source: str
    read: Callable[[Span], AsyncIterator[bytes | memoryview]]


class PullThrough:
    """Opens contents by digest, fetching each at most once (invariant 2)."""

    def __init__(
        self, blobs: Blobs, catalog: Catalog, engine: Engine, *, clock: Clock
    ) -> None:
        self._blobs = blobs
        self._catalog = catalog
        self._engine = engine
        self._clock = clock
        self._open_files = OpenFiles(blobs)

    async def find_stored(self, digest: Digest) -> int | None:
        """Return the size of a stored content, `None` if it is not stored."""
        return await self._open_files.find_size(digest)

    @asynccontextmanager
    async def open_content(
        self,
        want: Want,
        sources: Sequence[ContentSource],
        *,
        offline: bool,
        start: int = 0,
        terms: Terms = PLAIN_TERMS,
    ) -> AsyncIterator[Content]:
        """Open a content for reading, from the store or as it arrives.

        Args:
            want: The content, and where it is asked for; without a size, what stored
                contents of that repository say of its size is believed.
            sources: Who is asked if it is not stored.
            offline: Nobody may be asked.
            start: Where the reader wants to begin: a resumed read of a content that
                turned out wrong a moment ago is refused.
            terms: When the answer may begin, and what its reader must be given.

        Raises:
            AbsentError: No source has it.
            UpstreamError: No source could be asked.
            DigestMismatchError: A wrong body went out; resuming it is refused.
        """
        digest = want.digest
        if start and self._engine.refuses_resume(digest):
            raise DigestMismatchError(
                f"a body of {digest} was wrong a moment ago; start again from byte 0",
                cause="content.digest_mismatch",
                wait_s=60,
            )
        async with AsyncExitStack() as stack:
            try:
                file = await self._open_files.open(digest)
            except NotStoredError:
                if offline:
                    raise OfflineError(
                        f"Seawall is offline by its settings, and has not stored"
                        f" {digest} of {want.repository}",
                        cause="policy.offline",
                    ) from None
                content = await self._board(stack, want, sources, terms)
            else:
                stack.callback(self._open_files.release, file)
                self._catalog.touch(digest)
                content = _stored(file)
            yield content

    @property
    def is_crowded(self) -> bool:
        """Whether the disk is full, and nobody more may go straight through."""
        return self._engine.seats.are_taken

    def are_failing(self, sources: Sequence[Ranked]) -> bool:
        """Whether every source is known to be bad."""
        return self._engine.roster.are_failing(sources)

    def forget(self, digest: Digest) -> None:
        """Close a content's file, when it is removed from the store."""
        self._open_files.forget(digest)

    def close(self) -> None:
        """Close every file."""
        self._open_files.close()

    async def _board(
        self,
        stack: AsyncExitStack,
        want: Want,
        sources: Sequence[ContentSource],
        terms: Terms,
    ) -> Content:
        if want.size is None:
            hint = await self._catalog.find_size_hint(want.repository, want.digest)
            want = replace(want, size=hint)
        for tries_left in reversed(range(_TRIES)):
            boarding = await stack.enter_async_context(
                self._engine.board(want, sources, terms.rhythm)
            )
            # A flight of another repository asks that one's sources, or ours for
            # another path: wait for what they say, and if it is bad, ask our own.
            own = boarding.flight.want.asks_like(want)
            ready = terms.early and own and self._is_known_good(sources)
            try:
                size = await boarding.wait_ready(
                    want.size if ready else None,
                    latest_s=terms.latest_s if own else None,
                )
                break
            except (UpstreamError, IntegrityError):
                if own or not tries_left:
                    raise
        outcome = Outcome.COLLAPSED if boarding.joined else Outcome.MISS
        return Content(size, outcome, boarding.flight.source, boarding.read)

    def _is_known_good(self, sources: Sequence[ContentSource]) -> bool:
        """Whether a source answered well within the last minute: headers may go out."""
        since = self._clock.monotonic() - _KNOWN_GOOD_S
        return any(s.healthy_at and s.healthy_at >= since for s in sources)


class OpenFiles:
    """Stored blobs that were read last stay open, so that a hit needs no look-up."""

    def __init__(self, blobs: Blobs, *, limit: int = 128) -> None:
        self._blobs = blobs
        self._limit = limit
        self._files: OrderedDict[Digest, OpenBlob] = OrderedDict()
        self._users: dict[int, int] = {}
        self._doomed: set[int] = set()

    async def find_size(self, digest: Digest) -> int | None:
        """Return the size of a stored content."""
        file = self._files.get(digest)
        if file is not None:
            return file.size
        return await asyncio.to_thread(self._blobs.find_size, digest)

    async def open(self, digest: Digest) -> OpenBlob:
        """Open a stored content; `release` gives it back.

        Raises:
            NotStoredError: It is not stored.
        """
        file = self._files.get(digest)
        if file is None:
            opened = await self._open(digest)
            file = self._files.setdefault(digest, opened)
            if file is not opened:
                opened.close()
        self._files.move_to_end(digest)
        self._users[id(file)] = self._users.get(id(file), 0) + 1
        self._shrink()
        return file

    async def _open(self, digest: Digest) -> OpenBlob:
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(None, self._blobs.open_blob, digest)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # A reader that left meanwhile must not leave an open file behind.
            opening.add_done_callback(_close_opened)
            raise

    def release(self, file: OpenBlob) -> None:
        """Give a file back; one that was forgotten meanwhile is closed."""
        users = self._users.pop(id(file)) - 1
        if users:
            self._users[id(file)] = users
        elif id(file) in self._doomed:
            self._doomed.discard(id(file))
            file.close()

    def forget(self, digest: Digest) -> None:
        """Close a file as soon as nobody reads it."""
        file = self._files.pop(digest, None)
        if file is None:
            return
        if self._users.get(id(file)):
            self._doomed.add(id(file))
        else:
            file.close()

    def close(self) -> None:
        """Close every file that nobody reads, the others when they are released."""
        for digest in list(self._files):
            self.forget(digest)

    def _shrink(self) -> None:
        for digest in list(self._files):
            if len(self._files) <= self._limit:
                return
            if not self._users.get(id(self._files[digest])):
                self.forget(digest)


def _close_opened(opening: asyncio.Future[OpenBlob]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _stored(file: OpenBlob) -> Content:
    def read(span: Span) -> AsyncIterator[bytes | memoryview]:
        return read_span(file.fd, span.start, span.stop)

    return Content(file.size, Outcome.HIT, "", read)
