"""PUL007: a mirror that needs a credential, and a pod that has another one only."""

from collections.abc import Iterator

from seawall.oci.reference import RepositoryName
from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.lookups.access import SecretSource
from seawall.policy.mending.pullsecrets import add_secrets
from seawall.policy.options import Mirror, PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_POD = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  imagePullSecrets:
    - name: hub-pull
%s  containers:
    - name: web
      image: mirror.example/dockerhub/library/nginx:1.29.3
"""
RULE = Rule(
    id="PUL007",
    title="Mirror without its pull secret",
    severity=Severity.ERROR,
    fixes=(FixKind.SAFE, FixKind.UNSAFE),
    what="A pod with an image of a mirror that the settings name with a secret, or of"
    " what that mirror stands for, without that secret.",
    why="The kubelet picks credentials by the image's own host: those of the registry"
    " that is mirrored are not for the mirror, so the mirror answers 401"
    " (containerd#10996, bottlerocket#2677).",
    remedy="Give the pod, or its service account, the mirror's secret, too.",
    bad=_POD % "",
    good=_POD % "    - name: mirror-pull\n",
    sample="web.yaml",
    links=("https://github.com/containerd/containerd/issues/10996",),
)


def check(
    workload: Workload, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find a pod's images of mirrors, and ask for the mirrors' secrets."""
    access = repository.access
    own = access.secrets(workload)
    for use in repository.images(workload):
        image = use.repository
        if image is None or use.is_never_pulled:
            continue
        mirror = _find_mirror(image, options) or access.mirror_of(image)
        if mirror is None or not mirror.secret or mirror.secret in own.names:
            continue
        edits = add_secrets(workload, [*sorted(own.names), mirror.secret])
        known = own.source is SecretSource.POD or own.account is not None
        kind = FixKind.SAFE if known else FixKind.UNSAFE
        reason = f"{mirror.secret} is the secret of {mirror.target}"
        yield RULE.finding(
            use,
            f"{workload.owner} has no pull secret for the mirror {mirror.target}, which"
            f" answers 401 then: add {mirror.secret}",
            owner=workload.owner,
            subject=mirror.target,
            fix=Fix(kind, edits, reason) if edits else None,
        )
        return


def _find_mirror(image: RepositoryName, options: PolicyOptions) -> Mirror | None:
    """Find the mirror that an image is of, as it is written."""
    name = f"{image}/"
    found = (one for one in options.mirrors if name.startswith(f"{one.target}/"))
    return next(found, None)
