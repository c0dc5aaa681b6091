"""PUL004: a pull secret that nothing in the files or settings makes."""

from collections.abc import Iterator
from difflib import get_close_matches

from seawall.policy.facts.workloads import (
    Manifest,
    SecretObject,
    ServiceAccount,
    Workload,
)
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.lookups.contexts import is_test_data
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_PAIR = """apiVersion: v1
kind: Secret
metadata:
  name: registry-pull
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: ${DOCKER_CONFIG}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  imagePullSecrets:
    - name: %s
  containers:
    - name: web
      image: registry.example/shop/web:1.4.2
"""
RULE = Rule(
    id="PUL004",
    title="Pull secret that nothing makes",
    severity=Severity.NOTE,
    confidence=Confidence.MEDIUM,
    what="A name in `imagePullSecrets` that nothing of the same namespace makes: no"
    " Secret, no object that becomes one (SealedSecret, ExternalSecret,"
    " VaultStaticSecret …), no generator, chart or Terraform resource, and no"
    " `kubectl create secret` in a script, a pipeline or a document; and that the"
    " settings do not name in `policy.secrets`. Test data is left out. It is a"
    " warning where the files have a secret of nearly that name, or of that name in"
    " another namespace.",
    why="A missing pull secret stops nothing: the kubelet tells of it in an event"
    " (`FailedToRetrieveImagePullSecret`) and pulls anonymously, until the registry"
    " answers 401, 403 or 429.",
    remedy="Mend the name, put the secret into the pod's namespace, or name it in the"
    " settings if something outside of the files makes it.",
    bad=_PAIR % "registry-pul",
    good=_PAIR % "registry-pull",
    sample="web.yaml",
    links=("https://github.com/kubernetes/kubernetes/issues/104432",),
)


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Look every name up, once for each namespace; or group, where nobody says it."""
    del checked, options
    seen: set[tuple[str, str, str]] = set()
    for holder in repository.all(Manifest):
        if not isinstance(holder, Workload | ServiceAccount) or not holder.secrets:
            continue
        if is_test_data(holder.path):
            continue  # nobody applies it, and its names are made up
        space = repository.belonging.namespace(holder)
        group = "" if space else repository.belonging.group_of(holder)
        for entry in holder.secrets.entries:
            name = entry.name.value if entry.name else ""
            if not name or "$" in name or "{{" in name:
                continue
            if (name, space, group) in seen or repository.access.defines(name, space):
                continue
            seen.add((name, space, group))
            near, why = _find_near(name, holder, repository)
            yield RULE.finding(
                holder,
                f"nothing makes the pull secret {name} of {holder.owner}{why}: without"
                " it pulls are anonymous; make it, or name it in [policy] secrets",
                at=entry.name,
                subject=name,
                severity=Severity.WARNING if near else None,
                related=(near,) if near else (),
            )


def _find_near(
    name: str, holder: Manifest, repository: Repository
) -> tuple[SecretObject | None, str]:
    """Find the secret that was meant, with words for what is wrong."""
    belonging = repository.belonging
    space = belonging.namespace(holder)
    secrets = [
        one for one in repository.all(SecretObject) if belonging.may_meet(one, holder)
    ]
    for secret in secrets:
        if secret.name == name:
            there = belonging.namespace(secret) or "another namespace"
            return secret, f" in {space}, it is in {there}" if space else ""
    known = {
        secret.name: secret
        for secret in secrets
        if belonging.namespace(secret) in ("", space)
        and (secret.type is None or "docker" in secret.type.value)
    }
    close = get_close_matches(name, known, n=1, cutoff=0.9)
    return (known[close[0]], f"; there is {close[0]}") if close else (None, "")
