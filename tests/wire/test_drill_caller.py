"""HTTP from the client's side: every way in which a body ends, and where asks lead."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from seawall.drill.playing.caller import open_reply
from seawall.errors import BrokenReplyError, UnreachableError


@asynccontextmanager
async def _serve(answers: Mapping[str, bytes]) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve raw bytes by path, and note what was asked."""
    heard: list[str] = []

    async def welcome(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heard.append(head)
        writer.write(answers[head.split(" ")[1]])
        writer.close()

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()
        await server.wait_closed()


async def _read(answer: bytes) -> bytes:
    async with _serve({"/": answer}) as (url, _), open_reply(f"{url}/") as reply:
        return await reply.read(100)


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (HEAD + b"Content-Length: 3\r\n\r\nabc", b"abc"),
        (HEAD + b"Content-Length: 3\r\n\r\nabcdef", b"abc"),
        (HEAD + b"Content-Length: 0\r\n\r\n", b""),
        (HEAD + b"\r\nabc", b"abc"),
        (CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (CHUNKED + b"3;x=y\r\nabc\r\n0\r\n\r\n", b"abc"),
    ],
)
async def test_a_whole_body_is_read(answer: bytes, body: bytes) -> None:
    """By length, in chunks, or up to the end of the connection."""
    assert body == await _read(answer)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (HEAD + b"Content-Length: 9\r\n\r\nabc", "6 bytes before its end"),
        (CHUNKED + b"9\r\nabc", "within a chunk"),
        (CHUNKED + b"3\r\nabc\r\n", "between two chunks"),
        (HEAD + b"\r\n" + b"a" * 101, "more than 100 bytes"),
        (b"\x15\x03 no HTTP\r\n\r\n", "no answer in HTTP"),
        (b"", "closed before an answer"),
    ],
)
async def test_a_broken_answer_is_an_error(answer: bytes, why: str) -> None:
    """However it is broken."""
    with pytest.raises(BrokenReplyError, match=why):
        await _read(answer)


async def test_a_redirect_leads_on_without_the_credential() -> None:
    """Within one host it goes along; elsewhere it does not."""
    async with _serve({"/b": HEAD + b"\r\nhere"}) as (other, there):
        moved = f"HTTP/1.1 307 Go\r\nLocation: {other}/b\r\n\r\n".encode()
        near = b"HTTP/1.1 302 Go\r\nLocation: /a\r\n\r\n"
        async with _serve({"/": near, "/a": moved}) as (url, here):
            signed = {"Authorization": "Bearer x"}
            async with open_reply(f"{url}/", signed) as reply:
                assert b"here" == await reply.read(10)

    assert [True, True] == ["Bearer x" in head for head in here]
    assert ["Bearer x" in head for head in there] == [False]


async def test_redirects_end() -> None:
    """A circle is an error."""
    async with _serve({"/": b"HTTP/1.1 307 Go\r\nLocation: /\r\n\r\n"}) as (url, _):
        with pytest.raises(BrokenReplyError, match="redirects"):
            async with open_reply(f"{url}/"):
                pass


async def test_nobody_there_is_an_error() -> None:
    """With the address that was tried."""
    async with _serve({}) as (url, _):
        pass
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1"):
        async with open_reply(f"{url}/"):
            pass
