"""A reader's own fetch when nothing can be stored: verified, bounded, kept nowhere."""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from seawall.errors import (
    BrokenReplyError,
    DigestMismatchError,
    SeawallError,
    SizeMismatchError,
)
from seawall.kit.pages import read_at
from seawall.kit.ranges import Span
from seawall.transfer import plan
from seawall.transfer.care.gear import Gear
from seawall.transfer.flight import ContentSource, Want
from seawall.transfer.leg import find_origin
from seawall.transfer.plan import Setback


class PassThrough:
    """Streams a content from its sources to one reader (invariant 9).

    The whole content is read and hashed, whatever the range, since only the whole
    has a digest. What the reader was given from a flight before the disk was full is
    compared with what arrives now, so that two halves never come from two contents.

    Args:
        want: The content, and the size that the reader was told.
        sources: Who may have it.
        order: Their places, best first.
        gear: What all fetches work with.
        small_bytes: Up to this size, nothing is given before all is verified.
    """

    def __init__(
        self,
        want: Want,
        sources: Sequence[ContentSource],
        order: Sequence[int],
        gear: Gear,
        *,
        small_bytes: int,
    ) -> None:
        self._want = want
        self._sources = sources
        self._order = order
        self._gear = gear
        self._plan = replace(gear.plan, hold_s=0)  # nobody counts the silence here
        self._small_bytes = small_bytes
        self._size = want.size
        self._arrived = 0

    async def ask_size(self) -> int:
        """Learn the size from a source, for a reader that was told none.

        Raises:
            UpstreamError: No source has it, or none could be asked.
        """
        self._size = None
        async with aclosing(self._stream()) as chunks:
            async for _ in chunks:
                if self._size is not None:
                    break
        return self._arrived if self._size is None else self._size

    async def read(
        self, span: Span, *, given: int, descriptor: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of `span` from offset `given` on.

        Args:
            span: What the reader asked for.
            given: Offset of the first byte that the reader does not have yet.
            descriptor: The file that the bytes before `given` came from.

        Raises:
            DigestMismatchError: The sources' bytes are not this content.
            UpstreamError: No source gave all of it.
        """
        hasher = self._want.digest.hasher()
        before = Span(span.start, given)
        held: list[bytes] = []
        async with aclosing(self._stream()) as chunks:
            async for chunk in chunks:
                start = self._arrived - len(chunk)
                hasher.update(chunk)
                await self._compare(chunk, start, before, descriptor)
                piece = chunk[max(given - start, 0) : max(span.stop - start, 0)]
                held += [piece] if piece else []
                if self._is_small():
                    continue
                # a range that ends before the last byte may be unverified
                early = self._size is not None and span.stop < self._size
                while held[0 if early else 1 :]:
                    yield held.pop(0)
                if early and self._arrived >= span.stop:
                    return
        if hasher.hexdigest() != self._want.digest.hex:
            raise DigestMismatchError(
                f"what arrived is not {self._want.digest}; the answer was cut",
                cause="content.digest_mismatch",
            )
        for piece in held:
            yield piece

    def _is_small(self) -> bool:
        return self._size is not None and self._size <= self._small_bytes

    async def _compare(
        self, chunk: bytes, start: int, given: Span, descriptor: int | None
    ) -> None:
        first, stop = max(start, given.start), min(start + len(chunk), given.stop)
        while descriptor is not None and first < stop:
            earlier = await read_at(descriptor, first, stop - first)
            at = first - start
            if not earlier or earlier != chunk[at : at + len(earlier)]:
                raise DigestMismatchError(
                    f"two sources disagree about {self._want.digest};"
                    " the answer was cut",
                    cause="content.digest_mismatch",
                )
            first += len(earlier)

    async def _stream(self) -> AsyncGenerator[bytes, None]:
        setbacks: list[Setback] = []
        origin = find_origin(self._sources)
        while True:
            attempt = plan.choose_attempt(
                self._order,
                setbacks,
                options=self._plan,
                origin=origin,
                jitter=random.random,
                last_resort=self._gear.roster.find_liars(self._sources),
            )
            if attempt is None:
                raise plan.choose_verdict(setbacks, origin=origin)
            if attempt.wait_s:
                await self._gear.clock.sleep(attempt.wait_s)
            before, source = self._arrived, self._sources[attempt.place]
            try:
                async with aclosing(self._attempt(source)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            except SeawallError as exc:
                gained = self._arrived - before
                setbacks.append(Setback(attempt.place, exc, gained))
                self._gear.on_setback(self._want, source, exc)
                if self._size and self._arrived >= self._size:
                    return
            else:
                return

    async def _attempt(self, source: ContentSource) -> AsyncGenerator[bytes, None]:
        want = self._want
        async with source.open(start=self._arrived) as reply:
            self._settle(reply.total, source)
            offset = reply.start
            async for chunk in reply.chunks():
                ahead = max(self._arrived - offset, 0)
                offset += len(chunk)
                if ahead < len(chunk):
                    self._arrived += len(chunk) - ahead
                    yield chunk[ahead:]
        if self._size is not None and self._arrived != self._size:
            raise BrokenReplyError(
                f"{source.label} ended {want.digest} at byte {self._arrived}"
                f" of {self._size}",
                cause="net.conn_reset",
                host=source.label,
            )

    def _settle(self, total: int | None, source: ContentSource) -> None:
        if self._size is None:
            self._size = total
        if total not in (None, self._size):
            # A reader was told the other: this one's bytes would seem complete early.
            raise SizeMismatchError(
                f"{source.label} has {total} bytes for {self._want.digest},"
                f" and {self._size} were promised",
                cause="content.size_mismatch",
            )
