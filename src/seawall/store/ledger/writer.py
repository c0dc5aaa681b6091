"""The one thread that writes: batches, in order, retried until the disk takes them."""

import os
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from seawall.errors import StoreError, StoreFullError
from seawall.store.ledger.database import database_errors
from seawall.store.ledger.writes import Operation, apply_operations

_log = structlog.get_logger()

_GATHER_S = 0.03  # what comes within this becomes one transaction, so one fsync
_RETRY_S = 1.0
_BATCH = 2000
_MAX_WEIGHT = 64 << 20
_BALLAST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class _Change:
    """What is written together or not at all."""

    operations: tuple[Operation, ...]
    weight: int


class Writer:
    """Takes operations from any thread and writes them in their order.

    What was submitted together is written in one transaction. A batch that the disk
    refuses stays first in line and is tried again. What waits is bounded: beyond that,
    changes are dropped, and `take_loss` says so.

    Removing rows takes space too, so on a full disk nothing could ever be evicted. A
    ballast file is kept for that moment, and given up when it comes.

    Args:
        engine: Whose connection this thread alone uses; disposed by `close`.
        ballast: Where the ballast file is.
    """

    def __init__(self, engine: Engine, ballast: Path) -> None:
        self.written = 0
        self.dropped = 0
        self._engine = engine
        self._ballast = ballast
        self._changed = threading.Condition()
        self._queue: deque[_Change] = deque()
        self._weight = 0
        self._asked: deque[tuple[int, Future[None]]] = deque()
        self._submitted = 0
        self._lost: StoreError | None = None
        self._closing = False
        self._take_ballast()
        self._thread = threading.Thread(
            target=self._run, name="seawall-ledger", daemon=True
        )
        self._thread.start()

    def submit(self, operations: Iterable[Operation]) -> int:
        """Queue operations as one; give the number that `written` reaches with them."""
        change = tuple(operations)
        weight = sum(operation.weight for operation in change)
        with self._changed:
            if self._closing:
                raise StoreError("the catalog is closed")
            if self._weight + weight > _MAX_WEIGHT:
                self._drop()
            elif change:
                if not self._queue:
                    self._changed.notify()
                self._queue.append(_Change(change, weight))
                self._weight += weight
                self._submitted += 1
            return self._submitted

    def flush(self) -> Future[None]:
        """Ask for everything submitted so far to be durable, at once.

        The future fails with `StoreError` if it could not be written now; it will be
        tried again.
        """
        asked: Future[None] = Future()
        # From now on it cannot be cancelled: this thread alone says how it ends.
        asked.set_running_or_notify_cancel()
        with self._changed:
            if self.written >= self._submitted:
                asked.set_result(None)
            elif not self._thread.is_alive():
                asked.set_exception(StoreError("the catalog is closed"))
            else:
                self._asked.append((self._submitted, asked))
                self._changed.notify()
        return asked

    def take_loss(self) -> StoreError | None:
        """Give, once, the reason why some change will never be written."""
        with self._changed:
            lost, self._lost = self._lost, None
            return lost

    def close(self) -> None:
        """Write what is left, and end the thread. Blocking.

        Raises:
            StoreError: Something could not be written, and is lost.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._engine.dispose()
        self._drop_ballast()
        if self._queue or self._lost is not None:
            raise self._lost or StoreError(
                f"{len(self._queue)} changes of the catalog could not be written"
            )

    def _drop(self) -> None:
        if not self.dropped:
            _log.error("catalog.dropping", waiting=len(self._queue))
        self.dropped += 1
        self._lost = StoreFullError(
            f"{self.dropped} changes of the catalog were dropped, since it could not "
            "be written for too long"
        )

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    return
                self._changed.wait_for(
                    lambda: self._asked or self._closing, timeout=_GATHER_S
                )
                batch = list(islice(self._queue, _BATCH))
            failure = self._write(batch)
            if failure is None:
                self._settle(batch)
                continue
            _log.warning("catalog.unwritten", reason=str(failure))
            with self._changed:
                while self._asked:
                    self._asked.popleft()[1].set_exception(failure)
                if self._closing:
                    return
                self._changed.wait_for(
                    lambda: self._asked or self._closing, timeout=_RETRY_S
                )

    def _write(self, batch: list[_Change]) -> StoreError | None:
        """Write a batch whole; give the reason if the disk would not take it."""
        failure: StoreError | None = None
        for _ in range(2):
            try:
                self._commit(batch)
            except StoreFullError as exc:
                failure = exc
                if not self._drop_ballast():
                    break
            except StoreError as exc:
                if isinstance(exc.__cause__, OperationalError):
                    return exc
                self._write_singly(batch)
                return None
            else:
                return None
        return failure

    def _commit(self, batch: list[_Change]) -> None:
        with database_errors("write the catalog"), self._engine.begin() as connection:
            operations = chain.from_iterable(change.operations for change in batch)
            apply_operations(connection, operations)

    def _write_singly(self, batch: list[_Change]) -> None:
        """Keep one impossible change from holding up all others for ever."""
        for change in batch:
            try:
                self._commit([change])
            except StoreError as exc:
                # No trace: it would show what was to be written.
                _log.error("catalog.refused", reason=str(exc))
                self._lost = exc

    def _settle(self, batch: list[_Change]) -> None:
        with self._changed:
            for change in batch:
                self._queue.popleft()
                self._weight -= change.weight
            self.written += len(batch)
            while self._asked and self._asked[0][0] <= self.written:
                _, asked = self._asked.popleft()
                asked.set_result(None)
        if not self._ballast.exists():
            self._take_ballast()

    def _take_ballast(self) -> None:
        try:
            fd = os.open(self._ballast, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            os.posix_fallocate(fd, 0, _BALLAST_BYTES)
        except OSError:
            # No room for it now; what little was taken is given back.
            self._drop_ballast()
        finally:
            os.close(fd)

    def _drop_ballast(self) -> bool:
        try:
            self._ballast.unlink()
        except OSError:
            return False
        return True
