"""What the registry's front asks: the supply, bundled, with its rule on access."""

from dataclasses import dataclass

from seawall.doors.registry import replies
from seawall.doors.web import Reply
from seawall.errors import StoreFullError
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.supply import rights
from seawall.supply.images.inquiry import Inquiry
from seawall.supply.images.listings import Listings
from seawall.supply.images.manifests import KeptManifest, Manifests
from seawall.supply.images.privacy import Privacy
from seawall.supply.images.registries import KnownRegistries, Registry
from seawall.supply.images.tags import Tags
from seawall.supply.images.wholeness import is_whole
from seawall.supply.pullthrough import PullThrough
from seawall.supply.rights import Access

_WAIT_S = 10.0


@dataclass(frozen=True)
class Supplies:
    """Names, contents, lists and rights, as one process has them."""

    registries: KnownRegistries
    catalog: Catalog
    tags: Tags
    manifests: Manifests
    contents: PullThrough
    inquiry: Inquiry
    listings: Listings
    privacy: Privacy
    clock: Clock

    async def refuse_name(
        self,
        registry: Registry,
        repository: RepositoryName,
        reference: str | Digest,
        *,
        trusted: bool,
    ) -> Reply | None:
        """Refuse a caller who may not read this repository, else return `None`.

        To be asked before anything is resolved: a refusal tells nothing about names.
        """
        if trusted:
            return None
        asked = await self.catalog.find_repository(repository)
        access = rights.decide_name(asked, trusted=False)
        if access is Access.ASK and not registry.has_credentials:
            return None  # nothing that comes of it can be private
        if access is Access.ASK:
            asked = await self.privacy.classify(registry, repository, reference)
            access = rights.decide_name(asked, trusted=False)
        return None if access is Access.SERVE else _private(repository)

    async def note_found(
        self,
        registry: Registry,
        repository: RepositoryName,
        reference: str | Digest,
    ) -> None:
        """A name or manifest was found: remember, or find out, whose it may be."""
        if registry.has_credentials:
            self.privacy.classify_later(registry, repository, reference)
        else:
            await self.privacy.note_anonymous(repository)

    async def refuse_content(
        self,
        registry: Registry,
        repository: RepositoryName,
        digest: Digest,
        *,
        trusted: bool,
    ) -> Reply | None:
        """Refuse a caller who may not have this content, else return `None`.

        Digests are shared on disk, never across rights: a content that came through
        a private repository is proven at the repository that the caller named.
        """
        if trusted:
            return None
        asked = await self.catalog.find_repository(repository)
        holders = await self.catalog.repositories_of(digest)
        access = rights.decide_content(asked, holders, trusted=False)
        if access is Access.REFUSE:
            return _private(repository)
        if access is Access.ASK and not await self.inquiry.is_proven(
            registry, repository, digest
        ):
            return _private(repository)
        return None

    async def refuse_in_vain(self, kept: KeptManifest) -> None:
        """Refuse a manifest whose blobs would be refused, while the disk is full.

        podman and docker choose where to pull by the manifest alone: with this one they
        would ask for blobs in vain, without it they ask the registry itself.

        Raises:
            StoreFullError: The image is not held, and cannot be brought now.
        """
        if not self.contents.is_crowded:
            return
        if not await is_whole(kept, self.manifests, self.contents):
            raise StoreFullError(
                f"the disk is full, and no more readers can be served straight through:"
                f" what {kept.digest} needs must wait",
                cause="node.disk_full",
                wait_s=_WAIT_S,
            )


def _private(repository: RepositoryName) -> Reply:
    return replies.refusal_reply(
        f"{repository} refuses anonymous callers, or nobody could ask whether it does;"
        " what is private is served on loopback only"
    )
