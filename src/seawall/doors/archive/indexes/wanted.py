"""Which files of a suite clients asked for lately: what a new generation must have."""

import re

from seawall.debian.indexes import find_index
from seawall.doors.archive.archives import Archive
from seawall.doors.archive.suites.candidates import INLINE
from seawall.doors.archive.suites.remembering import Notes, Numbers
from seawall.kit.clock import Clock
from seawall.store.catalog import Catalog

_KEPT_S = 30 * 86400.0
_GRAIN_S = 86400.0  # of what is remembered: a day's requests write once
_MOST = 1000

# What an update takes by itself, beside indexes: small, and missed if it is not there.
_TAKEN = re.compile(
    r"(?:.*/)?(?:i18n/Translation-|dep11/Components-|cnf/Commands-)[^/]*"
)


def is_prepared(path: str) -> bool:
    """Whether a file of a suite is brought before clients ask for it again.

    Others are contents like any, however large: they come when they are asked for.

    >>> is_prepared("main/binary-amd64/Packages.xz"), is_prepared("main/Contents-all")
    (True, False)
    """
    return find_index(path) is not None or _TAKEN.fullmatch(path) is not None


class Wanted:
    """Remembers, for each suite, what was asked for within 30 days."""

    def __init__(self, catalog: Catalog, *, clock: Clock) -> None:
        self._notes = Notes(catalog, "wanted", clock=clock)
        self._clock = clock

    async def paths(
        self, archive: Archive, directory: str, *, within_s: float = _KEPT_S
    ) -> list[str]:
        """List what was asked for, by path below the suite's directory."""
        since = self._clock.now() - within_s
        known = await self._notes.find(archive.repository, directory)
        return sorted(path for path, asked_at in known.items() if asked_at >= since)

    async def note(self, archive: Archive, directory: str, path: str) -> None:
        """Remember that a file was asked for, and given, if it is prepared.

        Raises:
            StoreError: It cannot be written down.
        """
        if path != INLINE and not is_prepared(path):
            return
        now = self._clock.now()
        known = await self._notes.find(archive.repository, directory)
        if abs(now - known.get(path, 0.0)) < _GRAIN_S:
            return

        def add(known: Numbers) -> Numbers:
            young = {p: at for p, at in known.items() if now - at < _KEPT_S}
            young |= {path: now}
            newest = sorted(young, key=lambda p: young[p], reverse=True)[:_MOST]
            return {p: young[p] for p in newest}

        await self._notes.update(archive.repository, directory, add)
