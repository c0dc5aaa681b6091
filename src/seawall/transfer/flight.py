"""The one running fetch of a content, and the readers that follow its growing file."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from seawall.errors import (
    DigestMismatchError,
    SeawallError,
    SizeMismatchError,
)
from seawall.kit.alarm import Alarm
from seawall.kit.ranges import Extents, Span
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.roles import OpenBlob, Partial
from seawall.transfer.stripes import StripeOptions
from seawall.transfer.waits.experience import Experience


# A struct, since every hit makes one.
class Want(msgspec.Struct, frozen=True):
    """A content, the repository that it is asked for in, and its size if known.

    Attributes:
        path: Where sources look for it, if they find it by more than its digest.
    """

    repository: RepositoryName
    digest: Digest
    size: int | None = None
    path: str = ""

    def asks_like(self, other: "Want") -> bool:
        """Whether sources say the same to both: who looks elsewhere may find more."""
        return (self.repository, self.path) == (other.repository, other.path)


class ContentReply(Protocol):
    """An open answer of a source: the bytes from `start` on."""

    @property
    def start(self) -> int:
        """Offset of the first byte that `chunks` gives."""
        ...

    @property
    def total(self) -> int | None:
        """Size of the whole content, if the source said so."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body; raises an `UpstreamError` if it does not end well."""
        ...


class ContentSource(Protocol):
    """Anything that has the bytes of one content: a mirror, the origin, a disk."""

    @property
    def label(self) -> str:
        """What logs and metrics call it."""
        ...

    @property
    def is_origin(self) -> bool:
        """Whether its word is the last."""
        ...

    @property
    def is_last_resort(self) -> bool:
        """Whether it is asked only when all others were."""
        ...

    @property
    def healthy_at(self) -> float:
        """Monotonic time of its last good answer, 0 if there was none."""
        ...

    @property
    def experience(self) -> Experience:
        """What it taught about waiting for it."""
        ...

    def open(
        self, *, start: int = 0, stop: int | None = None
    ) -> AbstractAsyncContextManager[ContentReply]:
        """Ask for the bytes from `start` up to `stop`; may answer from 0 instead."""
        ...


@dataclass(frozen=True, slots=True)
class FlightOptions:
    """What a flight holds back, and when it opens further connections.

    Attributes:
        tail_bytes: Last bytes that wait for the digest (invariant 1).
        small_bytes: Contents up to this size are verified before their first byte.
        far_bytes: A reader this far ahead of what arrives gets a connection for it.
        legs: Connections of one flight at a time.
        checkpoint_bytes: What a restart trusts is written down after so many bytes,
        checkpoint_s: and after so many seconds, for slow sources.
        stripes: When one content is carried over several connections.
    """

    tail_bytes: int = 64 * 1024
    small_bytes: int = 4 * 1024 * 1024
    far_bytes: int = 16 * 1024 * 1024
    legs: int = 3
    checkpoint_bytes: int = 8 * 1024 * 1024
    checkpoint_s: float = 1.0
    stripes: StripeOptions = field(default_factory=StripeOptions)


@dataclass(eq=False)
class Flight:
    """State of one fetch: what has arrived, who reads, how it ended.

    The engine writes; readers follow. Nothing here talks to a source. The partial is
    the crew's, and is closed when the flight ends. Readers have a descriptor of their
    own for as long as one of them is on board, since a slow one may read on long after.

    Attributes:
        readers: Who is on board.
        followers: How many of them read what arrives before it is proven.
        mixed: Several sources bring it at once: of unproven bytes a reader gets only
            such as one of them gave.
        run_stop: Tells up to where the bytes from an offset on come from one source.
        released: Whether a reader has been given bytes that nothing had verified.
        error: Why it ended badly, if it did.
        withheld: Nothing may be read: what is here turned out wrong.
        wrong: Where other bytes were before: who was given any of those is cut.
        stopping: It was told to stop: who comes now takes the next one.
        on_far: Told where a reader waits far ahead of what arrives.
        on_hurry: Told where a reader waits, and until when its client needs bytes.
        landed: Done once its files are given back.
    """

    want: Want
    sources: Sequence[ContentSource]
    options: FlightOptions
    executor: Executor
    writers: Executor
    size: int | None = None
    source: str = ""
    error: SeawallError | None = None
    verified: bool = False
    readers: int = 0
    followers: int = 0
    mixed: bool = False
    run_stop: Callable[[int], int] = lambda offset: offset
    released: bool = False
    withheld: bool = False
    wrong: tuple[Span, ...] = ()
    stopping: bool = False
    on_far: Callable[[int], None] = lambda _: None
    on_hurry: Callable[[int, float], None] = lambda _, __: None
    stop: Callable[[], object] = lambda: None
    landed: asyncio.Event = field(default_factory=asyncio.Event)
    _partial: Partial | None = None
    _fd: int = -1
    _cut: bool = False
    _unmarked_bytes: int = 0
    _marked_s: float = field(default_factory=time.monotonic)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _waiters: set[asyncio.Future[None]] = field(default_factory=set)

    @property
    def partial(self) -> Partial:
        """The file that grows; the crew's alone."""
        if self._partial is None:
            raise RuntimeError("the flight has not begun")
        return self._partial

    @property
    def extents(self) -> Extents:
        """What is here."""
        return self._partial.extents if self._partial else Extents()

    @property
    def fd(self) -> int | None:
        """The readers' descriptor; None before there is a file."""
        return None if self._fd < 0 else self._fd

    @property
    def descriptor(self) -> int:
        """The readers' descriptor, where something can be read."""
        if self._fd < 0:
            raise RuntimeError("nothing has arrived")
        return self._fd

    @property
    def finished(self) -> bool:
        """Whether nothing more will arrive."""
        return self.verified or self.error is not None

    @property
    def arrived(self) -> int:
        """Bytes that have arrived so far."""
        return self.extents.total()

    def exceeds(self, size: int) -> bool:
        """Whether more is here than a content of this size has."""
        return any(span.stop > size for span in self.extents.spans())

    def begin(self, partial: Partial) -> None:
        """Take a partial to write into; instead of an earlier one that was discarded.

        Blocking.
        """
        if self._partial is not None:
            self._partial.close()
        self._partial = partial
        self.close()
        self._fd = os.dup(partial.fd)

    def adopt(self, blob: OpenBlob) -> None:
        """Take a blob that another flight stored: nothing is left to do."""
        self._fd, blob.fd = blob.fd, -1
        self.size = blob.size

    def land(self) -> None:
        """Give the partial back; readers on board read on. Blocking."""
        if self._partial is not None:
            self._partial.close()

    def close(self) -> None:
        """Give the readers' descriptor back."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def settle(self, total: int | None, source: str) -> None:
        """Note that a source answered well, and the size it promised.

        Raises:
            SizeMismatchError: It contradicts what the manifest or another source said.
        """
        expected = self.size if self.size is not None else self.want.size
        if total is None:
            total = expected
        elif expected is not None and total != expected:
            raise SizeMismatchError(
                f"{source} has {total} bytes for {self.want.digest},"
                f" and {expected} were promised",
                cause="content.size_mismatch",
            )
        self.source = source
        self.size = total
        self.notify()

    def checkpoint_if_due(self, written_bytes: int) -> None:
        """Write down what a restart may trust, every so many bytes. Blocking."""
        self._unmarked_bytes += written_bytes
        now_s = time.monotonic()
        much = self._unmarked_bytes >= self.options.checkpoint_bytes
        if much or now_s - self._marked_s >= self.options.checkpoint_s:
            self._unmarked_bytes, self._marked_s = 0, now_s
            self.partial.checkpoint()

    def notify(self) -> None:
        """Wake every reader: more bytes, or the end."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def fail(self, error: SeawallError, *, cut: bool) -> None:
        """End the flight; readers raise this error.

        Args:
            error: Why.
            cut: At once, though more of it is here; else when they have read that.
        """
        self.error = error
        self._cut = cut
        self.notify()

    def finish(self) -> None:
        """Note that the digest was verified and the content is durable."""
        self.verified = True
        self.notify()

    async def wait_size(self) -> int:
        """Wait until a source answered well, and return the content's size.

        Raises:
            SeawallError: The flight ended before that.
        """
        while self.error is None and self.size is None:
            await self._changed.wait()
        if self.error is not None:
            raise self.error
        if self.size is None:
            raise RuntimeError("a flight that answered knows its size")
        return self.size

    async def wait_finished(self, *, or_begun: bool = False) -> None:
        """Wait for the end, good or bad; if that is enough, for the first bytes.

        Raises:
            SeawallError: It was a bad one.
        """
        while not self.finished and not (or_begun and self.arrived):
            await self._changed.wait()
        if self.error is not None:
            raise self.error

    def readable_stop(self, position: int, span: Span, size: int) -> int:
        """Tell up to where a reader of `span` may be given bytes now (invariant 1).

        Args:
            position: What it has already.
            span: What it asked for.
            size: What it was told the whole content has.
        """
        if self.verified:
            return span.stop
        if self.withheld or size <= self.options.small_bytes:
            return position
        stop = self.extents.stop_from(position)
        if self.mixed:
            stop = max(min(stop, self.run_stop(span.start)), position)
        if span.stop >= size:
            stop = min(stop, size - self.options.tail_bytes)
        return min(stop, span.stop)

    def refuse(self, span: Span, *, given: int, size: int) -> None:
        """Raise if a reader must not go on with what it was told and given.

        Args:
            span: What it asked for.
            given: It has unverified bytes up to here.
            size: What it was told the whole content has.

        Raises:
            SeawallError: The flight was cut, or turned out to be another content.
        """
        if self.error is not None and self._cut:
            raise self.error
        self.refuse_other_size(size)
        if self.wrong:
            self._refuse_wrong(Span(span.start, given))

    def refuse_other_size(self, size: int) -> None:
        """Raise if the content has another size than a reader was told.

        Raises:
            SizeMismatchError: It has.
        """
        if self.size is not None and self.size != size:
            raise SizeMismatchError(
                f"{self.want.digest} has {self.size} bytes, and {size} were promised",
                cause="content.size_mismatch",
            )

    def _refuse_wrong(self, given: Span) -> None:
        """Cut a reader that has bytes which turned out wrong and were replaced."""
        overlaps = (
            max(w.start, given.start) < min(w.stop, given.stop) for w in self.wrong
        )
        if any(overlaps):
            raise DigestMismatchError(
                f"a source gave bytes that are not {self.want.digest}; they were"
                " replaced here, but not in this answer, which was cut",
                cause="content.digest_mismatch",
            )

    async def wait_more(self, position: int, alarm: Alarm) -> None:
        """Wait until more may be readable from `position` on, or the alarm rings.

        Raises:
            SeawallError: The flight ended badly; nothing more will come.
        """
        if self.error is not None:
            raise self.error
        if position > self.extents.stop_from(0) + self.options.far_bytes:
            self.on_far(position)
        waiter = alarm.waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)


Room = Callable[[int], Awaitable[bool]]
"""Asks for room for so many more bytes; says whether there is some."""
