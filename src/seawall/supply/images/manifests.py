"""Manifests and indexes by digest: small contents that name other contents."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from seawall.errors import (
    BrokenReplyError,
    DigestMismatchError,
    ManifestSyntaxError,
    StoreFullError,
)
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.manifest import MAX_MANIFEST_BYTES, parse_manifest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.supply.documents import Documents
from seawall.supply.images.registries import Registry
from seawall.transfer.asker import Asker
from seawall.transfer.history.subject import SUBJECT
from seawall.transfer.sources.registry import RegistrySource


@dataclass(frozen=True, slots=True)
class KeptManifest:
    """A verified manifest: its digest, the bytes as they came, and their type."""

    digest: Digest
    body: bytes
    media_type: str


class Manifests:
    """Keeps verified manifests: in the store, and the last used ones in memory.

    Attributes:
        asker: Asks sources for what is not kept.
    """

    def __init__(
        self,
        documents: Documents,
        catalog: Catalog,
        asker: Asker,
        *,
        memory_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self._documents = documents
        self.asker = asker
        self._catalog = catalog
        self._memory: OrderedDict[Digest, KeptManifest] = OrderedDict()
        self._memory_left = memory_bytes
        self._fetching: dict[tuple[RepositoryName, Digest], asyncio.Task[KeptManifest]]
        self._fetching = {}

    def peek(self, digest: Digest) -> KeptManifest | None:
        """Return a manifest that is in memory, at no cost."""
        kept = self._memory.get(digest)
        if kept is not None:
            self._memory.move_to_end(digest)
            self._catalog.touch(digest)
        return kept

    def forget(self, digest: Digest) -> None:
        """Drop a manifest from memory, when it is removed from the store."""
        kept = self._memory.pop(digest, None)
        if kept is not None:
            self._memory_left += len(kept.body)

    async def find(self, digest: Digest) -> KeptManifest | None:
        """Return a manifest that the store has; nobody is asked (invariant 3)."""
        kept = self.peek(digest)
        if kept is not None:
            return kept
        body = await self._documents.read(digest, MAX_MANIFEST_BYTES)
        if body is None:
            return None
        record = await self._catalog.find_content(digest)
        media_type = record.media_type if record else None
        if media_type is None:
            try:
                media_type = parse_manifest(body).media_type
            except ManifestSyntaxError:
                return None  # a blob that is no manifest
        return self._remember(KeptManifest(digest, body, media_type))

    async def fetch(
        self, registry: Registry, repository: RepositoryName, digest: Digest
    ) -> KeptManifest:
        """Bring a manifest by digest from any source; one fetch at a time each.

        Raises:
            UpstreamError: No source gave it.
            IntegrityError: What they gave is something else.
        """
        key = (repository, digest)
        task = self._fetching.get(key)
        if task is None:
            task = asyncio.create_task(self._fetch(registry, repository, digest))
            self._fetching[key] = task
            task.add_done_callback(lambda _: self._fetching.pop(key, None))
        return await asyncio.shield(task)

    async def fetch_by_tag(
        self, source: RegistrySource, repository: RepositoryName, tag: str, kind: Kind
    ) -> KeptManifest:
        """Ask one source what a tag means, and take the bytes at once.

        Raises:
            UpstreamError: It did not answer well.
            IntegrityError: The bytes are not what its digest header says.
        """
        reply = await source.get_manifest(
            repository,
            tag,
            accept=mediatypes.ACCEPT[kind],
            max_bytes=MAX_MANIFEST_BYTES,
        )
        promised = reply.digest_header
        algorithm = promised.algorithm if promised else "sha256"
        digest = Digest.of(reply.body, algorithm)
        if promised is not None and promised != digest:
            raise DigestMismatchError(
                f"{source.label} answered {repository}:{tag} with bytes"
                f" that are not {promised}",
                cause="content.digest_mismatch",
            )
        return await self.keep(
            repository, digest, reply.body, reply.media_type, source.label
        )

    async def keep(
        self,
        repository: RepositoryName,
        digest: Digest,
        body: bytes,
        media_type: str,
        source: str,
    ) -> KeptManifest:
        """Take a verified manifest into the store and the catalog.

        A full disk keeps it in memory only: the pull goes on (invariant 9).

        Raises:
            BrokenReplyError: It is no manifest at all.
        """
        try:
            manifest = parse_manifest(body, media_type=media_type or None)
        except ManifestSyntaxError as exc:
            raise BrokenReplyError(
                f"{source} answered {repository} with something"
                f" that is no manifest: {exc}",
                cause="registry.protocol_bug",
                host=source,
            ) from exc
        kept = self._remember(
            KeptManifest(digest, body, media_type or manifest.media_type)
        )
        try:
            await self._documents.keep(
                repository,
                kept.body,
                kept.media_type,
                children=manifest.references,
                digest=digest,
            )
        except StoreFullError:
            self._catalog.record_link(repository, digest)
        return kept

    async def close(self) -> None:
        """Stop fetching."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(
        self, registry: Registry, repository: RepositoryName, digest: Digest
    ) -> KeptManifest:
        SUBJECT.set(digest)
        return await self.asker.ask(
            registry.sources,
            lambda source: self._fetch_from(source, repository, digest),
        )

    async def _fetch_from(
        self, source: RegistrySource, repository: RepositoryName, digest: Digest
    ) -> KeptManifest:
        reply = await source.get_manifest(
            repository,
            str(digest),
            accept=mediatypes.ACCEPT[Kind.INDEX],
            max_bytes=MAX_MANIFEST_BYTES,
        )
        if Digest.of(reply.body, digest.algorithm) != digest:
            raise DigestMismatchError(
                f"{source.label} gave {len(reply.body)} bytes that are not {digest}",
                cause="content.digest_mismatch",
            )
        return await self.keep(
            repository, digest, reply.body, reply.media_type, source.label
        )

    def _remember(self, kept: KeptManifest) -> KeptManifest:
        self.forget(kept.digest)
        self._memory[kept.digest] = kept
        self._memory_left -= len(kept.body)
        while self._memory_left < 0:
            _, oldest = self._memory.popitem(last=False)
            self._memory_left += len(oldest.body)
        return kept
