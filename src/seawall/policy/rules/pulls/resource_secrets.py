"""PUL011: a custom resource that makes pods, without its field for pull secrets."""

import re
from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.workloads import Manifest, Workload
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.knowledge.operated import SECRET_FIELDS
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_PAIR = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  imagePullSecrets: [{name: registry-pull}]
  containers:
    - name: web
      image: registry.example/shop/web:1.4.2
---
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: build
spec:
  {}entrypoint: main
  templates:
    - name: main
      container:
        image: registry.example/shop/build:1.4.2
"""
_FIELD = "imagePullSecrets: [{name: registry-pull}]\n  "


def _list_fields() -> str:
    """Write the fields that are known as rows of a table."""
    rows = sorted(SECRET_FIELDS.items())
    return "\n".join(f"| {kind} | `{field}` |" for kind, field in rows)


RULE = Rule(
    id="PUL011",
    title="Custom resource without its pull secrets",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    what="A resource that an operator makes pods of, such as an Argo Workflow, a Tekton"
    " run or a CloudNativePG Cluster, without its field for pull secrets, where pods"
    " that are deployed with it pull from the same registry with one.",
    why="The operator's pods have the secrets that this field names, and those of their"
    " service account. Without both they pull anonymously.",
    remedy="Set the field that the kind has for it, or give its service account the"
    " secret. There is no fix: a list of its own may switch off that of the account"
    " that the operator gives its pods, which does not stand in files."
    "\n\n| kind | field |\n|---|---|\n" + _list_fields(),
    bad=_PAIR.replace("{}entry", "entry"),
    good=_PAIR.replace("{}entry", f"{_FIELD}entry"),
    sample="shop.yaml",
    links=("https://argo-workflows.readthedocs.io/en/latest/fields/",),
)
_SAYS = re.compile(rb"imagePullSecrets")
_ACCOUNT = re.compile(rb"serviceAccount(?:Name)?[\"']?:\s*[\"']?([\w.-]+)")


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images of resources whose field is missing."""
    del options
    if use.repository is None or repository.parent(use, Manifest) is not None:
        return
    manifest = repository.manifest_at(use.path, use.start)
    if manifest is None or isinstance(manifest, Workload):
        return
    field = SECRET_FIELDS.get(manifest.kind)
    content = repository.content(use.path)
    if field is None or content is None:
        return
    said = content[manifest.start : manifest.stop]
    if _SAYS.search(said):
        return
    helped = repository.access.helped(manifest, use.repository.registry)
    account = _ACCOUNT.search(said)
    name = account.group(1).decode() if account else "default"
    lender = repository.access.account(name, manifest)
    if helped is None or (lender is not None and lender.secrets is not None):
        return
    sibling = helped.by[0][0]
    yield RULE.finding(
        use,
        f"{manifest.owner} pulls from {use.repository.registry} without {field}, and"
        f" its pods may be refused; {sibling.owner} has a pull secret",
        owner=manifest.owner,
        related=(sibling,),
    )
