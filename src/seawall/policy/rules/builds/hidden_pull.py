"""BLD002: images that a build pulls outside FROM."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.mending.pins import pin
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD002",
    title="Unpinned image outside FROM",
    severity=Severity.WARNING,
    fixes=(FixKind.ONLINE,),
    what="An image without a digest in `COPY --from=`, `RUN --mount=from=` or"
    " `# syntax=`. IMG003 is silent there, since both ask for the same digest.",
    why="Each build asks a registry for it, though nobody sees it as a base: bots that"
    " update FROM pass it by, and a limit there fails the build all the same."
    " `# syntax=docker/dockerfile:1` is pulled before the first line is read.",
    remedy="Add the digest (`seawall check --fix=online` does), or leave `# syntax=`"
    " out"
    " where the builder's own is new enough.",
    bad="FROM scratch\nCOPY --from=quay.io/team/tool:1 /tool /tool\n",
    good="FROM scratch\nCOPY --from=quay.io/team/tool@sha256:"
    + "5b3c0a1f" * 8
    + " /tool /tool\n",
    sample="Dockerfile",
    links=("https://docs.docker.com/build/buildkit/frontend/",),
)

_WHERE = {
    Role.COPY_FROM: "COPY --from",
    Role.MOUNT_FROM: "RUN --mount",
    Role.SYNTAX: "# syntax",
}


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images outside FROM that are not pinned."""
    del repository, options
    where = _WHERE.get(use.role) if not use.is_never_pulled else None
    if where is None or use.reference is None or use.reference.digest is not None:
        return
    yield RULE.finding(
        use,
        f"{use.label} is pulled for {where}, without a digest: each build asks its"
        " registry what that is; add the digest",
        fix=pin(use),
    )
