"""Files with blanks in them: templates read as what they will be, blanks and all."""

import re
from functools import cached_property

import msgspec

from seawall.policy.facts.text import Style, Text
from seawall.policy.reading import yamlevents
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlevents import YamlError
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, walk

MARK = "\ue000"
"""Stands for a character of a blank: a letter to YAML, and in nobody's file."""

_GAP = "{{}}"
"""What is said of a blank whose characters cannot be told from others any more."""

# Go and Helm, Jinja, ERB: what computes. Autotools and batch files: what a YAML value
# must not begin with, as it must not with `{X}` before other words. `${X}`, `$(X)` and
# `<X>` are words to YAML as they are. A quote alone is one that no
# other follows: were there two ways to read each of fifty, a search would never end.
_ACTION = re.compile(
    r"\{\{(?:[^{}\"'`]|\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|'[^'\n]*'|[{}](?![{}])"
    r"|'(?![^'\n]*'))*?\}\}\}?"
    r"|\{%.*?%\}|\{#.*?#\}|<%.*?%>",
    re.DOTALL,
)
_WORD = re.compile(
    r"@[A-Za-z_][\w.-]*@|%[A-Za-z_]\w*%|(?<=: )\{[A-Z][A-Z0-9_]*\}(?=[\w.:/-])"
)

FILLED = re.compile(rb": +(?:@[A-Za-z_][\w.-]*@|\{[A-Z][A-Z0-9_]*\}[\w.:/-])")
"""What makes a file with a plain name a template: YAML cannot begin a value so."""


class Blanked(Source):
    """A template: its YAML is read with marks in the place of what is filled in.

    Attributes:
        errors: Why documents could not be read; they are nobody's mistake.
    """

    errors: tuple[YamlError, ...] = ()

    @cached_property
    def marked(self) -> str:
        """The text with marks: as long, character by character."""
        return _WORD.sub(lambda m: MARK * len(m[0]), hide(_ACTION, self.text))

    @property
    def is_computed(self) -> bool:
        """Whether whole lines come and go: then what is not there may come yet."""
        return (
            _ACTION.search(self.text) is not None
            and _LINE.search(self.text) is not None
        )

    @cached_property
    def documents(self) -> tuple[Node, ...]:
        """The roots of its YAML documents; those that are broken are left out."""
        found = yamlevents.read_documents(
            self.marked, self.offsets, self.limits, editable=self.is_exact
        )
        self.errors = found.errors
        for root in found.roots:
            for node in walk(root):
                self._restore(node)
        return found.roots

    def _restore(self, node: Node) -> None:
        """Let texts say what the file says."""
        held = [key for key, _ in node.entries] if isinstance(node, Mapping) else [node]
        for one in held:
            if isinstance(one, Scalar) and MARK in one.value:
                one.text = self._reread(one.text)

    def _reread(self, text: Text) -> Text:
        if text.exact:
            said = self.data[text.start : text.stop].decode(self.encoding)
            return msgspec.structs.replace(text, value=said)
        said = re.sub(f"{MARK}+", _GAP, text.value)
        return Text(said, text.start, text.stop, Style.MADE, exact=False)


_LINE = re.compile(r"^[ \t]*(?:\{\{|\{%|<%)", re.MULTILINE)


def hide(computed: re.Pattern[str], text: str) -> str:
    """Put marks where something is computed; a line of that alone becomes a comment."""
    parts: list[str] = []
    done, end = 0, -1
    for match in computed.finditer(text):
        start, stop = match.span()
        parts.append(text[done:start])
        alone = False
        if start > end:  # else it is not the first one of its line
            line = text.rfind("\n", 0, start) + 1
            alone = not text[line:start].strip()
        if stop > end:
            end = text.find("\n", stop)
            end = len(text) if end < 0 else end
        alone = alone and not computed.sub("", text[stop:end]).strip()
        first = "#" if alone else MARK
        rest = "".join(c if c in "\r\n" else MARK for c in match[0][1:])
        if alone:  # so are its other lines
            rest = rest.replace(f"\n{MARK}", "\n#")
        parts.append(first + rest)
        done = stop
    return "".join([*parts, text[done:]])
