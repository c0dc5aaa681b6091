"""IMG003: a tag without a digest."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.knowledge.tagging import is_channel
from seawall.policy.mending.pins import pin
from seawall.policy.options import PolicyOptions, Profile
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_DIGEST = "sha256:" + "5b3c0a1f" * 8
RULE = Rule(
    id="IMG003",
    title="Tag without a digest",
    severity=Severity.NOTE,
    profiles={Profile.STRICT: Severity.WARNING},
    fixes=(FixKind.ONLINE,),
    what="An image that is named by a tag alone. Tags that move by habit are left to"
    " IMG002 and IMG004, and what a Dockerfile names outside of `FROM` (`COPY --from=`,"
    " `RUN --mount=from=`, `# syntax=`) to BLD002.",
    why="Whoever may push may make the tag mean something else. And a cache can never"
    " answer for it without asking: with a digest it needs nobody.",
    remedy="Add the digest of the index, and keep the tag for people."
    " `seawall check --fix=online` does.",
    bad=POD.format("nginx:1.29.3"),
    good=POD.format(f"nginx:1.29.3@{_DIGEST}"),
    sample="web.yaml",
    links=("https://kubernetes.io/docs/concepts/containers/images/#image-names",),
)

_VERSION = ":{{ .Chart.AppVersion }}"
"""What the reader of values says for a tag that they leave to the chart."""
_LEFT_ALONE = {Role.IMPLICIT, Role.COPY_FROM, Role.MOUNT_FROM, Role.SYNTAX}
"""What no file names; and BLD002's, which asks for the same digest."""


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find tags without digests."""
    del repository, options
    image = use.reference
    if use.role in _LEFT_ALONE or use.is_never_pulled:
        return
    if image is None and use.repository and use.text.value.endswith(_VERSION):
        message = (
            f"{use.repository} has no digest: its tag is left to the chart, and may"
        )
        yield RULE.finding(use, f"{message} move; add the digest to the values")
    if image is None or image.tag is None or image.digest is not None:
        return
    if image.tag != "latest" and not is_channel(image.tag):
        message = f"{use.label} has no digest: its tag may move, and caches have to ask"
        message += " what it means; add the digest"
        yield RULE.finding(use, message, fix=pin(use))
