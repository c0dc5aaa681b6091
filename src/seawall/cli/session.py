"""Questions to a store: to the server that has it open, or to the files themselves."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    aclosing,
    asynccontextmanager,
    suppress,
)
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode

from seawall.cli.options import Common
from seawall.errors import (
    BrokenReplyError,
    NotStoredError,
    SeawallError,
    StoreLockedError,
)
from seawall.kit.errorjson import read_error

if TYPE_CHECKING:
    from seawall.doors.management import ManagementDoor

_STARTING_S = 2.0
_RETRY_S = 0.1

T = TypeVar("T")


class Transmitter(Protocol):
    """Takes one management request to whoever answers it."""

    def send(
        self, method: str, path: str, *, query: Mapping[str, str], body: bytes
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes | memoryview]]:
        """Send it; the answer lasts as long as the block."""
        ...


class Session:
    """Asks, and reads the answers; an error in one is raised here."""

    def __init__(self, transmitter: Transmitter) -> None:
        self._transmitter = transmitter

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Ask for one JSON document.

        Raises:
            SeawallError: What the answer says went wrong.
        """
        async with self._send(method, path, query, body) as chunks:
            return _read(b"".join([chunk async for chunk in chunks]))

    async def stream(
        self, path: str, *, body: Mapping[str, Any]
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Ask for a stream of JSON objects.

        Raises:
            SeawallError: What the answer, or its last line, says went wrong.
        """
        async with self._send("POST", path, None, body) as chunks:
            rest = b""
            async for chunk in chunks:
                *lines, rest = (rest + bytes(chunk)).split(b"\n")
                for line in lines:
                    yield _check_line(line)
            if rest:
                yield _check_line(rest)

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes | memoryview]]:
        data = b"" if body is None else json.dumps(body).encode()
        return self._transmitter.send(method, path, query=query or {}, body=data)


def _read(text: bytes) -> Any:
    """Read what came; something else than Seawall may listen there."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BrokenReplyError("what the server answers is not JSON") from None
    return _check(document)


def _check(document: Any) -> Any:
    if isinstance(document, dict) and set(document) == {"error"}:
        if not isinstance(document["error"], dict):
            raise BrokenReplyError("what the server answers is no error of Seawall's")
        raise read_error(document["error"])
    if isinstance(document, dict) and set(document) == {"errors"}:
        raise SeawallError("the server met a bug of its own; its log says which")
    return document


def _check_line(text: bytes) -> dict[str, Any]:
    line: dict[str, Any] = _read(text)
    return line


class InProcess:
    """Answers with the same door as the server, in this process."""

    def __init__(self, door: "ManagementDoor") -> None:
        self._door = door

    @asynccontextmanager
    async def send(
        self, method: str, path: str, *, query: Mapping[str, str], body: bytes
    ) -> AsyncIterator[AsyncIterator[bytes | memoryview]]:
        """Let the door answer."""
        from seawall.doors.web import Request

        request = Request(method, path, urlencode(query), [], "", 0, _pieces(body))
        reply = await self._door.answer(request)
        if reply.stream is None:
            yield _pieces(reply.body)
            return
        async with aclosing(reply.stream) as stream:  # type: ignore[type-var]
            yield stream


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


@asynccontextmanager
async def open_session(
    common: Common, *, creates: bool = False
) -> AsyncIterator[Session]:
    """Reach the store of these settings: the server's, or its files if none runs.

    Args:
        common: Which settings and which data directory.
        creates: Whether a data directory is made if there is none.

    Raises:
        SettingsError: The settings make no sense.
        NotStoredError: There is no data directory.
        StoreError: It cannot be opened.
    """
    settings = common.read_settings()
    async with AsyncExitStack() as stack:
        data: Path = settings.data.absolute()
        loop = asyncio.get_running_loop()
        until = loop.time() + _STARTING_S
        while True:
            transmitter = await _find_server(stack, data)
            if transmitter is not None:
                break
            if not creates and not (data / "version").exists():
                raise NotStoredError(
                    f"there is no data of Seawall in {data}; name the directory with"
                    " --data, or the settings with --config"
                )
            try:
                transmitter = await _open_files(stack, common)
                break
            except StoreLockedError:
                # A server that is just starting or stopping has the lock alone.
                if loop.time() > until:
                    raise
                await asyncio.sleep(_RETRY_S)
        yield Session(transmitter)


async def find_listener(common: Common) -> str:
    """Ask the server of these settings where clients reach it; empty if none runs.

    It may have been started with another address than the settings say.
    """
    async with AsyncExitStack() as stack:
        with suppress(SeawallError):  # another user's, or one that is just ending
            data: Path = common.read_settings().data.absolute()
            server = await _find_server(stack, data)
            if server is not None:
                answer = await Session(server).ask("GET", "/v1/archives")
                return str(answer.get("listen", ""))
    return ""


async def _find_server(stack: AsyncExitStack, data: Path) -> Transmitter | None:
    from seawall.store.datadir import socket_path

    path = socket_path(data)
    if not path.exists():
        return None
    from seawall.cli.client import open_client, reachable

    address = stack.enter_context(reachable(path))
    if address is None:
        return None
    return await stack.enter_async_context(open_client(path, address))


async def _open_files(stack: AsyncExitStack, common: Common) -> Transmitter:
    from seawall.app.compose import open_house
    from seawall.doors.management import ManagementDoor

    hush()
    house = await stack.enter_async_context(open_house(common.read_settings()))
    return InProcess(
        ManagementDoor(
            house.holdings,
            house.warmup,
            house.annex.report.describe,
            explain=house.explain,
        )
    )


def hush() -> None:
    """Keep the log out of a verb's output: its answer tells what there is to tell."""
    import structlog

    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)


def run(question: Coroutine[Any, Any, T]) -> T:
    """Run one verb to its end; Ctrl-C ends it cleanly."""
    return asyncio.run(question)
