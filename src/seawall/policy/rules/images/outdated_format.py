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
    why="containerd 2 and current CRI-O do not read that format: the pull fails however"
    " well the registry answers.",
    remedy="Use an image of today that does the same. If the settings name one"
    " (`replacements`), `--fix=all` puts it in.",
    bad=_STEP.format("docker/whalesay:latest"),
    good=_STEP.format("registry.example/tools/cowsay:1"),
    sample="hello.yaml",
    links=(
        "https://github.com/containerd/containerd/blob/main/docs/containerd-2.0.md",
        "https://github.com/argoproj/argo-events/issues/3309",
    ),
)

_OLD = frozenset({"docker.io/docker/whalesay"})


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images that nobody can read any more."""
    del repository
    if use.repository is None or str(use.repository) not in _OLD:
        return
    message = f"{use.label} is known in schema 1 only, which clients gave up"
    yield RULE.finding(use, message, fix=replace(use, options))
