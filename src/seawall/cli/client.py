"""Talks to the running server: over its socket to manage, over TCP as a client."""

import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from seawall.errors import BrokenReplyError, StoreError, UnreachableError

_CONNECT_S = 5.0
_MAX_PATH_BYTES = 100  # an address holds 107 bytes (unix(7))
_SILENCE_S = 900.0


class ServerClient:
    """Sends management requests to a server."""

    def __init__(self, session: aiohttp.ClientSession, path: Path) -> None:
        self._session = session
        self._path = path

    @asynccontextmanager
    async def send(
        self, method: str, path: str, *, query: Mapping[str, str], body: bytes
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send one request.

        Raises:
            UnreachableError: The server stopped answering.
        """
        try:
            async with self._session.request(
                method, f"http://seawall{path}", params=query, data=body or None
            ) as reply:
                yield self._read(reply)
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise self._lost() from exc

    async def _read(self, reply: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        try:
            async for chunk in reply.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise self._lost() from exc

    def _lost(self) -> UnreachableError:
        return UnreachableError(
            f"the server behind {self._path} stopped answering in between;"
            " was it stopped?",
            cause="net.conn_reset",
        )


@contextmanager
def reachable(path: Path) -> Iterator[str | None]:
    """Give the address of a listening socket, of any length; None if nobody listens."""
    directory = -1
    address = str(path)
    try:
        if len(os.fsencode(path)) > _MAX_PATH_BYTES:
            directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
            address = f"/proc/self/fd/{directory}/{path.name}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(address)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        yield None
    except PermissionError as exc:
        raise StoreError(
            f"a server has {path.parent} open, and it belongs to another user"
        ) from exc
    else:
        yield address
    finally:
        if directory >= 0:
            os.close(directory)


@asynccontextmanager
async def open_client(path: Path, address: str) -> AsyncIterator[ServerClient]:
    """Connect to a server that listens."""
    limits = aiohttp.ClientTimeout(total=None, sock_read=_SILENCE_S)
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(path=address), timeout=limits
    ) as session:
        yield ServerClient(session, path)


@dataclass(frozen=True, slots=True)
class FrontReply:
    """What the server's front answers to any client.

    Attributes:
        headers: By their lower-case names.
        chunks: The body; it raises `BrokenReplyError` if it breaks off.
    """

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class FrontClient:
    """Asks a server's front, as the clients do that it serves."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    @asynccontextmanager
    async def get(self, path: str) -> AsyncIterator[FrontReply]:
        """Ask for a quoted path; the answer lasts as long as the block.

        Raises:
            UnreachableError: Nobody listens there.
            BrokenReplyError: What came is no answer, or it broke off.
        """
        try:
            async with self._session.get(self.url + path) as reply:
                headers = {name.lower(): text for name, text in reply.headers.items()}
                chunks = self._read(path, reply)
                yield FrontReply(reply.status, headers, chunks)
        except aiohttp.ClientConnectorError as exc:
            raise UnreachableError(
                f"no server listens on {self.url.partition('//')[2]}: start"
                " `seawall serve`, or say with --address where it runs",
                cause="net.conn_refused",
            ) from exc
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise self._broken(path, exc) from exc

    async def _read(
        self, path: str, reply: aiohttp.ClientResponse
    ) -> AsyncIterator[bytes]:
        try:
            async for chunk in reply.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise self._broken(path, exc) from exc

    def _broken(self, path: str, exc: Exception) -> BrokenReplyError:
        return BrokenReplyError(f"{self.url}{path} broke off: {exc}")


@asynccontextmanager
async def open_front(url: str) -> AsyncIterator[FrontClient]:
    """Make a client for a server's front; it connects when it asks."""
    limits = aiohttp.ClientTimeout(
        total=None, sock_connect=_CONNECT_S, sock_read=_SILENCE_S
    )
    # nothing secret is sent, and what comes has its digest: no certificate is looked at
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=False),
        timeout=limits,
        auto_decompress=False,
    ) as session:
        yield FrontClient(session, url)
