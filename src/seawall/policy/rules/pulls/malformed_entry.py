"""PUL005: entries of pull secrets that Kubernetes refuses or ignores."""

from collections.abc import Iterator

from seawall.policy.facts.injections import SecretsCode
from seawall.policy.facts.workloads import (
    Manifest,
    SecretEntry,
    SecretList,
    ServiceAccount,
    Workload,
)
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
  imagePullSecrets:
    - %s
  containers:
    - name: web
      image: registry.example/shop/web:1.4.2
"""
RULE = Rule(
    id="PUL005",
    title="Malformed entry of pull secrets",
    severity=Severity.ERROR,
    fixes=(FixKind.SAFE,),
    what="An entry of `imagePullSecrets` that is a text, has other keys than `name`,"
    " has an empty name, or names a secret that the list has already; in manifests, and"
    " in TypeScript or Python where the entry is written out in a pod's list.",
    why="A text makes the API server refuse the object. A `namespace` is refused or"
    " dropped, as the client validates: the secret has to be in the pod's own"
    " namespace all the same. An empty name is ignored. A double is refused by"
    " server-side apply.",
    remedy="Write `- name: SECRET`, once for each secret, and have the secret in the"
    " namespace of the pod.",
    bad=_POD % "registry-pull",
    good=_POD % "name: registry-pull",
    sample="web.yaml",
    links=(
        "https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/",
    ),
)


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find entries that are not a name alone, in manifests and in code."""
    del checked, options
    for manifest in repository.all(Manifest):
        if isinstance(manifest, Workload | ServiceAccount) and manifest.secrets:
            yield from _judge(manifest, manifest.secrets, repository)
    for code in repository.all(SecretsCode):
        for entry in code.faults:
            yield RULE.finding(
                code,
                f"an entry of {code.target} is {entry.fault}",
                at=entry.text,
                subject=code.target,
            )


def _judge(
    manifest: Manifest, listed: SecretList, repository: Repository
) -> Iterator[Finding]:
    seen: set[str] = set()
    for entry in listed.entries:
        name = entry.name.value if entry.name else ""
        fault = entry.fault
        double = bool(name) and name in seen and not fault
        seen.add(name)
        if double:
            fault = f"names {name} once more: server-side apply refuses that"
        if fault:
            is_whole = (entry.start, entry.stop) == (listed.start, listed.stop)
            whose = f"{manifest.owner}'s pull secrets"
            whose = whose if is_whole else f"an entry of {whose}"
            remedy = "name each once" if double else "write `- name: SECRET`"
            fact = Manifest(
                path=manifest.path,
                start=entry.start,
                stop=entry.stop,
                api=manifest.api,
                kind=manifest.kind,
                name=manifest.name,
            )
            yield RULE.finding(
                fact,
                f"{whose} {fault}; {remedy}",
                subject=name,
                severity=Severity.WARNING if double else None,
                fix=_mend(manifest, listed, entry, repository, double=double),
            )


def _mend(
    manifest: Manifest,
    listed: SecretList,
    entry: SecretEntry,
    repository: Repository,
    *,
    double: bool,
) -> Fix | None:
    content = repository.content(manifest.path)
    if content is None or listed.flow:
        return None
    line = content.rfind(b"\n", 0, entry.start) + 1
    if content[line : entry.start].strip() != b"-":
        return None
    if double:
        end = content.find(b"\n", entry.stop) + 1 or len(content)
        edit = Edit(manifest.path, line, end, b"")
        return Fix(FixKind.SAFE, (edit,), "the list has it already")
    old = content[entry.start : entry.stop]
    if entry.name is not None and entry.name.value:
        name = entry.name.value
        new = f"name: {name}".encode()
        reason = "nothing but the name counts"
    elif entry.fault.startswith("is a text") and _is_name(old):
        new = b"name: " + old
        reason = "the text is the secret's name"
    else:
        return None
    return Fix(
        FixKind.SAFE, (Edit(manifest.path, entry.start, entry.stop, new),), reason
    )


def _is_name(text: bytes) -> bool:
    """Whether bytes are a name of Kubernetes, without quotes."""
    allowed = b"abcdefghijklmnopqrstuvwxyz0123456789-."
    return bool(text) and all(byte in allowed for byte in text)
