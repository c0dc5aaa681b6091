"""A scripted registry on loopback: speaks the protocol, counts, fails by name."""

import asyncio
import fnmatch
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from seawall.drill.answering import answer_blob, answer_ping, answer_route, match_route
from seawall.drill.exchange import (
    MAX_HEAD_BYTES,
    Answer,
    ConnectionOver,
    Request,
    Sender,
    answer_error,
    read_request,
)
from seawall.drill.faults import Fault
from seawall.drill.gatekeeper import Gatekeeper, TokenAuth
from seawall.drill.stock import Contents, Repository
from seawall.oci.digest import Digest

REGISTRY, STORAGE, REALM = "registry", "storage", "realm"
_TOKEN_PATH = "/token"  # noqa: S105  a path
_SIGNATURE = "X-Amz-Signature=0123456789abcdef"


@dataclass(slots=True)
class Recorded:
    """One request that arrived.

    Attributes:
        method: Its method.
        path: Its path, without the query.
        status: What it was answered; 0 while it waits or if it was left unanswered.
        range: Its Range header, or an empty text.
        place: Which port it came to: registry, storage or realm.
        signed: Whether it carried an Authorization header.
        accept: Its Accept header.
        sent_bytes: Body bytes that went out whole; a body broken off counts as 0.
    """

    method: str
    path: str
    status: int = 0
    range: str = ""
    place: str = REGISTRY
    signed: bool = False
    accept: str = ""
    sent_bytes: int = 0


@dataclass(slots=True)
class _Order:
    """A fault for some requests, for a number of times or until it is lifted."""

    pattern: str
    fault: Fault
    left: int | None


class ScriptedUpstream:
    """A registry of one process, for drills and tests; an async context manager.

    Everything is in memory and on loopback. `url` is the registry, `storage_url` the
    object store that blobs are redirected to if `storage` is set, and `realm_url` the
    token server. Patterns are shell patterns on the path, `*/blobs/*`, or on method and
    path, `HEAD */manifests/*`.

    Attributes:
        requests: Every request that arrived, in order, of all ports.
        stock: Repositories by path; may be changed at any time.
        referrers_api: Whether the referrers API is there, or only the fall-back tag.
        bytes_per_s: The speed limit of each connection, if there is one.
    """

    def __init__(  # noqa: PLR0913  what it has, who may, and how it behaves
        self,
        images: Mapping[str, Contents],
        auth: Gatekeeper | None = None,
        *,
        storage: bool = False,
        tls: ssl.SSLContext | None = None,
        bytes_per_s: float | None = None,
        port: int = 0,
    ) -> None:
        self.stock: dict[str, Repository] = {}
        self.requests: list[Recorded] = []
        self.referrers_api = True
        self.bytes_per_s = bytes_per_s
        self._auth = auth
        self._tls = tls
        places = [REGISTRY]
        places += [STORAGE] if storage else []
        places += [REALM] if isinstance(auth, TokenAuth) and auth.elsewhere else []
        self._ports = dict.fromkeys(places, 0) | {REGISTRY: port}
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: list[_Order] = []
        for name, contents in images.items():
            self.put(name, contents)

    async def __aenter__(self) -> Self:
        """Start to listen."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and end every connection."""
        await self.stop()

    @property
    def url(self) -> str:
        """The registry's address, without a path."""
        return self._url(REGISTRY)

    @property
    def host(self) -> str:
        """The registry's host and port."""
        return self.url.rpartition("/")[2]

    @property
    def storage_url(self) -> str:
        """The object store's address."""
        return self._url(STORAGE)

    @property
    def realm_url(self) -> str:
        """The token server's address."""
        return self._url(REALM if REALM in self._ports else REGISTRY)

    async def start(self) -> None:
        """Listen; after a stop, on the same ports as before."""
        for place, port in self._ports.items():
            server = await asyncio.start_server(
                self._welcome(place),
                "127.0.0.1",
                port,
                ssl=self._tls,
                limit=MAX_HEAD_BYTES,
            )
            self._servers.append(server)
            self._ports[place] = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone: connections are refused, open ones end."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in servers:
            await server.wait_closed()
        await asyncio.sleep(0)  # aborted transports close on the next turn

    def put(self, repository: str, contents: Contents) -> None:
        """Add contents to a repository; their tags move."""
        self.stock.setdefault(repository, Repository()).put(contents)

    def tag(self, repository: str, tag: str, digest: Digest) -> None:
        """Let a tag mean this from now on."""
        self.stock[repository].tags[tag] = digest

    def untag(self, repository: str, tag: str) -> None:
        """Delete a tag."""
        del self.stock[repository].tags[tag]

    def fail(self, pattern: str, fault: Fault, times: int | None = None) -> None:
        """Misbehave on these requests, so many times or until lifted; last one wins."""
        self._orders.insert(0, _Order(pattern, fault, times))

    def lift(self, pattern: str | None = None) -> None:
        """Behave again: for one pattern, or altogether."""
        self._orders = [
            order for order in self._orders if pattern not in (None, order.pattern)
        ]

    def count(self, pattern: str) -> int:
        """Count the requests so far that this pattern means."""
        return sum(_matches(pattern, one.method, one.path) for one in self.requests)

    def _url(self, place: str) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._ports[place]}"

    def _welcome(
        self, place: str
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # A task of our own: the one that asyncio makes complains when cancelled.
            task = asyncio.ensure_future(self._serve(place, reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return welcome

    async def _serve(
        self, place: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sender = Sender(reader, writer)
        try:
            stays = True
            while stays:
                request = await read_request(reader)
                recorded = self._record(place, request)
                answer = self._script(place, request)
                recorded.status = 0 if answer.hang or answer.raw else answer.status
                recorded.sent_bytes = await sender.send(request, answer)
                stays = request.headers.get("connection", "").lower() != "close"
            writer.close()
        except ConnectionOver:
            writer.close()
        except BaseException:
            writer.transport.abort()  # stopped: what is unsent stays unsent
            raise

    def _record(self, place: str, request: Request) -> Recorded:
        recorded = Recorded(
            method=request.method,
            path=request.path,
            range=request.headers.get("range", ""),
            place=place,
            signed="authorization" in request.headers,
            accept=request.headers.get("accept", ""),
        )
        self.requests.append(recorded)
        return recorded

    def _script(self, place: str, request: Request) -> Answer:
        fault = self._find_fault(request)
        if fault and fault.name == "no range":
            kept = {k: v for k, v in request.headers.items() if k != "range"}
            request = replace(request, headers=kept)
        answer = self._answer(place, request)
        if self.bytes_per_s:
            answer = replace(answer, bytes_per_s=self.bytes_per_s)
        return fault.alter(request, answer) if fault else answer

    def _find_fault(self, request: Request) -> Fault | None:
        for order in self._orders:
            if order.left != 0 and _matches(
                order.pattern, request.method, request.path
            ):
                order.left = None if order.left is None else order.left - 1
                return order.fault
        return None

    def _answer(self, place: str, request: Request) -> Answer:
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


def _matches(pattern: str, method: str, path: str) -> bool:
    text = f"{method} {path}" if " " in pattern else path
    return fnmatch.fnmatchcase(text, pattern)
