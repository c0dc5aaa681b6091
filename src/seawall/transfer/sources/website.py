"""A plain place on the web: files under paths, asked for by GET."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, urlsplit

from seawall.errors import AbsentError, BrokenReplyError
from seawall.oci.mediatypes import essence
from seawall.transfer.network.answers import BodyReply, read_body
from seawall.transfer.network.redirect import Origin
from seawall.transfer.network.refusal import judge_site, judge_type
from seawall.transfer.patience import Patience
from seawall.transfer.sources.caps import CapOptions
from seawall.transfer.sources.place import (
    Asking,
    Place,
    PlacedContent,
    Wire,
    range_headers,
)
from seawall.transfer.transport import Reply

_OK = 200
_PARTIAL = 206
_UNCHANGED = 304
# Left as they are; a plus is not, since storage behind mirrors reads it as a space.
_PLAIN = "/~:@!$&'()*,;="


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """One place of a site.

    Attributes:
        url: Scheme, host and the path that all others are below. `http://` must be
            written out.
    """

    url: str


@dataclass(frozen=True, slots=True)
class SiteAccess:
    """What all places of one site share.

    Attributes:
        name: Its logical name; requests are counted under it.
        redirects: Private hosts that its redirects may lead to.
        patience: How long its places may be silent.
        caps: What the operator grants its places, by their addresses.
    """

    name: str
    redirects: tuple[str, ...] = ()
    patience: Patience = field(default_factory=Patience)
    caps: Mapping[str, CapOptions] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A small file read whole, unverified.

    Attributes:
        body: Its bytes.
        media_type: As the site says.
        etag: What a later question may be conditional on; empty if there is none.
        modified: The same as an HTTP date.
    """

    body: bytes
    media_type: str
    etag: str
    modified: str


class Site(Place):
    """Asks one place on the web for files by their paths, which are not quoted yet.

    Errors, from every method: AbsentError (404), UnauthorizedError (403),
    RateLimitedError (429, with its wait), BrokenReplyError (5xx, or no answer to what
    was asked), UnreachableError, ForeignHostError.
    """

    def __init__(
        self,
        options: SiteOptions,
        access: SiteAccess,
        wire: Wire,
        *,
        is_origin: bool = False,
    ) -> None:
        path = urlsplit(options.url).path.strip("/")
        super().__init__(
            (Origin.of(options.url), path),
            access.name,
            wire,
            redirects=access.redirects,
            patience=access.patience,
            is_origin=is_origin,
            caps=access.caps.get(options.url),
        )
        self._url = f"{self._origin.scheme}://{self.label}"

    async def get(
        self, path: str, *, max_bytes: int, etag: str = "", modified: str = ""
    ) -> SiteFile | None:
        """Read a small file whole; None if it is the one that the caller has.

        Args:
            path: Below the site's own path.
            max_bytes: More than any honest file has.
            etag: What the caller has; the site may then answer that it still holds.
            modified: The same as an HTTP date.

        Raises:
            TooLargeError: It is longer than `max_bytes`.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        async with self._send("file", path, headers) as reply:
            if reply.status == _UNCHANGED:
                return None
            self._refuse_coded(reply, path)
            body = await reply.read(max_bytes, f"{path} of {self._owner}")
            return SiteFile(
                body,
                essence(reply.headers.get("content-type", "")),
                reply.headers.get("etag", ""),
                reply.headers.get("last-modified", ""),
            )

    @asynccontextmanager
    async def open(
        self,
        path: str,
        *,
        start: int = 0,
        stop: int | None = None,
        condition: str = "",
    ) -> AsyncIterator[BodyReply]:
        """Open a file, or its bytes from `start` up to, not including, `stop`.

        A site may ignore the range and send all: `start` of the reply says so. It is
        to do so if `condition`, an HTTP date, is not that of the file (If-Range).
        """
        headers = range_headers(start, stop)
        if headers and condition:
            headers["If-Range"] = condition
        async with self._send("content", path, headers) as reply:
            paced = self._caps.pace(reply)
            yield read_body(paced, path, start=start, stop=stop)

    def content(self, paths: Sequence[str], what: str) -> PlacedContent:
        """Give the source of one content, which is at one of these paths.

        Args:
            paths: Asked for in turn: the next one when there is nothing at the last.
            what: What errors call it.
        """
        return PlacedContent(self, partial(self._open_first, tuple(paths), what))

    @asynccontextmanager
    async def _open_first(
        self,
        paths: tuple[str, ...],
        what: str,
        *,
        start: int = 0,
        stop: int | None = None,
    ) -> AsyncIterator[BodyReply]:
        async with AsyncExitStack() as stack:
            for path in paths:
                try:
                    reply = await stack.enter_async_context(
                        self.open(path, start=start, stop=stop)
                    )
                    break
                except AbsentError:
                    if path == paths[-1]:
                        raise
            if "html" in reply.media_type:
                # A page that a login or a proxy puts in the way; no content is one.
                raise judge_type(
                    self.label, reply.media_type, what=what, cause="site.protocol_bug"
                )
            yield reply

    @asynccontextmanager
    async def _send(
        self, kind: str, path: str, headers: Mapping[str, str]
    ) -> AsyncIterator[Reply]:
        """Ask, and give a good reply only."""
        url = f"{self._url}/{quote(path.lstrip('/'), safe=_PLAIN)}"
        good = {_OK}
        if "Range" in headers:
            good.add(_PARTIAL)
        elif headers:
            good.add(_UNCHANGED)
        asked = {"Accept": "*/*", "Via": f"1.1 {self._wire.via}", **headers}
        async with (
            self._charged(Asking(kind, "GET")) as charge,
            self._ask(url, asked, charge) as reply,
        ):
            if reply.status not in good:
                error = judge_site(
                    reply.host,
                    reply.status,
                    reply.headers,
                    what=f"{path} of {self._owner}",
                    now=self._wire.clock.now(),
                )
                if self._speaks_for(reply, charge):
                    self._heed(error, charge, "")
                raise error
            self._thrive()
            yield reply

    def _refuse_coded(self, reply: Reply, path: str) -> None:
        """A file that is read here and now must be what it seems.

        What is opened as a content may say that it is coded, as web servers do of
        every name that ends in .gz: its digest tells.
        """
        encoding = reply.headers.get("content-encoding", "identity").lower()
        if encoding != "identity":
            raise BrokenReplyError(
                f"{reply.host} compressed {path} of {self._owner} unasked",
                cause="site.protocol_bug",
                host=reply.host,
                status=reply.status,
            )
