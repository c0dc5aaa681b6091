"""REG009: a registry that is pulled from itself."""

import re
from collections.abc import Iterator

from seawall.oci.reference import RepositoryName
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
    " to such a host; a registry that is mapped to a service of its own namespace; and"
    " pods of the network, of DNS and of storage that are mapped to a service of the"
    " cluster.",
    why="It can only start where its image is cached. After the loss of a node nothing"
    " brings it back: whoever should serve the image waits for it.",
    remedy="Pull it from a registry outside the cluster, or leave it out of the"
    " mirror. There is no fix: no label of a pod switches off what its node's mirrors"
    " are, and which registry outside has the image does not stand in files.",
    bad=_ZOT.format("zot.registry.svc.cluster.local:5000"),
    good=_ZOT.format("ghcr.io"),
    sample="zot.yaml",
    links=("https://github.com/cozystack/cozystack/pull/3125",),
)


_GROUND = re.compile(
    r"[/-](?:calico|cilium|flannel|antrea|kube-router|multus|kube-ovn|coredns|kube-proxy"
    r"|csi)[/-]"
)
"""Parts of names of what pods need before a service of the cluster can be reached."""
_REGISTRIES = {
    "library/registry",
    "distribution/distribution",
    "project-zot/zot",
    "goharbor/registry-photon",
    "goharbor/nginx-photon",
    "trow-registry/trow",
    "sonatype/nexus3",
}


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
        if mirror and _is_needed_first(use.repository, host):
            yield RULE.finding(
                use,
                f"{workload.owner} pulls {use.label} through {host}, which cannot"
                " answer before it runs: let it come from outside the cluster",
                owner=workload.owner,
            )
        elif _is_own(host, workload, repository) or (
            mirror and _is_registry_of(host, workload, use.repository, repository)
        ):
            yield RULE.finding(
                use,
                f"{workload.owner} pulls {use.label} from {host}, which it seems"
                " to be itself: without its cached image it never starts again",
                owner=workload.owner,
            )


def _inside(host: str) -> list[str]:
    """List the parts of a service's name within the cluster; none for other hosts."""
    parts = host.partition(":")[0].split(".")
    return parts if parts[2:3] == ["svc"] else []


def _is_needed_first(image: RepositoryName, host: str) -> bool:
    """Whether a service of the cluster cannot be reached without what it gives."""
    return bool(_inside(host)) and _GROUND.search(f"/{image.path}/") is not None


def _is_registry_of(
    host: str, workload: Workload, image: RepositoryName, repository: Repository
) -> bool:
    """Whether a workload is a registry in the namespace of the host's service."""
    parts = _inside(host)
    space = repository.belonging.namespace(workload)
    return bool(parts) and parts[1] == space and image.path in _REGISTRIES


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
