"""With which credential an image is pulled, as far as files and settings say it."""

import re

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.facts.builds import Dockerfile
from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.pipelines import Job, Step
from seawall.policy.facts.workloads import Workload
from seawall.policy.lookups.access import SecretSource
from seawall.policy.repository import Repository

ANONYMOUS = "none"
BUILDER = "whoever builds"
_LOGIN = re.compile(r"(^|[/-])(docker|podman|ecr|acr|oci|helm)?-?login(-action)?$")


def name_access(image: ImageUse, repository: Repository) -> str:
    """Say in words which credential counts for an image; `none` if files name none."""
    name = image.repository
    workload = repository.parent(image, Workload)
    if workload is not None:
        secrets = repository.access.secrets(workload)
        if secrets.names:
            listed = ", ".join(sorted(secrets.names))
            word = "secret" if len(secrets.names) == 1 else "secrets"
            lent = secrets.source is SecretSource.ACCOUNT
            return f"{word} {listed}" + (" of the service account" if lent else "")
    if image.signed:
        return "named beside it"
    job = repository.parent(image, Job)
    if job is not None and _signs_in(job, image):
        return f"login of job {job.name}"
    if name is not None and repository.access.has_provider(name):
        return "credential provider of the nodes"
    if repository.parent(image, Dockerfile) is not None:
        return BUILDER
    return ANONYMOUS


def _signs_in(job: Job, image: ImageUse) -> bool:
    """Whether a job signs in at an image's registry before it is pulled."""
    registry = image.repository.registry if image.repository else ""
    return any(
        step.start < image.start and registry in _logins(step) for step in job.steps
    )


def _logins(step: Step) -> set[str]:
    found = {
        _registry(command)
        for command in step.commands
        if command.program in ("docker", "podman", "buildah", "skopeo", "helm")
        and "login" in command.operands[:2]
    }
    if _LOGIN.search(step.action):
        said = step.inputs.get("registry") or step.inputs.get("login-server")
        found.add(said.value if said else DOCKER_HUB)
    return found


def _registry(command: Command) -> str:
    """Read where a command signs in: its last word, if that looks like a host."""
    last = command.operands[-1]
    return last if "." in last or ":" in last else DOCKER_HUB
