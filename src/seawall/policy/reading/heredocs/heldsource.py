"""A script of which only some here-documents are left, each where it stood."""

import re
from collections.abc import Mapping
from functools import cached_property

import msgspec

from seawall.policy.facts.text import Insertion, Style, Text
from seawall.policy.facts.workloads import ServiceAccount, Workload
from seawall.policy.reading.blanked import MARK, Blanked, hide
from seawall.policy.reading.heredocs.heres import Here
from seawall.policy.reading.source import Source
from seawall.policy.reading.variables import expand

EXPANSION = re.compile(
    r"\$\{\{[^{}\n]*\}\}"
    r"|(?<!\\)\$(?:\{[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*\}|[A-Za-z_]\w*|[0-9@*#?!])"
    r"|(?<!\\)\$\([^()]{0,1000}(?:\([^()]{0,1000}\)[^()]{0,1000}){0,8}\)"
    r"|(?<!\\)`[^`\n]*`"
)
"""What a shell fills in: variables, and what commands print."""
_COMMANDS = re.compile(r"`[^`]*`")
_BREAK = re.compile(rb"^([ \t]*)---(?=[ \t\r]*$|[ \t]+#)", re.MULTILINE)
_BLANK = re.compile(rb"[^\r\n]")
_ALONE = re.compile(rf"^[ \t]*#{MARK}", re.MULTILINE)


class Held(Blanked):
    """A script of which only some texts are left, as documents where they stood.

    Args:
        source: The script.
        heres: The texts.
        known: The script's variables.
    """

    def __init__(
        self, source: Source, heres: list[Here], known: Mapping[str, str]
    ) -> None:
        super().__init__(source.path, _show(source.data, heres), source.limits)
        self._heres = heres
        self._known = known

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Where the texts stand in characters: marks are some, and places are bytes."""
        spans, done, at = [], 0, 0
        for here in self._heres:
            begin = at + len(self.data[done : here.start].decode())
            at = begin + len(self.data[here.start : here.stop].decode())
            done = here.stop
            spans.append((begin, at))
        return spans

    @cached_property
    def marked(self) -> str:
        """The text with marks where a shell, or a template, fills something in."""
        base, at = super().marked, 0
        parts = []
        for here, (begin, end) in zip(self._heres, self._spans, strict=True):
            shown = base[begin:end]
            parts += [base[at:begin], shown if here.quoted else hide(EXPANSION, shown)]
            at = end
        return "".join([*parts, base[at:]])

    def is_open(self, number: int) -> bool:
        """Whether whole lines of a text come and go: what is not there may come yet."""
        return _ALONE.search(self.marked, *self._spans[number]) is not None

    def _reread(self, text: Text) -> Text:
        if MARK not in text.value:
            return text
        found = super()._reread(text)
        value = _COMMANDS.sub("$()", expand(found.value, self._known)[0])
        if value == found.value:
            return found
        return Text(value, found.start, found.stop, Style.MADE, exact=False)


def _show(data: bytes, heres: list[Here]) -> bytes:
    """Blank all but some texts; tabs that a shell takes away are blanks, too."""
    shown = bytearray(_BLANK.sub(b" ", data))
    for here in heres:
        body = _BREAK.sub(
            lambda found: b"---" + b" " * len(found[1]), data[here.start : here.stop]
        )
        if here.strips:
            body = re.sub(
                rb"^\t+",
                lambda found: b" " * len(found[0]),
                body,
                flags=re.MULTILINE,
            )
        shown[here.start : here.stop] = body
        shown[here.line : here.line + 3] = b"---"
    return bytes(shown)


def show_alone(data: bytes, here: Here) -> bytes:
    """Blank all but one text."""
    before, after = data[: here.start], data[here.stop :]
    body = data[here.start : here.stop]
    return _BLANK.sub(b" ", before) + body + _BLANK.sub(b" ", after)


def indent(
    source: Source, fact: Workload | ServiceAccount
) -> Workload | ServiceAccount:
    """Let lines that are put in begin with the tabs of those around."""
    line = source.line_start(fact.start)
    head = source.data[line : fact.start]
    tabs = len(head) - len(head.lstrip(b"\t"))

    def move(room: Insertion | None) -> Insertion | None:
        if room is None or not tabs:
            return room
        return msgspec.structs.replace(room, indent=room.indent - tabs, tabs=tabs)

    secrets = fact.secrets
    if secrets is not None:
        secrets = msgspec.structs.replace(secrets, end=move(secrets.end))
    return msgspec.structs.replace(fact, secrets=secrets, room=move(fact.room))
