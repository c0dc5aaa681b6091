"""The one running fetch of a content, and the readers that follow its growing file."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from seawall.errors import SeawallError, SizeMismatchError
from seawall.kit.pages import CHUNK_BYTES, read_at
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.roles import Partial


@dataclass(frozen=True, slots=True)
class Want:
    """A content, the repository whose sources may have it, and its size if known."""

    repository: RepositoryName
    digest: Digest
    size: int | None = None


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
    """Anything that has the bytes: a mirror, the origin, later a replica or a disk."""

    @property
    def label(self) -> str:
        """What logs and metrics call it."""
        ...

    @property
    def is_origin(self) -> bool:
        """Whether its word is the last."""
        ...

    @property
    def healthy_at(self) -> float:
        """Monotonic time of its last good answer, 0 if there was none."""
        ...

    def open_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        start: int = 0,
        stop: int | None = None,
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
        checkpoint_bytes: What a restart trusts is written down this often.
    """

    tail_bytes: int = 64 * 1024
    small_bytes: int = 4 * 1024 * 1024
    far_bytes: int = 16 * 1024 * 1024
    legs: int = 3
    checkpoint_bytes: int = 8 * 1024 * 1024


@dataclass
class Flight:
    """State of one fetch: what has arrived, who reads, how it ended.

    The engine writes; readers follow. Nothing here talks to a source.
    """

    want: Want
    partial: Partial
    sources: Sequence[ContentSource]
    options: FlightOptions
    executor: Executor
    size: int | None = None
    source: str = ""
    error: SeawallError | None = None
    far_error: SeawallError | None = None
    verified: bool = False
    readers: int = 0
    released: bool = False
    on_far: Callable[[int], None] = lambda _: None
    _unmarked_bytes: int = 0
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def finished(self) -> bool:
        """Whether nothing more will arrive."""
        return self.verified or self.error is not None

    @property
    def arrived(self) -> int:
        """Bytes that have arrived so far."""
        return self.partial.extents.total()

    def settle(self, total: int | None, source: str) -> None:
        """Note that a source answered well, and the size it promised.

        Raises:
            SizeMismatchError: It contradicts what the manifest or another source said.
        """
        self.source = source
        expected = self.size if self.size is not None else self.want.size
        if total is None:
            total = expected
        elif expected is not None and total != expected:
            raise SizeMismatchError(
                f"{source} has {total} bytes for {self.want.digest},"
                f" and {expected} were promised",
                cause="content.size_mismatch",
            )
        if total is not None:
            self.size = total
            self._answered.set()

    def checkpoint_if_due(self, written_bytes: int) -> None:
        """Write down what a restart may trust, every so many bytes. Blocking."""
        self._unmarked_bytes += written_bytes
        if self._unmarked_bytes >= self.options.checkpoint_bytes:
            self._unmarked_bytes = 0
            self.partial.checkpoint()

    def notify(self) -> None:
        """Wake every reader: more bytes, or the end."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def fail(self, error: SeawallError) -> None:
        """End the flight; readers raise this error."""
        self.error = error
        self._answered.set()
        self.notify()

    def finish(self) -> None:
        """Note that the digest was verified and the content is durable."""
        self.verified = True
        self._answered.set()
        self.notify()

    async def wait_size(self) -> int:
        """Wait until a source answered well, and return the content's size.

        Raises:
            SeawallError: The flight ended before that.
        """
        await self._answered.wait()
        if self.error is not None:
            raise self.error
        if self.size is None:
            raise RuntimeError("a flight that answered knows its size")
        return self.size

    async def wait_finished(self) -> None:
        """Wait for the end, good or bad.

        Raises:
            SeawallError: It was a bad one.
        """
        while not self.finished:
            await self._changed.wait()
        if self.error is not None:
            raise self.error

    def readable_stop(self, position: int, span: Span) -> int:
        """Tell up to where a reader of `span` may be given bytes now (invariant 1)."""
        stop = self.partial.extents.stop_from(position)
        if not self.verified and self.size is not None:
            if self.size <= self.options.small_bytes:
                return position
            if span.stop >= self.size:
                stop = min(stop, self.size - self.options.tail_bytes)
        return min(stop, span.stop)

    async def read(self, span: Span) -> AsyncIterator[bytes | memoryview]:
        """Follow the growing file through `span`, at the reader's own pace.

        Raises:
            SeawallError: The flight failed; what was read so far is no content.
        """
        position = span.start
        while position < span.stop:
            stop = self.readable_stop(position, span)
            if stop <= position:
                await self._wait_more(position)
                continue
            self.released = True
            length = min(stop - position, CHUNK_BYTES)
            chunk = await read_at(
                self.partial.fd, position, length, executor=self.executor
            )
            position += len(chunk)
            yield chunk

    async def _wait_more(self, position: int) -> None:
        changed = self._changed
        if self.error is not None:
            raise self.error
        if position > self.partial.extents.stop_from(0) + self.options.far_bytes:
            self.on_far(position)
        await changed.wait()


Room = Callable[[int], Awaitable[bool]]
"""Asks for room for so many more bytes; says whether there is some."""
