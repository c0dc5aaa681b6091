"""WHK002: a webhook that may hold up each pod for long."""

from collections.abc import Iterator

from seawall.policy.examples import WEBHOOK, WEBHOOK_AS_IT_SHOULD_BE
from seawall.policy.facts.webhooks import Webhook
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="WHK002",
    title="Webhook that may hold up pods for long",
    severity=Severity.WARNING,
    fixes=(FixKind.UNSAFE,),
    what="A webhook for pods whose `timeoutSeconds` is above 10. Without one it is"
    " 10 s:"
    " a note.",
    why="Mutating webhooks are called one after the other, within one request of about"
    " 30 s. A hung one uses up all of it, whatever its failure policy says.",
    remedy="2 to 5 seconds: a webhook that asks nobody answers in milliseconds.",
    bad=WEBHOOK.format(**{**WEBHOOK_AS_IT_SHOULD_BE, "timeout": 30}),
    good=WEBHOOK.format(**WEBHOOK_AS_IT_SHOULD_BE),
    sample="webhook.yaml",
    links=(
        "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
    ),
)

_MOST = 10
_UNSAID_BEFORE = 30
"""What `v1beta1` took it for: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#timeouts"""


def check(
    webhook: Webhook, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find webhooks that are waited for too long."""
    del repository, options
    known = webhook.is_known("rules", "timeoutSeconds")
    if not known or not webhook.is_called_for("pods"):
        return
    timeout = webhook.timeout
    if timeout is None:
        unsaid = _UNSAID_BEFORE if webhook.api.endswith("v1beta1") else _MOST
        said = f"{webhook.owner} says no timeoutSeconds: each pod waits {unsaid} s for"
        said += " it while it hangs; 2 to 5 are enough"
        yield RULE.finding(webhook, said, severity=Severity.NOTE)
    elif timeout.value.isdigit() and int(timeout.value) > _MOST:
        fix = None
        if timeout.exact:
            edit = Edit(webhook.path, timeout.start, timeout.stop, b"5")
            fix = Fix(FixKind.UNSAFE, (edit,), "what a webhook needs that asks nobody")
        said = f"{webhook.label} is waited for {timeout.value} s by each pod while it"
        said += " hangs: 2 to 5 are enough"
        yield RULE.finding(webhook, said, at=timeout, fix=fix)
