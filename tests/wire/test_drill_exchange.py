"""Scripted servers read requests as every client writes them."""

import asyncio

import pytest

from seawall.drill.upstream import ScriptedUpstream
from seawall.oci import mediatypes
from seawall.testing.samples import random_index

PAIR = random_index(1).tagged("1")
LINES = [mediatypes.OCI_INDEX, "text/plain", mediatypes.OCI_MANIFEST]


@pytest.mark.parametrize("lines", [LINES, LINES[::-1]], ids=["first", "last"])
async def test_accept_may_have_many_lines(lines: list[str]) -> None:
    """In any order, as Go's clients have it: together they are one list."""
    async with ScriptedUpstream({"a/b": PAIR}) as upstream:
        host, _, port = upstream.host.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        accept = "".join(f"Accept: {line}\r\n" for line in lines)
        head = f"GET /v2/a/b/manifests/1 HTTP/1.1\r\nConnection: close\r\n{accept}\r\n"
        writer.write(head.encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert f"Content-Type: {mediatypes.OCI_INDEX}".encode() in answer
