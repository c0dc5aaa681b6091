"""What a source's good replies hold, and what makes a good status a bad reply."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from seawall.errors import BrokenReplyError, DigestSyntaxError, InputError
from seawall.kit.ranges import parse_content_range
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.transfer.network.refusal import judge_type

_PARTIAL = 206
_MAX_DIGITS = 18  # of a length: below 2**63
_KNOWN_TYPES = mediatypes.INDEXES + mediatypes.MANIFESTS
# What static file servers and old registries call a manifest; the body then tells.
VAGUE_TYPES = ("", "application/json", "application/octet-stream", "text/plain")


class Incoming(Protocol):
    """A reply whose headers are here and whose body is on its way."""

    status: int
    headers: Mapping[str, str]

    @property
    def host(self) -> str:
        """Who replied."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the body in order."""


@dataclass(frozen=True, slots=True)
class ManifestHead:
    """What a source says about a manifest without sending it."""

    digest: Digest | None
    media_type: str
    size: int | None


@dataclass(frozen=True, slots=True)
class ManifestBody:
    """A manifest's bytes as they came: verified against nothing yet."""

    body: bytes
    media_type: str
    digest_header: Digest | None


@dataclass(frozen=True, slots=True)
class Document:
    """A list's bytes as they came, and the link to its next page."""

    body: bytes
    media_type: str
    link: str


class BodyReply:
    """A content's bytes on their way; unverified.

    Attributes:
        start: Offset of the first byte that will come: 0 if a range was ignored.
        total: The content's size, if the source told.
        media_type: As the source says; nothing rests on it.
        modified: When the source says that it changed last, as an HTTP date.
    """

    def __init__(
        self, reply: Incoming, *, start: int, total: int | None, length: int | None
    ) -> None:
        self._reply = reply
        self._length = length
        self.start = start
        self.total = total
        self.media_type = mediatypes.essence(reply.headers.get("content-type", ""))
        self.modified = reply.headers.get("last-modified", "")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes in order: never more than promised, and no fewer.

        Raises:
            BrokenReplyError: The connection ended before the promised end.
            UnreachableError: Silence for as long as patience lasts.
        """
        left = self._length
        async for chunk in self._reply.chunks():
            if left is None:
                yield chunk
                continue
            yield chunk[:left]
            left -= min(left, len(chunk))
            if not left:
                return
        if left:
            raise BrokenReplyError(
                f"{self._reply.host} ended {left} bytes before the promised end",
                cause="net.conn_reset",
                host=self._reply.host,
                status=self._reply.status,
            )


def read_body(reply: Incoming, what: str, *, start: int, stop: int | None) -> BodyReply:
    """Take a 200 or 206 as the answer to this range, or to none.

    Raises:
        BrokenReplyError: It is about another range, or says none.
    """
    if reply.status != _PARTIAL:
        size = read_length(reply)
        return BodyReply(reply, start=0, total=size, length=size)
    try:
        said = parse_content_range(reply.headers.get("content-range", ""))
    except InputError as exc:
        raise _wrong_range(reply, what) from exc
    span = said.span
    if span is None or span.start != start or (stop is not None and span.stop > stop):
        raise _wrong_range(reply, what)
    if read_length(reply) not in (None, len(span)):
        raise _wrong_range(reply, what)
    return BodyReply(reply, start=start, total=said.total, length=len(span))


def _wrong_range(reply: Incoming, what: str) -> BrokenReplyError:
    return BrokenReplyError(
        f"{reply.host} answered with another range of {what} than was asked for",
        cause="registry.protocol_bug",
        host=reply.host,
        status=reply.status,
    )


def check_manifest_type(reply: Incoming, media_type: str, what: str) -> None:
    """Refuse what is not a manifest or index of today.

    Raises:
        BrokenReplyError: Such as a page, or Docker schema 1.
    """
    if media_type in mediatypes.SCHEMA1:
        raise BrokenReplyError(
            f"{reply.host} has {what} only as Docker schema 1, which no client of "
            "today pulls: it must be pushed anew",
            cause="registry.protocol_bug",
            host=reply.host,
            status=reply.status,
        )
    if media_type not in _KNOWN_TYPES:
        raise judge_type(reply.host, media_type, what=what)


def read_digest(reply: Incoming) -> Digest | None:
    """Read the digest a reply says it has; None if it says none that is usable."""
    try:
        return Digest.parse(reply.headers.get("docker-content-digest", ""))
    except DigestSyntaxError:
        return None


def read_length(reply: Incoming) -> int | None:
    """Read how long the body is to be, if the reply says so."""
    text = reply.headers.get("content-length", "")
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
        else None
    )


def join_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give header values under lower-case names; repeated ones joined by commas.

    >>> join_headers([("Link", "a"), ("link", "b")])
    {'link': 'a, b'}
    """
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined
