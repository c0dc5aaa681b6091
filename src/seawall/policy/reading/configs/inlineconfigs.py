"""Configurations of BuildKit that stand in a workflow, as an input of its action."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.configs.tomlmarks import read_toml
from seawall.policy.reading.embedded import Embedded, embed_scalar
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Scalar, walk

_INPUTS = ("buildkitd-config-inline", "config-inline")  # the second until v3


def read_inline(source: Source) -> Iterator[Fact]:
    """Read each inline configuration of a workflow."""
    for root in source.documents:
        for node in walk(root):
            for key, value in node.pairs() if isinstance(node, Mapping) else ():
                if key.value in _INPUTS and isinstance(value, Scalar):
                    yield from _read_one(source, value)


def _read_one(source: Source, value: Scalar) -> Iterator[Fact]:
    text = embed_scalar(source, value)
    if b"${{" in text.data:  # what it will say is not known
        return
    inner = Source(source.path, text.data, source.limits)
    tree = read_toml(inner)
    for trouble in inner.troubles:
        at = msgspec.structs.replace(trouble, start=value.start, stop=value.stop)
        source.troubles.append(at)
    if tree is not None:
        yield ClientConfig(
            path=source.path,
            start=value.start,
            stop=value.stop,
            client=Client.BUILDKIT,
            tree=_move(tree, text),
        )


def _move(value: Value, text: Embedded) -> Value:
    """Give a tree the places of its file instead of those in the text."""
    start = text.place(value.start)
    return Value(
        start,
        max(start, text.place(max(value.start, value.stop - 1)) + 1),
        value.type,
        _move_text(value.word, text) if value.word else None,
        tuple((_move_text(k, text), _move(v, text)) for k, v in value.entries),
        tuple(_move(item, text) for item in value.items),
    )


def _move_text(word: Text, text: Embedded) -> Text:
    return text.text(word.start, word.stop, word.value)


READER = Reader(
    "configuration of BuildKit in a workflow",
    ("**/.github/workflows/*.yml", "**/.github/workflows/*.yaml", "**/action.yml"),
    read_inline,
    lambda data: b"config-inline" in data,
)
