"""Reads that end: nothing from outside is held in memory without a bound."""

from collections.abc import AsyncIterable

from seawall.errors import TooLargeError


async def read_bounded(
    chunks: AsyncIterable[bytes], max_bytes: int, *, what: str
) -> bytes:
    """Join the chunks, unless they are more than any honest answer has.

    Closing what gives the chunks is the caller's affair, after an error too.

    Args:
        chunks: Where they come from; at most one is held beyond the bound.
        max_bytes: The most that is accepted.
        what: A name for the message, such as "the manifest of docker.io/x:1".

    Raises:
        TooLargeError: There was more; an error rather than a cut-off body.
    """
    parts = bytearray()
    async for chunk in chunks:
        if len(parts) + len(chunk) > max_bytes:
            raise TooLargeError(f"{what} is larger than {max_bytes} bytes")
        parts += chunk
    return bytes(parts)
