"""REG002: a registry that builds images when they are pulled."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, registry_of
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.knowledge.reputations import (
    ON_DEMAND,
    look_up,
)
from seawall.policy.mending.replacing import replace
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="REG002",
    title="Image that is built when it is pulled",
    severity=Severity.ERROR,
    what="An image of a service that builds it on demand, such as nixery.dev.",
    why="Each pull may be a build: it takes minutes, gives other bytes another day, and"
    " fails when the service is down, as rook's and buildah's tests found out.",
    fixes=(FixKind.UNSAFE,),
    remedy="Build it once, push it to a registry of your own, and name its digest."
    " If the settings name an image in its place (`replacements`), `--fix=all` puts it"
    " in.",
    bad=POD.format("nixery.dev/shell/curl"),
    good=POD.format("registry.example/tools/shell-curl:1"),
    sample="web.yaml",
    links=(
        "https://github.com/rook/rook/issues/15425",
        "https://github.com/containers/buildah/issues/5479",
    ),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find registries that build on demand."""
    del repository
    registry = registry_of(use.label)
    said = look_up(ON_DEMAND, registry)
    if said:
        message = (
            f"{use.label}: at {registry} {said}, and fails with that service: push"
        )
        message += " it to a registry of your own"
        yield RULE.finding(use, message, fix=replace(use, options))
