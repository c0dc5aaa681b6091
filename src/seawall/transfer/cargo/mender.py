"""Finds who gave wrong bytes, and fetches only those again: another source's word."""

import os
from bisect import bisect_left
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from seawall.errors import (
    BrokenReplyError,
    SeawallError,
    SizeMismatchError,
    StoreError,
    UnreachableError,
)
from seawall.kit.clock import Clock
from seawall.kit.ranges import Span
from seawall.kit.threads import run_whole
from seawall.transfer.cargo.scribe import Scribe
from seawall.transfer.cargo.suspicion import Suspicion
from seawall.transfer.flight import ContentSource, Flight

BLOCK_BYTES = 4 * 1024 * 1024
_NOWHERE = Span(0, 0)
_TRIES = 5
_PAUSE_S = 0.25
_MOST_KEPT = 16  # blocks of which the earlier bytes are kept, to put them back


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt that was justified: with other bytes there, the digest is right.

    Attributes:
        suspect: Who gave the wrong ones.
        wrong: Where they were: one span in each block that had any.
    """

    suspect: int
    wrong: tuple[Span, ...]


class Mender:
    """Compares a whole but wrong content with what other sources have.

    Args:
        flight: All of its bytes are here; no reader is given any meanwhile.
        scribe: Writes its file.
        on_failure: Told of a source that could not be asked for its bytes.
        clock: Makes the pauses between tries.

    Attributes:
        unmasked: Places that gave all of the content, and it was wrong.
    """

    def __init__(
        self,
        flight: Flight,
        scribe: Scribe,
        on_failure: Callable[[ContentSource, SeawallError], None],
        clock: Clock,
    ) -> None:
        self._flight = flight
        self._scribe = scribe
        self._on_failure = on_failure
        self._clock = clock
        self._spoilt = False  # more was replaced than can be put back
        self.unmasked: set[int] = set()

    async def mend(self, suspicions: Sequence[Suspicion]) -> Finding | None:
        """Doubt one giver after the other; None if no single one explains it.

        Raises:
            StoreError: The storage could not do it.
        """
        for suspicion in suspicions:
            for helper in suspicion.helpers:
                try:
                    wrong = await self._replace(suspicion, helper)
                except StoreError:
                    raise
                except SizeMismatchError:
                    return None  # one lied about the size: nothing can be compared
                except SeawallError as exc:
                    self._on_failure(self._flight.sources[helper], exc)
                    if self._spoilt:
                        return None
                    continue
                if wrong and await self._is_right():
                    return Finding(suspicion.suspect, tuple(b.wrong for b in wrong))
                if sum(map(len, suspicion.spans)) == self._flight.size:
                    self.unmasked.add(helper)
                await self._put_back(wrong)
                if self._spoilt:
                    return None
                break
        return None

    async def _replace(self, suspicion: Suspicion, helper: int) -> list["_Block"]:
        """Put a helper's bytes where they differ; give what was there before."""
        replaced: list[_Block] = []
        try:
            for span in suspicion.spans:
                async with aclosing(self._fetch(helper, span)) as blocks:
                    async for block in blocks:
                        old = await self._read(block.span)
                        if old == block.data:
                            continue
                        self._spoilt = len(replaced) >= _MOST_KEPT
                        kept = None if self._spoilt else old
                        wrong = find_difference(old, block.data or b"", block.span)
                        replaced.append(
                            _Block(block.span, kept, suspicion.suspect, wrong)
                        )
                        await self._write(block)
        except SeawallError:
            await self._put_back(replaced)
            raise
        return replaced

    async def _fetch(self, helper: int, span: Span) -> AsyncGenerator["_Block", None]:
        """Fetch a span again, in blocks that lie where they lie for everybody.

        A helper that breaks off is asked for the rest, a few times in a row at most
        if nothing comes.
        """
        pending, at, failed = bytearray(), span.start, 0
        while at < span.stop:
            begun = at + len(pending)
            try:
                async with aclosing(self._ask(helper, Span(begun, span.stop))) as parts:
                    async for part in parts:
                        pending += part
                        while at < span.stop and len(pending) >= (
                            length := _block_length(at, span.stop)
                        ):
                            block = Span(at, at + length)
                            yield _Block(block, bytes(pending[:length]), helper)
                            del pending[:length]
                            at += length
            except (BrokenReplyError, UnreachableError) as exc:
                failed = 1 if at + len(pending) > begun else failed + 1
                if failed >= _TRIES or _is_silence(exc):
                    raise
                self._on_failure(self._flight.sources[helper], exc)
                await self._clock.sleep(_PAUSE_S * 2.0**failed)

    async def _ask(self, helper: int, span: Span) -> AsyncGenerator[bytes, None]:
        """Ask a helper for these bytes, whatever part it gives.

        Raises:
            SeawallError: It did not give all of them.
        """
        source = self._flight.sources[helper]
        async with source.open(start=span.start, stop=span.stop) as reply:
            self._flight.refuse_other_size(reply.total or self._flight.size or 0)
            offset = reply.start
            async for chunk in reply.chunks():
                skip = max(span.start - offset, 0)
                yield chunk[skip : max(span.stop - offset, 0)]
                offset += len(chunk)
                if offset >= span.stop:
                    return
        raise BrokenReplyError(
            f"{source.label} ended {self._flight.want.digest} at byte {offset}",
            cause="net.conn_reset",
            host=source.label,
        )

    async def _is_right(self) -> bool:
        flight, scribe = self._flight, self._scribe
        scribe.rewind()
        await run_whole(flight.executor, scribe.read_back, flight.size or 0)
        return scribe.hexdigest() == flight.want.digest.hex

    async def _put_back(self, blocks: Sequence["_Block"]) -> None:
        for block in blocks:
            await self._write(block)
        self._scribe.rewind()

    async def _read(self, span: Span) -> bytes:
        flight = self._flight
        return await run_whole(
            flight.executor, os.pread, flight.partial.fd, len(span), span.start
        )

    async def _write(self, block: "_Block") -> None:
        if block.data is None:
            return
        await run_whole(
            self._flight.writers,
            self._scribe.replace,
            block.span.start,
            block.data,
            block.giver,
        )


@dataclass(frozen=True, slots=True)
class _Block:
    span: Span
    data: bytes | None
    giver: int
    wrong: Span = _NOWHERE


def _is_silence(error: SeawallError) -> bool:
    """Whether it was waited for already: patience is not spent twice on a doubt."""
    return error.cause is not None and error.cause.name == "net.silence"


def _block_length(start: int, stop: int) -> int:
    """Tell how much of a block is left from here, up to the stop.

    >>> _block_length(5, 10), _block_length(5, 10 * BLOCK_BYTES) == BLOCK_BYTES - 5
    (5, True)
    """
    border = (start // BLOCK_BYTES + 1) * BLOCK_BYTES
    return min(border, stop) - start


def find_difference(one: bytes, other: bytes, where: Span) -> Span:
    """Find the first and the last byte in which two of the same length differ.

    >>> find_difference(b"abcdef", b"abXdYf", Span(100, 106))
    Span(start=102, stop=105)
    """
    places = range(len(one))
    first = bisect_left(places, 1, key=lambda n: one[: n + 1] != other[: n + 1])
    last = bisect_left(places, 1, key=lambda n: one[-n - 1 :] != other[-n - 1 :])
    return Span(where.start + first, where.stop - last)
