"""What machines ask about the service itself: alive, ready, figures."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from seawall.doors.web import Reply, Request, json_reply


class ProbesDoor:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        is_ready: Callable[[], bool],
        budgets: Callable[[], Sequence[Mapping[str, object]]] = tuple,
    ) -> None:
        self._registry = registry
        self._is_ready = is_ready
        self._budgets = budgets

    async def answer(self, request: Request) -> Reply | None:
        """Answer a probe; `None` if it is none."""
        if request.path == "/healthz":
            return json_reply(200, b'{"status":"alive"}')
        if request.path == "/readyz":
            if not self._is_ready():
                return json_reply(503, b'{"status":"stopping"}')
            # For information: with nothing left, what is held is still served.
            budgets = self._budgets()
            told = {"status": "ready"} | ({"budgets": budgets} if budgets else {})
            return json_reply(200, msgspec.json.encode(told))
        if request.path == "/metrics":
            body = generate_latest(self._registry)
            length = (b"content-length", b"%d" % len(body))
            kind = (b"content-type", CONTENT_TYPE_LATEST.encode())
            return Reply(200, [kind, length], body)
        return None
