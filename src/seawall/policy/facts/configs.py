"""Configurations of clients that pull: trees of values, each with its place."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from seawall.policy.facts.text import Fact, Text


class Client(StrEnum):
    """Whose configuration a file is."""

    HOSTS_TOML = "containerd's hosts.toml"
    CONTAINERD = "containerd's config.toml"
    CRIO = "CRI-O's crio.conf"
    REGISTRIES = "registries.conf"
    DOCKER = "Docker's daemon.json"
    BUILDKIT = "buildkitd.toml"
    K3S = "registries.yaml of k3s and RKE2"
    KUBELET = "the kubelet's configuration"
    CREDENTIALS = "the kubelet's credential providers"
    APT = "apt.conf"
    DOCKER_CLI = "the Docker client's config.json"


class Value(msgspec.Struct, frozen=True):
    """A value of a configuration: a table, a list, or one word.

    Attributes:
        start: Where it begins.
        stop: Where it ends.
        word: What it says, if it is neither table nor list.
        type: `string`, `integer`, `float`, `boolean`, `time`, `null`, `table`, `list`.
        entries: Of a table: each key with its value, in order.
        items: Of a list.
    """

    start: int
    stop: int
    type: str
    word: Text | None = None
    entries: tuple[tuple[Text, "Value"], ...] = ()
    items: tuple["Value", ...] = ()

    @property
    def said(self) -> str:
        """The word; empty for a table or a list."""
        return self.word.value if self.word else ""

    @property
    def is_true(self) -> bool:
        """Whether it is the truth, and no text that says so."""
        return self.type == "boolean" and self.said == "true"

    def get(self, *path: str) -> "Value | None":
        """Follow keys down; `None` if there is no such value."""
        at: Value | None = self
        for key in path:
            if at is None:
                return None
            found = [value for name, value in at.entries if name.value == key]
            at = found[-1] if found else None
        return at

    def walk(self) -> Iterator[tuple[tuple[str, ...], "Value"]]:
        """Yield all values below, each with the keys that lead to it."""
        for name, value in self.entries:
            yield (name.value,), value
            yield from (((name.value, *path), v) for path, v in value.walk())
        for item in self.items:
            yield from item.walk()


class ClientConfig(Fact, frozen=True, kw_only=True):
    """One configuration file, whole.

    Attributes:
        client: Whose it is.
        tree: What it says.
        target: The version of the client that it is for, if that is known.
        registry: The registry that it is about, if its path says so.
        mode: The file's rights, if they are known; nobody reads the disk for them.
    """

    client: Client
    tree: Value
    target: str = ""
    registry: str = ""
    mode: int | None = None
