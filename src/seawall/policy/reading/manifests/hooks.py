"""Configurations of admission webhooks: what each is called for, and how it fails."""

from collections.abc import Iterator

from seawall.policy.facts.webhooks import Webhook, WebhookRule
from seawall.policy.reading.manifests import objects
from seawall.policy.reading.manifests.objects import Head
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

KINDS = {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
_NAME_LABEL = "kubernetes.io/metadata.name"
_SELECTORS = ("namespaceSelector", "objectSelector", "matchConditions")


def read_webhooks(node: Mapping, head: Head) -> Iterator[Webhook]:
    """Read all webhooks of a configuration."""
    hooks = node.get("webhooks")
    for hook in hooks.items if isinstance(hooks, Sequence) else ():
        if isinstance(hook, Mapping):
            yield _read_webhook(hook, head)


def _read_webhook(hook: Mapping, head: Head) -> Webhook:
    config = hook.get("clientConfig")
    config = config if isinstance(config, Mapping) else Mapping(0, 0, flow=False)
    service = config.get("service")
    rules = hook.get("rules")
    fields = head.fields() | {"start": hook.start, "stop": objects.tail(hook)}
    return Webhook(
        **fields,
        hook=objects.word(hook.get("name")),
        mutating=head.kind.startswith("Mutating"),
        rules=tuple(
            WebhookRule(
                groups=_list(rule.get("apiGroups")),
                resources=_list(rule.get("resources")),
                operations=_list(rule.get("operations")),
            )
            for rule in (rules.items if isinstance(rules, Sequence) else ())
            if isinstance(rule, Mapping)
        ),
        failure=objects.text(hook.get("failurePolicy")),
        timeout=objects.text(hook.get("timeoutSeconds")),
        effects=objects.text(hook.get("sideEffects")),
        versions=_list(hook.get("admissionReviewVersions")),
        bundle=objects.text(config.get("caBundle")),
        service=objects.word(service.get("namespace"))
        if isinstance(service, Mapping)
        else "",
        excluded=frozenset(_excluded(hook.get("namespaceSelector"))),
        narrowed=any(_says_something(hook.get(name)) for name in _SELECTORS),
    )


def _list(node: Node | None) -> tuple[str, ...]:
    if not isinstance(node, Sequence):
        return ()
    return tuple(objects.word(item) for item in node.items)


def _excluded(selector: Node | None) -> Iterator[str]:
    """Yield the namespaces that a selector leaves out by name."""
    wanted = selector.get("matchExpressions") if isinstance(selector, Mapping) else None
    for one in wanted.items if isinstance(wanted, Sequence) else ():
        if (
            isinstance(one, Mapping)
            and objects.word(one.get("key")) == _NAME_LABEL
            and objects.word(one.get("operator")) == "NotIn"
        ):
            yield from _list(one.get("values"))


def _says_something(node: Node | None) -> bool:
    """Whether a selector has any condition: an empty one selects all."""
    if isinstance(node, Sequence):
        return bool(node.items)
    if not isinstance(node, Mapping):
        return False
    return any(
        bool(value.items if isinstance(value, Sequence) else value.entries)
        for _, value in node.pairs()
        if isinstance(value, Sequence | Mapping)
    )
