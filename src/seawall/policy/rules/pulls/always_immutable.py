"""POL001: an image that cannot change, and that is asked for at each start."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_POD = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: quay.io/shop/web:1.4.2@sha256:{}
      imagePullPolicy: {}
"""
_DIGEST = "0123456789abcdef" * 4
_ROLES = {Role.CONTAINER, Role.INIT, Role.EPHEMERAL, Role.VOLUME, Role.VALUES}
RULE = Rule(
    id="POL001",
    title="Always asks for an image that cannot change",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE, FixKind.UNSAFE),
    what="`imagePullPolicy: Always` with an image that is pinned by its digest.",
    why="With Always each start asks the registry, which puts it into the critical path"
    " of starting a container (KEP-2535); what a digest means never changes, and"
    " nothing is won. A restart fails while the registry is down or refuses, though"
    " the image is on the node.",
    remedy="Write `imagePullPolicy: IfNotPresent`. Where the digest is only the default"
    " of a parameter, look first at what else it is given (`--fix=all`).",
    bad=_POD.format(_DIGEST, "Always"),
    good=_POD.format(_DIGEST, "IfNotPresent"),
    sample="web.yaml",
    links=(
        "https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2535-ensure-secret-pulled-images",
        "https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",
    ),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images with a digest that are always asked for."""
    del options
    policy = use.policy
    if use.role not in _ROLES or policy is None or policy.value != "Always":
        return
    if use.reference is None or use.reference.digest is None:
        return
    fix = None
    if policy.exact and not _is_shared(use, repository):
        edit = Edit(use.path, policy.start, policy.stop, b"IfNotPresent")
        reason = "a digest means the same bytes for ever"
        # Whoever fills in a parameter may name a tag, which this would hold.
        kind = FixKind.UNSAFE if use.origin else FixKind.SAFE
        fix = Fix(kind, (edit,), reason)
    yield RULE.finding(
        use,
        f"{use.label} is pinned by its digest, and asked for at each start: with"
        " IfNotPresent it starts without the registry",
        at=policy,
        fix=fix,
    )


def _is_shared(use: ImageUse, repository: Repository) -> bool:
    """Whether the same word is the policy of an image that may change, by an alias."""
    return any(
        other.policy == use.policy
        for other in repository.in_file(use.path, ImageUse)
        if other.reference is None or other.reference.digest is None
    )
