"""Which mirrors a client's configuration names, whatever client it is."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Text

CRI_PLUGINS = ("io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images")
"""What containerd calls the plugin that pulls for the kubelet: 1.x, and 2.x."""


DIAL_TIMEOUT = "1s"
"""What connecting to a mirror may take before containerd asks the next host."""


class MirrorUse(msgspec.Struct, frozen=True):
    """One mirror, as a configuration names it.

    Attributes:
        source: The registry that it mirrors, or a part of one; empty for all.
        text: Its address.
        table: What else is said of it, if anything can be.
        owner: What is said of all mirrors of that source, if anything can be.
    """

    source: str
    text: Text
    table: Value | None = None
    owner: Value | None = None


def list_tables(value: Value | None) -> Iterator[tuple[Text, Value]]:
    """Yield the tables within a table, each with its key."""
    for key, below in value.entries if value else ():
        if below.type == "table":
            yield key, below


def list_words(value: Value | None) -> Iterator[Text]:
    """Yield the words of a list."""
    for item in value.items if value else ():
        if item.word is not None:
            yield item.word


def list_mirrors(config: ClientConfig) -> Iterator[MirrorUse]:
    """Yield all mirrors that a configuration names, in its order."""
    find = _FINDERS.get(config.client)
    if find is not None:
        yield from find(config)


def _of_containerd(config: ClientConfig) -> Iterator[MirrorUse]:
    for key, table in list_tables(config.tree.get("host")):
        yield MirrorUse(config.registry, key, table, config.tree)


def _of_docker(config: ClientConfig) -> Iterator[MirrorUse]:
    for word in list_words(config.tree.get("registry-mirrors")):
        yield MirrorUse("docker.io", word)


def _of_buildkit(config: ClientConfig) -> Iterator[MirrorUse]:
    for key, table in list_tables(config.tree.get("registry")):
        for word in list_words(table.get("mirrors")):
            yield MirrorUse(key.value, word, owner=table)


def _of_k3s(config: ClientConfig) -> Iterator[MirrorUse]:
    for key, table in list_tables(config.tree.get("mirrors")):
        for word in list_words(table.get("endpoint")):
            yield MirrorUse(key.value, word, owner=table)


def source_of(registry: Value) -> Text | None:
    """Say which names a `[[registry]]` of registries.conf is about."""
    value = registry.get("prefix") or registry.get("location")
    return value.word if value else None


def _of_containers(config: ClientConfig) -> Iterator[MirrorUse]:
    registries = config.tree.get("registry")
    for registry in registries.items if registries else ():
        source = source_of(registry)
        mirrors = registry.get("mirror")
        for mirror in mirrors.items if mirrors else ():
            place = mirror.get("location")
            if source is not None and place is not None and place.word is not None:
                yield MirrorUse(source.value, place.word, mirror, registry)


_FINDERS = {
    Client.HOSTS_TOML: _of_containerd,
    Client.REGISTRIES: _of_containers,
    Client.DOCKER: _of_docker,
    Client.BUILDKIT: _of_buildkit,
    Client.K3S: _of_k3s,
}


def list_registries(config: ClientConfig) -> Iterator[tuple[Text, Value]]:
    """Yield the `registry` tables of containerd's plugin that pulls for the kubelet."""
    for key, plugin in list_tables(config.tree.get("plugins")):
        registry = plugin.get("registry")
        if key.value in CRI_PLUGINS and registry is not None:
            yield key, registry
