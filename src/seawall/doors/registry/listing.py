"""Tags and referrers: pages, filters, links."""

from urllib.parse import quote

from seawall.doors.registry import replies
from seawall.doors.registry.supplies import Supplies
from seawall.doors.telling import cache_headers
from seawall.doors.web import Headers, Reply, Request
from seawall.oci.reference import RepositoryName
from seawall.oci.routes import ReferrersRoute, TagsRoute
from seawall.supply.images.listings import Listing, filter_referrers


class ListingDesk:
    """Answers questions for lists."""

    def __init__(self, supplies: Supplies) -> None:
        self._supplies = supplies

    async def tags(
        self,
        request: Request,
        repository: RepositoryName,
        route: TagsRoute,
        *,
        trusted: bool,
    ) -> Reply:
        """Answer one page of tags; the next page's link stays on this path."""
        supplies = self._supplies
        registry = supplies.registries.find(repository.registry)
        refusal = await supplies.refuse_name(
            registry, repository, "latest", trusted=trusted
        )
        if refusal is not None:
            return refusal
        listing = await supplies.listings.tags(
            registry,
            repository,
            page=(route.n, route.last),
            offline=supplies.registries.offline,
        )
        headers = _list_headers(listing)
        if listing.next_last:
            query = f"last={quote(listing.next_last, safe='')}"
            if route.n is not None:
                query += f"&n={route.n}"
            if route.name.ns is not None:
                query += f"&ns={quote(route.name.ns, safe='')}"
            link = f'<{request.path}?{query}>; rel="next"'
            headers.append((b"link", link.encode("latin-1", "replace")))
        return _list_reply(listing, listing.body, headers)

    async def referrers(
        self, repository: RepositoryName, route: ReferrersRoute, *, trusted: bool
    ) -> Reply:
        """Answer all referrers of a digest, or those of one artifact type."""
        supplies = self._supplies
        registry = supplies.registries.find(repository.registry)
        refusal = await supplies.refuse_content(
            registry, repository, route.digest, trusted=trusted
        )
        if refusal is not None:
            return refusal
        listing = await supplies.listings.referrers(
            registry, repository, route.digest, offline=supplies.registries.offline
        )
        headers = _list_headers(listing)
        body = listing.body
        if route.artifact_type is not None:
            body = filter_referrers(body, route.artifact_type)
            headers.append((b"oci-filters-applied", b"artifactType"))
        return _list_reply(listing, body, headers)


def _list_headers(listing: Listing) -> Headers:
    return cache_headers(
        listing.outcome, age_s=listing.age_s, ttl_s=0, error=listing.error
    )


def _list_reply(listing: Listing, body: bytes, headers: Headers) -> Reply:
    typed = (b"content-type", listing.media_type.encode("latin-1"))
    length = (b"content-length", b"%d" % len(body))
    notes: dict[str, object] = {
        "outcome": listing.outcome.value,
        "age": int(listing.age_s),
    }
    if listing.error is not None and listing.error.cause is not None:
        notes["cause"] = listing.error.cause.name
    return Reply(200, [typed, length, replies.API_VERSION, *headers], body, notes=notes)
