"""Writes what arrives into a flight's file, and hashes it in order."""

import os
import threading
from collections.abc import Sequence

from seawall.errors import StoreError
from seawall.kit.ranges import Span
from seawall.transfer.cargo.provenance import Provenance
from seawall.transfer.flight import Flight

_REREAD_BYTES = 1024 * 1024


class Scribe:
    """Writes a flight's file, and hashes its contiguous prefix.

    Bytes that arrive in order are hashed from memory; what arrived ahead of its turn,
    or before a restart, is read back. What is hashed is never written again, so that
    the file holds the bytes that were verified, even if two legs overlap and their
    sources disagree. Blocking; used in threads.

    Attributes:
        provenance: Who gave what is in the file.
    """

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._lock = threading.Lock()
        self.provenance = Provenance()
        self.reset()

    @property
    def position(self) -> int:
        """Up to where all is hashed."""
        return self._position

    def reset(self) -> None:
        """Start again from the first byte."""
        self.provenance.clear()
        self.rewind()

    def rewind(self) -> None:
        """Hash all again: bytes were replaced."""
        self._hasher = self._flight.want.digest.hasher()
        self._position = 0

    def replace(self, offset: int, data: bytes, giver: int) -> None:
        """Put other bytes in the place of some; `rewind` is to follow.

        Raises:
            StoreError: The storage could not do it.
        """
        with self._lock:
            self._flight.partial.write(offset, data)
            self.provenance.note(Span(offset, offset + len(data)), giver)

    def write(self, offset: int, data: bytes, giver: int) -> None:
        """Put bytes in their place.

        Raises:
            StoreError: The storage could not do it.
        """
        with self._lock:
            hashed = self._position - offset
            if hashed > 0:
                offset, data = self._position, data[hashed:]
            if not data:
                return
            self._flight.partial.write(offset, data)
            self.provenance.note(Span(offset, offset + len(data)), giver)
            if offset == self._position:
                self._hasher.update(data)
                self._position += len(data)

    def write_all(self, offset: int, chunks: Sequence[bytes], giver: int) -> None:
        """Put several pieces in their place, one after the other.

        Raises:
            StoreError: The storage could not do it.
        """
        for chunk in chunks:
            self.write(offset, chunk, giver)
            offset += len(chunk)
        self._flight.checkpoint_if_due(sum(map(len, chunks)))

    def read_back(self, stop: int) -> None:
        """Hash what was not hashed yet, up to `stop`.

        Raises:
            StoreError: It cannot be read.
        """
        with self._lock:
            partial = self._flight.partial
            while self._position < stop:
                length = min(_REREAD_BYTES, stop - self._position)
                try:
                    data = os.pread(partial.fd, length, self._position)
                except OSError as exc:
                    raise StoreError(
                        f"could not read {partial.digest} back: {exc.strerror}"
                    ) from exc
                if not data:
                    raise StoreError(f"the file of {partial.digest} became shorter")
                self._hasher.update(data)
                self._position += len(data)

    def hexdigest(self) -> str:
        """Give the digest of all bytes taken so far."""
        return self._hasher.hexdigest()
