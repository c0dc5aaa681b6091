"""Configurations of admission webhooks: what each is called for, and how it fails."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.overlays import Change
from seawall.policy.facts.webhooks import Webhook, WebhookRule
from seawall.policy.reading.manifests import objects
from seawall.policy.reading.manifests.objects import Head
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

KINDS = {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
_NAME_LABEL = "kubernetes.io/metadata.name"
_SHORTEST, _LONGEST = 3, 8
"""Steps of a path into a webhook: its field at least, and no deeper than these go."""
_PATH = re.compile(r"\[[^]]*\]|[^.\[\]]+")
"""A step of a replacement's path: what stands in brackets may have dots."""
_SELECTORS = ("objectSelector", "matchConditions")


def read_webhooks(node: Mapping, head: Head) -> Iterator[Webhook]:
    """Read all webhooks of a configuration, or of a patch of one.

    A patch may be for the configuration alone, as for its annotations.
    """
    hooks = node.get("webhooks")
    whole: Node = Mapping(head.start, head.stop, flow=False)
    listed = hooks.items if isinstance(hooks, Sequence) else [whole]
    for number, hook in enumerate(listed):
        if isinstance(hook, Mapping):
            yield _read_webhook(hook, head, number)


def read_operation(steps: list[str], value: Node | None) -> Webhook | None:
    """Read what a JSON patch says of a webhook, at `/webhooks/0/timeoutSeconds`.

    Args:
        steps: The path, in its parts.
        value: What is put there; `None` if it is taken away.
    """
    known = _SHORTEST <= len(steps) <= _LONGEST and steps[0] == "webhooks"
    if not known or not steps[1].isdecimal():
        return None
    node: Node = value or Mapping(0, 0, flow=False)
    for step in reversed(steps[2:]) if value is not None else ():
        if step == "-" or step.isdecimal():
            node = Sequence(0, 0, flow=False, items=[node])
        else:
            node = Mapping(0, 0, flow=False, entries=[(Scalar(step), node)])
    said = node if isinstance(node, Mapping) else Mapping(0, 0, flow=False)
    nobody = Head("", 0, 0, "", "", "", "", {}, {})
    return _read_webhook(said, nobody, int(steps[1][:4]))


def read_filled(path: str) -> Iterator[Change]:
    """Read what a replacement fills in at a path of a webhook's configuration.

    Whose field it is: `webhooks.0.rules`, `webhooks.[name=a.example].rules`, or all of
    `webhooks.*.rules`. An annotation is told by its name, for that alone matters.
    """
    steps = [one.strip("[]") for one in _PATH.findall(path)]
    nobody = Head("", 0, 0, "", "", "", "", {}, {})
    empty = Mapping(0, 0, flow=False)
    if steps[:2] == ["metadata", "annotations"]:
        said = _read_webhook(empty, nobody, -1)
        notes = dict.fromkeys(steps[2:3], "")
        yield Change(hook=msgspec.structs.replace(said, annotations=notes))
    elif steps[:1] == ["webhooks"]:
        which, field = (*steps[1:], "*", "*")[0], (*steps[2:], "*")[0]
        key, _, name = which.partition("=")
        said = _read_webhook(empty, nobody, int(which[:4]) if which.isdecimal() else -1)
        if key == "name":
            said = msgspec.structs.replace(said, hook=name)
        yield Change(hook=said, opens=field)


def _read_webhook(hook: Mapping, head: Head, number: int) -> Webhook:
    config = hook.get("clientConfig")
    config = config if isinstance(config, Mapping) else Mapping(0, 0, flow=False)
    service = config.get("service")
    rules = hook.get("rules")
    excluded, is_narrowed = _read_namespaces(hook.get("namespaceSelector"))
    fields = head.fields() | {"start": hook.start, "stop": objects.tail(hook)}
    return Webhook(
        **fields,
        hook=objects.word(hook.get("name")),
        number=number,
        mutating=head.kind.startswith("Mutating"),
        rules=tuple(
            WebhookRule(
                groups=_list(rule.get("apiGroups")),
                resources=_list(rule.get("resources")),
                operations=_list(rule.get("operations")),
                scope=objects.word(rule.get("scope")),
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
        excluded=excluded,
        narrowed=is_narrowed or any(_says_any(hook.get(name)) for name in _SELECTORS),
    )


def _list(node: Node | None) -> tuple[str, ...]:
    if not isinstance(node, Sequence):
        return ()
    return tuple(objects.word(item) for item in node.items)


def _read_namespaces(selector: Node | None) -> tuple[frozenset[str], bool]:
    """Read which namespaces a selector leaves out by name, and if it says any more."""
    if not isinstance(selector, Mapping):
        return frozenset(), False
    wanted = selector.get("matchExpressions")
    excluded: set[str] = set()
    is_narrowed = _says_any(selector.get("matchLabels"))
    for one in wanted.items if isinstance(wanted, Sequence) else ():
        if (
            isinstance(one, Mapping)
            and objects.word(one.get("key")) == _NAME_LABEL
            and objects.word(one.get("operator")) == "NotIn"
        ):
            excluded.update(_list(one.get("values")))
        else:
            is_narrowed = True
    return frozenset(excluded), is_narrowed


def _says_any(node: Node | None) -> bool:
    """Whether a selector has any condition: an empty one selects all."""
    if isinstance(node, Sequence):
        return bool(node.items)
    if not isinstance(node, Mapping):
        return False
    return any(
        _says_any(value) or bool(objects.word(value)) for _, value in node.pairs()
    )
