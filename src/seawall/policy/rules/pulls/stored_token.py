"""PUL012: a token of some hours, stored as a pull secret that nobody renews."""

import re
from collections.abc import Iterator

from seawall.policy.facts.commands import Command
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_TOKENS = {
    "get-login-password": "12 hours (AWS ECR)",
    "print-access-token": "1 hour (Google Cloud)",
    "expose-token": "3 hours (Azure)",
}
_SCRIPT = """#!/bin/sh
kubectl create secret docker-registry registry-pull \\
  --docker-server=registry.example --docker-username=robot \\
  --docker-password="{}"
"""
RULE = Rule(
    id="PUL012",
    title="Token of some hours stored as a pull secret",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    what="`kubectl create secret docker-registry` with the output of"
    " `aws ecr get-login-password`, `gcloud auth print-access-token` or"
    " `az acr login --expose-token`, in anything but a CronJob.",
    why="The token ends after some hours. Pods that start later, on a node that has not"
    " the image, fail with 401 or 403: often at night, when the cluster scales.",
    remedy="Let the nodes' credential provider fetch tokens (KEP-2133, KEP-4412), or"
    " renew the secret by a CronJob in half of its time.",
    bad=_SCRIPT.format("$(aws ecr get-login-password)"),
    good=_SCRIPT.format("$ROBOT_PASSWORD"),
    sample="setup.sh",
    links=(
        "https://kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/",
    ),
)


_VARIABLE = re.compile(r"\$\{?(\w+)")
_MOST = 20
"""Variables that are looked for: no command has more."""


def _find_assigned(said: str, content: bytes) -> str:
    """Find what variables of a command are set to, as its file says line by line."""
    names = list(dict.fromkeys(_VARIABLE.findall(said)))[:_MOST]
    found = (
        re.search(rf"^[^#\n]*\b{name}=([^\n]*)".encode(), content, re.MULTILINE)
        for name in names
    )
    return " ".join(one[1].decode(errors="replace") for one in found if one)


def check(
    command: Command, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find secrets that are made of a token."""
    del options
    if command.program not in ("kubectl", "oc"):
        return
    if "docker-registry" not in command.operands:
        return
    said = " ".join(command.arguments)
    said += _find_assigned(said, repository.content(command.path) or b"")
    lasts = next((time for word, time in _TOKENS.items() if word in said), "")
    manifest = repository.manifest_at(command.path, command.start)
    if lasts and (manifest is None or manifest.kind != "CronJob"):
        yield RULE.finding(
            command,
            f"the pull secret is made of a token that ends after {lasts}: nodes that"
            " pull later are refused; let a credential provider fetch it",
            at=command.argv[0],
        )
