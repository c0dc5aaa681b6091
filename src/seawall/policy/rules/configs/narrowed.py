"""CFG011: a mirror for digests or tags alone, where no image has one."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Text
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.lookups.mirroring import MirrorUse, list_mirrors
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_CONF = """[[registry]]
location = "quay.io"

[[registry.mirror]]
location = "mirror.example/quay"
"""

RULE = Rule(
    id="CFG011",
    title="Mirror that no image of the repository uses",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    what="A mirror of registries.conf for digests alone, while every image that the"
    " repository names of that registry is named by a tag; or the reverse. Silent where"
    " the repository names none.",
    why="The mirror is never asked: pulls fail with upstream as if there were none.",
    remedy="Pin the images by digest, or let the mirror serve tags, too, if it can be"
    " trusted with them.",
    bad='[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\n'
    'location = "mirror.example"\npull-from-mirror = "digest-only"\n',
    good=_CONF,
    sample="registries.conf",
    links=("https://github.com/containers/image/tree/main/docs",),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find mirrors that are told to serve what nobody asks for."""
    del options
    if config.client is not Client.REGISTRIES:
        return
    for mirror in list_mirrors(config):
        which, at = _find_bound(mirror)
        images = _list_images(repository, mirror.source) if which else []
        pinned = [bool(use.reference and use.reference.digest) for use in images]
        if not images or at is None:
            continue
        if which == "digest-only" and not any(pinned):
            said = f"is asked for digests alone, and {_all(images)} of {mirror.source}"
            said += " by a tag: it is never asked; pin them, or let it serve tags"
        elif which == "tag-only" and all(pinned):
            said = (
                f"is asked for tags alone, and {_all(images)} of {mirror.source} by a"
            )
            said += " digest: it is never asked; let it serve digests"
        else:
            continue
        yield RULE.finding(
            config,
            f"{mirror.text.value} {said}",
            at=at,
            subject=mirror.source,
            related=(images[0],),
        )


def _all(images: list[ImageUse]) -> str:
    count = len(images)
    if count == 1:
        return "the one place here names an image"
    return f"all {count} places here name images"


def _find_bound(mirror: MirrorUse) -> tuple[str, Text | None]:
    which = mirror.table.get("pull-from-mirror") if mirror.table else None
    if which is not None and which.said:
        return which.said, which.word
    both: Value | None = None
    if mirror.owner is not None:
        both = mirror.owner.get("mirror-by-digest-only")
    if both is not None and both.is_true:
        return "digest-only", both.word
    return "", None


def _list_images(repository: Repository, source: str) -> list[ImageUse]:
    return [
        use
        for use in repository.all(ImageUse)
        if use.reference is not None
        and not use.is_never_pulled
        and f"{use.reference.repository}/".startswith(f"{source}/")
    ]
