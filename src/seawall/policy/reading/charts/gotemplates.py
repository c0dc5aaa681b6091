"""Go templates as lines: what each says beside its actions, what encloses it."""

import re
from collections.abc import Iterator

import msgspec

from seawall.errors import InputError

_TOKENS = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|\}\}')
_WORD = re.compile(r"[A-Za-z]+")
_CALL = re.compile(r'\b(?:include|template)\s+(?:"([^"\n]+)"|([($\w]))')
_DEFINE = re.compile(r'\b(?:define|block)\s+"([^"\n]+)"')
_DEEPEST = 100
_OPENS = {"if", "range", "with", "define", "block"}


class Action(msgspec.Struct, frozen=True):
    """One `{{ … }}`; its indexes are characters of the text.

    Attributes:
        start: Where it begins.
        stop: Where it ends.
        body: What stands in it, without trim marks and spaces.
        word: The keyword that it begins with: `if`, `end`, `include`; empty for a
            comment.
    """

    start: int
    stop: int
    body: str
    word: str

    @property
    def calls(self) -> tuple[str, ...]:
        """The helpers that it includes; one that is computed is the empty text."""
        return tuple(name for name, _ in _CALL.findall(self.body))


class Line(msgspec.Struct, frozen=True):
    r"""One line of a template.

    Attributes:
        start: The character it begins with.
        stop: The character behind it, its newline included.
        text: What it says, with an `\x01` for each character of an action, and without
            its newline.
        actions: The actions that begin on it.
        within: What encloses its beginning: the actions that are open there.
    """

    start: int
    stop: int
    text: str
    actions: tuple[Action, ...]
    within: tuple[Action, ...]

    @property
    def indent(self) -> int:
        """How far what it says is indented."""
        return len(self.text) - len(self.text.lstrip(" "))

    @property
    def is_blank(self) -> bool:
        """Whether it is empty, or says nothing but a YAML comment."""
        bare = self.text.strip()
        return not bare or bare.startswith("#")

    @property
    def is_action(self) -> bool:
        """Whether it consists of actions alone."""
        bare = self.text.strip()
        return bool(bare) and not bare.strip("\x01 ")

    @property
    def says(self) -> bool:
        """Whether it says something itself."""
        return not (self.is_blank or self.is_action)

    @property
    def is_parting(self) -> bool:
        """Whether it parts two documents."""
        return self.text.startswith("---")

    @property
    def helper(self) -> str:
        """The helper that it is a line of; empty outside of all."""
        for action in reversed(self.within):
            if action.word in ("define", "block"):
                return defined(action)
        return ""

    @property
    def is_shifted(self) -> bool:
        """Whether the dot may mean something else here than at the top of the file."""
        return any(action.word != "if" for action in self.within)


def defined(action: Action) -> str:
    """Name the helper that an action defines; empty if it defines none."""
    found = _DEFINE.search(action.body)
    return found.group(1) if found else ""


def find_actions(text: str) -> Iterator[Action]:
    """Yield the actions of a template; one that never ends is none."""
    at = text.find("{{")
    while at >= 0:
        inner = at + 2
        inner += text.startswith("-", inner)
        bare = text[inner : inner + 8].lstrip()
        if bare.startswith("/*"):
            closed = text.find("*/", inner)
            stop = text.find("}}", closed) if closed >= 0 else -1
            if stop < 0:
                return
            yield Action(at, stop + 2, "", "")
        else:
            stop = next(
                (m.start() for m in _TOKENS.finditer(text, inner) if m[0] == "}}"), -1
            )
            if stop < 0:
                return
            body = text[inner:stop].removesuffix("-").strip()
            word = _WORD.match(body)
            yield Action(at, stop + 2, body, word.group() if word else "")
        at = text.find("{{", stop + 2)


def read_lines(text: str) -> list[Line]:
    """Cut a template into lines.

    Raises:
        InputError: Its conditions and loops are nested deeper than anybody writes them.
    """
    actions = list(find_actions(text))
    shown = _hide(text, actions)
    lines: list[Line] = []
    stack: list[Action] = []
    start = done = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        within = tuple(stack)
        first = done
        while done < len(actions) and actions[done].start < end:
            _push(stack, actions[done])
            done += 1
        said = shown[start:end].rstrip("\r\n")
        lines.append(Line(start, end, said, tuple(actions[first:done]), within))
        start = end
    return lines


def _push(stack: list[Action], action: Action) -> None:
    if action.word in _OPENS:
        stack.append(action)
        if len(stack) > _DEEPEST:
            raise InputError(f"more than {_DEEPEST} blocks within one another")
    elif action.word == "end" and stack:
        stack.pop()


def _hide(text: str, actions: list[Action]) -> str:
    """Put a mark in the place of all that stands in actions, but keep the lines."""
    parts, done = [], 0
    for action in actions:
        parts.append(text[done : action.start])
        inside = text[action.start : action.stop]
        parts.append("".join("\n" if c == "\n" else "\x01" for c in inside))
        done = action.stop
    return "".join([*parts, text[done:]])
