"""IMG006: a tag that misleads beside a digest."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.tagging import is_channel
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_DIGEST = "sha256:" + "5b3c0a1f" * 8
RULE = Rule(
    id="IMG006",
    title="Tag that contradicts its digest",
    severity=Severity.NOTE,
    fixes=(FixKind.SAFE,),
    what="A digest beside a tag that is meant to move: `latest@sha256:…`,"
    " `nightly@sha256:…`.",
    why="The digest alone counts; the tag says something that stops being true with"
    " the next push, and people read the tag.",
    remedy="Leave the tag out, or name the version that the digest is.",
    bad=POD.format(f"quay.io/prometheus/busybox:latest@{_DIGEST}"),
    good=POD.format(f"quay.io/prometheus/busybox@{_DIGEST}"),
    sample="web.yaml",
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find tags that move, beside digests."""
    del repository, options
    image = use.reference
    if image is None or image.tag is None or image.digest is None:
        return
    if image.tag == "latest" or is_channel(image.tag):
        message = f"{image.tag} in {use.label} is not what is pulled: the digest alone"
        message += " counts; leave the tag out, or name the version"
        yield RULE.finding(use, message, fix=_drop(use, image.tag))


def _drop(use: ImageUse, tag: str) -> Fix | None:
    text = use.editable
    at = text.value.find(f":{tag}@") if text is not None else -1
    if text is None or at < 0:
        return None
    named = text.cut(at, at + 1 + len(tag))
    edit = Edit(use.path, named.start, named.stop, b"")
    return Fix(FixKind.SAFE, (edit,), "the digest alone says what is pulled")
