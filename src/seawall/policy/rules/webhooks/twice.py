"""WHK006: a webhook that changes a template, and then its pods again."""

from collections.abc import Iterator

from seawall.policy.examples import WEBHOOK, WEBHOOK_AS_IT_SHOULD_BE
from seawall.policy.facts.webhooks import Webhook, WebhookRule
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="WHK006",
    title="Webhook for both pods and their templates",
    severity=Severity.WARNING,
    what="A mutating webhook that is called for pods and for kinds that make pods, such"
    " as Deployments.",
    why="It changes what it has changed already: a mirror's name gets in front of"
    " itself."
    " And changed templates differ from what GitOps tools compare them with.",
    remedy="Pods alone, unless the tool needs templates for a reason of its own.",
    bad=WEBHOOK.replace('apiGroups: [""]', 'apiGroups: ["", apps]').format(
        **{
            **WEBHOOK_AS_IT_SHOULD_BE,
            "res": "[pods, pods/ephemeralcontainers, deployments]",
        }
    ),
    good=WEBHOOK.format(**WEBHOOK_AS_IT_SHOULD_BE),
    sample="webhook.yaml",
    links=("https://github.com/kyverno/policies/issues/347",),
)

_MAKERS = {
    "deployments",
    "daemonsets",
    "statefulsets",
    "replicasets",
    "jobs",
    "cronjobs",
    "podtemplates",
}


_GROUPS = {"apps", "batch", "*"}


def _is_for_all(rule: WebhookRule) -> bool:
    """Whether it is for all that a group has which makes pods."""
    return bool(_GROUPS & set(rule.groups) and {"*", "*/*"} & set(rule.resources))


def check(
    webhook: Webhook, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find webhooks that are called twice for one thing."""
    del repository, options
    named = {name for rule in webhook.rules for name in rule.resources}
    makers = sorted(named & _MAKERS)
    if not makers and any(_is_for_all(rule) for rule in webhook.rules):
        makers = ["their templates"]
    if webhook.mutating and makers and webhook.is_called_for("pods"):
        said = (
            f"{webhook.owner} changes pods and {', '.join(makers)}: what it changed is"
        )
        said += " changed again; call it for pods alone"
        yield RULE.finding(webhook, said)
