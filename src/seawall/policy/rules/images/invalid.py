"""IMG001: a name that is no image reference."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, Role, Unresolved
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="IMG001",
    title="Invalid image reference",
    severity=Severity.ERROR,
    what="A name that no client can parse: two tags, a tag behind `@`, an empty tag,"
    " capitals in a repository's name, spaces. Names with placeholders are left to"
    " IMG010.",
    why="The pull fails before any registry is asked, everywhere and always:"
    " Kubernetes says InvalidImageName, docker `invalid reference format`.",
    remedy="Write it as `registry/path:tag`, `registry/path@sha256:…`, or both: the tag"
    " comes first.",
    bad=POD.format("openjdk:7-jre-alpine:latest"),
    good=POD.format("openjdk:7-jre-alpine"),
    sample="web.yaml",
    links=("https://pkg.go.dev/github.com/distribution/reference#pkg-overview",),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find names that cannot be parsed."""
    del repository, options
    if use.unresolved is Unresolved.INVALID:
        guessed = use.role in (Role.CODE, Role.COMMAND, Role.VALUES, Role.PARAMETER)
        confidence = Confidence.MEDIUM if guessed else Confidence.HIGH
        message = f"no client can pull {use.label!r}: it is {use.fault}"
        yield RULE.finding(use, message, confidence=confidence)
