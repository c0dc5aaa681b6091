"""Pod specs in templates: where they begin and end, and what they say and include."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from seawall.policy.facts.charts import PodTemplate
from seawall.policy.facts.text import Insertion, Text
from seawall.policy.facts.workloads import HOOK
from seawall.policy.knowledge.operated import is_policy
from seawall.policy.reading.charts.containerlines import (
    read_images,
    read_values,
    value_of,
)
from seawall.policy.reading.charts.gotemplates import Line
from seawall.policy.reading.source import Source

_LISTS = re.compile(r"(?:containers|initContainers):\s*(?:[\x01 ]*|#.*)$")
_PARENT = re.compile(r"[\"']?(?:\w*[sS]pec|template|podTemplate)[\"']?:\s*(?:#.*)?$")
_KEY = re.compile(r"[\"']?([\w./-]+)[\"']?:(?:\s|$)")
_PATCH = re.compile(
    r"[\"']?(?:\w*[pP]atch(?:es)?|pattern|anyPattern)[\"']?:\s*(?:#.*)?$"
)
"""What stands below it changes pods that others make, or is compared with them."""
_ANY_KEY = re.compile(r"\x01+:")
"""A key that is filled in, as where a `range` goes through a mapping of values."""
_API = re.compile(r"apiVersion:\s*[\"']?([\w./-]+)")
_KIND = re.compile(r"kind:\s*[\"']?(\w+)")
_NAME = re.compile(r"  +name:\s*(\S.*)$")
_FLOW_NAME = re.compile(r"\bname:\s*[\"']?([\w.-]+)")
_HOOK = re.compile(rf"\s+[\"']?{re.escape(HOOK)}[\"']?:\s*[\"']?([\w, -]+)")
_INDENT = re.compile(r"\bn?indent\s+(\d+)")
_QUIET = {"if", "with", "range", "end", "else", "define", "block", "", "break"}
LIST = re.compile(r"(?<![\w.$])imagePullSecrets[\"']?\s*:|\"imagePullSecrets\"")
_OWN_LIST = re.compile(r"imagePullSecrets:")
_ASKS_LIST = re.compile(r"pull.?secret", re.IGNORECASE)
_NO_PODS = {
    "ClusterPolicy",
    "ConfigMap",
    "ConstraintTemplate",
    "CustomResourceDefinition",
    "Policy",
    "PrometheusRule",
    "Secret",
}
"""Kinds whose `containers` are words about pods, or text."""
_MOST_LISTS = 200
"""Lists of containers that are looked at in one document."""
_FIRST = ("containers", "initContainers", "serviceAccountName", "restartPolicy")


class Spread(msgspec.Struct, frozen=True):
    """The lines of one document, and what they say of it.

    Attributes:
        lines: Its lines.
        api: Its `apiVersion`; empty if that is filled in.
        kind: The kind of its object; empty if that is filled in.
        name: Its name, with `*` for what is filled in.
        hooks: The moments at which Helm runs it.
    """

    lines: Sequence[Line]
    api: str
    kind: str
    name: str
    hooks: frozenset[str]


def spread(lines: Sequence[Line]) -> Spread:
    """Read what a document says of itself."""
    api = kind = name = ""
    hooks: frozenset[str] = frozenset()
    in_head = False
    for line in lines:
        if line.is_blank or line.is_action:
            continue
        if line.indent == 0:
            in_head = line.text.startswith("metadata:")
            if in_head and (said := _FLOW_NAME.search(line.text)):
                name = said.group(1)
            version, found = _API.match(line.text), _KIND.match(line.text)
            api = api or (version.group(1) if version else "")
            kind = kind or (found.group(1) if found else "")
        elif in_head and not name and (said := _NAME.match(line.text)):
            name = re.sub(r"\x01+", "*", said.group(1)).strip("\"' ")
        if in_head and (hook := _HOOK.match(line.text)):
            hooks = frozenset(part.strip() for part in hook.group(1).split(","))
    return Spread(lines, api, kind, name, hooks)


def read_pods(
    source: Source, document: Spread, *, named: bool
) -> Iterator[PodTemplate]:
    """Yield the pod specs of a document.

    Args:
        source: The file.
        document: The document.
        named: Whether to tell the images that they name; another reader may do so.
    """
    if document.kind in _NO_PODS or is_policy(document.api, document.kind):
        return
    lines, done = document.lines, -1
    listed = (
        (at, line)
        for at, line in enumerate(lines)
        if _LISTS.match(line.text.lstrip(" "))
    )
    for at, line in islice(listed, _MOST_LISTS):
        if at <= done:
            continue
        first, last = _bounds(lines, at)
        above = lines[first - 1] if first else None
        if not _is_pod(line, above) or _is_patch(lines[:first], line):
            continue
        done = last - 1
        pod = _read_pod(source, document, lines[first:last], line, above)
        images = read_images(source, lines[first:last], pod.owner) if named else ()
        yield msgspec.structs.replace(pod, images=tuple(images))


def _is_pod(line: Line, above: Line | None) -> bool:
    """Whether a list of containers stands where a pod spec has it."""
    if above is not None and above.says and above.indent < line.indent:
        return _PARENT.match(above.text.lstrip(" -")) is not None
    return bool(line.helper)


def _is_patch(before: Sequence[Line], line: Line) -> bool:
    """Whether one of the keys that a block stands below says that it is no pod."""
    column = line.indent
    for one in reversed(before):
        if one.helper != line.helper or one.is_parting or not column:
            return False
        if one.says and one.indent < column:
            if _PATCH.match(one.text.lstrip(" -")):
                return True
            column = one.indent
    return False


def _bounds(lines: Sequence[Line], at: int) -> tuple[int, int]:
    """Find the lines of a block that one of its keys is on."""
    column, helper = lines[at].indent, lines[at].helper

    def is_inside(line: Line) -> bool:
        if line.helper != helper or line.is_parting:
            return False
        if any(action.word in ("define", "block") for action in line.actions):
            return False
        return not line.says or line.indent >= column

    first = at
    while first > 0 and is_inside(lines[first - 1]):
        first -= 1
    last = at + 1
    while last < len(lines) and is_inside(lines[last]):
        last += 1
    return first, last


def _read_pod(
    source: Source,
    document: Spread,
    block: Sequence[Line],
    line: Line,
    above: Line | None,
) -> PodTemplate:
    column = line.indent
    outer = block[0].within
    if above is not None and above.says:
        outer = above.within
    depth = len(outer)
    printed, is_open = _read_printed(block, column)
    saying = next((one for one in block if _is_own_list(one, column)), None)
    emits = any(LIST.search(one.text) for one in block if not one.is_blank) or any(
        '"imagePullSecrets"' in action.body for one in block for action in one.actions
    )
    cut = (
        cut_list(block, saying, column, depth) if saying else _cut_call(block, printed)
    )
    return PodTemplate(
        path=source.path,
        start=source.byte_at(line.start + column),
        stop=source.byte_at(line.start + len(line.text)),
        kind=document.kind,
        name="" if line.helper else document.name,
        helper=line.helper,
        is_shifted=any(action.word != "if" for action in outer),
        is_open=is_open,
        hooks=document.hooks,
        emits=emits,
        includes=frozenset(n for o in block for a in o.actions for n in a.calls if n),
        printed=printed,
        values=frozenset(read_values(block)),
        account=_read_account(source, block, column),
        secrets=text_of(source, cut) if cut else None,
        column=column,
        room=_find_room(source, block, column, depth),
    )


def _is_own_list(line: Line, column: int) -> bool:
    return line.indent == column and bool(_OWN_LIST.match(line.text.lstrip(" ")))


def _read_printed(block: Sequence[Line], column: int) -> tuple[frozenset[str], bool]:
    """Find what is put in between the keys: named helpers, and whatever else."""
    printed: set[str] = set()
    is_open = is_listed = False
    owner = ""
    for line in block:
        if line.says:
            bare = line.text.strip()
            if line.indent > column:
                owner = owner.rstrip(":")  # it has a value: no more is expected
                continue
            is_listed = bare.startswith("-")
            owner = owner if is_listed else bare
            is_open = is_open or bool(_ANY_KEY.match(bare))
            continue
        for action in line.actions:
            if not line.is_action or action.word in _QUIET:
                continue
            if action.body.startswith("$") and re.match(r"\$\w+\s*:?=", action.body):
                continue
            if not _has_column(action.body, column, owner):
                if _INDENT.search(action.body):
                    owner = owner.rstrip(":")  # that was its value
                continue
            said = f"{line.within[-1].body if line.within else ''} {action.body}"
            if is_listed and _is_more(said, owner):
                continue
            calls = [name for name in action.calls if name]
            printed.update(calls)
            is_open = is_open or not calls
    return frozenset(printed), is_open


def _is_more(said: str, owner: str) -> bool:
    """Whether a value is called as the list that it may be more items of."""
    name = owner.rstrip(":").removesuffix("s").lower()
    words = (name, "sidecar") if name.endswith("container") else (name,)
    return any(word in said.lower() for word in words)


def _has_column(body: str, column: int, owner: str) -> bool:
    """Whether what an action prints stands between the keys of a pod spec.

    A list may stand as far out as the key it belongs to.
    """
    found = _INDENT.search(body)
    if found is None:
        return column == 0 and not owner.endswith(":")
    return int(found.group(1)) == column and not owner.endswith(":")


def _read_account(source: Source, block: Sequence[Line], column: int) -> Text | None:
    found = None
    for line in block:
        bare = line.text[column:]
        if line.indent == column and bare.startswith(
            ("serviceAccountName:", "serviceAccount:")
        ):
            start = line.start + column + bare.index(":") + 1
            found = value_of(source, start, line.start + len(line.text))
    return found


def text_of(source: Source, cut: Sequence[Line]) -> Text:
    """Make a text of some lines."""
    start, stop = cut[0].start, cut[-1].stop
    value = source.text[start:stop].rstrip("\r\n")
    return source.make_text(
        value, source.byte_at(start), source.byte_at(start + len(value))
    )


def _cut_call(block: Sequence[Line], printed: frozenset[str]) -> Sequence[Line]:
    """Take the line that includes a helper for pull secrets."""
    for line in block:
        names = {name for action in line.actions for name in action.calls}
        if line.is_action and any(_ASKS_LIST.search(name) for name in names & printed):
            return (line,)
    return ()


def cut_list(
    block: Sequence[Line], saying: Line, column: int, depth: int
) -> Sequence[Line]:
    """Take the lines that make a list, with the condition around it.

    None, if other keys stand under the same condition.

    Args:
        block: The lines of whatever has the list.
        saying: The line of the list's key.
        column: How far that is indented.
        depth: How many actions enclose all of the block.
    """
    at = block.index(saying)
    first, last = at, at + 1
    if len(saying.within) > depth:
        opening = saying.within[depth]
        while first > 0 and block[first].start > opening.start:
            first -= 1
        while last < len(block) and len(block[last].within) > depth:
            last += 1
        keys = [line for line in block[first:last] if line.indent == column]
        others = [
            line
            for line in keys
            if line.says and not line.text.lstrip(" ").startswith(("-", "imagePull"))
        ]
        alone = len(block[first].actions) == 1
        return () if others or not alone else block[first:last]
    while last < len(block) and _belongs(block, last, column, depth):
        last += 1
    while last > at + 1 and block[last - 1].is_blank:
        last -= 1
    return block[at:last]


def _belongs(block: Sequence[Line], at: int, column: int, depth: int) -> bool:
    """Whether a line is one of the value of the key before it."""
    line = block[at]
    if line.says:
        bare = line.text.lstrip(" ")
        return line.indent > column or bare.startswith("-")
    if line.is_blank or len(line.within) > depth:
        return True
    following = next((one for one in block[at + 1 :] if one.says), None)
    opens = any(action.word in ("if", "with", "range") for action in line.actions)
    if opens:
        return following is not None and (
            following.indent > column or following.text.lstrip(" ").startswith("-")
        )
    return not any(
        a.word == "include" and not _deeper(a.body, column) for a in line.actions
    )


def _deeper(body: str, column: int) -> bool:
    found = _INDENT.search(body)
    return found is not None and int(found.group(1)) >= column


def _find_room(
    source: Source, block: Sequence[Line], column: int, depth: int
) -> Insertion | None:
    """Find where lines may be put in that are there under all conditions."""
    keys: dict[str, int] = {}
    for at, line in enumerate(block):
        found = _KEY.match(line.text[column:])
        if found and line.indent == column and len(line.within) == depth and line.says:
            keys.setdefault(found.group(1), at)
    if not keys:
        return None
    name = next((name for name in _FIRST if name in keys), next(iter(keys)))
    at = keys[name]
    while at > 0 and _is_comment(block[at - 1], column):
        at -= 1
    return Insertion(source.byte_at(block[at].start), 0, source.newline)


def _is_comment(line: Line, column: int) -> bool:
    return line.indent == column and line.text.lstrip(" ").startswith("#")
