"""Reads that end."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import TooLargeError
from seawall.kit.limits import read_bounded


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    """Give the chunks one after another."""
    for chunk in chunks:
        yield chunk


@given(st.lists(st.binary(max_size=10)), st.integers(0, 50))
async def test_a_body_is_whole_or_refused(chunks: list[bytes], limit: int) -> None:
    """A body within the bound is read whole; a larger one is an error, not a part."""
    body = b"".join(chunks)

    if len(body) <= limit:
        assert body == await read_bounded(stream(*chunks), limit, what="a body")
    else:
        with pytest.raises(TooLargeError, match="a body"):
            await read_bounded(stream(*chunks), limit, what="a body")


async def test_an_endless_body_ends() -> None:
    """Reading stops at the first chunk beyond the bound."""
    taken = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            taken.append(1)
            yield b"12345"

    source = endless()
    with pytest.raises(TooLargeError):
        await read_bounded(source, 12, what="a body")

    assert 3 == len(taken)
