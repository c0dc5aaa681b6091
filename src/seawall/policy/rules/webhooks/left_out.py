"""WHK003: a webhook for images that debugging goes around."""

from collections.abc import Iterator

from seawall.policy.facts.webhooks import Webhook
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_HOOK = """apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: mirror}}
webhooks:
  - name: images.mirror.example
    rules:
      - apiGroups: [""]
        apiVersions: [v1]
        resources: {res}
        operations: [CREATE]
    clientConfig:
      service: {{name: mirror, namespace: mirror}}
    sideEffects: None
    admissionReviewVersions: {versions}
    timeoutSeconds: {timeout}
    failurePolicy: {policy}
"""
_AS_IT_SHOULD_BE = {
    "res": "[pods, pods/ephemeralcontainers]",
    "versions": "[v1]",
    "timeout": 5,
    "policy": "Ignore",
}

RULE = Rule(
    id="WHK003",
    title="Image webhook without ephemeral containers",
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    what="A mutating webhook for pods whose name speaks of images, mirrors or"
    " registries, and that is not called for `pods/ephemeralcontainers`.",
    why="`kubectl debug` adds containers to pods that are there: their images are not"
    " rewritten, and cannot be pulled where the mirror is the only way.",
    remedy="Add `pods/ephemeralcontainers` with `UPDATE` to its rules.",
    bad=_HOOK.format(**{**_AS_IT_SHOULD_BE, "res": "[pods]"}),
    good=_HOOK.format(**_AS_IT_SHOULD_BE),
    sample="webhook.yaml",
    links=(
        "https://github.com/zarf-dev/zarf/issues/2153",
        "https://github.com/enix/kube-image-keeper/issues/149",
    ),
)

_WORDS = ("image", "mirror", "registry", "digest", "swap")


def check(
    webhook: Webhook, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find webhooks for images that leave some out."""
    del repository, options
    name = f"{webhook.name} {webhook.hook}".lower()
    if not webhook.mutating or not any(word in name for word in _WORDS):
        return
    covered = webhook.is_called_for("pods/ephemeralcontainers")
    if webhook.is_called_for("pods") and not covered:
        said = f"{webhook.owner} is not called for pods/ephemeralcontainers"
        yield RULE.finding(webhook, said)
