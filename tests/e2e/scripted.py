"""Scripted servers beside blocking tests: their loop runs in a thread."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Mapping
from threading import Thread
from typing import Any, Generic, TypeVar

from tests.e2e.processes import free_port

from seawall.drill.faults import Fault
from seawall.drill.gatekeeper import Gatekeeper
from seawall.drill.loopback import Recorded, ScriptedServer
from seawall.drill.mirror import ScriptedMirror
from seawall.drill.stock import Contents
from seawall.drill.upstream import ScriptedUpstream
from seawall.oci.digest import Digest

ServerT = TypeVar("ServerT", bound=ScriptedServer)


class Beside(Generic[ServerT]):
    """A scripted server that runs in a thread of its own until it is closed."""

    def __init__(self, server: ServerT) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start()

    def start(self) -> None:
        """Listen; after a stop, on the same ports as before."""
        self._wait(self._server.start())

    def stop(self) -> None:
        """Be gone: connections are refused, open ones end."""
        self._wait(self._server.stop())

    def deafen(self) -> None:
        """Let connecting hang."""
        self._wait(self._server.deafen())

    def later(
        self, wait_s: float, work: Callable[[], Coroutine[object, object, None]]
    ) -> None:
        """Do something after some seconds, unless it is closed by then."""

        async def wait() -> None:
            await asyncio.sleep(wait_s)
            await work()

        def begin() -> None:
            self._waiting = self._loop.create_task(wait())

        self._do(begin)

    def fail(self, pattern: str, fault: Fault, times: int | None = None) -> None:
        """Misbehave on these requests from now on, or so many times."""
        self._do(lambda: self._server.fail(pattern, fault, times))

    def lift(self) -> None:
        """Behave again."""
        self._do(self._server.lift)

    def requests(self, pattern: str = "") -> list[Recorded]:
        """Return the requests so far whose path contains this text."""
        return [one for one in self._server.requests if pattern in one.path]

    def close(self) -> None:
        """Be gone, with the loop and its thread; a second time is fine."""
        if self._loop.is_closed():
            return
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        await self._server.stop()
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _wait(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _do(self, act: Callable[[], None]) -> None:
        async def do() -> None:
            act()

        self._wait(do())


class Scripted(Beside[ScriptedUpstream]):
    """A scripted registry that holds these images."""

    def __init__(  # noqa: PLR0913  what it has, and where
        self,
        images: dict[str, Contents],
        *,
        auth: Gatekeeper | None = None,
        bytes_per_s: float | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        where: Any = {"tls": tls, "host": host, "port": port}
        super().__init__(
            ScriptedUpstream(images, auth, bytes_per_s=bytes_per_s, **where)
        )
        self.url = self._server.url

    def put(self, repository: str, contents: Contents) -> None:
        """Add an image."""
        self._do(lambda: self._server.put(repository, contents))

    def drop(self, repository: str) -> None:
        """Forget a repository, which frees its memory."""
        self._do(lambda: self._server.stock.__delitem__(repository))

    def tag(self, repository: str, tag: str, digest: Digest) -> None:
        """Let a tag mean another manifest."""
        self._do(lambda: self._server.tag(repository, tag, digest))

    def untag(self, repository: str, tag: str) -> None:
        """Forget a tag."""
        self._do(lambda: self._server.untag(repository, tag))


class Mirror(Beside[ScriptedMirror]):
    """A scripted mirror that holds these files."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        host: str = "127.0.0.1",
        bytes_per_s: float | None = None,
    ) -> None:
        port = free_port()  # apt-cacher-ng asks no mirror on a high one
        super().__init__(
            ScriptedMirror(files, host=host, bytes_per_s=bytes_per_s, port=port)
        )
        self.url = self._server.url

    def replace(self, files: Mapping[str, bytes]) -> None:
        """Have these files and no others from now on."""
        self._do(lambda: self._server.replace(files))

    def replace_after(self, pattern: str, files: Mapping[str, bytes]) -> None:
        """Have other files right after the next answer to such a request."""
        server = self._server
        self._do(lambda: server.after(pattern, lambda: server.replace(files)))

    def hide(self, pattern: str) -> None:
        """Answer 404 for these paths from now on."""
        self._do(lambda: self._server.hide(pattern))

    def start_after(self, wait_s: float) -> None:
        """Listen again after some seconds."""
        self.later(wait_s, self._server.start)
