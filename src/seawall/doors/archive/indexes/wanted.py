"""Which files of a suite clients asked for lately: what a new generation must have."""

import asyncio

import msgspec

from seawall.doors.archive.archives import Archive
from seawall.kit.clock import Clock
from seawall.store.catalog import Catalog
from seawall.store.records import ListingRecord

_KEPT_S = 30 * 86400.0
_GRAIN_S = 86400.0  # of what is remembered: a day's requests write once
_MOST = 1000
_MEDIA_TYPE = "application/json"


class Wanted:
    """Remembers, for each suite, what was asked for within 30 days."""

    def __init__(self, catalog: Catalog, *, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._writing = asyncio.Lock()

    async def paths(
        self, archive: Archive, directory: str, *, within_s: float = _KEPT_S
    ) -> list[str]:
        """List what was asked for, by path below the suite's directory."""
        since = self._clock.now() - within_s
        known = await self._read(archive, directory)
        return sorted(path for path, asked_at in known.items() if asked_at >= since)

    async def note(self, archive: Archive, directory: str, path: str) -> None:
        """Remember that a file was asked for, and given."""
        now = self._clock.now()
        known = await self._read(archive, directory)
        if abs(now - known.get(path, 0.0)) < _GRAIN_S:
            return
        async with self._writing:
            known = await self._read(archive, directory)
            self._write(archive, directory, known, path)

    def _write(
        self, archive: Archive, directory: str, known: dict[str, float], path: str
    ) -> None:
        now = self._clock.now()
        young = {p: at for p, at in known.items() if now - at < _KEPT_S} | {path: now}
        newest = sorted(young, key=lambda p: young[p], reverse=True)[:_MOST]
        body = msgspec.json.encode({p: young[p] for p in newest})
        self._catalog.record_listing(
            ListingRecord(
                archive.repository, _key(directory), body, _MEDIA_TYPE, "", now
            )
        )

    async def _read(self, archive: Archive, directory: str) -> dict[str, float]:
        listing = await self._catalog.find_listing(archive.repository, _key(directory))
        if listing is None:
            return {}
        try:
            return msgspec.json.decode(listing.body, type=dict[str, float])
        except msgspec.MsgspecError:
            return {}


def _key(directory: str) -> str:
    return f"wanted/{directory}"
