"""The scripted upstream beside blocking tests: its loop runs in a thread."""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Thread

from seawall.drill.faults import Fault
from seawall.drill.gatekeeper import Gatekeeper
from seawall.drill.loopback import Recorded
from seawall.drill.stock import Contents
from seawall.drill.upstream import ScriptedUpstream
from seawall.oci.digest import Digest


class Scripted:
    """A scripted registry that holds these images, until it is closed."""

    def __init__(
        self,
        images: dict[str, Contents],
        *,
        auth: Gatekeeper | None = None,
        bytes_per_s: float | None = None,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._upstream = ScriptedUpstream(images, auth, bytes_per_s=bytes_per_s)
        self._wait(self._upstream.start())
        self.url = self._upstream.url

    def _wait(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _do(self, act: Callable[[], None]) -> None:
        async def do() -> None:
            act()

        self._wait(do())

    def put(self, repository: str, contents: Contents) -> None:
        """Add an image."""
        self._do(lambda: self._upstream.put(repository, contents))

    def drop(self, repository: str) -> None:
        """Forget a repository, which frees its memory."""
        self._do(lambda: self._upstream.stock.__delitem__(repository))

    def fail(self, pattern: str, fault: Fault) -> None:
        """Misbehave on these requests from now on."""
        self._do(lambda: self._upstream.fail(pattern, fault))

    def lift(self) -> None:
        """Behave again."""
        self._do(self._upstream.lift)

    def requests(self, pattern: str = "") -> list[Recorded]:
        """Return the requests so far whose path contains this text."""
        return [one for one in self._upstream.requests if pattern in one.path]

    def tag(self, repository: str, tag: str, digest: Digest) -> None:
        """Let a tag mean another manifest."""
        self._do(lambda: self._upstream.tag(repository, tag, digest))

    def untag(self, repository: str, tag: str) -> None:
        """Forget a tag."""
        self._do(lambda: self._upstream.untag(repository, tag))

    def close(self) -> None:
        """Be gone, with the loop and its thread; a second time is fine."""
        if self._loop.is_closed():
            return
        self._wait(self._upstream.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
