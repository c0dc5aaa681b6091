"""Schemas of charts' values: which values a chart takes, though none has a default."""

from collections.abc import Iterator

from seawall.policy.facts.charts import ChartSchema
from seawall.policy.facts.text import Fact
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node

_MOST = 10_000
"""Properties that are looked at; references to others are not followed."""


def sniff(data: bytes) -> bool:
    """Whether it knows pull secrets: nothing else of it matters."""
    return b"ullSecret" in data and b"properties" in data


def read(source: Source) -> Iterator[Fact]:
    """Read the names of all values."""
    root = next(iter(source.documents), None)
    stack: list[tuple[Node, str]] = [(root, "")] if root is not None else []
    keys: list[str] = []
    while stack and len(keys) < _MOST:
        node, above = stack.pop()
        properties = node.get("properties") if isinstance(node, Mapping) else None
        if not isinstance(properties, Mapping):
            continue
        for key, value in properties.pairs():
            path = f"{above}.{key.value}" if above else key.value
            keys.append(path)
            stack.append((value, path))
    yield ChartSchema(
        path=source.path, start=0, stop=len(source.data), keys=tuple(sorted(keys))
    )


READER = Reader(
    name="Helm schema", names=("values.schema.json",), read=read, sniff=sniff
)
