"""One registry's one place: manifests, blobs and lists, asked for as the spec says."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    ManifestSyntaxError,
    UnauthorizedError,
    UpstreamError,
)
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.manifest import parse_manifest
from seawall.oci.reference import RepositoryName
from seawall.transfer.auth.credentials import CredentialOptions
from seawall.transfer.auth.login import Attempt, Login
from seawall.transfer.auth.wallet import Wallet
from seawall.transfer.network.answers import (
    VAGUE_TYPES,
    BodyReply,
    Document,
    ManifestBody,
    ManifestHead,
    check_manifest_type,
    read_body,
    read_digest,
    read_length,
)
from seawall.transfer.network.redirect import Origin
from seawall.transfer.network.refusal import (
    Refusal,
    judge_reply,
    judge_storage,
    judge_type,
)
from seawall.transfer.patience import Patience
from seawall.transfer.sources.caps import CapOptions
from seawall.transfer.sources.place import (
    Asking,
    Charge,
    Place,
    PlacedContent,
    Wire,
    range_headers,
)
from seawall.transfer.transport import Reply

NameReference: TypeAlias = str | Digest
"""A tag, or a digest (as itself or as its text)."""

_MAX_ACCOUNTS = 16
_OK = 200
_PARTIAL = 206
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """One place of a registry.

    Attributes:
        url: Scheme and host; a path is put before each repository's. `http://` must
            be written out.
        names: Whether a mirror's word on tags is taken; False, as mirrors lag.
        caps: What the operator grants it.
    """

    url: str
    names: bool = False
    caps: CapOptions = field(default_factory=CapOptions)


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """What all sources of one registry share.

    Attributes:
        registry: Its logical name, such as `docker.io`.
        realms: Hosts that may give tokens.
        redirects: Private hosts that its redirects may lead to.
        credentials: Where its credentials come from; usually one, or none.
        patience: How long its sources may be silent.
    """

    registry: str
    realms: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    credentials: tuple[CredentialOptions, ...] = ()
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class _Question:
    kind: str
    repository: RepositoryName
    tail: str
    what: str
    query: str = ""
    anonymous: bool = False


class RegistrySource(Place):
    """Asks one place for one registry's manifests, blobs and lists.

    Attributes:
        answers_names: Whether its word on a name is taken at all.
    """

    def __init__(
        self,
        options: SourceOptions,
        access: RegistryAccess,
        wire: Wire,
        *,
        is_origin: bool = True,
    ) -> None:
        path = urlsplit(options.url).path.strip("/").removeprefix("v2").strip("/")
        super().__init__(
            (Origin.of(options.url), path),
            access.registry,
            wire,
            redirects=access.redirects,
            patience=access.patience,
            is_origin=is_origin,
            caps=options.caps,
        )
        self._prefix = f"{path}/" if path else ""
        self._login = Login(
            registry=access.registry,
            source=self._origin,
            realms=access.realms,
            tokens=wire.tokens,
            wallet=Wallet(
                access.credentials,
                clock=wire.clock,
                left=self._left,
            ),
            is_origin=is_origin,
        )
        self.answers_names = is_origin or options.names
        self._accounts: dict[str, partial[float]] = {}

    @property
    def accounts(self) -> frozenset[str]:
        """Whose requests it was sent so far; the empty one is our own address's."""
        return frozenset(self._accounts)

    def quota_share(self) -> float:
        """Say what part is left of the quota that is fullest: 1 where there is none."""
        # Asked with every hit on a tag: the keys are made once.
        shares = [left() for left in self._accounts.values()]
        return max(shares) if shares else 1.0

    def content(self, repository: RepositoryName, digest: Digest) -> PlacedContent:
        """Give the source of one blob of one repository."""
        return PlacedContent(self, partial(self.open_blob, repository, digest))

    async def head_manifest(
        self,
        repository: RepositoryName,
        reference: NameReference,
        *,
        accept: str,
        anonymous: bool = False,
    ) -> ManifestHead:
        """Ask what a tag or digest means, without its bytes: Docker Hub counts none.

        A digest is None where the source does not say one, or not one of a known
        kind, or leaves the type open: the bytes must then be fetched to know.
        """
        question = _ask_manifest(repository, reference, anonymous=anonymous)
        async with self._send("HEAD", question, {"Accept": accept}) as reply:
            media_type = mediatypes.essence(reply.headers.get("content-type", ""))
            vague = media_type in VAGUE_TYPES
            if not vague:
                check_manifest_type(reply, media_type, question.what)
            digest = None if vague else read_digest(reply)
            return ManifestHead(digest, media_type, read_length(reply))

    async def get_manifest(
        self,
        repository: RepositoryName,
        reference: NameReference,
        *,
        accept: str,
        max_bytes: int,
        anonymous: bool = False,
    ) -> ManifestBody:
        """Fetch a manifest; its bytes are still to be checked against their digest."""
        question = _ask_manifest(repository, reference, anonymous=anonymous)
        async with self._send("GET", question, {"Accept": accept}) as reply:
            content_type = reply.headers.get("content-type", "")
            media_type = mediatypes.essence(content_type)
            if media_type not in VAGUE_TYPES:
                check_manifest_type(reply, media_type, question.what)
            body = await reply.read(max_bytes, question.what)
            if media_type in VAGUE_TYPES:
                try:
                    media_type = parse_manifest(body).media_type
                except ManifestSyntaxError as exc:
                    raise judge_type(
                        reply.host, content_type, what=question.what
                    ) from exc
            return ManifestBody(body, media_type, read_digest(reply))

    @asynccontextmanager
    async def open_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        start: int = 0,
        stop: int | None = None,
        anonymous: bool = False,
    ) -> AsyncIterator[BodyReply]:
        """Open a blob, or its bytes from `start` up to, not including, `stop`.

        A source may ignore the range and send all: `start` of the reply says so.
        """
        question = _ask_blob(repository, digest, anonymous=anonymous)
        headers = {"Accept": "*/*"} | range_headers(start, stop)
        async with self._send("GET", question, headers) as reply:
            content_type = reply.headers.get("content-type", "")
            if "text/html" in content_type.lower():
                raise judge_type(reply.host, content_type, what=question.what)
            paced = self._caps.pace(reply)
            yield read_body(paced, question.what, start=start, stop=stop)

    async def head_blob(
        self, repository: RepositoryName, digest: Digest, *, anonymous: bool = False
    ) -> int | None:
        """Ask for a blob's size; None if the source has it and does not say.

        Raises:
            AbsentError: It does not have it.
        """
        question = _ask_blob(repository, digest, anonymous=anonymous)
        try:
            async with self._send("HEAD", question, {"Accept": "*/*"}) as reply:
                return read_length(reply)
        except BrokenReplyError as exc:
            # Storage whose addresses are signed for GET alone refuses HEAD.
            if exc.host != str(self._origin) and exc.status in (403, 405):
                return None
            raise

    async def get_document(
        self,
        repository: RepositoryName,
        tail: str,
        query: Mapping[str, str],
        *,
        max_bytes: int,
        accept: str = "application/json",
    ) -> Document:
        """Fetch a list: `tags/list`, or `referrers/<digest>`."""
        question = _Question(
            kind=tail.partition("/")[0],
            repository=repository,
            tail=tail,
            what=f"{tail} of {repository}",
            query=urlencode(query),
        )
        async with self._send("GET", question, {"Accept": accept}) as reply:
            content_type = reply.headers.get("content-type", "")
            if "html" in content_type.lower():
                raise judge_type(reply.host, content_type, what=question.what)
            body = await reply.read(max_bytes, question.what)
            media_type = mediatypes.essence(content_type)
            return Document(body, media_type, reply.headers.get("link", ""))

    @asynccontextmanager
    async def _send(
        self, method: str, question: _Question, headers: Mapping[str, str]
    ) -> AsyncIterator[Reply]:
        """Ask once it may be, and give a good reply only."""
        path = f"{self._prefix}{question.repository.path}"
        login = await self._login.begin(path, anonymous=question.anonymous)
        if not question.anonymous and len(self._accounts) < _MAX_ACCOUNTS:
            key = self.account_key(login.account)
            self._accounts[login.account] = partial(self._wire.budget.share, key)
        async with self._try(method, question, headers, login) as reply:
            yield reply

    @asynccontextmanager
    async def _try(
        self,
        method: str,
        question: _Question,
        headers: Mapping[str, str],
        login: Attempt,
    ) -> AsyncIterator[Reply]:
        """Ask, sign in if that is demanded, ask once more."""
        path = f"{self._prefix}{question.repository.path}"
        url = f"{self._origin.scheme}://{self._origin}/v2/{path}/{question.tail}"
        url = f"{url}?{question.query}" if question.query else url
        asking = Asking(question.kind, method, path, login.account)
        look = partial(self._look, question, headers, login)
        text, refused = "", None
        for may_retry in (True, False):
            async with self._charged(asking, look) as charge:
                if refused is None:
                    await login.prepare(self.patience)
                elif not await login.meet(text, self.patience):
                    raise refused
                async with self._ask(url, login.sign(headers), charge) as reply:
                    own = reply.origin == self._origin
                    if not (own and reply.status == _UNAUTHORIZED and may_retry):
                        await self._check(reply, question, charge, login)
                        yield reply
                        return
                    text = reply.headers.get("www-authenticate", "")
                    head = await reply.read_head()
                    refused = self._judge(reply, question, head, login)

    def _left(self, account: str) -> float:
        return self._wire.budget.share(self.account_key(account))

    async def _look(
        self, question: _Question, headers: Mapping[str, str], login: Attempt
    ) -> None:
        """Ask for the headers alone: they are free, and say how much is left."""
        async with self._try("HEAD", question, headers, login.again()):
            pass

    async def _check(
        self, reply: Reply, question: _Question, charge: Charge, login: Attempt
    ) -> None:
        ranged = question.kind == "blob" and reply.status == _PARTIAL
        if reply.status != _OK and not ranged:
            head = await reply.read_head()
            error = self._judge(reply, question, head, login)
            if self._speaks_for(reply, charge):
                self._heed(error, charge, head.decode("utf-8", "replace"))
            if isinstance(error, UnauthorizedError | AbsentError) and login.refusal:
                # registries hide what is private behind 404, too
                raise login.refusal from error
            raise error
        encoding = reply.headers.get("content-encoding", "identity").lower()
        if encoding != "identity" and question.kind != "blob":
            raise BrokenReplyError(
                f"{reply.host} compressed its answer for {question.what} unasked",
                cause="registry.protocol_bug",
                host=reply.host,
                status=reply.status,
            )
        self._thrive()

    def _judge(
        self, reply: Reply, question: _Question, head: bytes, login: Attempt
    ) -> UpstreamError:
        now = self._wire.clock.now()
        if reply.origin != self._origin:
            return judge_storage(
                reply.host, reply.status, reply.headers, what=question.what, now=now
            )
        problem = self._login.problem
        refusal = Refusal(
            registry=self._owner,
            host=reply.host,
            status=reply.status,
            headers=reply.headers,
            body=head,
            what=question.what
            + (f" (asked anonymously: {problem})" if problem else ""),
            signed_in=login.signed_in,
        )
        return judge_reply(refusal, now=now)


def _ask_manifest(
    repository: RepositoryName, reference: NameReference, *, anonymous: bool
) -> _Question:
    text = str(reference)
    return _Question(
        kind="manifest",
        repository=repository,
        tail=f"manifests/{text}",
        what=f"{repository}@{text}" if ":" in text else f"{repository}:{text}",
        anonymous=anonymous,
    )


def _ask_blob(
    repository: RepositoryName, digest: Digest, *, anonymous: bool
) -> _Question:
    return _Question(
        kind="blob",
        repository=repository,
        tail=f"blobs/{digest}",
        what=f"{repository}@{digest}",
        anonymous=anonymous,
    )
