"""YAML read with marks: libyaml's events made into values, bounded and in documents."""

import re
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from typing import Any

import msgspec
import yaml
from yaml._yaml import CParser

from seawall.policy.options import LimitOptions
from seawall.policy.reading.yamlmarks import Mapping, Node, Page, Scalar, Sequence

_ERRORS = 100
"""So many broken documents are told; nobody reads on."""


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
    text: str, offsets: SequenceOf[int], limits: LimitOptions, *, editable: bool = True
) -> Documents:
    """Read all documents of a text.

    If one of them is broken, the text is cut at the lines that part documents, and
    each is read for itself.

    Args:
        text: The file's text, without a byte order mark.
        offsets: At which byte each character of the text begins, and where it ends.
        limits: Bounds on depth and number of values.
        editable: Whether texts can be exact: the file is in UTF-8.
    """
    whole = _Builder(Page(text, offsets, editable), limits)
    error = whole.read()
    if error is None:
        return Documents(tuple(whole.roots), ())
    pieces = _cut(text)
    if len(pieces) == 1:
        return Documents(tuple(whole.roots), (error,))
    found: list[Node] = []
    errors: list[YamlError] = []
    for start, stop in pieces:
        page = Page(text[start:stop], offsets[start : stop + 1], editable)
        piece = _Builder(page, limits)
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


class _Builder:
    """Makes values of the events of one text."""

    def __init__(self, page: Page, limits: LimitOptions) -> None:
        self.roots: list[Node] = []
        self.count = 0
        self._page = page
        self._limits = limits
        self._anchors: dict[str, Node] = {}
        self._open: list[tuple[Mapping | Sequence, list[Node]]] = []

    def read(self) -> YamlError | None:
        """Read all documents, up to the first that is broken."""
        try:
            self._build(CParser(self._page.text))
        except yaml.MarkedYAMLError as exc:
            mark = exc.problem_mark or exc.context_mark
            return self._error(exc.problem or "", mark.index if mark else 0)
        except yaml.YAMLError as exc:
            # Where a character is not allowed, it is said in bytes of UTF-8.
            head = self._page.text.encode()[: getattr(exc, "position", 0)]
            at = len(head.decode(errors="ignore"))
            return self._error(str(exc).partition("\n")[0], at)
        except _RefusalError as exc:
            return self._error(str(exc), exc.index, is_bound=exc.is_bound)
        return None

    def _error(self, message: str, index: int, *, is_bound: bool = False) -> YamlError:
        index = min(index, len(self._page.text))
        return YamlError(self._page.offsets[index], message or "not YAML", is_bound)

    def _build(self, parser: Any) -> None:
        """Take all events: each value goes to the list of what is open around it.

        Everything here is done hundreds of times a file.
        """
        page, most, opened = self._page, self._limits.nodes, self._open
        items: list[Node] = []
        node: Node
        while (event := parser.get_event()) is not None:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                first = event.start_mark.index
                last = event.end_mark.index
                node = Scalar(event.value, event.style, first, last, page, first)
                if event.anchor is not None or event.tag is not None:
                    self._dress(node, event)
                items.append(node)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                node = self._begin(event, kind)
                items.append(node)
                opened.append((node, items))
                items = []
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                node, outer = opened.pop()
                node.stop = page.offsets[event.end_mark.index]
                if isinstance(node, Mapping):
                    node.entries = list(zip(items[::2], items[1::2], strict=True))
                else:
                    node.items = items
                items = outer
                continue
            elif kind is yaml.AliasEvent:
                items.append(self._alias(event))
            else:
                self._part(kind, items)
                continue
            self.count += 1
            if self.count > most:
                index = event.start_mark.index
                raise _RefusalError(f"more than {most} values", index)

    def _part(self, kind: type, items: list[Node]) -> None:
        """Begin or end a document; one that says nothing is left out."""
        if kind is yaml.DocumentStartEvent:
            self._anchors.clear()
        elif kind is yaml.DocumentEndEvent:
            self.roots += [
                root
                for root in items
                if not (isinstance(root, Scalar) and root.is_null)
            ]
            items.clear()

    def _begin(self, event: Any, kind: type) -> Mapping | Sequence:
        index = event.start_mark.index
        if len(self._open) >= self._limits.depth:
            raise _RefusalError(f"nested more than {self._limits.depth} deep", index)
        start, flow = self._page.offsets[index], bool(event.flow_style)
        make = Mapping if kind is yaml.MappingStartEvent else Sequence
        node = make(start, start, flow, _tag(event.tag))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise yaml.MarkedYAMLError(
                problem=f"*{event.anchor} stands for nothing",
                problem_mark=event.start_mark,
            )
        if any(node is outer for outer, _ in self._open):
            message = f"*{event.anchor} stands within itself"
            raise _RefusalError(message, event.start_mark.index, is_bound=False)
        return node

    def _dress(self, node: Scalar, event: Any) -> None:
        """Note a value's tag and anchor, which stand in front of it."""
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        node.tag = _tag(event.tag)
        match = _PROPERTIES.match(self._page.text, node.first, node.last)
        node.begin = match.end() if match else node.first


def _tag(tag: str | None) -> str:
    return tag if tag is not None and tag.startswith("!") else ""
