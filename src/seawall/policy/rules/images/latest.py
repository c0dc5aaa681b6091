"""IMG002: an image without a tag, or with `latest`."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.mending.pins import pin
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="IMG002",
    title="Image without a tag, or with latest",
    severity=Severity.WARNING,
    fixes=(FixKind.ONLINE,),
    what="An image that is named without a tag and without a digest, or by the tag"
    " `latest`. Images that are never pulled (`imagePullPolicy: Never`) are left out.",
    why="What `latest` means changes whenever somebody pushes: two pulls of one file"
    " give two programs, and a node that restarts gets another one than its"
    " neighbour. Kubernetes pulls such an image at every start (`Always`), so the"
    " registry has to answer whenever a pod starts.",
    remedy="Name the version that was tested, best with its digest."
    " `seawall check --fix=online` puts in the digest of what the tag means today.",
    bad=POD.format("nginx:latest"),
    good=POD.format("nginx:1.29.3"),
    sample="web.yaml",
    links=(
        "https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting",
    ),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find tags that are missing, or `latest`."""
    del repository, options
    image = use.reference
    if image is None or image.digest is not None or use.role is Role.IMPLICIT:
        return  # what tools pull has rules of its own
    if image.tag not in (None, "latest") or use.is_never_pulled:
        return
    how = "has no tag, which means latest" if image.tag is None else "is tagged latest"
    message = f"{use.label} {how}: each push changes what is pulled; name a version,"
    message += " best with its digest"
    yield RULE.finding(use, message, fix=pin(use, without=":latest"))
