"""PUL003: a pod's own list of pull secrets that hides its service account's."""

from collections.abc import Iterator

from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.mending.pullsecrets import add_secrets
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_PAIR = """apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
imagePullSecrets:
  - name: registry-pull
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  serviceAccountName: web
  imagePullSecrets:
    - name: hub-pull
%s  containers:
    - name: web
      image: registry.example/shop/web:1.4.2
"""
RULE = Rule(
    id="PUL003",
    title="Pod hides the pull secrets of its service account",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="A pod with a list of pull secrets of its own, whose service account has a"
    " list with other entries.",
    why="Kubernetes gives a pod the account's list only if the pod has none (admission"
    " plugin ServiceAccount). What only the account has does not count for this pod,"
    " though it looks as if it did.",
    remedy="Write the account's entries into the pod's list, too, or take that away.",
    bad=_PAIR % "",
    good=_PAIR % "    - name: registry-pull\n",
    sample="web.yaml",
    links=(
        "https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/",
    ),
)


def check(
    workload: Workload, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Compare a pod's own list with that of its account."""
    del options
    account = repository.access.account_of(workload)
    own = workload.secrets.names if workload.secrets else ()
    if account is None or account.secrets is None or not own:
        return
    if not repository.belonging.may_meet(account, workload):
        return
    hidden = [name for name in account.secrets.names if name not in own]
    if not hidden:
        return
    edits = add_secrets(workload, hidden)
    reason = f"what the service account {account.name} has counts for this pod, too"
    yield RULE.finding(
        workload,
        f"{workload.owner} has pull secrets of its own, so that"
        f" {', '.join(hidden)} of the service account {account.name} do not count:"
        " add them to its list",
        at=workload.secrets.key if workload.secrets else None,
        subject=account.name,
        fix=Fix(FixKind.SAFE, edits, reason) if edits else None,
        related=(account,),
    )
