"""WHK001: a webhook whose failure stops the pods that would mend it."""

from collections.abc import Iterator

from seawall.policy.examples import WEBHOOK, WEBHOOK_AS_IT_SHOULD_BE
from seawall.policy.facts.webhooks import Webhook
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="WHK001",
    title="Webhook that fails closed for system pods",
    severity=Severity.ERROR,
    what="A webhook for pods with `failurePolicy: Fail`, said or by default, that is"
    " called for kube-system, or for its own namespace, too: its selectors name neither"
    " what it is for nor these as exceptions.",
    why="When it is down no pod starts, its own among them, nor those of the network"
    " and"
    " DNS that it needs: the cluster does not come back by itself.",
    remedy="`failurePolicy: Ignore`; or leave out kube-system and its own namespace by"
    " `kubernetes.io/metadata.name` in `namespaceSelector`; or ask for a label.",
    bad=WEBHOOK.format(**{**WEBHOOK_AS_IT_SHOULD_BE, "policy": "Fail"}),
    good=WEBHOOK.format(**WEBHOOK_AS_IT_SHOULD_BE),
    sample="webhook.yaml",
    links=(
        "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
    ),
)

_SELECTORS = ("namespaceSelector", "objectSelector", "matchConditions")


def check(
    webhook: Webhook, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find webhooks that can stop a cluster."""
    del repository, options
    unsaid = "Ignore" if webhook.api.endswith("v1beta1") else "Fail"
    if not webhook.is_known("rules", "failurePolicy", *_SELECTORS):
        return
    fails = (webhook.failure.value if webhook.failure else unsaid) == "Fail"
    if not fails or not webhook.is_called_for("pods"):
        return
    needed = {"kube-system", webhook.service} - {""}
    missing = needed - webhook.excluded
    if webhook.narrowed and (not webhook.excluded or "kube-system" not in missing):
        return  # it asks for something that system pods, or its own, do not have
    if missing:
        names = ", ".join(sorted(missing))
        said = f"{webhook.label} stops pods of {names} when it is down, and what would"
        said += " bring it back with them: leave these out, or use Ignore"
        yield RULE.finding(webhook, said, at=webhook.failure or webhook)
