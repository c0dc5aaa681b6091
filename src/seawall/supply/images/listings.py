"""Lists are names too: tags and referrers, revalidated, kept, served stale."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    IntegrityError,
    OfflineError,
    SeawallError,
    TooLargeError,
    UnauthorizedError,
    UnreachableError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.records import ListingRecord
from seawall.supply import freshness
from seawall.supply.images.manifests import Manifests
from seawall.supply.images.registries import Registry
from seawall.supply.resolver import Outcome

_LISTING_BYTES = 4 * 1024 * 1024
_PAGES = 20
_FIELDS = 20  # of a next page's query
# How a registry says that it has no referrers API.
_NO_REFERRERS = frozenset({400, 404, 405, 501})


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, as the origin gave it.

    Attributes:
        body: JSON.
        media_type: Its type.
        next_last: What the next page's `last` must be; empty at the end.
        outcome: How it was found.
        age_s: Seconds since the origin said so.
        error: Why the origin was not heard, if it is stale.
    """

    body: bytes
    media_type: str
    next_last: str
    outcome: Outcome
    age_s: float
    error: SeawallError | None = None


class Listings:
    """Answers lists: the origin's word while it can be had, the last one after."""

    def __init__(self, catalog: Catalog, manifests: Manifests, *, clock: Clock) -> None:
        self._catalog = catalog
        self._manifests = manifests
        self._clock = clock

    async def tags(
        self,
        registry: Registry,
        repository: RepositoryName,
        *,
        page: tuple[int | None, str | None],
        offline: bool,
    ) -> Listing:
        """Give one page of a repository's tags.

        Args:
            registry: Whose repository it is.
            repository: Which one.
            page: At most so many, after that one.
            offline: Nobody may be asked.

        Raises:
            AbsentError: The origin says that there is no such repository.
            UpstreamError: Nobody could say, and nothing is known.
        """
        n, last = page
        query = {"n": str(n)} if n is not None else {}
        if last:
            query["last"] = last
        key = f"tags?n={n if n is not None else ''}&last={last or ''}"
        try:
            if offline:
                raise _offline(repository)
            known = await self._catalog.find_listing(repository, key)
            async with _hold(registry, known):
                body, link = await self._ask_tags(registry, repository, query)
        except AbsentError:
            raise
        except (UpstreamError, IntegrityError) as exc:
            return await self._stale(registry, repository, key, exc, page)
        record = ListingRecord(
            repository, key, body, "application/json", link, self._clock.now()
        )
        self._catalog.record_listing(record)
        return _fresh(record)

    async def _ask_tags(
        self, registry: Registry, repository: RepositoryName, query: dict[str, str]
    ) -> tuple[bytes, str]:
        """Ask for a page, and where the next one begins.

        A registry whose next page is not named by a tag (a cursor of its own) is
        followed to the end, since our clients could not ask for it.
        """
        found: list[str] = []
        total_bytes = 0
        for _ in range(_PAGES):
            document = await registry.origin.get_document(
                repository,
                "tags/list",
                query,
                max_bytes=_LISTING_BYTES - total_bytes,
                accept="application/json",
            )
            total_bytes += len(document.body)
            tags = _check_json(document.body, "tags", registry, str)
            following = _next_query(document.link)
            if not found and (not following or "last" in following):
                return document.body, following.get("last", "")
            found += tags
            if not following or "last" in following:
                body = msgspec.json.encode({"name": repository.path, "tags": found})
                return body, following.get("last", "")
            query = following
        raise _too_long(registry, "tags")

    async def referrers(
        self,
        registry: Registry,
        repository: RepositoryName,
        digest: Digest,
        *,
        offline: bool,
    ) -> Listing:
        """Give all referrers of a manifest: the API's answer, or the fall-back tag's.

        Raises:
            UpstreamError: Nobody could say, and nothing is known.
        """
        key = f"referrers/{digest}"
        try:
            if offline:
                raise _offline(repository)
            known = await self._catalog.find_listing(repository, key)
            async with _hold(registry, known):
                body = await self._ask_referrers(registry, repository, digest)
        except (UpstreamError, IntegrityError) as exc:
            return await self._stale(registry, repository, key, exc, None)
        record = ListingRecord(
            repository, key, body, mediatypes.OCI_INDEX, "", self._clock.now()
        )
        self._catalog.record_listing(record)
        return _fresh(record)

    async def _ask_referrers(
        self, registry: Registry, repository: RepositoryName, digest: Digest
    ) -> bytes:
        found: list[Any] = []
        query: dict[str, str] = {}
        total_bytes = 0
        for page in range(_PAGES):
            try:
                document = await registry.origin.get_document(
                    repository,
                    f"referrers/{digest}",
                    query,
                    max_bytes=_LISTING_BYTES - total_bytes,
                    accept=mediatypes.OCI_INDEX,
                )
            except UpstreamError as exc:
                if page or exc.status not in _NO_REFERRERS:
                    raise
                return await self._ask_fallback_tag(registry, repository, digest)
            total_bytes += len(document.body)
            found += _check_json(document.body, "manifests", registry, dict)
            query = _next_query(document.link)
            if not query:
                return _index_of(found)
        raise _too_long(registry, "referrers")

    async def _ask_fallback_tag(
        self, registry: Registry, repository: RepositoryName, digest: Digest
    ) -> bytes:
        # distribution-spec, "Referrers Tag Schema"
        tag = f"{digest.algorithm}-{digest.hex[:64]}"
        try:
            kept = await self._manifests.fetch_by_tag(
                registry.origin, repository, tag, Kind.INDEX
            )
        except AbsentError:
            return _index_of([])
        if not mediatypes.is_index(kept.media_type):
            return _index_of([])
        return _index_of(_check_json(kept.body, "manifests", registry, dict))

    async def _stale(
        self,
        registry: Registry,
        repository: RepositoryName,
        key: str,
        error: SeawallError,
        page: tuple[int | None, str | None] | None,
    ) -> Listing:
        record = await self._catalog.find_listing(repository, key)
        known = await self._catalog.find_repository(repository)
        age_s = self._clock.now() - record.checked_at if record else 0.0
        private = known is not None and bool(known.private)
        refused = private and isinstance(error, UnauthorizedError)
        if record is None and page is not None and not refused:
            return await self._known_tags(repository, page, error)
        if record is None or not freshness.may_serve_stale(
            age_s, error, options=registry.freshness, private=private
        ):
            raise error
        age_s = max(age_s, 0.0)
        return Listing(
            record.body, record.media_type, record.link, Outcome.STALE, age_s, error
        )

    async def _known_tags(
        self,
        repository: RepositoryName,
        page: tuple[int | None, str | None],
        error: SeawallError,
    ) -> Listing:
        """Nobody ever listed this page here: the tags that were pulled must do."""
        n, last = page
        tags = [t for t in await self._catalog.tags(repository) if t > (last or "")]
        if not tags:
            raise error
        shown = tags if n is None else tags[:n]
        body = await asyncio.to_thread(
            msgspec.json.encode, {"name": repository.path, "tags": shown}
        )
        more = shown[-1] if shown and len(shown) < len(tags) else ""
        return Listing(body, "application/json", more, Outcome.STALE, 0.0, error)


def filter_referrers(body: bytes, artifact_type: str) -> bytes:
    """Keep only the entries of one artifact type (distribution-spec, referrers)."""
    entries = msgspec.json.decode(body)["manifests"]
    return _index_of([e for e in entries if e.get("artifactType") == artifact_type])


def _fresh(record: ListingRecord) -> Listing:
    return Listing(record.body, record.media_type, record.link, Outcome.MISS, 0.0)


def _check_json(
    body: bytes, field: str, registry: Registry, kind: type[str] | type[dict[str, Any]]
) -> list[Any]:
    """Read the one list of a listing; anything else is not the protocol."""
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
        # Go writes null for an empty list
        entries = msgspec.convert(document[field], list[Any] | None) or []
    except (msgspec.MsgspecError, ValueError, RecursionError, KeyError):
        entries = [None]
    if not all(isinstance(entry, kind) for entry in entries):
        raise BrokenReplyError(
            f"{registry.origin.label} answered with something that lists no {field}",
            cause="registry.protocol_bug",
            host=registry.origin.label,
        )
    return entries


def _too_long(registry: Registry, field: str) -> TooLargeError:
    return TooLargeError(
        f"{registry.origin.label} lists {field} on more than {_PAGES} pages",
        cause="registry.protocol_bug",
    )


@asynccontextmanager
async def _hold(registry: Registry, known: ListingRecord | None) -> AsyncIterator[None]:
    """Wait no longer than for a name if there is a last answer."""
    hold_s = None if known is None else registry.freshness.hold_s
    try:
        async with asyncio.timeout(hold_s):
            yield
    except TimeoutError:
        raise UnreachableError(
            f"{registry.origin.label} has not answered within {hold_s:g} s",
            cause="net.silence",
            host=registry.origin.label,
        ) from None


def _index_of(entries: list[Any]) -> bytes:
    return msgspec.json.encode(
        {
            "schemaVersion": 2,
            "mediaType": mediatypes.OCI_INDEX,
            "manifests": entries,
        }
    )


def _next_query(link: str) -> dict[str, str]:
    """Read the query of a `Link: <…>; rel="next"` (RFC 8288); only it is used."""
    address, _, _ = link.partition(">")
    if not address.startswith("<"):
        return {}
    try:
        query = parse_qsl(urlsplit(address[1:]).query, max_num_fields=_FIELDS)
    except ValueError:
        return {}
    return dict(query)


def _offline(repository: RepositoryName) -> OfflineError:
    return OfflineError(
        f"Seawall is offline by its settings; nobody is asked what {repository} has",
        cause="policy.offline",
    )
