"""Small bodies by key, which a process wants to find again after a restart."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Table, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from seawall.store.ledger.book import Book
from seawall.store.ledger.schema import budgets, experience
from seawall.store.ledger.writes import Operation

TABLES = {table.name: table for table in (budgets, experience)}
_MOST = 10_000


class Entry(NamedTuple):
    """What was written, and the wall time at which it was."""

    body: bytes
    at: float


class Diary:
    """One table of such bodies. Blocking where it reads.

    Args:
        book: The open catalog.
        name: "budgets" or "experience".
    """

    def __init__(self, book: Book, name: str) -> None:
        self._book = book
        table = TABLES[name]
        self._table = table
        names = ("key", "body", "at")
        values: dict[str, BindParameter[Any]] = {c: bindparam(f"b_{c}") for c in names}
        put = insert(table).values(**values)
        self._put = put.on_conflict_do_update(
            index_elements=["key"],
            set_={"body": put.excluded.body, "at": put.excluded.at},
        )
        self._forget = delete(table).where(table.c.at < bindparam("b_before"))

    def read(self) -> dict[str, Entry]:
        """Give all that is durable; the newest ten thousand.

        Raises:
            StoreError: The catalog cannot be read.
        """
        return self._book.read(_read, self._table)

    def write(self, entries: Mapping[str, bytes], at: float) -> None:
        """Keep bodies under their keys; durable moments later.

        Raises:
            StoreError: The catalog is closed.
        """
        self._book.submit(
            Operation(
                self._put,
                {"b_key": key, "b_body": body, "b_at": at},
                weight=1024 + len(body),
            )
            for key, body in entries.items()
        )

    def forget(self, before: float) -> None:
        """Forget what was written before this wall time."""
        self._book.submit([Operation(self._forget, {"b_before": before})])


def _read(connection: Connection, table: Table) -> dict[str, Entry]:
    newest = select(table).order_by(table.c.at.desc()).limit(_MOST)
    return {row.key: Entry(row.body, row.at) for row in connection.execute(newest)}
