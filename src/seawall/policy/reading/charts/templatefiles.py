"""Files of charts' templates: pod specs, service accounts, helpers and their use."""

import re
from collections.abc import Iterator, Sequence

from seawall.policy.facts.charts import AccountTemplate, Call, PodTemplate, Template
from seawall.policy.facts.text import Fact, Insertion
from seawall.policy.reading.charts.gotemplates import (
    Line,
    defined,
    find_actions,
    read_lines,
)
from seawall.policy.reading.charts.imagefronts import read_fronts
from seawall.policy.reading.charts.podtemplates import (
    LIST,
    Spread,
    cut_list,
    read_pods,
    spread,
    text_of,
)
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import kubernetes
from seawall.policy.reading.source import Source

# All values at once, as in `index .Values "a"`, are the empty name; a helper that gets
# them by `dict "Values" .Values` names those that it uses.
_VALUES = re.compile(
    r"\.Values\.([\w.]+)|(?<!\"Values\" )(?<!\"Values\" \$)\.Values(?![\w.])"
)
_ACCOUNT_NAME = re.compile(r"  +name:\s*(\S.*?)\s*$")
_HELPER_BYTES = 256 * 1024
"""Longer helpers are cut off: what they include first is told all the same."""


def sniff(data: bytes) -> bool:
    """Whether anything in it matters: pods, helpers, accounts, what it consumes."""
    return b"{{" in data or b"ontainers:" in data


def read(source: Source) -> Iterator[Fact]:
    """Read one file of templates."""
    lines = read_lines(source.text)
    pods: list[PodTemplate] = []
    accounts: list[AccountTemplate] = []
    calls: list[Call] = []
    named = not kubernetes.sniff(source.data)
    for part in _documents(lines):
        document = spread(part)
        pods += read_pods(source, document, named=named)
        calls += _read_calls(part)
        if document.kind == "ServiceAccount":
            accounts.append(_read_account(source, document))
    yield Template(
        path=source.path,
        start=0,
        stop=len(source.data),
        pods=tuple(pods),
        accounts=tuple(accounts),
        defines=read_helpers(source.text),
        calls=tuple(calls),
        values=frozenset(
            name
            for line in lines
            for a in line.actions
            for name in _VALUES.findall(a.body)
        ),
        fronts=read_fronts(source.text),
    )


def read_helpers(text: str) -> dict[str, str]:
    """Read the helpers that a template defines, each with its text."""
    found: dict[str, str] = {}
    stack: list[tuple[str, int]] = []
    for action in find_actions(text):
        if action.word in ("define", "block"):
            stack.append((defined(action), action.stop))
        elif action.word in ("if", "range", "with"):
            stack.append(("", 0))
        elif action.word == "end" and stack:
            name, start = stack.pop()
            if name and not any(outer for outer, _ in stack):  # Go allows no others
                found.setdefault(name, text[start : action.start][:_HELPER_BYTES])
    return found


def _documents(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Cut a file into documents, and helpers that are one each."""
    begin = 0
    for at, line in enumerate(lines):
        helper = lines[begin].helper if begin < len(lines) else ""
        if at > begin and (line.is_parting or line.helper != helper):
            yield lines[begin:at]
            begin = at
    if begin < len(lines):
        yield lines[begin:]


def _says_list(lines: Sequence[Line]) -> bool:
    return any(LIST.search(line.text) for line in lines if not line.is_blank)


def _read_calls(lines: Sequence[Line]) -> Iterator[Call]:
    emits = _says_list(lines)
    found = [
        (name, line.helper)
        for line in lines
        for action in line.actions
        for name in action.calls
        if name
    ]
    beside = frozenset(name for name, _ in found)
    for name, within in dict.fromkeys(found):
        yield Call(name, within, emits, beside)


def _read_account(source: Source, document: Spread) -> AccountTemplate:
    name, in_head = "", False
    for line in document.lines:
        if line.says and line.indent == 0:
            in_head = line.text.startswith("metadata:")
        found = _ACCOUNT_NAME.match(line.text)
        if in_head and found and not name:
            begin = line.start + found.start(1)
            name = source.text[begin : line.start + found.end(1)]
    lines = document.lines
    includes = {n for one in lines for a in one.actions for n in a.calls if n}
    kinds = (one.within for one in lines if one.text.startswith("kind:"))
    outer = next(kinds, ())
    saying = next((one for one in lines if one.text.startswith("imagePullS")), None)
    cut = cut_list(lines, saying, 0, len(outer)) if saying else ()
    return AccountTemplate(
        bare(name),
        _says_list(lines),
        frozenset(includes),
        lines[-1].helper,
        is_shifted=any(action.word != "if" for action in outer),
        secrets=text_of(source, cut) if cut else None,
        room=_find_end(source, lines, len(outer)),
    )


def _find_end(source: Source, lines: Sequence[Line], depth: int) -> Insertion:
    """Find where an object ends, before whatever closes the conditions around it."""
    at = len(lines)
    while at and (
        lines[at - 1].is_blank
        or lines[at - 1].is_parting
        or (_is_end(lines[at - 1]) and len(lines[at - 1].within) <= depth)
    ):
        at -= 1
    stop = lines[at - 1].stop
    lead = "" if source.text[:stop].endswith("\n") else source.newline
    return Insertion(source.byte_at(stop), 0, source.newline, lead)


def _is_end(line: Line) -> bool:
    return line.is_action and all(action.word == "end" for action in line.actions)


def bare(name: str) -> str:
    """Write a name in one way, however its actions are spaced and quoted."""
    text = name.strip("\"' ")
    return re.sub(r"\{\{-?\s*|\s*-?\}\}", "", text).strip("\"' ")


READER = Reader(
    name="Helm templates",
    names=tuple(f"**/templates/**/*.{end}" for end in ("yaml", "yml", "tpl")),
    read=read,
    sniff=sniff,
)
