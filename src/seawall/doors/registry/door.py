"""The distribution API's front: a request in, one typed question to the supply out."""

from dataclasses import dataclass, field

from seawall.doors.registry import replies
from seawall.doors.registry.clients import ClientOptions, Clients
from seawall.doors.registry.fallback import Fallback
from seawall.doors.registry.listing import ListingDesk
from seawall.doors.registry.reading import ReadingDesk
from seawall.doors.registry.supplies import Supplies
from seawall.doors.web import Reply, Request, is_loopback, json_reply
from seawall.errors import SeawallError
from seawall.oci import routes
from seawall.oci.codes import Code
from seawall.oci.reference import RepositoryName

_READ = frozenset({"GET", "HEAD"})
_ABSENT = {
    routes.ManifestRoute: Code.MANIFEST_UNKNOWN,
    routes.BlobRoute: Code.BLOB_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class DoorOptions:
    """What this front serves.

    Attributes:
        mirror_port: A second port that serves only the default registry's bare paths.
        clients: How long each kind of client waits for progress.
        headers_s: An answer whose size is known begins by then: containerd 2.3 waits
            30 s for headers.
        fallback_s: Who can ask the registry itself is told to after so long.
    """

    mirror_port: int = 0
    clients: ClientOptions = field(default_factory=ClientOptions)
    headers_s: float = 20.0
    fallback_s: float = 20.0


class RegistryDoor:
    """Answers ``/v2/…`` by path, by `ns`, and bare for the default registry."""

    def __init__(self, supplies: Supplies, options: DoorOptions) -> None:
        self._supplies = supplies
        self._options = options
        clients = Clients(options.clients)
        self._reading = ReadingDesk(supplies, clients, headers_s=options.headers_s)
        self._fallback = Fallback(supplies, options.fallback_s)
        self._listing = ListingDesk(supplies)

    async def answer(self, request: Request) -> Reply:
        """Answer one request; every error is told in the API's own form."""
        absent = Code.NAME_UNKNOWN
        mirror_client = False
        name = ""
        try:
            route = routes.parse_route(request.method, request.path, request.query)
            absent = _ABSENT.get(type(route), absent)
            if isinstance(route, routes.Ping):
                return _pong()
            if isinstance(route, routes.CatalogRoute):
                return replies.unsupported_reply(
                    "a cache cannot list all repositories; `seawall ls` lists its own"
                )
            mirror_client = self._may_fall_back(request, route.name)
            if request.method not in _READ:
                return replies.unsupported_reply(
                    "this registry is a cache: push to the registry itself"
                )
            repository = self._place(request, route.name)
            name = str(repository)
            if not mirror_client:
                return await self._dispatch(request, route, repository)
            async with self._fallback.soon(route, repository):
                reply = await self._dispatch(request, route, repository)
        except SeawallError as exc:
            reply = replies.error_reply(
                exc, absent=absent, to_mirror_client=mirror_client, name=name
            )
        return reply

    def _may_fall_back(self, request: Request, name: routes.NamePath) -> bool:
        """Whether the client asks the registry itself where it gets an error here."""
        port = self._options.mirror_port
        return name.ns is not None or bool(port and request.port == port)

    def _place(self, request: Request, name: routes.NamePath) -> RepositoryName:
        known = self._supplies.registries.names
        default = self._supplies.registries.default
        if self._options.mirror_port and request.port == self._options.mirror_port:
            known = frozenset({default}) if default else frozenset()
            name = routes.NamePath(name.path, default)
        return routes.place_name(name, known=known, default=default)

    async def _dispatch(
        self, request: Request, route: routes.Route, repository: RepositoryName
    ) -> Reply:
        trusted = is_loopback(request.client)
        if isinstance(route, routes.ManifestRoute):
            return await self._reading.manifest(
                request, repository, route.reference, trusted=trusted
            )
        if isinstance(route, routes.BlobRoute):
            return await self._reading.blob(
                request, repository, route.digest, trusted=trusted
            )
        if isinstance(route, routes.TagsRoute):
            return await self._listing.tags(request, repository, route, trusted=trusted)
        if isinstance(route, routes.ReferrersRoute):
            return await self._listing.referrers(repository, route, trusted=trusted)
        return replies.unsupported_reply(
            "this registry is a cache: it takes no uploads"
        )


def _pong() -> Reply:
    return json_reply(200, b"{}", [replies.API_VERSION])
