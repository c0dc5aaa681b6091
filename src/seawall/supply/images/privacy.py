"""Finds out whether a repository refuses anonymous callers, and remembers it."""

import asyncio

from seawall.errors import AbsentError, SeawallError, UnauthorizedError
from seawall.kit.clock import Clock
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.records import RepositoryRecord
from seawall.supply.images.registries import Registry

_RECHECK_S = 86400.0
_SETTLED = 10_000  # repositories remembered as classified


class Privacy:
    """Asks origins without credentials; one question at a time per repository.

    A credential that is used for its quota makes nothing private (invariant 11): only
    the origin's refusal of an anonymous request does.
    """

    def __init__(self, catalog: Catalog, *, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._asking: dict[RepositoryName, asyncio.Task[RepositoryRecord]] = {}
        self._later: set[asyncio.Task[None]] = set()
        self._settled: dict[RepositoryName, float] = {}

    async def classify(
        self, registry: Registry, repository: RepositoryName, reference: str | Digest
    ) -> RepositoryRecord:
        """Say whether a repository is private, asking its origin if need be.

        Args:
            registry: Whose repository it is.
            repository: The one in question.
            reference: A tag or a manifest's digest that is there to be asked for.

        Returns:
            What is known; `private` is `None` if the origin could not say.
        """
        known = await self._catalog.find_repository(repository)
        if known is not None and known.private is not None:
            age_s = self._clock.now() - known.checked_at
            if 0 <= age_s < _RECHECK_S or not registry.has_credentials:
                return known
        task = self._asking.get(repository)
        if task is None:
            task = asyncio.create_task(self._ask(registry, repository, reference))
            self._asking[repository] = task
            task.add_done_callback(lambda _: self._asking.pop(repository, None))
        return await asyncio.shield(task)

    def classify_later(
        self, registry: Registry, repository: RepositoryName, reference: str | Digest
    ) -> None:
        """Find out in the background, so that no pull waits for it."""
        if self._settled.get(repository, 0.0) > self._clock.monotonic():
            return
        self._remember(repository)
        task = asyncio.create_task(self._settle(registry, repository, reference))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def note_anonymous(self, repository: RepositoryName) -> None:
        """Its registry has no credential, so whatever came from it is public.

        What was private while there was one stays so.
        """
        if repository in self._settled:
            return
        known = await self._catalog.find_repository(repository)
        if known is None or known.private is None:
            now = self._clock.now()
            record = RepositoryRecord(repository, private=False, checked_at=now)
            self._catalog.record_repository(record)
        self._remember(repository)

    async def close(self) -> None:
        """Stop asking."""
        tasks = [*self._asking.values(), *self._later]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _remember(self, repository: RepositoryName) -> None:
        if len(self._settled) >= _SETTLED:
            self._settled.clear()
        self._settled[repository] = self._clock.monotonic() + _RECHECK_S

    async def _settle(
        self, registry: Registry, repository: RepositoryName, reference: str | Digest
    ) -> None:
        record = await self.classify(registry, repository, reference)
        if record.private is None:
            self._settled.pop(repository, None)

    async def _ask(
        self, registry: Registry, repository: RepositoryName, reference: str | Digest
    ) -> RepositoryRecord:
        private: bool | None
        try:
            await registry.origin.head_manifest(
                repository,
                str(reference),
                accept=mediatypes.ACCEPT[Kind.INDEX],
                anonymous=True,
            )
            private = False
        except UnauthorizedError:
            private = True
        except AbsentError:
            private = await self._is_hidden(registry, repository, reference)
        except SeawallError:
            private = None
        record = RepositoryRecord(repository, private, self._clock.now())
        known = await self._catalog.find_repository(repository)
        if private is not None or known is None:
            self._catalog.record_repository(record)
            return record
        return known

    async def _is_hidden(
        self, registry: Registry, repository: RepositoryName, reference: str | Digest
    ) -> bool | None:
        """Tell a private repository, which some registries hide, from a wrong tag."""
        try:
            await registry.origin.head_manifest(
                repository, str(reference), accept=mediatypes.ACCEPT[Kind.INDEX]
            )
        except SeawallError:
            return None
        return True
