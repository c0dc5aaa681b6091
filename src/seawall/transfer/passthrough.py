"""A reader's own fetch when nothing can be stored: verified, bounded, kept nowhere."""

import os
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from seawall.errors import BrokenReplyError, DigestMismatchError, SeawallError
from seawall.kit.clock import Clock
from seawall.kit.ranges import Span
from seawall.transfer import plan
from seawall.transfer.flight import ContentSource, Want
from seawall.transfer.plan import PlanOptions, Setback


@dataclass
class PassThrough:
    """Streams a content from its sources to one reader (invariant 9).

    The whole content is read and hashed, whatever the range, since only the whole
    has a digest. What the reader was given from a flight before the disk was full is
    compared with what arrives now, so that two halves never come from two contents.
    """

    want: Want
    sources: Sequence[ContentSource]
    order: Sequence[int]
    clock: Clock
    options: PlanOptions
    small_bytes: int
    size: int | None = None
    _arrived: int = field(default=0, init=False)

    async def read(
        self, span: Span, *, given: int, descriptor: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of `span` from offset `given` on.

        Args:
            span: What the reader asked for.
            given: Offset of the first byte that the reader does not have yet.
            descriptor: The file that the bytes before `given` came from.

        Raises:
            DigestMismatchError: The sources' bytes are not this content.
            UpstreamError: No source gave all of it.
        """
        hasher = self.want.digest.hasher()
        held = b""
        async for chunk in self._stream():
            start = self._arrived - len(chunk)
            hasher.update(chunk)
            self._compare(chunk, start, Span(span.start, given), descriptor)
            piece = chunk[max(given - start, 0) : max(span.stop - start, 0)]
            small = self.size is not None and self.size <= self.small_bytes
            if small:
                held += piece
                continue
            if piece:
                if held:
                    yield held
                held = piece
            if self.size is not None and span.stop < self.size and held:
                # a range that ends before the last byte may be unverified
                yield held
                held = b""
                if self._arrived >= span.stop:
                    return
        if hasher.hexdigest() != self.want.digest.hex:
            raise DigestMismatchError(
                f"what arrived is not {self.want.digest}; the answer was cut",
                cause="content.digest_mismatch",
            )
        if held:
            yield held

    def _compare(
        self, chunk: bytes, start: int, given: Span, descriptor: int | None
    ) -> None:
        first, stop = max(start, given.start), min(start + len(chunk), given.stop)
        if descriptor is None or first >= stop:
            return
        earlier = os.pread(descriptor, stop - first, first)
        if earlier != chunk[first - start : stop - start]:
            raise DigestMismatchError(
                f"two sources disagree about {self.want.digest}; the answer was cut",
                cause="content.digest_mismatch",
            )

    async def _stream(self) -> AsyncIterator[bytes]:
        setbacks: list[Setback] = []
        origin = next((i for i, s in enumerate(self.sources) if s.is_origin), -1)
        while self.size is None or self._arrived < self.size or not self._arrived:
            attempt = plan.choose_attempt(
                self.order,
                setbacks,
                options=self.options,
                origin=origin,
                jitter=random.random,
            )
            if attempt is None:
                raise plan.choose_verdict(setbacks, origin=origin)
            if attempt.wait_s:
                await self.clock.sleep(attempt.wait_s)
            before = self._arrived
            try:
                async for chunk in self._attempt(self.sources[attempt.place]):
                    yield chunk
            except SeawallError as exc:
                gained = self._arrived - before
                setbacks.append(Setback(attempt.place, exc, gained))
            else:
                return

    async def _attempt(self, source: ContentSource) -> AsyncIterator[bytes]:
        want = self.want
        async with source.open_blob(
            want.repository, want.digest, start=self._arrived
        ) as reply:
            self.size = reply.total if reply.total is not None else self.size
            offset = reply.start
            async for chunk in reply.chunks():
                ahead = max(self._arrived - offset, 0)
                offset += len(chunk)
                if ahead < len(chunk):
                    self._arrived += len(chunk) - ahead
                    yield chunk[ahead:]
        if self.size is not None and self._arrived < self.size:
            raise BrokenReplyError(
                f"{source.label} ended {want.digest} early",
                cause="net.conn_reset",
                host=source.label,
            )
