"""POL005: one image that some workloads pull with a secret and others without."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_POD = """apiVersion: v1
kind: Pod
metadata:
  name: {}
  namespace: {}
spec:
{}  containers:
    - name: web
      image: registry.example/shop/web:1.4.2
"""
_LIST = "  imagePullSecrets:\n    - name: registry-pull\n"
RULE = Rule(
    id="POL005",
    title="One image, pulled with a secret and without",
    severity=Severity.NOTE,
    confidence=Confidence.MEDIUM,
    what="An image that one workload pulls with a pull secret, while another one, of"
    " another namespace or application, has none. Within one application PUL002 tells"
    " of it. Tests and examples are compared with what lies beside them alone.",
    why="From Kubernetes 1.35 on (KEP-2535) the kubelet remembers which credential"
    " brought an image: a pod without it makes the kubelet ask the registry again,"
    " though the image is on the node. While the registry is down, that pod does not"
    " start.",
    remedy="Give all of them a secret for the registry, or a credential provider to the"
    " nodes.",
    bad=_POD.format("a", "one", _LIST) + "---\n" + _POD.format("b", "two", ""),
    good=_POD.format("a", "one", _LIST) + "---\n" + _POD.format("b", "two", _LIST),
    sample="web.yaml",
    links=(
        "https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2535-ensure-secret-pulled-images",
    ),
)


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images whose workloads do not agree."""
    del checked, options
    access, belonging = repository.access, repository.belonging
    by_image: dict[str, list[tuple[ImageUse, Workload]]] = {}
    for use in repository.all(ImageUse):
        workload = repository.parent(use, Workload)
        if workload is None or use.reference is None or use.is_never_pulled:
            continue
        if not access.has_provider(use.reference.repository):
            by_image.setdefault(str(use.reference), []).append((use, workload))
    for image, users in by_image.items():
        having = [one for _, one in users if access.secrets(one).names]
        for use, workload in users if having else ():
            place = (belonging.group_of(workload), belonging.namespace(workload))
            if access.secrets(workload).names or any(
                (belonging.group_of(one), belonging.namespace(one)) == place
                for one in having
            ):
                continue
            other = next(
                (
                    one
                    for one in having
                    if not _is_variant(one, workload)
                    and belonging.may_meet(one, workload)
                ),
                None,
            )
            if other is None:
                continue
            yield RULE.finding(
                use,
                f"{workload.owner} pulls {image} without a secret;"
                f" {other.owner} has one, and from Kubernetes 1.35 on a cached"
                " image is not enough without",
                owner=workload.owner,
                related=(other,),
            )
            break


def _is_variant(one: Workload, other: Workload) -> bool:
    """Whether two are one object that is written down twice: only one is applied."""
    return (one.owner, one.namespace) == (other.owner, other.namespace)
