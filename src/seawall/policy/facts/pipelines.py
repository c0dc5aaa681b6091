"""Pipelines of continuous integration: jobs, their containers, steps in order."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise

from seawall.oci.reference import DOCKER_HUB, canonical_registry
from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact, Insertion, Text

_SIGN_IN = {
    "docker/login-action": "registry",
    "azure/docker-login": "login-server",
    "redhat-actions/podman-login": "registry",
}
"""Actions that sign in, with the input that names the registry."""
_TAKES_WORD = {"-u", "--username", "-p", "--password", "--authfile"}
SOMEWHERE = "?"
"""Stands for a registry that only the run knows."""


class System(StrEnum):
    """Who runs a pipeline."""

    GITHUB = "GitHub Actions"
    GITLAB = "GitLab CI"
    CIRCLECI = "CircleCI"
    JENKINS = "Jenkins"
    TEKTON = "Tekton"
    ARGO = "Argo Workflows"
    OTHER = "another one"


class Step(Fact, frozen=True, kw_only=True):
    """One step of a job.

    Attributes:
        number: Counted from 0, in the order in which they run.
        name: What it is called, or empty.
        uses: The action that it uses, with its version.
        inputs: What the action is given.
        room: Where another input may be put, before the others; without any, where a
            block of inputs may.
        run: Its shell text.
        commands: The commands of that text.
        images: What it pulls: `docker://`, and what its action is known to pull.
    """

    number: int
    name: str = ""
    uses: Text | None = None
    inputs: Mapping[str, Text] = {}
    room: Insertion | None = None
    run: Text | None = None
    commands: tuple[Command, ...] = ()
    images: tuple[ImageUse, ...] = ()

    @property
    def action(self) -> str:
        """The action without its version, in lower case."""
        return self.uses.value.partition("@")[0].lower() if self.uses else ""

    @property
    def logins(self) -> Iterator[str]:
        """The registries that it signs in at."""
        given = _SIGN_IN.get(self.action)
        if given is not None:
            said = self.inputs.get(given)
            yield _name(said.value if said else "")
        yield from filter(None, map(signs_in, self.commands))

    def parts(self) -> Iterator[Fact]:
        """Yield what it pulls and runs."""
        yield from self.images
        yield from self.commands


class Job(Fact, frozen=True, kw_only=True):
    """One job of a pipeline.

    Attributes:
        name: Its key.
        runner: Where it may run: labels, and what a matrix has for them.
        container: The image it runs in.
        services: The images that run beside it.
        needs: The jobs that run before it.
        steps: Its steps, in order.
    """

    name: str
    runner: str = ""
    container: ImageUse | None = None
    services: tuple[ImageUse, ...] = ()
    needs: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    def parts(self) -> Iterator[Fact]:
        """Yield what it pulls, then its steps."""
        if self.container is not None:
            yield self.container
        yield from self.services
        yield from self.steps


class Workflow(Fact, frozen=True, kw_only=True):
    """A pipeline, whole.

    Attributes:
        system: Who runs it.
        name: What it is called, or empty.
        jobs: Its jobs.
    """

    system: System
    name: str = ""
    jobs: tuple[Job, ...] = ()

    def parts(self) -> Iterator[Fact]:
        """Yield its jobs."""
        yield from self.jobs


def signs_in(command: Command) -> str:
    """Name the registry of a `docker login`; empty for any other command."""
    words = command.arguments
    if command.program not in ("docker", "podman") or words[:1] != ("login",):
        return ""
    operands = [
        word
        for before, word in pairwise(words)
        if not word.startswith("-") and before not in _TAKES_WORD
    ]
    return _name(operands[-1] if operands else "")


def _name(said: str) -> str:
    if "$" in said:
        return SOMEWHERE
    host = said.partition("://")[2] or said
    return canonical_registry(host.partition("/")[0]) if host else DOCKER_HUB
