"""WHK007: a webhook that speaks a version which is gone."""

from collections.abc import Iterator

from seawall.policy.examples import WEBHOOK, WEBHOOK_AS_IT_SHOULD_BE
from seawall.policy.facts.webhooks import Webhook
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="WHK007",
    title="Webhook that speaks v1beta1 alone",
    severity=Severity.NOTE,
    what="`admissionReviewVersions` that names v1beta1 and nothing else.",
    why="The API server sends the first version of the list that it knows; when none is"
    " left the call fails, and the failure policy decides.",
    remedy="Let it understand v1, and write `[v1]` or `[v1, v1beta1]`.",
    bad=WEBHOOK.format(**{**WEBHOOK_AS_IT_SHOULD_BE, "versions": "[v1beta1]"}),
    good=WEBHOOK.format(**WEBHOOK_AS_IT_SHOULD_BE),
    sample="webhook.yaml",
    links=(
        "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
    ),
)


def check(
    webhook: Webhook, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find webhooks of old."""
    del repository, options
    if webhook.versions and set(webhook.versions) == {"v1beta1"}:
        said = f"{webhook.owner} speaks v1beta1 alone: the day that the API server does"
        said += " not, its calls fail; add v1"
        yield RULE.finding(webhook, said)
