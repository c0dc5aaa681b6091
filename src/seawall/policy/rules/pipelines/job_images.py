"""CI001: the image of a job or of a service without a digest."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import Job
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.mending.pins import pin
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_JOB = """on: push
jobs:
  test:
    runs-on: ubuntu-24.04
    container: {}
    steps:
      - run: make test
"""
RULE = Rule(
    id="CI001",
    title="Unpinned image of a job, a service or an action",
    severity=Severity.WARNING,
    fixes=(FixKind.ONLINE,),
    what="An image without a digest that a pipeline runs in (`container`, `image`),"
    " beside (`services`), or as an action (`docker://`), and one that is named for an"
    " action that would pull another. Values of a matrix count each for itself; what an"
    " action makes a name of is told once for each name and file. Whether Docker"
    " Hub gives it to anybody is REG001's question.",
    why="The pipeline fails, or tests something else, on the day that somebody pushes"
    " the tag again, and nothing in the repository tells why. With a digest the image"
    " can also come from a mirror or a cache that holds it.",
    remedy="Add the digest (`seawall check --fix=online` does). If the registry wants"
    " to know who asks, give `credentials` beside `image`.",
    bad=_JOB.format("quay.io/team/builder:2"),
    good=_JOB.format("quay.io/team/builder:2@sha256:" + "5b3c0a1f" * 8),
    sample=".github/workflows/test.yml",
    links=(
        "https://docs.github.com/en/actions/how-tos/write-workflows/choose-where-workflows-run/run-jobs-in-a-container",
    ),
)

_WHAT = {
    Role.JOB: "the job runs in it",
    Role.SERVICE: "the job has it as a service",
    Role.ACTION: "it is run as an action",
    Role.IMPLICIT: "an action is told to use it",
}


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images of jobs that may change from run to run."""
    del options
    what = _WHAT.get(use.role)
    if what is None or use.reference is None or use.reference.digest is not None:
        return
    hidden = use.role is Role.IMPLICIT and use.origin.startswith("pulled by")
    if hidden or use.is_never_pulled or repository.parent(use, Job) is None:
        return
    said = (
        f"{use.label} has no digest, and {what}: a push to its tag can break the run;"
    )
    said += " add the digest"
    yield RULE.finding(use, said, fix=pin(use))
