"""PUL008: a registry's password in a file that everybody can read."""

import base64
import re
from collections.abc import Iterator

from seawall.policy.facts.commands import Command
from seawall.policy.facts.pipelines import Workflow
from seawall.policy.facts.text import Fact
from seawall.policy.facts.workloads import SecretKind, SecretObject
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_OBJECT = """apiVersion: v1
kind: Secret
metadata:
  name: registry-pull
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: |
    {"auths": {"registry.example": {"auth": "%s"}}}
"""
_LOGINS = {"docker", "podman", "buildah", "nerdctl", "skopeo", "helm", "crane", "oras"}
_OPTIONS = ("-p", "--password")
_DUMMIES = {
    "",
    "xxx",
    "changeme",
    "example",
    "pass",
    "passw0rd",
    "password",
    "secret",
    "test",
    "testpassword",
    "dummy",
}
RULE = Rule(
    id="PUL008",
    title="Password of a registry in a file",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    what="A Secret of the type `kubernetes.io/dockerconfigjson` that is written out,"
    " and has an `auth` or a `password` in it; a pipeline with such an `auth`, as in"
    " GitLab's `DOCKER_AUTH_CONFIG`; a `docker login -p` with the password as a word."
    " Placeholders and what is filled in later are no passwords. It is never shown.",
    why="Whoever can read the repository or its history can pull, and perhaps push,"
    " with it. It has to be changed everywhere at once when it is revoked, which"
    " stops all pulls that still have the old one.",
    remedy="Revoke it. Keep the new one in a secret store, and have it brought by an"
    " ExternalSecret, a SealedSecret, or the pipeline's own secrets.",
    bad=_OBJECT % "cm9ib3Q6c2FtcGxlLW9ubHk=",
    good=_OBJECT % "${REGISTRY_AUTH}",
    sample="secret.yaml",
    links=("https://kubernetes.io/docs/concepts/security/secrets-good-practices/",),
)


_ENTRY = re.compile(rb"\\?[\"']auth\\?[\"']\s*:\s*\\?[\"']([A-Za-z0-9+/]{8,}={0,2})")


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find passwords, and tell where they are but not what."""
    del checked, options
    for secret in repository.all(SecretObject):
        if secret.made_by is SecretKind.PLAIN and secret.reveals:
            hosts = ", ".join(host.value for host in secret.hosts)
            yield RULE.finding(
                secret,
                f"{secret.owner} has a password for {hosts} in it: revoke it, and let a"
                " secret store bring the next one",
                at=secret.type,
                subject=secret.name,
            )
    for workflow in repository.all(Workflow):
        content = repository.content(workflow.path) or b""
        for fact in _find_written(workflow.path, content):
            yield RULE.finding(
                fact,
                "a registry's credential is written out in this pipeline: revoke it,"
                " and read the next one from the pipeline's secrets",
                subject="pipeline",
            )
    for command in repository.all(Command):
        logs_in = command.program in _LOGINS and "login" in command.operands[:2]
        if logs_in and _has_password(command):
            yield RULE.finding(
                command,
                f"{command.program} login has its password as a word: revoke it, and"
                " read the next one from the pipeline's secrets",
                at=command.argv[0],
                subject=command.program,
            )


def _find_written(path: str, content: bytes) -> Iterator[Fact]:
    """Find entries of Docker's own file that are written out, as in a variable."""
    for found in _ENTRY.finditer(content):
        try:
            said = base64.b64decode(found[1], validate=True).decode()
        except ValueError:
            continue
        password = said.partition(":")[2]
        if password and password.lower() not in _DUMMIES and len(set(password)) > 3:  # noqa: PLR2004
            yield Fact(path=path, start=found.start(), stop=found.start(1))


def _has_password(command: Command) -> bool:
    """Whether a word is a password itself, and nothing that is filled in."""
    words = [word.value for word in command.argv]
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in _OPTIONS:
            said = value if equals else words[at + 1] if at + 1 < len(words) else ""
            if not any(c in said for c in "$`<{(%@") and said.lower() not in _DUMMIES:
                return True
    return False
