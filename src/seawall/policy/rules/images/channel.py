"""IMG004: a tag that moves by habit."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.knowledge.tagging import is_channel
from seawall.policy.mending.pins import pin
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="IMG004",
    title="Tag that moves by habit",
    severity=Severity.WARNING,
    fixes=(FixKind.ONLINE,),
    what="An image whose tag names a channel: `nightly`, `master`, `edge`, `stable`,"
    " and names that end or begin with such a word, without a version, date or commit.",
    why="What was tested is not what is pulled next: the tag is there to be moved."
    " Caches have to ask for it again and again, and each question may be counted.",
    remedy="Name a version, best with its digest. `seawall check --fix=online` puts in"
    " the digest of what the tag means today.",
    bad=POD.format("docker.io/rook/ceph:master"),
    good=POD.format("docker.io/rook/ceph:v1.18.6"),
    sample="web.yaml",
)

_LEFT_ALONE = {Role.IMPLICIT}


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find tags that are channels."""
    del repository, options
    image = use.reference
    if image is None or image.tag is None or image.digest is not None:
        return
    if use.role in _LEFT_ALONE or use.is_never_pulled or not is_channel(image.tag):
        return
    message = f"{use.label} has a tag that moves, {image.tag}: what was tested is not"
    message += " what comes next; name a version or a digest"
    yield RULE.finding(use, message, fix=pin(use))
