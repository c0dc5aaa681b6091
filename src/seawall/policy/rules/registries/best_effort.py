"""REG010: a mirror without any promise as the only source."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, registry_of
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.reputations import (
    BEST_EFFORT,
    look_up,
)
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="REG010",
    title="Best-effort mirror as the only source",
    severity=Severity.NOTE,
    what="An image that is named at a public mirror which promises nothing, such as"
    " mirror.gcr.io or a community's.",
    why="A mirror is good as one source of two. As the only one it fails when it drops"
    " an image, changes its allow-list, or closes, as several have.",
    remedy="Name the image at its origin, and the mirror in the clients' settings"
    " (`seawall render`), so that the origin is still there behind it.",
    bad=POD.format("mirror.gcr.io/library/nginx:1.29.3"),
    good=POD.format("docker.io/library/nginx:1.29.3"),
    sample="web.yaml",
    links=(
        "https://cloud.google.com/artifact-registry/docs/pull-cached-dockerhub-images",
    ),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images that are named at mirrors."""
    del repository, options
    registry = registry_of(use.label)
    said = look_up(BEST_EFFORT, registry)
    if said:
        message = f"{use.label}: {registry} is a mirror: {said}; let it not be the only"
        message += " source"
        yield RULE.finding(use, message)
