"""CFG015: what a client does when its mirror fails is not what the profile wants."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.facts.text import Text
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.mirrorhosts import HUB_API, host_of, path_of
from seawall.policy.lookups.mirroring import list_mirrors, source_of
from seawall.policy.options import PolicyOptions, Profile
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG015",
    title="Last resort against the profile",
    severity=Severity.NOTE,
    profiles={Profile.AIRGAP: Severity.WARNING},
    what="A `hosts.toml` or an entry of registries.conf that names one mirror and"
    " forbids upstream (`server` is the mirror, or `blocked`); with the profile"
    " `airgap`, one that goes on to upstream.",
    why="With one place to pull from, all pulls fail when it does. Where nothing may"
    " leave the allowed registries, a last resort that is not reached costs each failed"
    " pull a timeout, and hides what the mirror lacks.",
    remedy="Name a second mirror, or let upstream be the last resort; for `airgap`,"
    " make the mirror the `server`, or block the registry.",
    bad='server = "https://mirror.example"\n\n[host."https://mirror.example"]\n'
    '  capabilities = ["pull", "resolve"]\n',
    good='server = "https://quay.io"\n\n[host."https://mirror.example"]\n'
    '  capabilities = ["pull", "resolve"]\n',
    sample="quay.io/hosts.toml",
    links=("https://github.com/containerd/containerd/blob/main/docs/hosts.md",),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find single places to pull from, or places too many."""
    del repository
    if config.client is Client.HOSTS_TOML:
        groups = [_read_hosts(config)]
    elif config.client is Client.REGISTRIES:
        groups = list(_list_groups(config))
    else:
        return
    for source, hosts, falls_back, at in groups:
        if options.profile is Profile.AIRGAP and hosts and falls_back:
            said = f"what the mirrors of {source} lack is asked of {source} itself, and"
            said += " waits for it in vain: forbid it"
        elif options.profile is not Profile.AIRGAP and not falls_back:
            if len(hosts) != 1:
                continue
            said = (
                f"{source} is pulled from {min(hosts)} or not at all: name a second one"
            )
        else:
            continue
        yield RULE.finding(config, said, at=at, subject=source)


def _read_hosts(config: ClientConfig) -> tuple[str, set[str], bool, Text | None]:
    """Say where containerd pulls from, and whether upstream is among that."""
    mirrors = list(list_mirrors(config))
    hosts = {host_of(mirror.text.value) for mirror in mirrors}
    first = mirrors[0].text if mirrors else None
    server = config.tree.get("server")
    if server is None or server.word is None or not server.said:
        return config.registry, hosts, True, first
    own = HUB_API if config.registry == "docker.io" else config.registry
    host = host_of(server.said)
    if host in (own, config.registry) and path_of(server.said) in ("", "v2"):
        return config.registry, hosts, True, first
    return config.registry, hosts | {host}, False, server.word


def _list_groups(
    config: ClientConfig,
) -> Iterator[tuple[str, set[str], bool, Text | None]]:
    registries = config.tree.get("registry")
    uses = list(list_mirrors(config))
    for registry in registries.items if registries else ():
        source = source_of(registry)
        blocked = registry.get("blocked")
        mine = [use for use in uses if use.owner is registry]
        if source is not None and mine:
            stops = blocked is not None and blocked.is_true
            hosts = {host_of(use.text.value) for use in mine}
            yield source.value, hosts, not stops, source
