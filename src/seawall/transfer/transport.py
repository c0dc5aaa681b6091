"""The one module that knows the HTTP client: requests out, replies and causes back."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp import abc, helpers
from yarl import URL

from seawall.errors import BrokenReplyError, UpstreamError
from seawall.kit.clock import Clock
from seawall.kit.limits import read_bounded
from seawall.transfer.care.vigil import Errand, Vigil
from seawall.transfer.network.answers import join_headers
from seawall.transfer.network.connecting import TransportOptions
from seawall.transfer.network.redirect import (
    REDIRECTS,
    Origin,
    RedirectRule,
    check_hop,
    is_public,
    keep_headers,
)
from seawall.transfer.network.slots import Slots
from seawall.transfer.network.stage import STAGE, Stage, open_trust
from seawall.transfer.network.trouble import (
    NotPublicError,
    list_arrived,
    tell_address_trouble,
    tell_connection_trouble,
    tell_gibberish,
    tell_silence,
    tell_slowness,
    tell_tls_trouble,
    tell_too_far,
)
from seawall.transfer.patience import Patience

CHUNK_BYTES = 256 * 1024
_AHEAD_BYTES = CHUNK_BYTES // 2  # the client library takes twice that before it waits
_MAX_HEADER_BYTES = 32 * 1024  # signed addresses in Location are long
_DRAIN_BYTES = 64 * 1024
_DRAIN_S = 1.0
_UNCHANGED = {"Accept-Encoding": "identity"}
_FOREIGN_FAULTS = (aiohttp.ClientError, OSError, ssl.SSLError)


class Reply:
    """One reply whose headers have arrived and whose body may be read once.

    Attributes:
        method: How it was asked.
        status: The HTTP status.
        headers: Header values under lower-case names; repeated ones joined by commas.
        url: The address that replied, without its query, which may be a signature.
        origin: Scheme, host and port of that address.
        waited_s: Seconds from asking to these headers.
    """

    def __init__(
        self, response: aiohttp.ClientResponse, vigil: Vigil, *, waited_s: float
    ) -> None:
        self._response = response
        self._vigil = vigil
        self.method = response.method
        self.status = response.status
        self.headers: Mapping[str, str] = join_headers(response.headers.items())
        self.origin = Origin.of(str(response.url))
        self.url = str(response.url.with_query(None).with_user(None))
        self.waited_s = waited_s

    @property
    def host(self) -> str:
        """Who replied, with the port where it is not the usual one."""
        return str(self.origin)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body in order, in chunks of at most 256 KiB.

        Raises:
            UnreachableError: No byte came for as long as patience lasts.
            BrokenReplyError: The body ended before its promised end.
        """
        content = self._response.content
        while True:
            try:
                # as it came from the socket: `read` would join and copy
                chunk, ended = await self._vigil.read(content.readchunk())
            except TimeoutError as exc:
                raise tell_silence(self.host, self._vigil.limit_s) from exc
            except _FOREIGN_FAULTS as exc:
                for piece in list_arrived(content):
                    yield piece
                raise BrokenReplyError(
                    f"{self.host} cut the reply short: the connection ended early",
                    cause="net.conn_reset",
                    host=self.host,
                    status=self.status,
                ) from exc
            if chunk:
                yield chunk
            elif not ended or content.at_eof():  # else an HTTP chunk ends, no more
                return

    async def read(self, max_bytes: int, what: str) -> bytes:
        """Read the whole body.

        Raises:
            TooLargeError: It is longer than `max_bytes`.
        """
        said = f"{what} from {self.host}"
        return await read_bounded(self.chunks(), max_bytes, what=said)

    async def read_head(self, max_bytes: int = 4096) -> bytes:
        """Read the start of a body that explains a refusal; trouble ends it early."""
        head = b""
        try:
            async for chunk in self.chunks():
                head += chunk
                if len(head) >= max_bytes:
                    break
        except UpstreamError:
            return head[:max_bytes]
        return head[:max_bytes]

    def finish(self) -> bool:
        """Give the connection back if the body has ended, else close it.

        One that was given up may still tell whether that was wrong: it stays open,
        and True says that it is to be watched.
        """
        ended = self._response.content.at_eof()
        if self._vigil.close(may_watch=not ended):
            return True
        (self._response.release if ended else self._response.close)()
        return False

    async def watch(self) -> None:
        """Wait for what is not wanted any more, to learn from it; then close."""
        try:
            await self._vigil.watch(self._response.content.readchunk())
        except _FOREIGN_FAULTS:
            return
        finally:
            self._response.close()


class Transport:
    """Sends requests, follows redirects by rule, keeps connections for reuse."""

    def __init__(self, options: TransportOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._context = open_trust(options.ca_file)
        self._agent = f"seawall/{version('seawall')}"
        # Two pools, so that no connection made without the address check is
        # ever reused for a hop that needs it.
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._slots = Slots(options.per_host)
        self._watching: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def send(  # noqa: PLR0913  a request has these parts
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        rule: RedirectRule,
        patience: Patience,
        body: bytes | None = None,
        errand: Errand | None = None,
    ) -> AsyncIterator[Reply]:
        """Send one request and follow its redirects; leaving early closes it.

        An errand for a content leaves slots at its hosts free for questions.

        Raises:
            UnreachableError: No connection, or silence.
            ForeignHostError: A redirect led where the settings do not allow.
            BrokenReplyError: What came is not HTTP, or redirects without end.
        """
        start = here = Origin.of(url)
        address = URL(url, encoded=True).with_user(None)  # no secrets from addresses
        kept, guarded = dict(headers), False
        began = self._clock.monotonic()
        errand = errand or Errand()
        vigil = Vigil(patience, errand)
        for hops_left in range(rule.max_hops, -1, -1):
            async with self._slots.take(here, is_body=errand.is_body):
                response = await self._ask(
                    method, address, (kept, body), guarded=guarded, vigil=vigil
                )
                location = _find_location(method, response)
                if location is None:
                    vigil.note_headers()
                    waited_s = self._clock.monotonic() - began
                    reply = Reply(response, vigil, waited_s=waited_s)
                    try:
                        yield reply
                    finally:
                        self._finish(reply)
                    return
                await _drain(response)
            address = _join(address, location, here)
            if not hops_left:
                break
            target = Origin.of(str(address))
            guarded = check_hop(rule, start=start, target=target)
            kept, here = keep_headers(kept, source=here, target=target), target
        raise tell_too_far(rule, here, Origin.of(str(address)))

    def _finish(self, reply: Reply) -> None:
        if reply.finish():
            watching = asyncio.create_task(reply.watch())
            self._watching.add(watching)
            watching.add_done_callback(self._watching.discard)

    async def close(self) -> None:
        """Close every connection; a later request would open new ones."""
        watching = list(self._watching)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        sessions = list(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            await session.close()

    async def _ask(
        self,
        method: str,
        address: URL,
        content: tuple[dict[str, str], bytes | None],
        *,
        guarded: bool,
        vigil: Vigil,
    ) -> aiohttp.ClientResponse:
        headers, body = content
        proxy, sign_in = self._find_proxy(address)
        plain = address.scheme == "http"
        # Through a proxy it is the proxy that resolves, and only the proxy's own
        # address could be checked here: that one the operator chose.
        session = self._open_session(guarded=guarded and proxy is None)
        stage = Stage(vigil.note_connected)
        mark = STAGE.set(stage)
        try:
            asking = session.request(
                method,
                address,
                # Plain requests show the proxy all headers, tunnels only its own.
                headers=_UNCHANGED | headers | (sign_in if plain else {}),
                data=body,
                allow_redirects=False,
                proxy=proxy,
                proxy_headers=None if plain else sign_in,
                trace_request_ctx=stage,
            )
            return await vigil.wait_reply(asking)
        except (TimeoutError, *_FOREIGN_FAULTS) as exc:
            error = _translate(
                exc, str(Origin.of(str(address))), stage.name, vigil.limit_s
            )
            # Only errors that show no address are kept: it may be signed.
            safe = isinstance(exc, (TimeoutError, OSError))
            raise error from (exc if safe else None)
        finally:
            STAGE.reset(mark)

    def _find_proxy(self, address: URL) -> tuple[URL | None, dict[str, str]]:
        # Not `trust_env`: that would read ~/.netrc too, and send what it says.
        if not self._options.proxies:
            return None, {}
        try:
            proxy, login = helpers.get_env_proxy_for_url(address)
        except LookupError:
            return None, {}
        return proxy, {"Proxy-Authorization": login.encode()} if login else {}

    def _open_session(self, *, guarded: bool) -> aiohttp.ClientSession:
        session = self._sessions.get(guarded)
        if session is None:
            connector = aiohttp.TCPConnector(
                ssl=self._context,
                resolver=_GuardedResolver() if guarded else None,
                limit=0,  # `_slot` limits, outside of the time that patience counts
                keepalive_timeout=self._options.keep_alive_s,
                ttl_dns_cache=30,
            )
            session = self._sessions[guarded] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self._agent},
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                read_bufsize=_AHEAD_BYTES,
                max_line_size=_MAX_HEADER_BYTES,
                max_field_size=_MAX_HEADER_BYTES,
                trace_configs=[_stage_trace()],
            )
        return session


class _GuardedResolver(aiohttp.ThreadedResolver):
    """Resolves to public addresses only, at the moment of connecting.

    A check before connecting could be told one address and the connection another.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[abc.ResolveResult]:
        found = await super().resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise NotPublicError(f"{host} has no public address")
        return public


def _stage_trace() -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()

    def mark(name: str) -> Any:
        async def note(_session: object, context: SimpleNamespace, _: object) -> None:
            context.trace_request_ctx.note(name)

        return note

    trace.on_dns_resolvehost_start.append(mark("dns"))
    trace.on_dns_resolvehost_end.append(mark("connect"))
    trace.on_connection_create_end.append(mark("answer"))
    trace.on_connection_reuseconn.append(mark("reused"))
    return trace


def _translate(exc: Exception, host: str, stage: str, limit_s: float) -> UpstreamError:
    """Say in our words what went wrong before the headers came."""
    match exc:
        case aiohttp.ClientConnectorDNSError():
            error = tell_address_trouble(exc.os_error, host)
        case aiohttp.ClientConnectorCertificateError():
            error = tell_tls_trouble(exc.certificate_error, host)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            error = tell_tls_trouble(exc, host)
        case aiohttp.ClientProxyConnectionError():
            error = tell_connection_trouble(exc, host, "the proxy")
        case aiohttp.ClientHttpProxyError():
            text = f"the proxy answered {exc.status}"
            error = tell_connection_trouble(None, host, text)
        case aiohttp.ClientResponseError() | ValueError():
            error = tell_gibberish(host)
        case TimeoutError() if not isinstance(exc, aiohttp.ClientOSError):
            error = tell_slowness(host, stage, limit_s)
        case _:
            error = tell_connection_trouble(exc, host, "it")
    return error


def _find_location(method: str, response: aiohttp.ClientResponse) -> str | None:
    if response.status not in REDIRECTS or method not in ("GET", "HEAD"):
        return None
    return response.headers.get("Location")


def _join(address: URL, location: str, here: Origin) -> URL:
    try:
        # As it was sent: a signature covers the exact spelling.
        joined = address.join(URL(location, encoded=True))
        return joined.with_user(None).with_fragment(None) if joined.host else joined
    except ValueError:
        raise BrokenReplyError(
            f"{here} redirected to an unreadable address",
            cause="registry.protocol_bug",
            host=str(here),
        ) from None


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read the few bytes of a redirect, so that its connection can be used again."""
    try:
        async with asyncio.timeout(_DRAIN_S):
            left = _DRAIN_BYTES
            while left > 0 and (chunk := await response.content.read(left)):
                left -= len(chunk)
    except (TimeoutError, *_FOREIGN_FAULTS):
        response.close()
        return
    response.release()
