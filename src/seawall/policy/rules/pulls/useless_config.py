"""PUL006: a pull secret whose credential nobody will find."""

from collections.abc import Iterator

from seawall.policy.facts.text import Text
from seawall.policy.facts.workloads import SecretKind, SecretObject, Workload
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.keyholders import HUB_KEY, LOST_HUB_KEYS
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_OBJECT = """apiVersion: v1
kind: Secret
metadata:
  name: hub-pull
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: |
    {"auths": {"%s": {"auth": ""}}}
"""
_TYPE, _KEY = "kubernetes.io/dockerconfigjson", ".dockerconfigjson"
_OLD_TYPE, _OLD_KEY = "kubernetes.io/dockercfg", ".dockercfg"
RULE = Rule(
    id="PUL006",
    title="Pull secret that cannot match",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="A Secret that pods name as their pull secret and that is of another type than"
    " `kubernetes.io/dockerconfigjson`; one of that type without the key"
    " `.dockerconfigjson`, or with something else than JSON in it; a credential of"
    " Docker Hub under a host that no client looks for.",
    why="The kubelet takes only secrets of the right type and key, and looks Docker Hub"
    f" up as `{HUB_KEY}` (`docker.io` and `index.docker.io` will do). It passes over"
    " anything else without a word, and pulls anonymously.",
    remedy="Make it with `kubectl create secret docker-registry`, or mend the key.",
    bad=_OBJECT % "https://registry-1.docker.io/v2/",
    good=_OBJECT % HUB_KEY,
    sample="secret.yaml",
    links=(
        "https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets",
    ),
)


def check(
    secret: SecretObject, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Look at type, keys and hosts."""
    del options
    if secret.made_by is not SecretKind.PLAIN:
        return
    kind = secret.type.value if secret.type else "Opaque"
    keys = {key.value for key in secret.keys}
    at = secret.type or secret
    if kind not in (_TYPE, _OLD_TYPE):
        if _is_used(secret, repository):
            yield RULE.finding(
                secret,
                f"{secret.owner} is a pull secret of the type {kind}, which no kubelet"
                " looks into",
                at=at,
            )
        return
    wanted = _KEY if kind == _TYPE else _OLD_KEY
    if keys and wanted not in keys:
        yield RULE.finding(
            secret, f"{secret.owner} has no key {wanted}, as its type needs it", at=at
        )
    elif secret.fault:
        place = next(key for key in secret.keys if key.value == wanted)
        yield RULE.finding(secret, f"{secret.owner} is {secret.fault}", at=place)
    hosts = {host.value: host for host in secret.hosts}
    for name, host in hosts.items():
        bare = name.removeprefix("https://").removeprefix("http://")
        if bare.partition("/")[0] in LOST_HUB_KEYS:
            yield RULE.finding(
                secret,
                f"{secret.owner} has Docker Hub's credential as {name}, where nobody"
                " looks for it",
                at=host,
                subject=name,
                fix=_rename(secret, name, hosts, repository),
            )


def _is_used(secret: SecretObject, repository: Repository) -> bool:
    """Whether a pod names it that is of its namespace; or near, if nobody says that."""
    belonging = repository.belonging
    space = belonging.namespace(secret)
    meets = belonging.may_meet if space else belonging.are_near
    return any(
        secret.name in repository.access.secrets(workload).names
        and belonging.namespace(workload) == space
        and meets(secret, workload)
        for workload in repository.all(Workload)
    )


def _rename(
    secret: SecretObject, name: str, hosts: dict[str, Text], repository: Repository
) -> Fix | None:
    """Write the key that is looked for, where the file has it in the clear."""
    content = repository.content(secret.path)
    if content is None or HUB_KEY in hosts:
        return None
    old = f'"{name}"'.encode()
    at = content.find(old, secret.start, secret.stop)
    if at < 0 or content.find(old, at + 1, secret.stop) >= 0:
        return None
    edit = Edit(secret.path, at, at + len(old), f'"{HUB_KEY}"'.encode())
    return Fix(FixKind.SAFE, (edit,), "the key that all clients look for")
