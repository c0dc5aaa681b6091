"""CFG010: an endpoint of k3s that is the registry itself."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.mirrorhosts import HUB_API, host_of, path_of
from seawall.policy.lookups.mirroring import list_mirrors
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG010",
    title="Endpoint that is the registry itself",
    severity=Severity.WARNING,
    what="In `registries.yaml` of k3s or RKE2: an endpoint that is the registry's own.",
    why="k3s leaves it out and tries it last, as it does anyway, without `rewrite`: the"
    " order that the file says is not what happens.",
    remedy="Leave the endpoint out; to forbid it, start k3s with"
    " `--disable-default-registry-endpoint`.",
    bad='mirrors:\n  quay.io:\n    endpoint:\n      - "https://quay.io"\n',
    good='mirrors:\n  quay.io:\n    endpoint:\n      - "https://mirror.example"\n',
    sample="registries.yaml",
    links=("https://docs.k3s.io/installation/private-registry",),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find endpoints that add nothing."""
    del repository, options
    if config.client is not Client.K3S:
        return
    for mirror in list_mirrors(config):
        address, source = mirror.text.value, mirror.source
        own = HUB_API if source == "docker.io" else source
        if host_of(address) == own and path_of(address) in ("", "v2"):
            said = (
                f"{address} is {source} itself, which k3s tries last, whatever stands"
                " here: leave it out"
            )
            yield RULE.finding(config, said, at=mirror.text, subject=source)
