"""REG005: most images come from one registry."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_BUSY = "".join(
    f"""apiVersion: v1
kind: Pod
metadata: {{name: web-{n}}}
spec:
  containers:
    - {{name: web, image: "quay.io/shop/web-{n}:1.4.2"}}
---
"""
    for n in range(12)
)
RULE = Rule(
    id="REG005",
    title="One registry that most pulls depend on",
    severity=Severity.NOTE,
    what="At least ten places name images, and more than half of them are of one"
    " registry for which the settings name no mirror. A warning from four fifths of"
    " twenty on. One finding per repository, at the first place.",
    why="When that registry is down, or limits, most of this does not start.",
    remedy="Name a mirror in the settings (`policy.mirrors`), point clients at it"
    " (`seawall render`), and bring images in beforehand (`seawall warm`).",
    bad=_BUSY,
    good=_BUSY.partition("---\n")[0],
    sample="shop.yaml",
)

_FEW = 10
_MANY = 20
_MOST = 0.5
_NEARLY_ALL = 0.8


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find the registry that most images come from."""
    del checked, options
    by_registry: dict[str, list[ImageUse]] = {}
    count = 0
    for use in repository.all(ImageUse):
        if use.repository is None or use.is_never_pulled:
            continue
        count += 1
        by_registry.setdefault(use.repository.registry, []).append(use)
    if count < _FEW:
        return
    registry, uses = max(by_registry.items(), key=lambda item: len(item[1]))
    bare = [
        use
        for use in uses
        if use.repository and not repository.access.mirror_of(use.repository)
    ]
    share = len(bare) / count
    if share > _MOST:
        much = share >= _NEARLY_ALL and count >= _MANY
        fate = "nearly nothing starts" if much else "more than half do not come"
        yield RULE.finding(
            bare[0],
            f"{len(bare)} of {count} images are of {registry}, and the settings name"
            f" no mirror for it: while it is down, {fate}",
            subject=registry,
            severity=Severity.WARNING if much else Severity.NOTE,
        )
