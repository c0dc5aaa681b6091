"""Media types of manifests, indexes, configurations and layers, old and new."""

from collections.abc import Iterable
from enum import StrEnum

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
OCI_LAYER_NONDISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar"

DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_LAYER_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

# Recognised only to be refused plainly: no client of today pulls these.
DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"

OCTETS = "application/octet-stream"

INDEXES = (OCI_INDEX, DOCKER_INDEX)
MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)
SCHEMA1 = (DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED)

_ANY = ("*/*", "application/*")


class Kind(StrEnum):
    """What a client can make of an answer; one tag may mean two things."""

    INDEX = "index"  # it picks its platform itself
    MANIFEST = "manifest"  # it knows single manifests only
    ANY = "any"  # the name means the same to every client: it is no image's


ACCEPT = {
    Kind.INDEX: ", ".join(INDEXES + MANIFESTS),
    Kind.MANIFEST: ", ".join(MANIFESTS),
}
"""The one `Accept` sent upstream for each kind, whatever the client sent."""


def essence(value: str) -> str:
    """Give the type itself, without parameters and in lower case.

    >>> essence("Application/JSON; charset=utf-8")
    'application/json'
    """
    return value.partition(";")[0].strip().lower()


def is_index(media_type: str) -> bool:
    """Whether this is the type of an index, also called manifest list."""
    return media_type in INDEXES


def is_manifest(media_type: str) -> bool:
    """Whether this is the type of a single manifest; an index is none."""
    return media_type in MANIFESTS


def kind_of_accept(values: Iterable[str]) -> Kind:
    """Say what the client behind these `Accept` headers can use.

    Only a client that names single manifests and no index is given a single one:
    no header, a wildcard and unknown types get what the tag means by itself.
    Quality values are ignored, as registries do.

    >>> kind_of_accept(["*/*"]), kind_of_accept([DOCKER_MANIFEST])
    (<Kind.INDEX: 'index'>, <Kind.MANIFEST: 'manifest'>)
    """
    named = {essence(part) for value in values for part in value.split(",")}
    if named.isdisjoint(MANIFESTS):
        return Kind.INDEX
    single = named.isdisjoint(INDEXES) and named.isdisjoint(_ANY)
    return Kind.MANIFEST if single else Kind.INDEX
