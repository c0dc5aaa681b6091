"""Which files are whose configuration: by name and folder, and by what they say."""

import re
from collections.abc import Callable, Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.images import Role, name_image
from seawall.policy.facts.text import Fact
from seawall.policy.options import matches
from seawall.policy.reading.configs.tomlmarks import read_toml
from seawall.policy.reading.configs.treevalues import freeze, grow, read_json
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source


def _read_yaml(source: Source) -> Value | None:
    if len(source.documents) != 1:  # a file of objects is another reader's
        return None
    return freeze(grow(source.documents[0], source.limits), source.limits)


_PLACES: tuple[tuple[str, Client, Callable[[Source], Value | None]], ...] = (
    ("**/hosts.toml", Client.HOSTS_TOML, read_toml),
    ("**/config.toml", Client.CONTAINERD, read_toml),
    ("**/*containerd*.toml", Client.CONTAINERD, read_toml),
    ("**/buildkitd*.toml", Client.BUILDKIT, read_toml),
    ("**/*registries*.conf", Client.REGISTRIES, read_toml),
    ("**/registries.conf.d/*.conf", Client.REGISTRIES, read_toml),
    ("**/*crio*.conf", Client.CRIO, read_toml),
    ("**/crio.conf.d/*", Client.CRIO, read_toml),
    ("**/daemon.json", Client.DOCKER, read_json),
    ("**/.docker/config.json", Client.DOCKER_CLI, read_json),
    ("**/registries.yaml", Client.K3S, _read_yaml),
    ("**/registries.yml", Client.K3S, _read_yaml),
)
_TELLS = {
    # Many programs have a config.toml: only containerd's names its plugins so.
    Client.CONTAINERD: b"io.containerd.",
    Client.CRIO: b"crio",
    Client.K3S: b":",
}
_SANDBOXES = frozenset({Client.CONTAINERD, Client.CRIO})
_SANDBOX = frozenset({"sandbox_image", "pause_image"})
_PORT = re.compile(r"(.+?)_([0-9]{1,5})_")
_TARGET = re.compile(
    rb"^#[^\n]*\b(?:containerd|buildkit|cri-o|docker|podman)\s+v?(\d+\.\d+(?:\.\d+)?)",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD_BYTES = 1024


def read_client(source: Source) -> Iterator[Fact]:
    """Read a configuration, if the file is one."""
    yield from read_as(source, source.path)


def read_as(source: Source, name: str) -> Iterator[Fact]:
    """Read a configuration that has another name where it is used.

    Args:
        source: What it says.
        name: The file that it is, or becomes.
    """
    found = find_client(name, source.data)
    if found is None:
        return
    client, read = found
    tree = read(source)
    if tree is None or tree.type != "table":
        return
    target = _TARGET.search(source.data, 0, _HEAD_BYTES)
    yield ClientConfig(
        path=source.path,
        start=min(source.line_starts[0], len(source.data)),
        stop=len(source.data),
        client=client,
        tree=tree,
        target=target[1].decode() if target else "",
        registry=find_registry(name) if client is Client.HOSTS_TOML else "",
    )
    if client in _SANDBOXES:
        yield from _read_sandboxes(source, tree)


def _read_sandboxes(source: Source, tree: Value) -> Iterator[Fact]:
    """Yield the image that each pod of a node needs before any of its own."""
    for keys, value in tree.walk():
        is_one = keys[-1] in _SANDBOX or keys[-2:] == ("pinned_images", "sandbox")
        if is_one and value.word is not None and value.type == "string":
            yield name_image(
                source.path, value.word, Role.CONTAINER, owner="sandbox of all pods"
            )


def find_client(
    path: str, data: bytes
) -> tuple[Client, Callable[[Source], Value | None]] | None:
    """Say whose configuration a file is, and what reads it."""
    for pattern, client, read in _PLACES:
        if matches(pattern, path.lower()) and _TELLS.get(client, b"") in data:
            return client, read
    return None


def find_registry(path: str) -> str:
    """Name the registry that containerd uses a hosts.toml for, by its folder.

    >>> find_registry("certs.d/docker.io/hosts.toml")
    'docker.io'
    >>> find_registry("certs.d/mirror.example_5000_/hosts.toml")
    'mirror.example:5000'
    """
    folder = path.rpartition("/")[0].rpartition("/")[2]
    match = _PORT.fullmatch(folder)
    return f"{match[1]}:{match[2]}" if match else folder


READER = Reader(
    "configuration of a client",
    tuple(pattern for pattern, _, _ in _PLACES),
    read_client,
)
