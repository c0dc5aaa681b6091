"""Manifests and blobs by GET and HEAD: ranges, conditions, and where they come from."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from seawall.doors.registry import replies
from seawall.doors.registry.clients import Clients
from seawall.doors.registry.supplies import Supplies
from seawall.doors.telling import cache_headers
from seawall.doors.web import Headers, Reply, Request
from seawall.kit.ranges import Span, parse_range
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.records import NameKey
from seawall.supply.images.manifests import KeptManifest
from seawall.supply.pullthrough import Terms
from seawall.supply.resolver import Answer, Outcome
from seawall.transfer.budget.spending import HASTE
from seawall.transfer.flight import Want

if TYPE_CHECKING:
    from seawall.supply.pullthrough import Content

_OCTETS = (b"content-type", b"application/octet-stream")
_BYTES = (b"accept-ranges", b"bytes")
# What a digest names never changes: any cache may keep it for a year.
_FOR_EVER = (b"cache-control", b"max-age=31536000, immutable")


class ReadingDesk:
    """Answers questions for one manifest or one blob."""

    def __init__(
        self, supplies: Supplies, clients: Clients, *, headers_s: float
    ) -> None:
        self._supplies = supplies
        self._clients = clients
        self._headers_s = headers_s

    async def manifest(
        self,
        request: Request,
        repository: RepositoryName,
        reference: str | Digest,
        *,
        trusted: bool,
    ) -> Reply:
        """Answer a manifest, by tag or by digest."""
        if isinstance(reference, Digest):
            return await self._manifest_by_digest(
                request, repository, reference, trusted=trusted
            )
        supplies = self._supplies
        registry = supplies.registries.find(repository.registry)
        refusal = await supplies.refuse_name(
            registry, repository, reference, trusted=trusted
        )
        if refusal is not None:
            return refusal
        kind = mediatypes.kind_of_accept(request.values(b"accept"))
        answer = await supplies.tags.resolve(
            registry,
            NameKey(repository, reference, kind),
            offline=supplies.registries.offline,
        )
        await supplies.note_found(registry, repository, reference)
        kept = supplies.manifests.peek(answer.digest)
        if kept is None:
            kept = await self._bring(repository, answer.digest)
        await supplies.refuse_in_vain(kept)
        reply = _manifest_reply(request, kept, _name_headers(answer), answer.outcome)
        reply.notes.update(source=answer.record.source, age=int(answer.age_s))
        if answer.error is not None and answer.error.cause is not None:
            reply.notes["cause"] = answer.error.cause.name
        return reply

    async def _manifest_by_digest(
        self,
        request: Request,
        repository: RepositoryName,
        digest: Digest,
        *,
        trusted: bool,
    ) -> Reply:
        supplies = self._supplies
        registry = supplies.registries.find(repository.registry)
        refusal = await supplies.refuse_content(
            registry, repository, digest, trusted=trusted
        )
        if refusal is not None:
            return refusal
        outcome = Outcome.HIT
        kept = supplies.manifests.peek(digest) or await supplies.manifests.find(digest)
        if kept is None:
            outcome = Outcome.MISS
            kept = await self._bring(repository, digest)
            await supplies.note_found(registry, repository, digest)
        await supplies.refuse_in_vain(kept)
        record = await supplies.catalog.find_content(digest)
        age_s = supplies.clock.now() - record.stored_at if record else 0.0
        headers = [*cache_headers(outcome, age_s=age_s), _FOR_EVER]
        reply = _manifest_reply(request, kept, headers, outcome)
        reply.notes["age"] = int(age_s)
        return reply

    async def _bring(self, repository: RepositoryName, digest: Digest) -> KeptManifest:
        supplies = self._supplies
        kept = await supplies.manifests.find(digest)
        if kept is not None:
            return kept
        registry = supplies.registries.find(repository.registry)
        supplies.registries.refuse_offline(repository, digest)
        return await supplies.manifests.fetch(registry, repository, digest)

    async def blob(
        self,
        request: Request,
        repository: RepositoryName,
        digest: Digest,
        *,
        trusted: bool,
    ) -> Reply:
        """Answer a blob, whole or a range of it."""
        supplies = self._supplies
        registry = supplies.registries.find(repository.registry)
        refusal = await supplies.refuse_content(
            registry, repository, digest, trusted=trusted
        )
        if refusal is not None:
            return refusal
        etag = b'"%s"' % str(digest).encode()
        if _matches(request.value(b"if-none-match"), etag):
            size = await supplies.contents.find_stored(digest)
            if size is not None:
                return Reply(304, [(b"etag", etag), replies.API_VERSION])
        range_text = request.value(b"range")
        condition = request.value(b"if-range").encode("latin-1")
        if condition and condition != etag:
            range_text = ""
        if request.method == "HEAD":
            return await self._blob_head(repository, digest, etag, range_text)
        terms = self._choose_terms(request)
        return await self._blob_body(repository, digest, etag, range_text, terms)

    async def _blob_head(
        self, repository: RepositoryName, digest: Digest, etag: bytes, range_text: str
    ) -> Reply:
        """Tell a blob's size without starting a flight for it."""
        supplies = self._supplies
        registry = supplies.registries.find(repository.registry)
        size = await supplies.contents.find_stored(digest)
        outcome = Outcome.HIT if size is not None else Outcome.MISS
        if size is None:
            supplies.registries.refuse_offline(repository, digest)
            size = await supplies.inquiry.ask_size(registry, repository, digest)
        headers = _blob_headers(digest, etag, outcome, await self._age_s(digest))
        return _sized(headers, size, _pick_span(range_text, size))

    async def _blob_body(
        self,
        repository: RepositoryName,
        digest: Digest,
        etag: bytes,
        range_text: str,
        terms: Terms,
    ) -> Reply:
        supplies = self._supplies
        registry = supplies.registries.find(repository.registry)
        spec = parse_range(range_text) if range_text else None
        stack = AsyncExitStack()
        try:
            content: Content = await stack.enter_async_context(
                supplies.contents.open_content(
                    Want(repository, digest),
                    registry.sources_of(repository, digest),
                    offline=supplies.registries.offline,
                    # `-n` begins nobody knows where, but not at the first byte
                    start=0
                    if spec is None
                    else 1
                    if spec.first is None
                    else spec.first,
                    terms=terms,
                )
            )
            span = _pick_span(range_text, content.size)
            age_s = await self._age_s(digest) if content.outcome is Outcome.HIT else 0
            headers = _blob_headers(digest, etag, content.outcome, age_s)
            reply = _sized(headers, content.size, span)
        except BaseException:
            await stack.aclose()
            raise
        whole = Span(0, content.size)
        reply.stream = content.read(span or whole)
        reply.stack = stack
        reply.notes.update(
            outcome=content.outcome.value, source=content.source, age=int(age_s)
        )
        return reply

    def _choose_terms(self, request: Request) -> Terms:
        # who can ask somebody else would rather have an error than an early answer
        latest_s = None if HASTE.get() else self._headers_s
        rhythm = self._clients.find(request.value(b"user-agent"))
        return Terms(latest_s=latest_s, rhythm=rhythm)

    async def _age_s(self, digest: Digest) -> float:
        record = await self._supplies.catalog.find_content(digest)
        return self._supplies.clock.now() - record.stored_at if record else 0.0


def _pick_span(range_text: str, size: int) -> Span | None:
    """Choose the part that a Range header asks for; `None` for all of it.

    Raises:
        RangeNotSatisfiableError: It lies outside; the size goes with the error.
    """
    spec = parse_range(range_text) if range_text else None
    if spec is None:
        return None
    return spec.resolve(size)


def _sized(headers: Headers, size: int, span: Span | None) -> Reply:
    if span is None:
        return Reply(200, [*headers, (b"content-length", b"%d" % size)])
    part = b"bytes %d-%d/%d" % (span.start, span.stop - 1, size)
    length = b"%d" % len(span)
    return Reply(206, [*headers, (b"content-range", part), (b"content-length", length)])


def _blob_headers(
    digest: Digest, etag: bytes, outcome: Outcome, age_s: float
) -> Headers:
    return [
        _OCTETS,
        _BYTES,
        (b"docker-content-digest", str(digest).encode()),
        (b"etag", etag),
        replies.API_VERSION,
        _FOR_EVER,
        *cache_headers(outcome, age_s=age_s),
    ]


def _name_headers(answer: Answer) -> Headers:
    return cache_headers(
        answer.outcome, age_s=answer.age_s, ttl_s=answer.ttl_s, error=answer.error
    )


def _manifest_reply(
    request: Request, kept: KeptManifest, headers: Headers, outcome: Outcome
) -> Reply:
    etag = b'"%s"' % str(kept.digest).encode()
    named = [
        (b"docker-content-digest", str(kept.digest).encode()),
        (b"etag", etag),
        replies.API_VERSION,
        *headers,
    ]
    if _matches(request.value(b"if-none-match"), etag):
        return Reply(304, named, notes={"outcome": outcome.value})
    typed = (b"content-type", kept.media_type.encode("latin-1"))
    length = (b"content-length", b"%d" % len(kept.body))
    return Reply(
        200, [typed, length, *named], kept.body, notes={"outcome": outcome.value}
    )


def _matches(condition: str, etag: bytes) -> bool:
    """Whether an If-None-Match names this content (RFC 9110 13.1.2, weak compare)."""
    if not condition:
        return False
    wanted = [part.strip().removeprefix("W/") for part in condition.split(",")]
    return "*" in wanted or etag.decode() in wanted
