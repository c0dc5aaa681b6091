"""Clients that can ask the registry itself: they are told to, before long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from seawall.doors.registry.supplies import Supplies
from seawall.errors import UnreachableError
from seawall.oci import routes
from seawall.oci.reference import RepositoryName
from seawall.transfer.budget.spending import in_haste

_BAD_S = 0.8


class Fallback:
    """Bounds how long such a client waits for an answer to begin.

    What was asked for goes on: whoever comes back may find it.

    Args:
        supplies: Who knows how sources fare.
        limit_s: The longest that an answer's beginning may take.
    """

    def __init__(self, supplies: Supplies, limit_s: float) -> None:
        self._supplies = supplies
        self._limit_s = limit_s

    @asynccontextmanager
    async def soon(
        self, route: routes.Route, repository: RepositoryName
    ) -> AsyncIterator[None]:
        """End what takes too long: at once where every source is known to be bad.

        Raises:
            UnreachableError: It took too long.
        """
        limit_s = self._choose_limit(route, repository)
        with in_haste():
            try:
                async with asyncio.timeout(limit_s):
                    yield
            except TimeoutError:
                raise UnreachableError(
                    f"no source of {repository} has answered within {limit_s:g} s;"
                    " ask the registry itself",
                    cause="net.silence",
                ) from None

    def _choose_limit(self, route: routes.Route, repository: RepositoryName) -> float:
        registry = self._supplies.registries.find(repository.registry)
        if self._supplies.contents.are_failing(registry.sources):
            return _BAD_S
        learnt = registry.origin.patience.learnt
        if isinstance(route, routes.ManifestRoute) and learnt is not None:
            # a registry that builds when asked: its operator says how long that takes
            return max(self._limit_s, learnt.manifest_s or 0.0)
        return self._limit_s
