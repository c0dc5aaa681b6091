"""What is remembered of an archive's suites: one row of the catalog per subject."""

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from seawall.kit.clock import Clock
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.records import ListingRecord

Numbers = Mapping[str, float]

_MOST = 500  # suites of one archive
_MEDIA_TYPE = "application/json"


class Notes:
    """Keeps some numbers by name for each suite, by its directory.

    All suites of an archive share a row: of rows, the catalog keeps a few only.

    Args:
        subject: What the numbers are; the row's key.
    """

    def __init__(self, catalog: Catalog, subject: str, *, clock: Clock) -> None:
        self._catalog = catalog
        self._subject = subject
        self._clock = clock
        self._writing = asyncio.Lock()
        self._read: dict[RepositoryName, tuple[bytes, Mapping[str, Numbers]]] = {}

    async def find(self, repository: RepositoryName, directory: str) -> Numbers:
        """Give what is remembered of a suite."""
        return (await self._find_all(repository)).get(directory, {})

    async def update(
        self,
        repository: RepositoryName,
        directory: str,
        change: Callable[[Numbers], Numbers],
    ) -> None:
        """Remember something else of a suite; what is old of too many is forgotten.

        Raises:
            StoreError: It cannot be written down.
        """
        async with self._writing:
            known = dict(await self._find_all(repository))
            known[directory] = change(known.pop(directory, {}))
            body = msgspec.json.encode(dict(list(known.items())[-_MOST:]))
            now = self._clock.now()
            self._catalog.record_listing(
                ListingRecord(repository, self._subject, body, _MEDIA_TYPE, "", now)
            )

    async def _find_all(self, repository: RepositoryName) -> Mapping[str, Numbers]:
        listing = await self._catalog.find_listing(repository, self._subject)
        if listing is None:
            return {}
        known = self._read.get(repository)
        if known is None or known[0] is not listing.body:
            known = listing.body, _decode(listing.body)
            self._read[repository] = known
        return known[1]


def _decode(body: bytes) -> Mapping[str, Numbers]:
    try:
        return msgspec.json.decode(body, type=dict[str, dict[str, float]])
    except msgspec.MsgspecError:
        return {}
