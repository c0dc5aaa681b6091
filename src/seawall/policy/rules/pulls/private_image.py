"""PUL001: an image that needs a credential, and a pod that has none."""

from collections.abc import Iterator

from seawall.policy.facts.workloads import SecretObject, Workload
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.knowledge.keyholders import CLOUD, PRIVATE, look_up
from seawall.policy.mending.pullsecrets import add_secrets
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_OBJECT = """apiVersion: v1
kind: Secret
metadata:
  name: redhat-pull
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths": {"registry.redhat.io": {}}}'
---
"""
_POD = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
%s  containers:
    - name: web
      image: registry.redhat.io/ubi9/nginx-124:9.6
"""
RULE = Rule(
    id="PUL001",
    title="Private image without a way to a credential",
    severity=Severity.ERROR,
    fixes=(FixKind.UNSAFE,),
    what="An image of a registry that lets nobody in without a credential, by what is"
    " known of it or by `policy.private` of the settings, in a pod that has no"
    " pull secret of its own, none of its service account, and no credential provider"
    " in `policy.providers`. Registries of clouds are a warning: nodes of the same"
    " cloud often have a credential that no file tells of.",
    why="The pull fails with 401 or 403 on every node that does not have the image.",
    remedy="Give the pod or its service account a pull secret for that registry, or"
    " name the nodes' credential provider in the settings.",
    bad=_OBJECT + _POD % "",
    good=_OBJECT + _POD % "  imagePullSecrets:\n    - name: redhat-pull\n",
    sample="web.yaml",
    links=(
        "https://kubernetes.io/docs/concepts/containers/images/#using-a-private-registry",
    ),
)


def check(
    workload: Workload, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find a pod's private images, if it has no secret at all."""
    del options
    access = repository.access
    if access.secrets(workload).names:
        return
    for use in repository.images(workload):
        image = use.repository
        if image is None or use.is_never_pulled or access.has_provider(image):
            continue
        known = look_up(PRIVATE, image)
        cloud = look_up(CLOUD, image)
        if not (known or cloud or access.is_private(image)):
            continue
        sure = known or access.is_private(image)
        yield RULE.finding(
            use,
            f"{workload.owner} has no pull secret for {image}:"
            f" {known or cloud or 'the settings say that it needs one'}",
            owner=workload.owner,
            severity=None if sure else Severity.WARNING,
            confidence=None if sure else Confidence.LOW,
            fix=_mend(workload, image.registry, repository),
        )
        return


def _mend(workload: Workload, registry: str, repository: Repository) -> Fix | None:
    """Name the secret that is for this registry, if the namespace has one."""
    belonging = repository.belonging
    space = belonging.namespace(workload)
    for secret in repository.all(SecretObject):
        hosts = [host.value for host in secret.hosts]
        same = belonging.namespace(secret) == space
        if registry in hosts and same and belonging.may_meet(secret, workload):
            edits = add_secrets(workload, [secret.name])
            reason = f"{secret.name} has a credential for {registry}"
            return Fix(FixKind.UNSAFE, edits, reason) if edits else None
    return None
