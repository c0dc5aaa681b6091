"""A stand-in for the server's front: archives by path, and whether they were held."""

import ssl
from collections.abc import Mapping
from urllib.parse import unquote

from seawall.drill.exchange import Answer, Request
from seawall.drill.loopback import ScriptedServer

_PLACE = "front"


class ScriptedFront(ScriptedServer):
    """Answers as Seawall does for archives whose files are in memory.

    Attributes:
        archives: The files of each archive, by its name; changed at will.
        refusals: Status and line for paths that are answered otherwise.
        unknown: Paths that are passed on without being kept.
    """

    def __init__(
        self,
        archives: Mapping[str, Mapping[str, bytes]],
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__({_PLACE: 0}, tls=tls)
        self.archives = archives
        self.refusals: dict[str, tuple[int, str]] = {}
        self.unknown: set[str] = set()
        self._held: set[str] = set()

    @property
    def host(self) -> str:
        """Host and port, as `--address` takes them."""
        return self.address(_PLACE).rpartition("/")[2]

    def answer(self, place: str, request: Request) -> Answer:
        """Answer a probe or a file."""
        del place
        path = unquote(request.path)
        if path == "/readyz" and path not in self.refusals:
            return Answer(200, body=b'{"status":"ready"}')
        status, line = self.refusals.get(path, (404, f"{path} is not there"))
        body = self._find(path) if path not in self.refusals else None
        if body is None:
            headers = {"Content-Type": "text/plain", "Retry-After": "7"}
            return Answer(status, headers, f"{line}\n".encode())
        told = "hit" if path in self._held else "fwd=uri-miss; stored"
        if path in self.unknown:
            told = 'fwd=uri-miss; detail="unverified"'
        self._held.add(path)
        return Answer(200, {"Cache-Status": f"Seawall; {told}"}, body)

    def _find(self, path: str) -> bytes | None:
        """Find a file by its address in any form: all of them end alike here."""
        archive, _, rest = path.partition("/debian/")[2].partition("/")
        return self.archives.get(archive, {}).get(rest.removeprefix("./"))
