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
        scope: `Cluster` for what has no namespace, `Namespaced`, or `*`.
    """

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    operations: tuple[str, ...]
    scope: str = ""


class Webhook(Manifest, frozen=True, kw_only=True):
    """One webhook of a configuration; `name` is the configuration's.

    Attributes:
        hook: The webhook's own name; empty for a patch of the configuration alone.
        number: Its place among those of the configuration; -1 for all of a change's.
        mutating: Whether it changes what it is called for.
        rules: What it is called for.
        failure: Its `failurePolicy`.
        timeout: Its `timeoutSeconds`.
        effects: Its `sideEffects`.
        versions: Its `admissionReviewVersions`.
        bundle: Its `caBundle`, if one stands there.
        service: The namespace of the service that answers, if it is one.
        excluded: Namespaces that it is not called for, as its selectors say.
        narrowed: Whether a selector narrows it in any other way.
        overlay: The kustomization that makes it what it is, if a patch has a part in
            that; empty for what stands in the file.
        filled: Fields that a kustomization fills with what is not known; `*` for any.
    """

    hook: str
    number: int = 0
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
    overlay: str = ""
    filled: frozenset[str] = frozenset()

    @property
    def owner(self) -> str:
        """What it is called in findings: its own name, not its configuration's."""
        return f"webhook {self.hook or self.name}"

    @property
    def label(self) -> str:
        """What to call it where it matters that a kustomization makes it so."""
        return f"{self.owner}{f' of kustomization {self.overlay}' * bool(self.overlay)}"

    def is_known(self, *fields: str) -> bool:
        """Whether nothing but what was followed has a part in any of these fields."""
        return self.filled.isdisjoint((*fields, "*"))

    def is_called_for(self, resource: str, operation: str = "CREATE") -> bool:
        """Whether it is called for what is done to pods, or to a part of theirs.

        As the API has it, `*` means no parts, and `pods/*` nothing but parts.
        """
        kind, _, part = resource.partition("/")
        names = {resource, "*/*", *((f"{kind}/*", f"*/{part}") if part else ("*",))}
        return any(
            {"", "*"} & set(rule.groups)
            and names & set(rule.resources)
            and {operation, "*"} & set(rule.operations)
            and rule.scope != "Cluster"
            for rule in self.rules
        )
