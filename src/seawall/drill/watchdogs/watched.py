"""Reads the blobs of an image as a client with a watchdog does, over real sockets."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from seawall.drill.playing.caller import open_reply
from seawall.drill.watchdogs.timekeeper import Watchdog
from seawall.errors import SeawallError, UpstreamError

_OK = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went.

    Attributes:
        bodies: What came of each blob.
        died_after_s: When the watchdog gave up, from the beginning.
        error: What else went wrong.
        longest_s: The longest time between two reads.
    """

    bodies: Mapping[str, bytes]
    died_after_s: float | None = None
    error: str = ""
    longest_s: float = 0.0


class Watched:
    """One pull of some blobs at once, under one watchdog.

    Args:
        watchdog: The client's.
        blobs: Addresses of the blobs, and their sizes.
    """

    def __init__(self, watchdog: Watchdog, blobs: Mapping[str, int]) -> None:
        self._watchdog = watchdog
        self._blobs = blobs
        self._bodies = {url: bytearray() for url in blobs}
        self._longest_s = 0.0

    async def pull(self) -> Outcome:
        """Read everything, unless the watchdog gives up before."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        reading = asyncio.gather(*(self._read(url) for url in self._blobs))
        died_after_s, error = None, ""
        while not reading.done():
            await asyncio.wait({reading}, timeout=self._watchdog.look_s)
            if not reading.done() and self._watchdog.is_dead(loop.time()):
                died_after_s = loop.time() - began
                reading.cancel()
                break
        try:
            await reading
        except asyncio.CancelledError:
            if died_after_s is None:
                raise
        except SeawallError as exc:
            error = str(exc)
        bodies = {url: bytes(body) for url, body in self._bodies.items()}
        return Outcome(bodies, died_after_s, error, self._longest_s)

    async def _read(self, url: str) -> None:
        loop, watchdog = asyncio.get_running_loop(), self._watchdog
        watchdog.begin(url, self._blobs[url], loop.time())
        async with open_reply(url, {"User-Agent": watchdog.agent}) as reply:
            if reply.status != _OK:
                raise UpstreamError(f"{reply.status} for {url}", status=reply.status)
            last = loop.time()
            async for chunk in reply.chunks():
                now = loop.time()
                self._longest_s = max(self._longest_s, now - last)
                last = now
                watchdog.read(url, len(chunk), now)
                self._bodies[url] += chunk
            if len(self._bodies[url]) != self._blobs[url]:
                raise UpstreamError(f"{url} ended after {len(self._bodies[url])} bytes")
            watchdog.finish(url, loop.time())
