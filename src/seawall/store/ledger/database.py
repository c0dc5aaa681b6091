"""The catalog's file: opened, brought to this version, its failures translated."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from seawall.errors import StoreError, StoreFullError, StoreVersionError
from seawall.store.ledger import schema

READERS = 3
_WRITER_CACHE_KIB = 16 * 1024
_READER_CACHE_KIB = 8 * 1024


@contextmanager
def database_errors(what: str) -> Iterator[None]:
    """Translate what the database says.

    Raises:
        StoreFullError: The device is full.
        StoreError: Anything else it refused.
    """
    try:
        yield
    except SQLAlchemyError as exc:
        if is_full(exc):
            raise StoreFullError(f"no space left to {what}") from exc
        raise StoreError(f"could not {what}: {_reason(exc)}") from exc
    except (OverflowError, TypeError, ValueError) as exc:
        # The driver's own words for a figure or a text that no column can hold.
        raise StoreError(f"could not {what}: {exc}") from exc


def is_full(exc: BaseException) -> bool:
    """Whether the device is full, as far as the database could tell."""
    return (
        isinstance(exc, DBAPIError)
        and getattr(exc.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    )


def open_writer(path: Path) -> Engine:
    """Open the file for the one writer, at this version's schema. Blocking.

    Raises:
        StoreVersionError: A newer Seawall wrote it.
        StoreError: It cannot be opened, or is no catalog.
    """
    engine = _create(path, connections=1, cache_kib=_WRITER_CACHE_KIB, writes=True)
    try:
        with database_errors(f"open the catalog {path}"), engine.begin() as connection:
            _upgrade(connection, path)
    except StoreError:
        engine.dispose()
        raise
    return engine


def open_readers(path: Path) -> Engine:
    """Open the file for reading, from a few threads. Blocking."""
    return _create(path, connections=READERS, cache_kib=_READER_CACHE_KIB, writes=False)


def _create(path: Path, *, connections: int, cache_kib: int, writes: bool) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": 10},
    )
    pragmas = [
        "PRAGMA journal_mode = WAL",
        # Each commit is an fsync of the log: what flush() promised is on disk.
        "PRAGMA synchronous = FULL",
        f"PRAGMA cache_size = -{cache_kib}",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA journal_size_limit = 67108864",
    ]
    if not writes:
        pragmas.append("PRAGMA query_only = ON")

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin by itself, but not before changes of the schema.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma).close()

    if writes:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _upgrade(connection: Connection, path: Path) -> None:
    found = _find_revision(connection)
    if found == schema.HEAD:
        return
    # Only now, since it takes longer to import than the whole catalog to open.
    from seawall.store.ledger import upgrade  # noqa: PLC0415

    if not upgrade.apply_upgrade(connection, found):
        raise StoreVersionError(
            f"the catalog {path} is of revision {found}, which this version does not "
            "know; a newer Seawall wrote it"
        )


def _find_revision(connection: Connection) -> str | None:
    known = connection.execute(
        text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    ).first()
    if known is None:
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def _reason(exc: SQLAlchemyError) -> str:
    return str(exc.orig) if isinstance(exc, DBAPIError) else str(exc)
