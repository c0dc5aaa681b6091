"""CMP002: a service that asks its registry at every start."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_APP = """services:
  web:
    image: registry.example/shop/web:1.4.2
    pull_policy: {}
"""
RULE = Rule(
    id="CMP002",
    title="Service that pulls at every start",
    severity=Severity.NOTE,
    fixes=(FixKind.SAFE,),
    what="`pull_policy: always` of a service in a Compose file. Where its tag is"
    " `latest`, or one that moves, there is no fix: always may be meant.",
    why="The registry is in the path of each start, also of a restart after a blackout:"
    " if it is down, or limits, the service stays down though its image is here.",
    remedy="Write `missing`, and pull on purpose (`docker compose pull`).",
    bad=_APP.format("always"),
    good=_APP.format("missing"),
    sample="compose.yaml",
    links=("https://docs.docker.com/reference/compose-file/services/#pull_policy",),
)

_MEANS_NOW = (None, "latest")


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find services that always pull."""
    del options
    policy = use.policy
    if use.role is not Role.SERVICE or policy is None or policy.value != "always":
        return
    message = f"{use.owner} pulls {use.label} at every start, and stays down while its"
    message += " registry is: write missing"
    fix = None
    tag = use.reference.tag if use.reference else "latest"
    shared = [
        other.reference.tag if other.reference else "latest"
        for other in repository.in_file(use.path, ImageUse)
        if other.policy == policy
    ]
    if policy.exact and not {tag, *shared} & set(_MEANS_NOW):
        edit = Edit(use.path, policy.start, policy.stop, b"missing")
        fix = Fix(FixKind.SAFE, (edit,), "the image is pulled where it is missing")
    yield RULE.finding(use, message, at=policy, fix=fix)
