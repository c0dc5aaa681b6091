"""A scripted registry on loopback: speaks the protocol, counts, fails by name."""

import ssl
from collections.abc import Mapping

from seawall.drill.answering import answer_blob, answer_ping, answer_route, match_route
from seawall.drill.exchange import Answer, Request, answer_error
from seawall.drill.gatekeeper import Gatekeeper, TokenAuth
from seawall.drill.loopback import ScriptedServer
from seawall.drill.stock import Contents, Repository
from seawall.oci.digest import Digest

REGISTRY, STORAGE, REALM = "registry", "storage", "realm"
_TOKEN_PATH = "/token"  # noqa: S105  a path
_SIGNATURE = "X-Amz-Signature=0123456789abcdef"


class ScriptedUpstream(ScriptedServer):
    """A registry of one process, for drills and tests; an async context manager.

    Everything is in memory and on loopback. `url` is the registry, `storage_url` the
    object store that blobs are redirected to if `storage` is set, and `realm_url` the
    token server. Patterns are shell patterns on the path, `*/blobs/*`, or on method and
    path, `HEAD */manifests/*`.

    Attributes:
        stock: Repositories by path; may be changed at any time.
        referrers_api: Whether the referrers API is there, or only the fall-back tag.
    """

    def __init__(  # noqa: PLR0913  what it has, who may, and how it behaves
        self,
        images: Mapping[str, Contents],
        auth: Gatekeeper | None = None,
        *,
        storage: bool = False,
        tls: ssl.SSLContext | None = None,
        bytes_per_s: float | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        places = {REGISTRY: port}
        places |= {STORAGE: 0} if storage else {}
        places |= {REALM: 0} if isinstance(auth, TokenAuth) and auth.elsewhere else {}
        super().__init__(places, host=host, tls=tls, bytes_per_s=bytes_per_s)
        self.stock: dict[str, Repository] = {}
        self.referrers_api = True
        self._auth = auth
        for name, contents in images.items():
            self.put(name, contents)

    @property
    def url(self) -> str:
        """The registry's address, without a path."""
        return self.address(REGISTRY)

    @property
    def host(self) -> str:
        """The registry's host and port."""
        return self.url.rpartition("/")[2]

    @property
    def storage_url(self) -> str:
        """The object store's address."""
        return self.address(STORAGE)

    @property
    def realm_url(self) -> str:
        """The token server's address."""
        return self.address(REALM if REALM in self._ports else REGISTRY)

    def put(self, repository: str, contents: Contents) -> None:
        """Add contents to a repository; their tags move."""
        self.stock.setdefault(repository, Repository()).put(contents)

    def tag(self, repository: str, tag: str, digest: Digest) -> None:
        """Let a tag mean this from now on."""
        self.stock[repository].tags[tag] = digest

    def untag(self, repository: str, tag: str) -> None:
        """Delete a tag."""
        del self.stock[repository].tags[tag]

    def answer(self, place: str, request: Request) -> Answer:
        """Answer as the registry, its object store or its token server."""
        realm = REALM if REALM in self._ports else REGISTRY
        asked_token = place == realm and request.path == _TOKEN_PATH
        if asked_token and isinstance(self._auth, TokenAuth):
            return self._auth.give_token(request)
        if place == STORAGE:
            return self._answer_storage(request)
        route = match_route(request.path)
        if self._auth is not None:
            name = route[0] if route else ""
            realm_url = f"{self.realm_url}{_TOKEN_PATH}"
            refusal = self._auth.check(request, name, realm=realm_url)
            if refusal is not None:
                return refusal
        if request.path.rstrip("/") == "/v2":
            return answer_ping()
        if route and route[1] == "blobs" and STORAGE in self._ports:
            return self._redirect(request, route[0], route[2])
        return answer_route(request, self.stock, referrers_api=self.referrers_api)

    def _redirect(self, request: Request, name: str, digest: str) -> Answer:
        honest = answer_route(request, self.stock, referrers_api=True)
        if honest.status >= 300:  # noqa: PLR2004  it has no such blob
            return honest
        target = f"{self.storage_url}/{name}/{digest}?{_SIGNATURE}"
        return Answer(307, {"Location": target})

    def _answer_storage(self, request: Request) -> Answer:
        name, _, digest = request.path.strip("/").rpartition("/")
        if "authorization" in request.headers:
            # As S3 does: a second mechanism beside the signature is an error.
            return answer_error(400, "InvalidArgument", "only one auth mechanism")
        if request.query.get("X-Amz-Signature") is None or name not in self.stock:
            return answer_error(403, "AccessDenied", "no valid signature")
        return answer_blob(request, self.stock[name], digest)
