"""CFG006: containerd is told of mirrors in two ways that exclude each other."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Text
from seawall.policy.finding import Finding, Severity
from seawall.policy.lookups.mirroring import list_registries, list_tables
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_CONFIG = """version = 2

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
"""

RULE = Rule(
    id="CFG006",
    title="config_path together with mirrors",
    severity=Severity.ERROR,
    what="In containerd's `config.toml`: `registry.config_path` beside"
    " `registry.mirrors`, or beside `tls` in `registry.configs`. `auth` may stay.",
    why="The plugin that pulls for the kubelet refuses to start with both: the node"
    " becomes NotReady at the next restart of containerd.",
    remedy="Move each mirror into a `hosts.toml` below `config_path`.",
    bad=_CONFIG
    + '  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n'
    '    endpoint = ["https://mirror.example"]\n',
    good=_CONFIG,
    sample="containerd/config.toml",
    links=("https://github.com/containerd/containerd/blob/main/docs/cri/registry.md",),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find what cannot stand beside a folder of hosts."""
    del repository, options
    if config.client is not Client.CONTAINERD:
        return
    for _, registry in list_registries(config):
        folder = registry.get("config_path")
        if folder is None or not folder.said:
            continue
        for text in _find_old(registry):
            said = f"{text.value} cannot stand beside config_path: containerd's plugin"
            said += " refuses to start, and the node with it; use hosts.toml alone"
            yield RULE.finding(config, said, at=text)


def _find_old(registry: Value) -> Iterator[Text]:
    for key, table in list_tables(registry):
        if key.value == "mirrors" and table.entries:
            yield key
        if key.value == "configs":
            for _, host in list_tables(table):
                yield from (k for k, v in list_tables(host) if k.value == "tls")
