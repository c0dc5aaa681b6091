"""IMG011: an image in a format that clients gave up."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.mending.replacing import replace
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_STEP = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {{generateName: hello-}}
spec:
  entrypoint: say
  templates:
    - name: say
      container:
        image: {}
        command: [cowsay]
"""
RULE = Rule(
    id="IMG011",
    title="Image in a format that clients gave up",
    severity=Severity.ERROR,
    fixes=(FixKind.UNSAFE,),
    what="Images that are known to exist in Docker's first manifest format (schema 1)"
    " only.",
    why="containerd refuses that format since 2.0, and cannot read it since 2.1; Docker"
    " refuses it since 26. There the pull fails however well the registry answers.",
    remedy="Use an image of today that does the same. If the settings name one"
    " (`replacements`), `--fix=all` puts it in.",
    bad=_STEP.format("docker/whalesay:latest"),
    good=_STEP.format("registry.example/tools/cowsay:1"),
    sample="hello.yaml",
    links=(
        "https://github.com/containerd/containerd/blob/main/docs/containerd-2.0.md",
        "https://github.com/containerd/containerd/pull/11681",
        "https://github.com/argoproj/argo-events/issues/3309",
    ),
)

_OLD = frozenset({"docker.io/docker/whalesay", "docker.io/bobrik/socat"})
"""argo-events#3309; ovh/cds#7735."""


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images that nobody can read any more."""
    del repository
    if use.repository is None or str(use.repository) not in _OLD:
        return
    message = f"{use.label} exists in schema 1 only, which containerd 2 and"
    message += " Docker 26 do not pull: use an image of today"
    yield RULE.finding(use, message, fix=replace(use, options))
