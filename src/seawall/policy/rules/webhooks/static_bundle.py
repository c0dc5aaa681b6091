"""WHK005: a certificate that nobody renews."""

from collections.abc import Iterator

from seawall.policy.facts.webhooks import Webhook
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_CONFIG = """apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: guard{}
webhooks:
  - name: pods.guard.example
    rules:
      - {{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}}
    clientConfig:
      caBundle: {}
      service: {{name: guard, namespace: guard}}
    sideEffects: None
    admissionReviewVersions: [v1]
"""
_INJECTED = "\n  annotations: {cert-manager.io/inject-ca-from: guard/serving}"
RULE = Rule(
    id="WHK005",
    title="Webhook with a certificate that nobody renews",
    severity=Severity.WARNING,
    what="A `caBundle` that is written into the manifest, without an annotation that"
    " lets cert-manager or a service's CA keep it current.",
    why="Certificates end. On that day the webhook cannot be called, and with"
    " `failurePolicy: Fail` no pod starts.",
    remedy="Leave the bundle to whoever renews the certificate:"
    " `cert-manager.io/inject-ca-from`, or an operator of its own.",
    bad=_CONFIG.format("", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"),
    good=_CONFIG.format(_INJECTED, '""'),
    sample="webhook.yaml",
    links=("https://cert-manager.io/docs/concepts/ca-injector/",),
)

_KEPT = ("cert-manager.io/inject", "inject-cabundle", "certmanager.k8s.io/inject")
_SHORT = 20


def check(
    webhook: Webhook, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find bundles that are written down once."""
    del repository, options
    bundle = webhook.bundle if webhook.is_known("clientConfig") else None
    if bundle is None or len(bundle.value) < _SHORT or "$" in bundle.value:
        return
    if any(word in name for name in webhook.annotations for word in _KEPT):
        return
    said = f"{webhook.owner} trusts a certificate that is written into this file, and"
    said += " cannot be called once that ended: let something keep it current"
    yield RULE.finding(webhook, said, at=bundle)
