"""YAML with marks: libyaml's events made into values that know their bytes' place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec
import yaml
from yaml._yaml import CParser

from seawall.policy.facts.text import Style, Text
from seawall.policy.options import LimitOptions

_STYLES = {
    None: Style.PLAIN,
    "": Style.PLAIN,
    "'": Style.SINGLE,
    '"': Style.DOUBLE,
    "|": Style.BLOCK,
    ">": Style.BLOCK,
}
_MERGE = "<<"
_ERRORS = 100
"""So many broken documents are told; nobody reads on."""


@dataclass(eq=False, slots=True)
class Scalar:
    """A single value: its text, with its place.

    Attributes:
        text: What it says; exact if the bytes between its quotes are just that.
        start: Where it begins, quotes included.
        stop: Where it ends.
        tag: A tag such as `!reference`, if it has one of its own.
    """

    text: Text
    start: int
    stop: int
    tag: str = ""

    @property
    def is_null(self) -> bool:
        """Whether it says that there is nothing."""
        plain = self.text.style is Style.PLAIN
        return plain and self.text.value in ("", "~", "null", "Null", "NULL")


@dataclass(eq=False, slots=True)
class Mapping:
    """Keys with their values, in order.

    Attributes:
        start: Where it begins.
        stop: Where it ends; of a block, behind its last line or later.
        flow: Whether it stands in braces.
        tag: A tag of its own.
        entries: Each key with its value.
    """

    start: int
    stop: int
    flow: bool
    tag: str = ""
    entries: "list[tuple[Node, Node]]" = field(default_factory=list)

    def get(self, name: str) -> "Node | None":
        """Find a key's value, in merged mappings (`<<`), too."""
        found = self.entry(name)
        return found[1] if found else None

    def entry(self, name: str) -> "tuple[Scalar, Node] | None":
        """Find a key with its value; of two the last counts, as for most readers."""
        below: list[Node] = []
        for key, value in reversed(self.entries):
            if isinstance(key, Scalar):
                if key.text.value == name:
                    return key, value
                if key.text.value == _MERGE:
                    below.append(value)
        return _find_merged(name, below) if below else None

    def pairs(self) -> "Iterator[tuple[Text, Node]]":
        """Yield the entries whose key is a word, without merged ones."""
        for key, value in self.entries:
            if isinstance(key, Scalar):
                yield key.text, value


@dataclass(eq=False, slots=True)
class Sequence:
    """Values in order.

    Attributes:
        start: Where it begins.
        stop: Where it ends; of a block, behind its last line or later.
        flow: Whether it stands in brackets.
        tag: A tag of its own.
        items: The values.
    """

    start: int
    stop: int
    flow: bool
    tag: str = ""
    items: "list[Node]" = field(default_factory=list)


Node: TypeAlias = Scalar | Mapping | Sequence


def _find_merged(name: str, below: "list[Node]") -> "tuple[Scalar, Node] | None":
    """Find a key in what is merged, each value looked at once: aliases may multiply."""
    todo = below[::-1]
    seen: set[int] = set()
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            todo += reversed(node.items)
        if not isinstance(node, Mapping):
            continue
        more: list[Node] = []
        for key, value in node.entries:
            if isinstance(key, Scalar):
                if key.text.value == name:
                    return key, value
                if key.text.value == _MERGE:
                    more.append(value)
        todo += reversed(more)
    return None


@dataclass(frozen=True, slots=True)
class YamlError:
    """Why a document was not read.

    Attributes:
        at: The byte at which that was seen.
        message: What is wrong.
        is_bound: Whether it was too much rather than wrong.
    """

    at: int
    message: str
    is_bound: bool = False


@dataclass(frozen=True, slots=True)
class Documents:
    """What a YAML file holds.

    Attributes:
        roots: The documents that could be read, in order; empty ones are left out.
        errors: Why others could not.
    """

    roots: tuple[Node, ...]
    errors: tuple[YamlError, ...]


class _RefusalError(Exception):
    """The text is YAML, and yet is not read on."""

    def __init__(self, message: str, index: int, *, is_bound: bool = True) -> None:
        super().__init__(message)
        self.index = index
        self.is_bound = is_bound


def read_documents(
    text: str,
    byte_at: Callable[[int], int],
    limits: LimitOptions,
    *,
    editable: bool = True,
) -> Documents:
    """Read all documents of a text.

    If one of them is broken, the text is cut at the lines that part documents, and
    each is read for itself.

    Args:
        text: The file's text, without a byte order mark.
        byte_at: At which byte a character of the text begins.
        limits: Bounds on depth and number of values.
        editable: Whether texts can be exact: the file is in UTF-8.
    """
    whole = _Builder(text, 0, byte_at, limits, editable)
    error = whole.read()
    if error is None:
        return Documents(tuple(whole.roots), ())
    pieces = _cut(text)
    if len(pieces) == 1:
        return Documents(tuple(whole.roots), (error,))
    found: list[Node] = []
    errors: list[YamlError] = []
    for start, stop in pieces:
        piece = _Builder(text[start:stop], start, byte_at, limits, editable)
        error = piece.read()
        found += piece.roots
        errors += [error] if error else []
        # The bound on values is one on the file.
        limits = msgspec.structs.replace(limits, nodes=limits.nodes - piece.count)
        if limits.nodes <= 0 or len(errors) >= _ERRORS:
            break
    return Documents(tuple(found), tuple(errors))


_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+|$))+")
_PARTING = re.compile(r"^(?:---|\.\.\.)(?=\s|$)", re.MULTILINE)


def _cut(text: str) -> list[tuple[int, int]]:
    """Find where documents begin and end; comments and directives go with the next."""
    pieces: list[tuple[int, int]] = []
    begin = 0
    for match in _PARTING.finditer(text):
        mark = match.start()
        if not _is_hollow(text[begin:mark]):
            pieces.append((begin, mark))
            begin = mark
        if match[0] == "...":
            begin = match.end()
    if not _is_hollow(text[begin:]):
        pieces.append((begin, len(text)))
    return pieces or [(0, len(text))]


def _is_hollow(piece: str) -> bool:
    lines = (line.strip() for line in piece.splitlines())
    return all(not line or line[0] in "#%" for line in lines)


def _shift(
    byte_at: Callable[[int], int], base: int, length: int
) -> Callable[[int], int]:
    """Make what gives the byte of a character that stands at some index behind `base`.

    Where each character is one byte, that is a sum; it is asked for at every value.
    """
    first = byte_at(base)
    if byte_at(base + length) - first == length:
        return first.__add__
    return lambda index: byte_at(base + index)


class _Builder:
    """Makes values of the events of one text."""

    def __init__(
        self,
        text: str,
        base: int,
        byte_at: Callable[[int], int],
        limits: LimitOptions,
        editable: bool,  # noqa: FBT001  it is handed on from the one above
    ) -> None:
        self.roots: list[Node] = []
        self.count = 0
        self._text = text
        self._at = _shift(byte_at, base, len(text))
        self._limits = limits
        self._editable = editable
        self._anchors: dict[str, Node] = {}
        self._open: list[Mapping | Sequence] = []
        self._keys: list[Node | None] = []
        self._root: Node | None = None

    def read(self) -> YamlError | None:
        """Read all documents, up to the first that is broken."""
        try:
            parser = CParser(self._text)
            while (event := parser.get_event()) is not None:
                self._take(event)
        except yaml.MarkedYAMLError as exc:
            mark = exc.problem_mark or exc.context_mark
            return self._error(exc.problem or "", mark.index if mark else 0)
        except yaml.YAMLError as exc:
            # Where a character is not allowed, it is said in bytes of UTF-8.
            head = self._text.encode()[: getattr(exc, "position", 0)]
            at = len(head.decode(errors="ignore"))
            return self._error(str(exc).partition("\n")[0], at)
        except _RefusalError as exc:
            return self._error(str(exc), exc.index, is_bound=exc.is_bound)
        return None

    def _error(self, message: str, index: int, *, is_bound: bool = False) -> YamlError:
        index = min(index, len(self._text))
        return YamlError(self._at(index), message or "not YAML", is_bound)

    def _take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._put(self._scalar(event), event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._begin(event, Mapping if kind is yaml.MappingStartEvent else Sequence)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            node = self._open.pop()
            self._keys.pop()
            node.stop = self._at(event.end_mark.index)
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._anchors.clear()
            self._root = None
        elif kind is yaml.DocumentEndEvent and self._root is not None:
            self.roots.append(self._root)

    def _begin(self, event: Any, kind: type[Mapping] | type[Sequence]) -> None:
        start = self._at(event.start_mark.index)
        node = kind(start, start, bool(event.flow_style), _tag(event.tag))
        self._put(node, event)
        if len(self._open) >= self._limits.depth:
            raise _RefusalError(
                f"nested more than {self._limits.depth} deep", event.start_mark.index
            )
        self._open.append(node)
        self._keys.append(None)

    def _alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        index = event.start_mark.index
        if node is None:
            raise yaml.MarkedYAMLError(
                problem=f"*{event.anchor} stands for nothing",
                problem_mark=event.start_mark,
            )
        if any(node is outer for outer in self._open):
            message = f"*{event.anchor} stands within itself"
            raise _RefusalError(message, index, is_bound=False)
        self._put(node, None)

    def _put(self, node: Node, event: Any) -> None:
        self.count += 1
        if self.count > self._limits.nodes:
            index = event.start_mark.index if event is not None else 0
            raise _RefusalError(f"more than {self._limits.nodes} values", index)
        if event is not None and event.anchor is not None:
            self._anchors[event.anchor] = node
        if not self._open:
            empty = isinstance(node, Scalar) and node.is_null
            self._root = None if empty else node
            return
        outer = self._open[-1]
        if isinstance(outer, Sequence):
            outer.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = node
        else:
            outer.entries.append((key, node))
            self._keys[-1] = None

    def _skip_properties(self, first: int, last: int) -> int:
        """Find where a value begins behind its tag and anchor."""
        match = _PROPERTIES.match(self._text, first, last)
        return match.end() if match else first

    def _scalar(self, event: Any) -> Scalar:
        first, last = event.start_mark.index, event.end_mark.index
        start, stop = self._at(first), self._at(last)
        style = _STYLES[event.style]
        begin, end = first, last
        if event.anchor is not None or event.tag is not None:
            begin = self._skip_properties(first, last)
        if style is Style.SINGLE or style is Style.DOUBLE:
            begin, end = begin + 1, last - 1
        value = event.value
        exact = self._editable and self._text[begin:end] == value
        inner = (start, stop) if begin == first else (self._at(begin), self._at(end))
        text = Text(value, *inner, style, exact)
        return Scalar(text, start, stop, _tag(event.tag))


def _tag(tag: str | None) -> str:
    return tag if tag is not None and tag.startswith("!") else ""


def walk(root: Node) -> Iterator[Node]:
    """Yield a value and all within it, each once, however often it is referred to."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Mapping):
            stack += [value for _, value in reversed(node.entries)]
        elif isinstance(node, Sequence):
            stack += reversed(node.items)
