"""A registry as the supply sees it: its sources in order, and its rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seawall.errors import OfflineError, UnknownRegistryError
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.supply.freshness import FreshnessOptions
from seawall.transfer.flight import ContentSource
from seawall.transfer.sources.registry import RegistrySource


@dataclass(frozen=True)
class Registry:
    """One logical upstream, such as docker.io.

    Attributes:
        name: As in image references.
        sources: Where its contents may come from; the last is the origin.
        freshness: How long its names hold.
        has_credentials: Whether some requests carry a credential.
    """

    name: str
    sources: Sequence[RegistrySource]
    freshness: FreshnessOptions = field(default_factory=FreshnessOptions)
    has_credentials: bool = False

    @property
    def origin(self) -> RegistrySource:
        """The source that has the last word on names."""
        return self.sources[-1]

    def sources_of(
        self, repository: RepositoryName, digest: Digest
    ) -> Sequence[ContentSource]:
        """Give the sources of one blob, in their order."""
        return [source.content(repository, digest) for source in self.sources]

    @property
    def name_sources(self) -> Sequence[RegistrySource]:
        """Those that may answer names: marked mirrors as listed, then the origin."""
        return [s for s in self.sources if s.answers_names or s.is_origin]

    @property
    def silent_mirrors(self) -> Sequence[RegistrySource]:
        """Those asked about names only when the origin cannot be."""
        return [s for s in self.sources if not (s.answers_names or s.is_origin)]


class KnownRegistries:
    """The registries of the settings; replaced as a whole when they are reloaded."""

    def __init__(
        self, registries: Mapping[str, Registry], *, default: str | None, offline: bool
    ) -> None:
        self.replace(registries, default=default, offline=offline)

    def replace(
        self, registries: Mapping[str, Registry], *, default: str | None, offline: bool
    ) -> None:
        """Take over other settings, between two requests."""
        self._registries = dict(registries)
        self.names = frozenset(registries)
        self.default = default
        self.offline = offline

    def list_asked(self) -> dict[str, list[RegistrySource]]:
        """List by name the sources that may be asked, those switched off left out."""
        return {
            name: [source for source in registry.sources if not source.is_off]
            for name, registry in self._registries.items()
        }

    def refuse_offline(self, repository: RepositoryName, digest: Digest) -> None:
        """Raise if nobody may be asked.

        Raises:
            OfflineError: The settings say so.
        """
        if self.offline:
            raise OfflineError(
                f"Seawall is offline by its settings, and has not stored {digest}"
                f" of {repository}",
                cause="policy.offline",
            )

    def find(self, name: str) -> Registry:
        """Return a registry.

        Raises:
            UnknownRegistryError: The settings do not know it; it is never dialled.
        """
        registry = self._registries.get(name)
        if registry is None:
            raise UnknownRegistryError(
                f"the settings know no registry {name!r};"
                f" add [registries.{name!r}] to allow it"
            )
        return registry
