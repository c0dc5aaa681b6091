"""REG003: a registry that forgets."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, registry_of
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.reputations import (
    SHORT_LIVED,
    look_up,
)
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="REG003",
    title="Image in a registry that does not last",
    severity=Severity.ERROR,
    what="An image of a registry whose images or whose name last hours: ttl.sh, and"
    " tunnels such as those of ngrok and trycloudflare.",
    why="It was there when somebody tried it. Tomorrow the pull fails with 404, or the"
    " name leads to somebody else's machine.",
    remedy="Push it to a registry that keeps it.",
    bad=POD.format("ttl.sh/shop-web:1h"),
    good=POD.format("registry.example/shop/web:1.4.2"),
    sample="web.yaml",
    links=("https://ttl.sh",),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find registries that do not last."""
    del repository, options
    registry = registry_of(use.label)
    said = look_up(SHORT_LIVED, registry)
    if said:
        message = (
            f"{use.label}: {registry} does not last: {said}; push it to a registry"
        )
        message += " that keeps it"
        yield RULE.finding(use, message)
