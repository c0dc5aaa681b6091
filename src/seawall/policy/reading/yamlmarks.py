"""Values of YAML that know at which bytes they stand."""

from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf
from typing import TypeAlias

import msgspec

from seawall.policy.facts.text import Style, Text

_STYLES = {
    None: Style.PLAIN,
    "": Style.PLAIN,
    "'": Style.SINGLE,
    '"': Style.DOUBLE,
    "|": Style.BLOCK,
    ">": Style.BLOCK,
}
_MERGE = "<<"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Page(msgspec.Struct, frozen=True, gc=False):
    """What values know of the text that they stand in.

    Attributes:
        text: The text.
        offsets: At which byte each of its characters begins, and where it ends.
        editable: Whether texts can be exact.
    """

    text: str
    offsets: SequenceOf[int]
    editable: bool


_NOWHERE = Page("", (0,), editable=False)


class Scalar(msgspec.Struct, eq=False):
    """A single value: what it says, with its place.

    A file has thousands that nobody asks for more than what they say: bytes are counted
    once somebody does.

    Attributes:
        value: What it says, with escapes resolved.
        mark: What it is put in, as libyaml has it.
        first: The character that it begins with, its tag and quotes included.
        last: The character behind it.
        page: The text that it stands in.
        begin: The character behind its tag and anchor.
        tag: A tag such as `!reference`, if it has one of its own.
        said: Its text, once somebody asked for it, or gave it another one.
    """

    value: str
    mark: str | None = None
    first: int = 0
    last: int = 0
    page: Page = _NOWHERE
    begin: int = 0
    tag: str = ""
    said: Text | None = None

    @property
    def start(self) -> int:
        """The byte at which it begins, quotes included."""
        return self.page.offsets[self.first]

    @property
    def stop(self) -> int:
        """The byte behind it."""
        return self.page.offsets[self.last]

    @property
    def text(self) -> Text:
        """Its text; exact if the bytes between its quotes are just what it says."""
        if self.said is None:
            begin, end, page = self.begin, self.last, self.page
            style = _STYLES[self.mark]
            if style is Style.SINGLE or style is Style.DOUBLE:
                begin, end = begin + 1, end - 1
            exact = page.editable and page.text[begin:end] == self.value
            start, stop = page.offsets[begin], page.offsets[end]
            self.said = Text(self.value, start, stop, style, exact)
        return self.said

    @text.setter
    def text(self, text: Text) -> None:
        self.value, self.said = text.value, text

    @property
    def is_null(self) -> bool:
        """Whether it says that there is nothing."""
        return self.value in _NULLS and self.text.style is Style.PLAIN


class Mapping(msgspec.Struct, eq=False):
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
    entries: "list[tuple[Node, Node]]" = []

    def get(self, name: str) -> "Node | None":
        """Find a key's value, in merged mappings (`<<`), too."""
        found = self.entry(name)
        return found[1] if found else None

    def entry(self, name: str) -> "tuple[Scalar, Node] | None":
        """Find a key with its value; of two the last counts, as for most readers."""
        below: list[Node] = []
        for key, value in reversed(self.entries):
            if isinstance(key, Scalar):
                if key.value == name:
                    return key, value
                if key.value == _MERGE:
                    below.append(value)
        return _find_merged(name, below) if below else None

    def pairs(self) -> "Iterator[tuple[Text, Node]]":
        """Yield the entries whose key is a word, without merged ones."""
        for key, value in self.entries:
            if isinstance(key, Scalar):
                yield key.text, value


class Sequence(msgspec.Struct, eq=False):
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
    items: "list[Node]" = []


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
                if key.value == name:
                    return key, value
                if key.value == _MERGE:
                    more.append(value)
        todo += reversed(more)
    return None


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
