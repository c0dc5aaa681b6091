"""Asks a repository's origin about a content without fetching it: whose, how large."""

from dataclasses import dataclass

from seawall.errors import AbsentError, BrokenReplyError, UnauthorizedError
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.supply.images.registries import Registry

_MANIFESTS = frozenset(mediatypes.INDEXES + mediatypes.MANIFESTS)


@dataclass(frozen=True)
class Inquiry:
    """Learns from a registry what the catalog does not know of a content."""

    catalog: Catalog

    async def is_proven(
        self, registry: Registry, repository: RepositoryName, digest: Digest
    ) -> bool:
        """Ask a repository's origin, without credentials, whether it has a content.

        What is on disk or arriving may have come through another repository, or
        with a credential; digests are shared on disk, never across rights.

        Raises:
            UpstreamError: Nobody could say.
        """
        try:
            await self._ask_anonymously(registry, repository, digest)
        except (AbsentError, UnauthorizedError):
            return False
        self.catalog.record_link(repository, digest)
        return True

    async def _ask_anonymously(
        self, registry: Registry, repository: RepositoryName, digest: Digest
    ) -> None:
        record = await self.catalog.find_content(digest)
        if record is not None and record.media_type in _MANIFESTS:
            await registry.origin.head_manifest(
                repository,
                digest,
                accept=mediatypes.ACCEPT[Kind.INDEX],
                anonymous=True,
            )
        else:
            await registry.origin.head_blob(repository, digest, anonymous=True)

    async def ask_size(
        self, registry: Registry, repository: RepositoryName, digest: Digest
    ) -> int:
        """Learn the size of a content that is not stored, without fetching it.

        Raises:
            AbsentError: No source has it.
            UpstreamError: Nobody could say.
        """
        hint = await self.catalog.find_size_hint(repository, digest)
        if hint is not None:
            return hint
        size = await registry.origin.head_blob(repository, digest)
        if size is None:
            raise BrokenReplyError(
                f"{registry.origin.label} has {digest}, and does not say how large",
                cause="registry.protocol_bug",
                host=registry.origin.label,
            )
        return size
