"""Shell text: its commands with their words, and what surrounds them."""

import re
from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.commands import Command, Redirect, Setting
from seawall.policy.facts.text import Insertion, Text
from seawall.policy.reading.embedded import Embedded
from seawall.policy.reading.grammars import Grammar, Node, parse

_DEPTH = 120
"""Deeper nesting is left out: nobody writes it, and each level costs a call."""

_BLOCKS = {
    "for_statement": "for",
    "c_style_for_statement": "for",
    "while_statement": "while",
    "if_statement": "if",
    "case_statement": "case",
    "subshell": "subshell",
    "command_substitution": "substitution",
    "process_substitution": "substitution",
}
_OPERATORS = {"&&", "||", ";", "|", "|&", "&"}
_PLAIN = {"word", "number", "variable_name", "test_operator", "extglob_pattern"}
_REDIRECTS = {"file_redirect", "heredoc_redirect", "herestring_redirect"}
_GAP = b"${{"
_SHELL = re.compile(r"(?:^|/)(?:ba|da|a|z|k)?sh$")
_TAKES_SCRIPT = re.compile(r"-[a-z]*c")
_SPACE = re.compile(rb"\s*")
_TOLD = 32
"""A command is told of no more redirections, and programs of its pipeline."""


class _Around(msgspec.Struct, frozen=True):
    """What surrounds a command; see `Command`."""

    within: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    pipeline: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    depth: int = 0


def read_commands(text: Embedded, setting: Setting, owner: str = "") -> list[Command]:
    """Read all simple commands of a shell text, in their order.

    What is no shell costs the commands that it stands in, and no others.

    Args:
        text: The shell text.
        setting: In what kind of file it stands.
        owner: Whose it is.
    """
    walker = _Walker(text, setting, owner)
    root = parse(Grammar.BASH, _fill_gaps(text.data))
    return list(walker.walk(root, _Around()))


def _fill_gaps(data: bytes) -> bytes:
    """Put letters of the same number where GitHub fills in: no shell could read that.

    >>> _fill_gaps(b"x:${{ a.b }} y")
    b'x:__________ y'
    """
    at = data.find(_GAP)
    if at < 0:
        return data
    filled = bytearray(data)
    end = line_end = -1
    while at >= 0:
        # Looked for only when it is behind: a line may open a thousand and close none.
        end = _find_behind(data, b"}}", at, end)
        line_end = _find_behind(data, b"\n", at, line_end)
        stop = end + 2 if end < line_end else at + len(_GAP)
        filled[at:stop] = b"_" * (min(stop, len(data)) - at)
        at = data.find(_GAP, stop)
    return bytes(filled)


def _find_behind(data: bytes, what: bytes, at: int, known: int) -> int:
    """Find the next of something; its last place is right until it is passed."""
    if known >= at:
        return known
    found = data.find(what, at)
    return len(data) if found < 0 else found


class _Walker:
    """Goes through a syntax tree, and makes facts of its commands."""

    def __init__(
        self, text: Embedded, setting: Setting, owner: str, *, nested: bool = False
    ) -> None:
        self._text = text
        self._nested = nested
        self._setting = setting
        self._owner = owner
        self._breaks = [-1, *(m.start() for m in re.finditer(b"\n", text.data))]

    def walk(self, node: Node, around: _Around) -> Iterator[Command]:
        """Yield the commands of a node."""
        if around.depth > _DEPTH:
            return
        around = msgspec.structs.replace(around, depth=around.depth + 1)
        kind = node.type
        if kind == "command":
            yield from self._command(node, around)
        elif kind == "pipeline":
            yield from self._pipeline(node, around)
        elif kind == "redirected_statement":
            yield from self._redirected(node, around)
        elif kind == "function_definition":
            name = node.child_by_field_name("name")
            label = self._raw(name) if name else ""
            yield from self._sequence(node, _enter(around, f"function {label}"))
        elif kind in _BLOCKS:
            label = _BLOCKS[kind]
            if kind == "while_statement" and self._raw(node).startswith("until"):
                label = "until"
            yield from self._sequence(node, _enter(around, label))
        else:
            yield from self._sequence(node, around)

    def _sequence(self, node: Node, around: _Around) -> Iterator[Command]:
        """Walk what stands side by side, with the operators between it."""
        children = node.children
        inner = [at for at, child in enumerate(children) if child.is_named]
        for at in inner:
            before = _operator(children[at - 1]) if at else ""
            after = _operator(children[at + 1]) if at + 1 < len(children) else ""
            first, last = at == inner[0], at == inner[-1]
            yield from self.walk(
                children[at],
                msgspec.structs.replace(
                    around,
                    before=before or (around.before if first else ";"),
                    after=after or (around.after if last else ";"),
                ),
            )

    def _pipeline(self, node: Node, around: _Around) -> Iterator[Command]:
        parts = [child for child in node.children if child.is_named]
        programs = [self._program(part) for part in parts]
        for at, part in enumerate(parts):
            yield from self.walk(
                part,
                msgspec.structs.replace(
                    around,
                    before="|" if at else around.before,
                    after="|" if at + 1 < len(parts) else around.after,
                    pipeline=(*programs[at + 1 : at + _TOLD], *around.pipeline)[:_TOLD],
                ),
            )

    def _program(self, node: Node) -> str:
        """Name the program that a part of a pipeline begins with."""
        for command in self.walk(node, _Around()):
            return command.program
        return ""

    def _redirected(self, node: Node, around: _Around) -> Iterator[Command]:
        found = [child for child in node.children if child.type in _REDIRECTS]
        redirects = tuple(r for child in found for r in self._redirects(child))
        # `cat <<EOF | sh`: what follows stands within the redirection.
        rest = [more for child in found for more in child.children if _is_rest(more)]
        piped = [more for more in rest if _begins_with_pipe(more)]
        inner = msgspec.structs.replace(
            around,
            redirects=(*redirects, *around.redirects)[:_TOLD],
            after="|" if piped else around.after,
            pipeline=(
                *(self._program(more) for more in piped[:_TOLD]),
                *around.pipeline,
            )[:_TOLD],
        )
        for child in node.children:
            if child.type not in _REDIRECTS and child.is_named:
                yield from self.walk(child, inner)
        for more in rest:
            before = "|" if more in piped else "&&"
            yield from self.walk(more, msgspec.structs.replace(around, before=before))

    def _redirects(self, node: Node) -> Iterator[Redirect]:
        operator = next((c.type for c in node.children if not c.is_named), "")
        if node.type == "heredoc_redirect":
            body = next((c for c in node.children if c.type == "heredoc_body"), None)
            for child in node.children:
                if child.type == "file_redirect":
                    yield from self._redirects(child)
            if body is not None:
                yield Redirect("<<", self._text.text(body.start_byte, body.end_byte))
            return
        targets = [
            c for c in node.children if c.is_named and c.type != "file_descriptor"
        ]
        if targets:
            yield Redirect(operator, self._word(targets[-1]))

    def _command(self, node: Node, around: _Around) -> Iterator[Command]:
        words: list[Text] = []
        assignments: list[Text] = []
        redirects: list[Redirect] = []
        inner: list[Node] = []
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment":
                assignments.append(self._text.text(child.start_byte, child.end_byte))
                inner.append(child)
            elif kind in _REDIRECTS:
                redirects += self._redirects(child)
            elif kind == "command_name":
                words += [self._word(child.children[0] if child.children else child)]
                inner.append(child)
            elif child.is_named:
                words.append(self._word(child))
                inner.append(child)
        start, stop = self._text.place(node.start_byte), self._end(node)
        yield Command(
            path=self._text.source.path,
            start=start,
            stop=stop,
            words=tuple(words),
            assignments=tuple(assignments),
            redirects=(*redirects, *around.redirects)[:_TOLD],
            within=around.within,
            before=around.before,
            after=around.after,
            pipeline=around.pipeline,
            setting=self._setting,
            owner=self._owner,
            line=self._line(node, around),
        )
        for child in inner:
            yield from self._substitutions(child, around)
        named = [child for child in inner if child.type != "variable_assignment"]
        script = _find_script(named, words)
        if script is not None and around.depth < _DEPTH:
            part = self._text.within(script.start_byte + 1, script.end_byte - 1)
            bare = msgspec.structs.replace(around, before="", after="", redirects=())
            walker = _Walker(part, self._setting, self._owner, nested=True)
            root = parse(Grammar.BASH, _fill_gaps(part.data))
            yield from walker.walk(root, bare)

    def _substitutions(self, node: Node, around: _Around) -> Iterator[Command]:
        """Walk the commands within words: `$( )` and its like."""
        if around.depth > _DEPTH:
            return
        if node.type in ("command_substitution", "process_substitution"):
            bare = msgspec.structs.replace(around, redirects=(), pipeline=())
            yield from self.walk(node, bare)
            return
        deeper = msgspec.structs.replace(around, depth=around.depth + 1)
        for child in node.children:
            if child.is_named:
                yield from self._substitutions(child, deeper)

    def _word(self, node: Node) -> Text:
        start, stop = node.start_byte, node.end_byte
        raw = self._text.data[start:stop]
        quoted = node.type in (
            "string",
            "raw_string",
            "ansi_c_string",
            "translated_string",
        )
        if quoted and raw[-1:] in (b'"', b"'") and len(raw) > 1:
            lead = 2 if raw[:1] == b"$" else 1
            start, stop = start + lead, stop - 1
        elif node.type not in _PLAIN and (b'"' in raw or b"'" in raw):
            return self._text.text(start, stop, _unquote(raw))
        if b"\\" in raw:
            return self._text.text(start, stop, _unescape(self._text.data[start:stop]))
        return self._text.text(start, stop)

    def _raw(self, node: Node) -> str:
        return self._text.data[node.start_byte : node.end_byte].decode(errors="replace")

    def _end(self, node: Node) -> int:
        return self._text.text(node.start_byte, node.end_byte).stop

    def _line(self, node: Node, around: _Around) -> Insertion | None:
        """Find room for a line before this one, if a line may stand there."""
        source, data = self._text.source, self._text.data
        if not self._text.exact or self._nested or self._setting is Setting.BUILD:
            return None  # in quotes, a line might end them
        if around.before not in ("", ";"):
            return None
        start = self._breaks[bisect_left(self._breaks, node.start_byte) - 1] + 1
        if not _SPACE.fullmatch(data, start, node.start_byte):
            return None
        if data[max(0, start - 3) : start].rstrip(b"\r\n").endswith(b"\\"):
            return None
        return source.before_line(self._text.place(node.start_byte))


def _find_script(nodes: list[Node], words: list[Text]) -> Node | None:
    """Find the script that a shell is given as a word: `sh -ec '…'`.

    One in double quotes is taken only if nothing in it is run before, or escaped.
    """
    at = next((n for n, word in enumerate(words) if _SHELL.search(word.value)), None)
    if at is None or len(nodes) != len(words):
        return None
    for option, node in zip(words[at + 1 :], nodes[at + 2 :], strict=False):
        if not option.value.startswith("-"):
            return None
        if _TAKES_SCRIPT.fullmatch(option.value):
            raw = node.text or b""
            plain = node.type == "string" and not any(
                c in raw for c in (b"$(", b"`", b"\\")
            )
            return node if plain or node.type == "raw_string" else None
    return None


def _enter(around: _Around, label: str) -> _Around:
    return msgspec.structs.replace(
        around, within=(*around.within, label), before="", after=""
    )


def _is_rest(node: Node) -> bool:
    """Whether a part of a redirection is what follows it on the line."""
    return node.type in ("pipeline", "list", "command")


def _begins_with_pipe(node: Node) -> bool:
    before = node.prev_sibling
    first = node.children[0].type if node.children else ""
    return first in ("|", "|&") or (before is not None and before.type in ("|", "|&"))


def _operator(node: Node) -> str:
    return node.type if node.type in _OPERATORS else ""


def _unquote(raw: bytes) -> str:
    return _unescape(raw.replace(b'"', b"").replace(b"'", b""))


def _unescape(raw: bytes) -> str:
    r"""Resolve what a backslash does outside of quotes, as far as that matters.

    >>> _unescape(b'a\\ b\\\nc')
    'a bc'
    """
    text = raw.decode(errors="replace").replace("\\\r\n", "").replace("\\\n", "")
    parts = text.split("\\\\")
    return "\\".join(part.replace("\\", "") for part in parts)
