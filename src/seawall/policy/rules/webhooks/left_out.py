"""WHK003: a webhook for images that debugging goes around."""

from collections.abc import Iterator

from seawall.policy.examples import WEBHOOK, WEBHOOK_AS_IT_SHOULD_BE
from seawall.policy.facts.webhooks import Webhook
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="WHK003",
    title="Image webhook without ephemeral containers",
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    what="A mutating webhook for pods whose name speaks of images, mirrors or"
    " registries, and not of signatures or checks, and that is not called for"
    " `pods/ephemeralcontainers`.",
    why="`kubectl debug` adds containers to pods that are there: their images are not"
    " rewritten, and cannot be pulled where the mirror is the only way.",
    remedy="Add `pods/ephemeralcontainers` with `UPDATE` to its rules.",
    bad=WEBHOOK.format(**{**WEBHOOK_AS_IT_SHOULD_BE, "res": "[pods]"}),
    good=WEBHOOK.format(**WEBHOOK_AS_IT_SHOULD_BE),
    sample="webhook.yaml",
    links=(
        "https://github.com/zarf-dev/zarf/issues/2153",
        "https://github.com/enix/kube-image-keeper/issues/149",
    ),
)

_WORDS = ("image", "mirror", "registry", "digest", "swap")
_JUDGES = ("sign", "verif", "check", "scan", "valid", "trust")
"""What says that images are looked at, and stay what they are."""


def check(
    webhook: Webhook, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find webhooks for images that leave some out."""
    del repository, options
    name = f"{webhook.name} {webhook.hook}".lower()
    if not webhook.mutating or not any(word in name for word in _WORDS):
        return
    if any(word in name for word in _JUDGES):
        return
    covered = webhook.is_called_for("pods/ephemeralcontainers", "UPDATE")
    if webhook.is_called_for("pods") and not covered:
        said = f"{webhook.owner} is not called for pods/ephemeralcontainers: images of"
        said += " `kubectl debug` go around the mirror; add it"
        yield RULE.finding(webhook, said)
