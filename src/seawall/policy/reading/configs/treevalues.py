"""Trees of values while they are read, and what rules get of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from seawall.errors import InputError
from seawall.policy.facts.configs import Value
from seawall.policy.facts.text import Style, Text
from seawall.policy.options import LimitOptions
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar


@dataclass(eq=False, slots=True)
class Leaf:
    """One word; `means` is what it stands for."""

    start: int
    stop: int
    text: Text
    means: Any

    def plain(self) -> Any:
        """Make what a format's own reader makes of it, comparable even if not finite.

        The kind is part of it: 1 and true are equal in Python.
        """
        return type(self.means).__name__, repr(self.means)


@dataclass(eq=False, slots=True)
class Twig:
    """A list."""

    start: int
    stop: int = 0
    items: "list[Branch | Twig | Leaf]" = field(default_factory=list)

    def plain(self) -> Any:
        """Make what a format's own reader makes of it."""
        return [item.plain() for item in self.items]


@dataclass(eq=False, slots=True)
class Branch:
    """A table; keys keep their order."""

    start: int
    stop: int = 0
    entries: "dict[str, tuple[Text, Branch | Twig | Leaf]]" = field(
        default_factory=dict
    )

    def get(self, name: str) -> "Branch | Twig | Leaf | None":
        """Find a key's value."""
        found = self.entries.get(name)
        return found[1] if found else None

    def add(self, key: Text, value: "Tree") -> "Tree":
        """Put a value in."""
        self.entries[key.value] = (key, value)
        return value

    def plain(self) -> Any:
        """Make what a format's own reader makes of it."""
        return {name: value.plain() for name, (_, value) in self.entries.items()}


Tree: TypeAlias = Branch | Twig | Leaf


def place(truth: Any, start: int, stop: int) -> Tree:
    """Make a tree of what is known to be there, though not where."""
    if isinstance(truth, dict):
        branch = Branch(start, stop)
        for name, value in truth.items():
            key = Text(name, start, stop, Style.MADE, exact=False)
            branch.add(key, place(value, start, stop))
        return branch
    if isinstance(truth, list):
        return Twig(start, stop, [place(item, start, stop) for item in truth])
    said = json.dumps(truth) if isinstance(truth, bool) else str(truth)
    text = Text(said, start, stop, Style.MADE, exact=False)
    return Leaf(start, stop, text, truth)


def freeze(tree: Tree, limits: LimitOptions) -> Value:
    """Make the fact's tree.

    Raises:
        InputError: It is too deep, or has too many values.
    """
    return _freeze(tree, limits.depth, iter(range(limits.nodes)), limits)


def _freeze(tree: Tree, depth: int, left: Iterator[int], limits: LimitOptions) -> Value:
    if not depth:
        raise InputError(f"nested more than {limits.depth} deep")
    if next(left, None) is None:
        raise InputError(f"more than {limits.nodes} values")
    if isinstance(tree, Leaf):
        return Value(tree.start, tree.stop, _name(tree.means), tree.text)
    if isinstance(tree, Twig):
        items = tuple(_freeze(item, depth - 1, left, limits) for item in tree.items)
        stop = max([tree.start, tree.stop, *(item.stop for item in items)])
        return Value(tree.start, stop, "list", items=items)
    entries = tuple(
        (key, _freeze(value, depth - 1, left, limits))
        for key, value in tree.entries.values()
    )
    stop = max([tree.start, tree.stop, *(value.stop for _, value in entries)])
    return Value(tree.start, stop, "table", entries=entries)


_NAMES = {str: "string", bool: "boolean", int: "integer", float: "float"}


def _name(means: Any) -> str:
    return "null" if means is None else _NAMES.get(type(means), "time")


def read_json(source: Source) -> Value:
    """Read a file of JSON; places come from its being YAML as well.

    Raises:
        InputError: It is no JSON, or too large.
    """
    try:
        truth = json.loads(source.text)
        spelt = json.loads(source.text, parse_int=str, parse_float=str)
    except ValueError as exc:
        raise InputError(f"not JSON: {exc}") from exc
    whole = place(truth, 0, len(source.data))
    troubles = len(source.troubles)
    roots = source.documents
    del source.troubles[troubles:]  # what is no YAML may well be JSON
    if len(roots) == 1:
        found = grow(roots[0], source.limits)
        if _words(found) == _words(place(spelt, 0, 0)):
            return freeze(_retype(found, truth), source.limits)
    return freeze(whole, source.limits)


def _words(tree: Tree) -> Any:
    """Say what a tree says in words, whatever kind of value each is."""
    if isinstance(tree, Leaf):
        return "null" if tree.means is None else tree.text.value
    if isinstance(tree, Twig):
        return [_words(item) for item in tree.items]
    return {name: _words(value) for name, (_, value) in tree.entries.items()}


def _retype(tree: Tree, truth: Any) -> Tree:
    """Give the words of a tree the kinds that its format's own reader sees."""
    if isinstance(tree, Leaf):
        tree.means = truth
    elif isinstance(tree, Twig):
        for item, value in zip(tree.items, truth, strict=True):
            _retype(item, value)
    else:
        for name, (_, value) in tree.entries.items():
            _retype(value, truth[name])
    return tree


def grow(node: Node, limits: LimitOptions) -> Tree:
    """Make a tree of YAML; what aliases repeat counts each time.

    Raises:
        InputError: It is too deep, or has too many values.
    """
    return _grow(node, limits.depth, iter(range(limits.nodes)))


def _grow(node: Node, depth: int, left: Iterator[int]) -> Tree:
    if not depth or next(left, None) is None:
        raise InputError("nested too deeply, or too many values")
    if isinstance(node, Scalar):
        return Leaf(node.start, node.stop, node.text, _guess(node))
    if isinstance(node, Mapping):
        branch = Branch(node.start, node.stop)
        for key, value in node.pairs():
            branch.add(key, _grow(value, depth - 1, left))
        return branch
    items = [_grow(item, depth - 1, left) for item in node.items]
    return Twig(node.start, node.stop, items)


def _guess(node: Scalar) -> Any:
    said = node.text.value
    if node.text.style is not Style.PLAIN:
        return said
    if node.is_null:
        return None
    if said.lower() in ("true", "false"):
        return said.lower() == "true"
    return int(said) if said.isascii() and said.isdecimal() else said
