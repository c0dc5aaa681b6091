"""What all Kubernetes objects have: kind, name, labels; and lists of objects."""

from collections.abc import Iterator
from typing import Any

import msgspec

from seawall.policy.facts.text import Text
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence


class Head(msgspec.Struct, frozen=True):
    """What an object says of itself; see `Manifest`."""

    path: str
    start: int
    stop: int
    api: str
    kind: str
    name: str
    namespace: str
    labels: dict[str, str]
    annotations: dict[str, str]

    def fields(self) -> dict[str, Any]:
        """Give all of it, as the arguments of a `Manifest`."""
        return msgspec.structs.asdict(self)


def list_objects(root: Node) -> Iterator[Mapping]:
    """Yield the objects of a document: itself, or the items of a list."""
    if not isinstance(root, Mapping):
        return
    items = root.get("items")
    if word(root.get("kind")).endswith("List") and isinstance(items, Sequence):
        for item in items.items:
            if isinstance(item, Mapping):
                yield item
        return
    yield root


def read_head(source: Source, node: Mapping) -> Head | None:
    """Read what an object says of itself; `None` if it is no object."""
    kind, api = word(node.get("kind")), word(node.get("apiVersion"))
    if not kind or not api:
        return None
    meta = node.get("metadata")
    meta = meta if isinstance(meta, Mapping) else Mapping(0, 0, flow=False)
    return Head(
        path=source.path,
        start=node.start,
        stop=node.stop,
        api=api,
        kind=kind,
        name=word(meta.get("name")) or word(meta.get("generateName")),
        namespace=word(meta.get("namespace")),
        labels=words(meta.get("labels")),
        annotations=words(meta.get("annotations")),
    )


def text(node: Node | None) -> Text | None:
    """The text of a single value; `None` for anything else, and for null."""
    if isinstance(node, Scalar) and not node.is_null:
        return node.text
    return None


def word(node: Node | None) -> str:
    """What a single value says; empty for anything else."""
    return node.value if isinstance(node, Scalar) and not node.is_null else ""


def words(node: Node | None) -> dict[str, str]:
    """Read a mapping of words."""
    if not isinstance(node, Mapping):
        return {}
    return {key.value: word(value) for key, value in node.pairs()}


def tail(node: Node) -> int:
    """The last byte of a value plus one: blocks end with their last value."""
    at = node
    while True:
        if isinstance(at, Mapping) and at.entries and not at.flow:
            at = at.entries[-1][1]
        elif isinstance(at, Sequence) and at.items and not at.flow:
            at = at.items[-1]
        else:
            return at.stop
