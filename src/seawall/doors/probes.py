"""What machines ask about the service itself: alive, ready, figures."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from seawall.doors.web import Reply, Request, json_reply


class ProbesDoor:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(
        self, registry: CollectorRegistry, *, is_ready: Callable[[], bool]
    ) -> None:
        self._registry = registry
        self._is_ready = is_ready

    async def answer(self, request: Request) -> Reply | None:
        """Answer a probe; `None` if it is none."""
        if request.path == "/healthz":
            return json_reply(200, b'{"status":"alive"}')
        if request.path == "/readyz":
            if self._is_ready():
                return json_reply(200, b'{"status":"ready"}')
            return json_reply(503, b'{"status":"stopping"}')
        if request.path == "/metrics":
            body = generate_latest(self._registry)
            length = (b"content-length", b"%d" % len(body))
            kind = (b"content-type", CONTENT_TYPE_LATEST.encode())
            return Reply(200, [kind, length], body)
        return None
