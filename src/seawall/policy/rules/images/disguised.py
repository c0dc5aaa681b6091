"""IMG005: a tag that is a digest in disguise."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.tagging import hidden_digest, is_commit
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_HEX = "5b3c0a1f" * 8
RULE = Rule(
    id="IMG005",
    title="Tag that looks like a digest",
    severity=Severity.NOTE,
    fixes=(FixKind.UNSAFE,),
    what="A tag that spells a digest, `:sha256-5b3c…`, or a commit, `:sha-6257a44`,"
    " where no digest follows it.",
    why="It is a tag like any other: whoever may push may move it, no client verifies"
    " it, and caches have to ask what it means.",
    remedy="Write the digest as one, `@sha256:…`, after a look whether the registry has"
    " it: a tag may spell the digest of another thing. For a commit add the digest.",
    bad=POD.format(f"quay.io/team/redis:sha256-{_HEX}"),
    good=POD.format(f"quay.io/team/redis@sha256:{_HEX}"),
    sample="web.yaml",
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find tags that spell digests or commits."""
    del repository, options
    image = use.reference
    if image is None or image.tag is None or image.digest is not None:
        return
    digest = hidden_digest(image.tag)
    if digest:
        message = f"{use.label} has a tag that only spells a digest: it can move, and"
        message += " nobody verifies it; write it as @sha256:…"
        yield RULE.finding(use, message, fix=_unveil(use, image.tag, digest))
    elif is_commit(image.tag):
        message = f"{use.label} has a commit for a tag, which can move: add the digest"
        yield RULE.finding(use, message)


def _unveil(use: ImageUse, tag: str, digest: str) -> Fix | None:
    text = use.editable
    if text is None or not text.value.endswith(f":{tag}"):
        return None
    at = text.cut(0, len(text.value) - len(tag) - 1).stop
    edit = Edit(use.path, at, text.stop, f"@{digest}".encode())
    reason = "the digest that the tag spells, if that is what the registry has"
    return Fix(FixKind.UNSAFE, (edit,), reason)
