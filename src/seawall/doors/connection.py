"""One client's connection: how large and slow a request's head may be."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PROTOCOL = "seawall.protocol"  # of our own scope: whose connection it is
AUTHORITY = "seawall.authority"  # of our own scope: which host a proxy is asked for

_ABSOLUTE = re.compile(rb"(?i)https?://([^/?#]*)")
_AUTHORITY = re.compile(
    rb"(?i)(?:[a-z0-9._~-]{1,255}|\[[0-9a-f:.]{2,64}\])(?::\d{1,5})?"
)


_PHRASE_CHARS = 300  # apt reads 359, and shows nothing else of an answer that is bad


class PhrasedStatus(int):
    r"""A status with words of its own; the first line of the answer has them.

    >>> PhrasedStatus.make(404, "Gone \r\nfishing").line
    b'HTTP/1.1 404 Gone fishing\r\n'
    """

    line: bytes

    @classmethod
    def make(cls, status: int, phrase: str) -> "PhrasedStatus":
        """Give a status its words; what a line cannot have is left out."""
        made = cls(status)
        plain = "".join(c if " " <= c <= "~" else " " for c in phrase)
        words = " ".join(plain.split())[:_PHRASE_CHARS]
        made.line = b"HTTP/1.1 %d %b\r\n" % (status, words.encode("ascii"))
        return made


class _StatusLines(dict[int, bytes]):
    """The server's first lines by status, which have no room for other words."""

    def __getitem__(self, status: int) -> bytes:
        if isinstance(status, PhrasedStatus):
            return status.line
        return super().__getitem__(status)


httptools_impl.STATUS_LINE = _StatusLines(httptools_impl.STATUS_LINE)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """Bounds on clients.

    Attributes:
        header_bytes: Longest request head; no client of the field needs 64 KiB.
        header_s: A request head must be complete within this.
        idle_s: How long an idle connection is kept: longer than clients' own 90 s
            would only collect dead ones.
        slow_s: A client that has not taken 256 KiB within this is cut: 900 bytes/s.
        connections: At once; more get 503.
        drain_s: A stop waits this long for answers under way.
    """

    header_bytes: int = 64 * 1024
    header_s: float = 30.0
    idle_s: int = 75
    slow_s: float = 300.0
    connections: int = 4096
    drain_s: int = 25


def split_target(method: bytes, target: bytes) -> tuple[str, bytes]:
    """Split a request's target (RFC 9112 3.2) into authority and origin-form.

    Returns:
        The host in lower case, with its port if one is written, empty in origin-form;
        and the path with its query as a server would be asked for it.

    Raises:
        ValueError: It is none of the forms; the text says why.

    >>> split_target(b"GET", b"http://Deb.Example/debian/x?y")
    ('deb.example', b'/debian/x?y')
    >>> split_target(b"GET", b"/v2/")
    ('', b'/v2/')
    """
    if method == b"CONNECT":
        return _check_authority(target), b"/"
    if target.startswith(b"/") or target == b"*":
        return "", target
    found = _ABSOLUTE.match(target)
    if found is None:
        raise ValueError(
            "the request's target is neither a path nor an http:// address"
        )
    rest = target[found.end() :].partition(b"#")[0]
    if not rest.startswith(b"/"):
        rest = b"/" + rest
    return _check_authority(found[1]), rest


def _check_authority(text: bytes) -> str:
    if b"@" in text:
        raise ValueError("credentials in an address are not passed on; leave them out")
    if _AUTHORITY.fullmatch(text) is None:
        raise ValueError("the request's target names no host")
    return text.decode("ascii").lower()


class BoundedProtocol(HttpToolsProtocol):
    """The server's HTTP parser, with a bound on heads and on how slow they come.

    Attributes:
        streams: How many answers are being streamed; two, while one is ended and the
            next has begun.
        foresee: Told of a request that waits for the answer to an earlier one.
    """

    web_options = WebOptions()
    foresee: Callable[[Any], None] = staticmethod(lambda _: None)
    streams = 0
    _head_bytes = 0
    _in_head = True
    _refusal = ""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Expect a request head soon."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head, and let the parser read it."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self.web_options.header_bytes:
                self.send_400_response("the request head is too large")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A new head begins."""
        super().on_message_begin()
        self.scope[PROTOCOL] = self  # type: ignore[literal-required]
        self._in_head = True
        if self._deadline is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """The head is complete; what follows is a body.

        A target in absolute-form, as proxies get it, goes on in origin-form: the
        parser has no paths for `CONNECT`, and forgets whose path the others are.
        """
        self._in_head = False
        self._head_bytes = 0
        self._clear_deadline()
        try:
            authority, self.url = split_target(self.parser.get_method(), self.url)
        except ValueError as exc:
            self._refusal = str(exc)
            raise  # the parser stops, and what called it answers
        self.scope[AUTHORITY] = authority  # type: ignore[literal-required]
        super().on_headers_complete()
        if self.pipeline and self.pipeline[0][0] is self.cycle:
            self.foresee(self.scope)

    def on_message_complete(self) -> None:
        """The next byte, if any, belongs to another head."""
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the API's own form."""
        text = (self._refusal or msg).replace('"', "'")
        body = b'{"errors":[{"code":"UNSUPPORTED","message":"%s"}]}' % text.encode()
        head = (
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        )
        self.transport.write(head + body)
        self.transport.close()

    def _expect_head(self) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(self.web_options.header_s, self._too_slow)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
