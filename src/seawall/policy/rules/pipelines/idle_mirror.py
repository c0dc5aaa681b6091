"""CI004: a mirror for BuildKit in a job that pulls with docker."""

from collections.abc import Iterator

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import Job, Step
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_JOB = """on: push
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/setup-buildx-action@v3
        with:
          buildkitd-config-inline: |
            [registry."docker.io"]
              mirrors = ["mirror.example"]
      - run: {}
"""
RULE = Rule(
    id="CI004",
    title="Mirror that does not count for what the job pulls",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    what="A job that gives setup-buildx a configuration with mirrors, and then pulls"
    " images of Docker Hub with `docker pull`, `docker run` or `docker compose`.",
    why="buildkitd.toml counts for builds of that builder alone. The Docker daemon has"
    " mirrors of its own (`daemon.json`), and asks Docker Hub as if there were none.",
    remedy="Give the daemon its mirror as well (`seawall render docker`), or name the"
    " images at the mirror.",
    bad=_JOB.format("docker run --rm docker.io/team/tool:1"),
    good=_JOB.format("docker buildx build ."),
    sample=".github/workflows/build.yml",
    links=("https://github.com/docker/setup-buildx-action/issues/430",),
)

_ACTION = "docker/setup-buildx-action"
_INLINE = ("buildkitd-config-inline", "config-inline")
_FILES = ("buildkitd-config", "config")
_MIRRORS = "mirrors"
_SO = ", from Docker Hub: give the daemon its mirror as well"


def check(
    job: Job, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find pulls that go around the mirror."""
    del options
    if any("daemon.json" in (step.run.value if step.run else "") for step in job.steps):
        return
    steps = [step for step in job.steps if step.action == _ACTION]
    if not any(_has_mirror(step, repository) for step in steps):
        return
    for step in job.steps:
        for use in step.images:
            if _is_dockers(use):
                said = f"{use.label} is pulled by docker, past BuildKit's mirror{_SO}"
                yield RULE.finding(use, said)
        for command in step.commands:
            if _composes(command):
                said = f"docker compose pulls past BuildKit's mirror{_SO}"
                yield RULE.finding(command, said, subject="docker compose")


def _has_mirror(step: Step, repository: Repository) -> bool:
    if any(
        _MIRRORS in step.inputs[name].value for name in _INLINE if name in step.inputs
    ):
        return True
    paths = [step.inputs[name].value for name in _FILES if name in step.inputs]
    contents = (repository.content(path.removeprefix("./")) for path in paths)
    return any(_MIRRORS.encode() in (content or b"") for content in contents)


def _is_dockers(use: ImageUse) -> bool:
    image = use.repository
    return use.role is Role.COMMAND and bool(image) and image.registry == DOCKER_HUB  # type: ignore[union-attr]


def _composes(command: Command) -> bool:
    verbs = command.operands
    old = command.program == "docker-compose"
    new = command.program == "docker" and verbs[:1] == ("compose",)
    return (old or new) and bool({"up", "pull", "run"} & set(verbs))
