"""One reader's place on a flight: when its answer may begin, and its bytes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from seawall.errors import StoreFullError
from seawall.kit.ranges import Span
from seawall.transfer.flight import ContentSource, Flight, Want
from seawall.transfer.passthrough import PassThrough
from seawall.transfer.readers.following import PATIENT, Client, follow
from seawall.transfer.readers.seats import Seats
from seawall.transfer.standing.roster import Roster


class Harbour(Protocol):
    """Where flights come from: what a reader needs beside its flight."""

    roster: Roster
    seats: Seats

    def passage(
        self, want: Want, sources: Sequence[ContentSource]
    ) -> AbstractAsyncContextManager[PassThrough]:
        """Serve a reader that has a seat straight through, while the disk is full."""
        ...


@dataclass
class Boarding:
    """One reader's place on a flight."""

    engine: Harbour
    flight: Flight
    want: Want
    sources: Sequence[ContentSource]
    joined: bool
    client: Client = PATIENT
    _told: int | None = None
    _seated: bool = False

    async def wait_ready(
        self, size: int | None = None, *, latest_s: float | None = None
    ) -> int:
        """Wait until an answer may begin, and return the content's size.

        That is once a source answered well; a small content is verified by then.

        Args:
            size: What a manifest says, if nothing else needs to be waited for.
            latest_s: After so many seconds an answer begins although its source is
                still silent: its client would wait no longer. Not if the size is
                unknown, and not if its sources are known to be bad: what has begun
                can be cut, but cannot become an error that a client moves on from.

        Raises:
            SizeMismatchError: A source says another size than the manifest.
            StoreFullError: The disk is full, and so is every seat.
            SeawallError: No source has it, or none could be asked.
        """
        if latest_s is None or self.want.size is None:
            return await self._wait(size)
        try:
            async with asyncio.timeout(latest_s):
                return await self._wait(size)
        except TimeoutError:
            if self.engine.roster.are_failing(self.sources):
                return await self._wait(size)
        self.flight.refuse_other_size(self.want.size)
        self._told = self.want.size
        return self._told

    async def _wait(self, size: int | None) -> int:
        flight = self.flight
        try:
            if self.engine.seats.in_use:
                # The disk is full: an answer begins once it is clear who brings it,
                # since what has begun can only be cut.
                await flight.wait_finished(or_begun=True)
            if size is None:
                size = await flight.wait_size()
            self._told = size
            flight.refuse_other_size(size)
            if size <= flight.options.small_bytes:
                await flight.wait_finished()
        except StoreFullError:
            self._sit()
            self._told = flight.size if flight.size is not None else self.want.size
            if self._told is None:
                async with self.engine.passage(self.want, self.sources) as passage:
                    self._told = await passage.ask_size()
        return self._told

    def leave(self) -> None:
        """Give the seat back, if there was one."""
        if self._seated:
            self._seated = False
            self.engine.seats.give_back()

    def _sit(self) -> None:
        """Take a seat, kept until it went straight through, or the reader leaves."""
        if not self._seated:
            self.engine.seats.take(self.want.digest)
            self._seated = True

    async def read(self, span: Span) -> AsyncGenerator[bytes | memoryview, None]:
        """Follow the flight through `span`; straight through if the disk fills up.

        Raises:
            SeawallError: It failed; what was read so far is no content.
        """
        size = self._told if self._told is not None else await self.wait_ready()
        given = span.start
        try:
            async with aclosing(
                follow(self.flight, span, size=size, client=self.client)
            ) as chunks:
                async for chunk in chunks:
                    given += len(chunk)
                    yield chunk
        except StoreFullError:
            self._sit()
            want = replace(self.want, size=size)
            try:
                async with (
                    self.engine.passage(want, self.sources) as passage,
                    aclosing(
                        passage.read(span, given=given, descriptor=self.flight.fd)
                    ) as pieces,
                ):
                    async for piece in pieces:
                        yield piece
            finally:
                self.leave()
