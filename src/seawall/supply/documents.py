"""Small contents that are read whole: kept with what they need, and given back."""

import asyncio
from collections.abc import Sequence

from seawall.errors import NotStoredError, StoreFullError
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.records import Child, ContentRecord
from seawall.store.roles import Blobs
from seawall.transfer.flight import Room


class Documents:
    """Keeps small contents in the store, and reads them without asking anybody."""

    def __init__(
        self, blobs: Blobs, catalog: Catalog, *, room: Room, clock: Clock
    ) -> None:
        self._blobs = blobs
        self._catalog = catalog
        self._room = room
        self._clock = clock

    async def keep(
        self,
        repository: RepositoryName,
        body: bytes,
        media_type: str,
        *,
        children: Sequence[Child] = (),
        digest: Digest | None = None,
    ) -> Digest:
        """Store a content, note that the repository contains it, give its digest.

        Args:
            repository: Whose rights it has.
            body: All of it.
            media_type: What it is.
            children: What it needs: nothing of that is evicted before it.
            digest: What it must be; None for SHA-256 of whatever it is.

        Raises:
            DigestMismatchError: It is something else; nothing is stored.
            StoreFullError: There is no room; nothing is stored.
            StoreError: It could not be written.
        """
        if not await self._room(len(body)):
            raise StoreFullError(
                f"no room for {digest or 'a document'} of {repository}:"
                " too little is held that may go for it",
                cause="node.disk_full",
            )
        digest = await asyncio.to_thread(self._put, body, digest)
        now = self._clock.now()
        record = ContentRecord(
            digest, len(body), media_type, stored_at=now, used_at=now
        )
        self._catalog.record_content(record, children=children)
        self._catalog.record_link(repository, digest)
        return digest

    async def read(self, digest: Digest, max_bytes: int) -> bytes | None:
        """Read a stored content whole; None if it is not stored, or longer.

        Raises:
            StoreError: It is there, and cannot be read.
        """
        try:
            body = await asyncio.to_thread(self._read, digest, max_bytes)
        except NotStoredError:
            return None
        if body is not None:
            self._catalog.touch(digest)
        return body

    def _put(self, body: bytes, digest: Digest | None) -> Digest:
        digest = digest or Digest.of(body)
        self._blobs.put(digest, body)
        return digest

    def _read(self, digest: Digest, max_bytes: int) -> bytes | None:
        with self._blobs.open_blob(digest) as blob:
            if blob.size > max_bytes:
                return None
            with open(blob.fd, "rb", closefd=False) as file:
                return file.read(max_bytes)
