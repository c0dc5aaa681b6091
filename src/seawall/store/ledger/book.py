"""One catalog file: questions answered on any thread, changes handed to the writer."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from seawall.errors import StoreError
from seawall.store.ledger.database import (
    database_errors,
    open_readers,
    open_writer,
)
from seawall.store.ledger.writer import Writer
from seawall.store.ledger.writes import Operation

P = ParamSpec("P")
T = TypeVar("T")


class Book:
    """The open catalog, as its tables see it.

    Args:
        path: The database file; made if missing, upgraded if old. Blocking.

    Raises:
        StoreVersionError: A newer Seawall wrote it.
        StoreError: It is no catalog, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._writer = Writer(open_writer(path), path.with_suffix(".ballast"))
        self._readers = open_readers(path)

    @property
    def written(self) -> int:
        """The number of the last durable operation."""
        return self._writer.written

    @property
    def dropped(self) -> int:
        """How many operations were lost to a disk that stayed full."""
        return self._writer.dropped

    def read(
        self,
        question: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Answer one of `reads`. Blocking.

        Raises:
            StoreError: The catalog cannot be read.
        """
        with database_errors("read the catalog"), self._readers.connect() as connection:
            return question(connection, *args, **kwargs)

    def submit(self, operations: Iterable[Operation]) -> int:
        """Hand operations of `writes` to the writer; give their number."""
        return self._writer.submit(operations)

    def flush(self) -> Future[None]:
        """Ask for everything submitted so far to be durable."""
        return self._writer.flush()

    def take_loss(self) -> StoreError | None:
        """Give, once, the reason why some change will never be written."""
        return self._writer.take_loss()

    def close(self) -> None:
        """Write what is left and close the file. Blocking."""
        try:
            self._writer.close()
        finally:
            self._readers.dispose()
