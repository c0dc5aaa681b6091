"""Admission webhooks, as far as they can stand in the way of pods."""

import msgspec

from seawall.policy.facts.text import Text
from seawall.policy.facts.workloads import Manifest


class WebhookRule(msgspec.Struct, frozen=True):
    """What a webhook is called for.

    Attributes:
        groups: API groups.
        resources: Resources, with subresources: `pods`, `pods/ephemeralcontainers`.
        operations: `CREATE`, `UPDATE`.
    """

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    operations: tuple[str, ...]


class Webhook(Manifest, frozen=True, kw_only=True):
    """One webhook of a configuration; `name` is the configuration's.

    Attributes:
        hook: The webhook's own name.
        mutating: Whether it changes what it is called for.
        rules: What it is called for.
        failure: Its `failurePolicy`.
        timeout: Its `timeoutSeconds`.
        effects: Its `sideEffects`.
        versions: Its `admissionReviewVersions`.
        bundle: Its `caBundle`, if one stands there.
        service: The namespace of the service that answers, if it is one.
        excluded: Namespaces that it is not called for, as its selectors say.
        narrowed: Whether a selector narrows it in any way.
    """

    hook: str
    mutating: bool
    rules: tuple[WebhookRule, ...] = ()
    failure: Text | None = None
    timeout: Text | None = None
    effects: Text | None = None
    versions: tuple[str, ...] = ()
    bundle: Text | None = None
    service: str = ""
    excluded: frozenset[str] = frozenset()
    narrowed: bool = False

    @property
    def owner(self) -> str:
        """What it is called in findings: its own name, not its configuration's."""
        return f"webhook {self.hook or self.name}"

    def is_called_for(self, resource: str) -> bool:
        """Whether it is called for a resource of the core group, such as `pods`."""
        return any(
            {"", "*"} & set(rule.groups)
            and {resource, "*", "*/*", "pods/*"} & set(rule.resources)
            for rule in self.rules
        )
