"""PUL009: a pull secret that is made after the pods that need it."""

import re
from collections.abc import Iterator

from seawall.policy.facts.workloads import HOOK, Manifest, SecretObject, Workload
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_WAVE, _WEIGHT = "argocd.argoproj.io/sync-wave", "helm.sh/hook-weight"
_PAIR = """apiVersion: v1
kind: Secret
metadata:
  name: registry-pull
  annotations:
    argocd.argoproj.io/sync-wave: "%s"
type: kubernetes.io/dockerconfigjson
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  imagePullSecrets:
    - name: registry-pull
  containers:
    - name: web
      image: registry.example/shop/web:1.4.2
"""
RULE = Rule(
    id="PUL009",
    title="Pull secret that comes after the pod",
    severity=Severity.NOTE,
    confidence=Confidence.MEDIUM,
    fixes=(FixKind.SAFE,),
    what="A secret of the files with a later `sync-wave` of Argo CD than a pod that"
    " names it, or with a greater `hook-weight` than a hook of the same moment; one"
    " that a hook makes after the pods are installed, or that is no hook, for the pod"
    " of one that comes before the installation.",
    why="The pod starts without the secret, pulls anonymously, and waits in"
    " ImagePullBackOff; a tool that waits for the pod before it goes on never comes to"
    " the secret.",
    remedy="Give the secret the earlier wave or weight.",
    bad=_PAIR % 1,
    good=_PAIR % -1,
    sample="web.yaml",
    links=("https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/",),
)


def check(
    secret: SecretObject, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Compare a secret's moment with those of the pods that name it."""
    del options
    space = repository.belonging.namespace(secret)
    group = repository.belonging.group_of(secret)
    for workload in repository.all(Workload):
        if secret.name not in repository.access.secrets(workload).names:
            continue
        if (
            repository.belonging.namespace(workload) != space
            or repository.belonging.group_of(workload) != group
        ):
            continue
        key = _find_late(secret, workload)
        if key:
            yield RULE.finding(
                secret,
                f"{secret.owner} is made after {workload.owner}, which pulls with it"
                " and waits in vain: give it the earlier wave or weight",
                fix=_mend(secret, workload, key, repository),
                related=(workload,),
            )
            return


def _find_late(secret: Manifest, workload: Workload) -> str:
    """Name the annotation that makes a secret late; empty if none does."""
    if _number(secret, _WAVE) > _number(workload, _WAVE):
        return _WAVE
    moments = {one.strip() for one in secret.annotations.get(HOOK, "").split(",")}
    if moments & workload.hooks and _number(secret, _WEIGHT) > _number(
        workload, _WEIGHT
    ):
        return _WEIGHT
    if "pre-install" in workload.hooks and not moments - {""}:
        return HOOK  # what is no hook comes after these
    after = moments & {"post-install", "post-upgrade"}
    early = moments & {"pre-install", "pre-upgrade"}
    return HOOK if after and not early and not workload.hooks else ""


def _number(manifest: Manifest, key: str) -> int:
    said = manifest.annotations.get(key, "0").strip()
    return int(said) if re.fullmatch(r"-?\d{1,9}", said) else 0


def _mend(
    secret: SecretObject, workload: Workload, key: str, repository: Repository
) -> Fix | None:
    """Write the number before the pod's, where the file has one."""
    content = repository.content(secret.path)
    if content is None or key == HOOK:
        return None
    pattern = rf"{re.escape(key)}[\"']?:\s*[\"']?(-?\d+)".encode()
    found = re.compile(pattern).search(content, secret.start, secret.stop)
    if found is None:
        return None
    number = _number(workload, key) - 1
    edit = Edit(secret.path, found.start(1), found.end(1), str(number).encode())
    return Fix(FixKind.SAFE, (edit,), f"before {workload.owner}, which needs it")
