"""PUL002: a workload without the pull secret that its siblings have."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.injections import PodText
from seawall.policy.facts.workloads import SecretObject, Workload
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.lookups.access import (
    DEFAULT_ACCOUNT,
    Helped,
    Place,
    Secrets,
    SecretSource,
)
from seawall.policy.mending.pullsecrets import add_secrets
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_TWO = 2
"""A workload and one sibling: nobody knows which of them is odd."""
_LIST = "      imagePullSecrets:\n        - name: registry-pull\n"
_SIBLING = f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
{_LIST}      containers:
        - {{name: web, image: "registry.example/shop/web:1.4.2"}}
---
"""
_JOB = """apiVersion: batch/v1
kind: Job
metadata: {{name: migrate}}
spec:
  template:
    spec:
{}      containers:
        - {{name: migrate, image: "registry.example/shop/migrate:1.4.2"}}
"""
RULE = Rule(
    id="PUL002",
    title="Workload without the pull secret of its siblings",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    fixes=(FixKind.SAFE, FixKind.UNSAFE),
    what="A workload that is deployed together with others (one chart, one application,"
    " one folder and namespace; or one kustomization, as its patches leave it), has no"
    " pull secret, or none that all others have, and pulls from the same registry."
    " Hooks, test pods, Jobs and CronJobs count. What counts for a pod is its own list;"
    " if it has none, that of its service account. Also a workload whose secrets are"
    " all for other registries, while its namespace has one for this: a container that"
    " was put in later. Where files of a folder write one object down with a secret and"
    " without, each of them is taken for itself. In Go, TypeScript and Python, the"
    " objects of one text are compared.",
    why="The workload starts where the image is cached already, or while the registry"
    " lets anonymous callers in, and fails with 401, 403 or 429 on a new node. With"
    " Kubernetes 1.35 (KubeletEnsureSecretPulledImages) a cached image is not enough"
    " either: a pod without the credential makes the kubelet ask the registry again.",
    remedy="Give it the same secret. If its service account has a list, keep that one's"
    " entries: a list of the pod switches the account's off.",
    bad=_SIBLING + _JOB.format(""),
    good=_SIBLING + _JOB.format(_LIST),
    sample="shop.yaml",
    links=(
        "https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/",
        "https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2535-ensure-secret-pulled-images",
    ),
)


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Compare the secrets of each workload with those of its siblings."""
    del checked
    for workload in repository.all(Workload):
        yield from _compare(workload, repository)
    for text in repository.all(PodText):
        inner = Repository(text.objects, options)
        for workload in inner.all(Workload):
            for finding in _compare(workload, inner):
                yield msgspec.structs.replace(finding, fix=None)


def _compare(workload: Workload, repository: Repository) -> Iterator[Finding]:
    if repository.kustomizing.is_patch(workload.path):
        return  # it is told of with what it changes
    for place in repository.access.places(workload):
        for registry in sorted(place.registries):
            helped = repository.access.helped_at(place, registry, workload.path)
            if helped is not None and _is_odd(place.secrets, helped):
                yield _report(workload, place, registry, helped)
                return
            secret = repository.access.lacking(workload, place, registry)
            if secret is not None:
                yield _report_other(workload, place, registry, secret)
                return


def _report(workload: Workload, place: Place, registry: str, helped: Helped) -> Finding:
    own = place.secrets
    others = (one for one in helped.by if one[0] is not workload)
    sibling, there = next(others, helped.by[0])
    theirs = there.secrets
    names = ", ".join(sorted(theirs.names))
    has = f"only {', '.join(sorted(own.names))}" if own.names else "no pull secret"
    said = f"{workload.owner} pulls from {registry} with {has}"
    if place.deployed is not None:
        said += f" in the kustomization {place.deployed.root or '.'}"
    made = [one for one in (place.deployed, there.deployed) if one is not None]
    elsewhere = any(one.patched for one in made) or len({o.home for o in made}) > 1
    return RULE.finding(
        _find_image(workload, registry) or workload,
        f"{said}, and fails on a node without the image; {sibling.owner} has {names}",
        owner=workload.owner,
        subject=registry,
        fix=None if elsewhere else _mend(workload, own, sibling, theirs),
        related=(sibling,),
    )


def _report_other(
    workload: Workload, place: Place, registry: str, secret: SecretObject
) -> Finding:
    """Tell of a container, perhaps one put in, whose registry no secret is for."""
    own = place.secrets
    patched = place.deployed is not None and place.deployed.patched
    edits = () if patched else add_secrets(workload, [*sorted(own.names), secret.name])
    reason = f"the secret for {registry}, beside those that it has"
    return RULE.finding(
        _find_image(workload, registry) or workload,
        f"{workload.owner} pulls from {registry} with {', '.join(sorted(own.names))},"
        f" which has no credential for it; {secret.name} has one",
        owner=workload.owner,
        subject=registry,
        fix=Fix(FixKind.SAFE, edits, reason) if edits else None,
        related=(secret,),
    )


def _find_image(workload: Workload, registry: str) -> ImageUse | None:
    found = (
        use
        for use in workload.images
        if use.repository and use.repository.registry == registry
    )
    return next(found, None)


def _is_odd(own: Secrets, helped: Helped) -> bool:
    """Whether a workload lacks what others agree on.

    One that has other secrets than its only sibling is none: nobody knows which of
    the two is right.
    """
    if not own.names:
        return True
    common = helped.common(own)
    return len(helped.by) > _TWO and bool(common) and not own.names & common


def _mend(
    workload: Workload, own: Secrets, sibling: Workload, theirs: Secrets
) -> Fix | None:
    """Add what the sibling has, and hide nothing that counts now."""
    wanted = sorted(theirs.names)
    lent = theirs.source is SecretSource.ACCOUNT and own.source is not SecretSource.POD
    if lent and own.account is not None:
        edits = add_secrets(own.account, wanted)
        reason = (
            f"the service account {own.account.name} gets what that of"
            f" {sibling.owner} has; its other pods get it, too"
        )
        return Fix(FixKind.SAFE, edits, reason) if edits else None
    edits = add_secrets(workload, [*sorted(own.names), *wanted])
    if not edits:
        return None
    if own.source is SecretSource.POD or _is_known(workload, own, sibling, theirs):
        reason = f"the pull secret that {sibling.owner} has"
        if own.source is SecretSource.ACCOUNT:
            reason += ", with those of its service account, which the list would hide"
        return Fix(FixKind.SAFE, edits, reason)
    reason = (
        f"the pull secret that {sibling.owner} has; it hides whatever the service"
        f" account {_account(workload)} has, which these files do not say"
    )
    return Fix(FixKind.UNSAFE, edits, reason)


def _is_known(
    workload: Workload, own: Secrets, sibling: Workload, theirs: Secrets
) -> bool:
    """Whether nothing unknown is hidden: the account is known, or a sibling's too."""
    if own.account is not None:
        return True
    same = _account(workload) == _account(sibling)
    return same and theirs.source is SecretSource.POD


def _account(workload: Workload) -> str:
    return workload.account.value if workload.account else DEFAULT_ACCOUNT
