"""The transport over real sockets: causes of failure, reuse, limits of patience."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trustme
from tests.wire.sources import HASTY

from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import UpstreamError
from seawall.testing.clock import FakeClock
from seawall.testing.samples import random_image
from seawall.transfer.network.connecting import TransportOptions
from seawall.transfer.network.redirect import RedirectRule
from seawall.transfer.transport import Transport

IMAGE = random_image(1, layer_bytes=300_000)
LAYER = max(IMAGE.blobs, key=lambda digest: len(IMAGE.contents[digest]))
PLAIN = TransportOptions(proxies=False)


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    """Give a transport that trusts the system's authorities alone."""
    opened = Transport(PLAIN, FakeClock())
    yield opened
    await opened.close()


async def get(transport: Transport, url: str) -> bytes:
    """Fetch a page that nothing redirects."""
    async with transport.send(
        "GET", url, headers={}, rule=RedirectRule(), patience=HASTY
    ) as reply:
        return await reply.read(1 << 20, "page")


async def cause_of(transport: Transport, url: str) -> tuple[str, str]:
    """Fetch in vain; give the cause and the host."""
    with pytest.raises(UpstreamError) as caught:
        await get(transport, url)
    return str(caught.value.cause), caught.value.host


@asynccontextmanager
async def listening(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Listen with a server of one behaviour; give its host and port."""
    writers = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await talk(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)


async def say_nothing(
    reader: asyncio.StreamReader, _writer: asyncio.StreamWriter
) -> None:
    """Read until the client leaves."""
    await reader.read()


async def test_a_refused_connection_is_named(transport: Transport) -> None:
    """Nobody listens: the cause says that the connection was refused."""
    async with listening(say_nothing) as host:
        pass

    assert ("net.conn_refused", host) == await cause_of(transport, f"http://{host}/")


async def test_an_unknown_host_is_named(transport: Transport) -> None:
    """A name that does not exist, or cannot be resolved, is DNS trouble."""
    cause, host = await cause_of(transport, "http://nowhere.invalid/")

    assert "nowhere.invalid" == host
    assert cause in ("dns.no_such_host", "dns.servfail", "dns.timeout")


async def test_silence_is_named(transport: Transport) -> None:
    """Connected and then nothing: silence, not a failed connection."""
    async with listening(say_nothing) as host:
        assert ("net.silence", host) == await cause_of(transport, f"http://{host}/")


async def test_a_missing_handshake_is_named(transport: Transport) -> None:
    """TCP stands, TLS does not come about: the cause tells the two apart."""
    async with listening(say_nothing) as host:
        found = await cause_of(transport, f"https://{host}/")

    assert ("net.tls_handshake_timeout", host) == found


async def test_plain_http_instead_of_tls_is_named(transport: Transport) -> None:
    """An https address of a plain server is a wrong scheme, not a network fault."""
    async with listening(_speak_plainly) as host:
        found = await cause_of(transport, f"https://{host}/")

    assert ("tls.http_registry", host) == found


async def _speak_plainly(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await reader.read()


async def test_only_trusted_certificates_are_taken(
    transport: Transport, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An unknown authority is refused and named; with its file, it is trusted."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    trusting = Transport(
        TransportOptions(ca_file=str(file), proxies=False), FakeClock()
    )
    async with ScriptedUpstream({"a": IMAGE}, tls=context) as up:
        refused = await cause_of(transport, f"{up.url}/v2/")
        page = await get(trusting, f"{up.url}/v2/")
        await trusting.close()

    assert ("tls.unknown_ca", up.host) == refused
    assert b"{}" == page


async def test_a_certificate_of_another_host_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A trusted authority's certificate for another name is not taken."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("registry.example").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    trusting = Transport(
        TransportOptions(ca_file=str(file), proxies=False), FakeClock()
    )
    async with ScriptedUpstream({"a": IMAGE}, tls=context) as up:
        found = await cause_of(trusting, f"{up.url}/v2/")
        await trusting.close()

    assert ("tls.unknown_ca", up.host) == found


async def test_connections_are_used_again(transport: Transport) -> None:
    """Requests one after another share a connection, also after an error body."""
    connections = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno")

    async with listening(count) as host:
        for _ in range(3):
            assert b"no" == await get(transport, f"http://{host}/")
        await transport.close()

    assert 1 == connections


async def test_bare_line_ends_are_understood(transport: Transport) -> None:
    """Docker Hub's abuse limiter ends its lines with LF alone, and is understood."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 429 Too Many Requests\nConnection: close\n"
            b"Retry-After: 60\n\nToo Many Requests (HAP429).\n"
        )
        writer.close()

    async with (
        listening(answer) as host,
        transport.send(
            "GET", f"http://{host}/", headers={}, rule=RedirectRule(), patience=HASTY
        ) as reply,
    ):
        assert (429, "60") == (reply.status, reply.headers["retry-after"])
        assert b"Too Many Requests (HAP429).\n" == await reply.read_head()


async def test_requests_name_themselves(transport: Transport) -> None:
    """Each request says who asks, and asks for no compression."""
    heads = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 Done\r\n\r\n")

    async with listening(keep) as host:
        await get(transport, f"http://user:secret@{host}/")
        await transport.close()

    assert b"\r\nUser-Agent: seawall/" in heads[0]
    assert b"\r\nAccept-Encoding: identity\r\n" in heads[0]
    assert b"authorization" not in heads[0].lower()


async def test_a_host_gets_no_more_connections_than_allowed() -> None:
    """Beyond the limit requests wait their turn, and do not time out over it."""
    transport = Transport(TransportOptions(per_host=2, proxies=False), FakeClock())
    async with ScriptedUpstream({"a": IMAGE}) as up:
        up.fail("*/blobs/*", faults.slow(2_000_000))
        url = f"{up.url}/v2/a/blobs/{LAYER}"
        sizes = await asyncio.gather(*(_count(transport, url) for _ in range(6)))
        await transport.close()

    assert [len(IMAGE.contents[LAYER])] * 6 == sizes


async def _count(transport: Transport, url: str) -> int:
    return len(await get(transport, url))


async def test_a_slow_body_has_no_total_deadline(transport: Transport) -> None:
    """A body may take longer than any patience, as long as bytes keep coming."""
    async with ScriptedUpstream({"a": IMAGE}) as up:
        up.fail("*/blobs/*", faults.slow(400_000))
        body = await get(transport, f"{up.url}/v2/a/blobs/{LAYER}")

    assert IMAGE.contents[LAYER] == body


@pytest.fixture
async def proxied() -> AsyncIterator[Transport]:
    """Give a transport that obeys the environment's proxies."""
    opened = Transport(TransportOptions(), FakeClock())
    yield opened
    await opened.close()


async def test_a_proxy_of_the_environment_is_used(
    proxied: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests go through the proxy, signed in, except for hosts that need none."""
    heads = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")

    async with listening(relay) as host, ScriptedUpstream({"a": IMAGE}) as up:
        monkeypatch.setenv("http_proxy", f"http://ann:pw@{host}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        through = await get(proxied, "http://registry.example/v2/")
        direct = await get(proxied, f"{up.url}/v2/")

    assert (b"proxy", b"{}") == (through, direct)
    assert heads[0].startswith(b"GET http://registry.example/v2/ HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic YW5uOnB3\r\n" in heads[0]


async def test_a_proxy_that_refuses_is_named(
    proxied: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that will not tunnel is named with the host that was wanted."""

    async def refuse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    async with listening(refuse) as host:
        monkeypatch.setenv("https_proxy", f"http://ann:s3cret@{host}")
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(UpstreamError, match="proxy answered 403") as caught:
            await get(proxied, "https://registry.example/v2/")

    assert "registry.example" == caught.value.host
    assert "s3cret" not in repr(caught.value)
