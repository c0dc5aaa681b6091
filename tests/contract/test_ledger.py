"""The catalog's file: its schema, its one writer, and disks that refuse."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from seawall.errors import StoreError, StoreFullError, StoreVersionError
from seawall.oci.digest import Digest
from seawall.store.ledger import reads, writes
from seawall.store.ledger.book import Book
from seawall.store.ledger.database import open_writer
from seawall.store.ledger.schema import HEAD, metadata
from seawall.store.ledger.upgrade import read_scripts
from seawall.store.ledger.writer import Writer
from seawall.store.records import ContentRecord


def content(number: int, size: int = 4) -> writes.Operation:
    """Make the row of one content."""
    digest = Digest.of(str(number).encode())
    return writes.put_content(ContentRecord(digest, size, None, 1.0, 1.0))


@pytest.fixture
def book(path: Path) -> Iterator[Book]:
    """An open catalog file."""
    opened = Book(path)
    yield opened
    opened.close()


def limit_pages(book: Book, pages: int) -> None:
    """Make the disk as large as this for the database."""
    with book._writer._engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def blobs_in(book: Book) -> int:
    """Say how many contents are durable."""
    return book.read(reads.read_totals).blobs


def wait(flushed: Future[None]) -> None:
    """Wait for it."""
    flushed.result(10)


def test_migrations_lead_to_the_tables(book: Book) -> None:
    """What the migrations make is what the statements are written for."""
    with book._readers.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)

    assert differences == []
    assert read_scripts().get_heads() == [HEAD]


def test_a_newer_catalog_is_refused(path: Path) -> None:
    """A file of a version that is not known is left alone, and said so."""
    engine = open_writer(path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(StoreVersionError, match="9999"):
        Book(path)


def test_what_is_no_catalog_is_refused(path: Path) -> None:
    """A file that is no database is left as it is, and named."""
    path.write_bytes(b"certainly no database" * 100)

    with pytest.raises(StoreError, match=r"catalog\.db"):
        Book(path)
    assert path.read_bytes() == b"certainly no database" * 100


def test_a_missing_folder_is_said_so(tmp_path: Path) -> None:
    """A place where nothing can be made is an error of the store."""
    with pytest.raises(StoreError):
        Book(tmp_path / "nowhere" / "catalog.db")


def test_flush_waits_for_what_came_before(book: Book) -> None:
    """What was submitted before a flush is durable after it."""
    for number in range(12_000):
        book.submit([content(number)])
    wait(book.flush())

    assert blobs_in(book) == 12_000


def test_who_stops_waiting_stops_no_writing(book: Book) -> None:
    """A flush that nobody waits for any more does not end the writer."""
    for number in range(20):
        book.submit([content(number)])
        book.flush().cancel()
    book.submit([content(99)])
    wait(book.flush())

    assert blobs_in(book) == 21


def test_a_full_disk_delays_but_loses_nothing(book: Book) -> None:
    """What the disk refused is written once there is room, in order."""
    limit_pages(book, 60)
    for number in range(2000):
        book.submit([content(number)])
    with pytest.raises(StoreFullError):
        wait(book.flush())
    refused = blobs_in(book)
    limit_pages(book, 1 << 30)
    wait(book.flush())

    assert refused < 2000
    assert blobs_in(book) == 2000


def test_ballast_is_given_up_when_the_disk_is_full(book: Book, path: Path) -> None:
    """There is room kept for removing rows, and it is taken back afterwards."""
    ballast = path.with_suffix(".ballast")
    kept = ballast.stat().st_blocks * 512
    limit_pages(book, 60)
    for number in range(2000):
        book.submit([content(number)])
    with pytest.raises(StoreFullError):
        wait(book.flush())
    given_up = not ballast.exists()
    limit_pages(book, 1 << 30)
    wait(book.flush())
    book.submit([content(1)])
    wait(book.flush())

    assert kept >= 8 << 20
    assert given_up
    assert ballast.exists()


@pytest.mark.parametrize("size", [None, 1 << 80, "\ud800"])
def test_an_impossible_change_holds_up_no_other(book: Book, size: object) -> None:
    """One row that the database refuses is dropped, said once, and the rest written."""
    broken = writes.Operation(
        content(1).statement, content(1).parameters | {"b_size": size}
    )
    for operation in (content(2), broken, content(3)):
        book.submit([operation])
    wait(book.flush())

    assert blobs_in(book) == 2
    assert isinstance(book.take_loss(), StoreError)
    assert book.take_loss() is None


def test_what_belongs_together_is_written_together(book: Book) -> None:
    """Of a change that cannot be written whole, nothing is."""
    broken = writes.Operation(
        content(1).statement, content(1).parameters | {"b_size": None}
    )
    book.submit([content(2), broken])
    book.submit([content(3)])
    wait(book.flush())

    assert blobs_in(book) == 1
    assert book.take_loss() is not None


def test_what_waits_is_bounded(path: Path) -> None:
    """Beyond the bound changes are dropped, counted, and told to whoever flushes."""
    book = Book(path)
    blocker = sqlite3.connect(path)
    blocker.execute("BEGIN IMMEDIATE")
    for number in range(70):
        operation = content(number)
        heavy = writes.Operation(operation.statement, operation.parameters, 1 << 20)
        book.submit([heavy])
    dropped = book.dropped
    blocker.close()
    wait(book.flush())
    written = blobs_in(book)
    loss = book.take_loss()
    book.close()

    assert dropped + written == 70
    assert dropped == 6
    assert isinstance(loss, StoreFullError)


def test_closing_says_what_is_lost(path: Path) -> None:
    """A stop that cannot write what is left does not pretend it did."""
    book = Book(path)
    limit_pages(book, 60)
    for number in range(2000):
        book.submit([content(number)])

    with pytest.raises(StoreError, match="could not be written"):
        book.close()


def test_a_closed_writer_takes_nothing(path: Path) -> None:
    """After close, nothing is promised any more."""
    writer = Writer(open_writer(path), path.with_suffix(".ballast"))
    writer.close()

    with pytest.raises(StoreError, match="closed"):
        writer.submit([content(1)])
    assert not path.with_suffix(".ballast").exists()
