"""REG009: a registry that is pulled from itself."""

from collections.abc import Iterator

from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_ZOT = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: zot, namespace: registry}}
spec:
  template:
    spec:
      containers:
        - {{name: zot, image: "{}/project-zot/zot:v2.1.8"}}
"""
RULE = Rule(
    id="REG009",
    title="Registry that is pulled from itself",
    severity=Severity.ERROR,
    what="A workload whose image comes from a host inside the cluster that bears the"
    " workload's own name (`zot.registry.svc`), or is mapped by the settings' mirrors"
    " to such a host.",
    why="It can only start where its image is cached. After the loss of a node nothing"
    " brings it back: whoever should serve the image waits for it.",
    remedy="Pull it from a registry outside the cluster, or leave it out of the"
    " mirror.",
    bad=_ZOT.format("zot.registry.svc.cluster.local:5000"),
    good=_ZOT.format("ghcr.io"),
    sample="zot.yaml",
    links=("https://github.com/cozystack/cozystack/pull/3125",),
)


def check(
    workload: Workload, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find workloads that serve their own images."""
    del options
    for use in workload.images:
        if use.repository is None:
            continue
        mirror = repository.access.mirror_of(use.repository)
        host = mirror.target.partition("/")[0] if mirror else use.repository.registry
        if _is_own(host, workload, repository):
            yield RULE.finding(
                use,
                f"{workload.owner} pulls {use.label} from {host}, which it seems"
                " to be itself: without its cached image it never starts again",
                owner=workload.owner,
            )


def _is_own(host: str, workload: Workload, repository: Repository) -> bool:
    """Whether a host is a service of the cluster with the name of a workload."""
    name, _, rest = host.partition(":")[0].partition(".")
    space = repository.belonging.namespace(workload)
    inside = rest.split(".")
    if name != workload.name or not workload.name:
        return False
    if len(inside) > 1 and inside[1] == "svc":
        return not space or inside[0] == space
    return not rest and ":" in host
