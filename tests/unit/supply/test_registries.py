"""Registries as the supply sees them."""

import pytest

from seawall.errors import OfflineError, UnknownRegistryError
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.supply.images.registries import KnownRegistries, Registry

HUB = Registry("docker.io", ())
NAME = RepositoryName("docker.io", "library/x")


def test_only_known_registries_are_found() -> None:
    """A registry outside the settings is refused, and replaced ones are gone."""
    registries = KnownRegistries({"docker.io": HUB}, default=None, offline=False)
    found = registries.find("docker.io")
    registries.replace({}, default=None, offline=True)

    assert HUB is found
    with pytest.raises(UnknownRegistryError, match=r"docker\.io"):
        registries.find("docker.io")


def test_offline_refuses() -> None:
    """Offline, whoever would have to ask is told so."""
    registries = KnownRegistries({}, default=None, offline=False)
    registries.refuse_offline(NAME, Digest.of(b""))
    registries.offline = True

    with pytest.raises(OfflineError, match="library/x"):
        registries.refuse_offline(NAME, Digest.of(b""))
