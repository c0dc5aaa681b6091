"""Files read without blocking, whole and in parts."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from seawall.kit import pages

BODY = bytes(range(256)) * 10


@pytest.fixture
def descriptor() -> Iterator[int]:
    """Give a file in memory."""
    found = os.memfd_create("pages")
    os.write(found, BODY)
    yield found
    os.close(found)


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, 10, BODY[:10]),
        (2550, 100, BODY[2550:]),
        (2560, 10, b""),
        (9999, 10, b""),
    ],
    ids=["begin", "end", "behind", "far behind"],
)
async def test_a_part(
    descriptor: int, offset: int, length: int, expected: bytes
) -> None:
    """What is there is given; fewer bytes at the end, none behind it."""
    assert expected == bytes(await pages.read_at(descriptor, offset, length))


async def test_a_span_in_chunks(descriptor: int) -> None:
    """A span comes in order, in chunks no larger than asked for."""
    found = pages.read_span(descriptor, 100, 1000, chunk_bytes=64)
    chunks = [bytes(chunk) async for chunk in found]

    assert BODY[100:1000] == b"".join(chunks)
    assert 64 == max(map(len, chunks))


async def test_a_file_that_became_shorter(descriptor: int) -> None:
    """A file that ends too early is an error, and no short answer."""
    with pytest.raises(EOFError):
        [chunk async for chunk in pages.read_span(descriptor, 0, len(BODY) + 1)]


async def test_bytes_on_a_slow_disk_block_nobody(descriptor: int) -> None:
    """Where the page cache cannot be asked, a thread reads."""
    reading = asyncio.create_task(pages.read_at(descriptor, 0, 10))
    await asyncio.sleep(0)

    assert BODY[:10] == bytes(await reading)
