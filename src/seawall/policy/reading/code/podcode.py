"""Go, TypeScript and Python that sets, patches or fills lists of pull secrets."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from seawall.policy.facts.injections import CodeEntry, Language, SecretsCode
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.grammars import Grammar, Node, is_written, parse
from seawall.policy.reading.source import Source

_LIST: Final = re.compile(rb"[iI]mage_?[pP]ull_?[sS]ecrets")
_LANGUAGES: Final = {
    "go": (Grammar.GO, Language.GO),
    "ts": (Grammar.TYPESCRIPT, Language.TYPESCRIPT),
    "tsx": (Grammar.TSX, Language.TYPESCRIPT),
    "js": (Grammar.TYPESCRIPT, Language.TYPESCRIPT),
    "py": (Grammar.PYTHON, Language.PYTHON),
}
_ASSIGNMENTS: Final = {"assignment_statement", "assignment_expression", "assignment"}
_FUNCTIONS: Final = {
    "arrow_function",
    "func_literal",
    "function_declaration",
    "function_definition",
    "function_expression",
    "method_declaration",
    "method_definition",
}
_CONDITIONS: Final = {"if_statement", "ternary_expression", "conditional_expression"}
_HOLDER: Final = re.compile(
    r"(?:^|\.)(?:\w*spec|pod|podtemplate|sa|\w*service_?account)$", re.IGNORECASE
)
"""What has a list of pull secrets that others may have filled."""
_FRESH: Final = re.compile(
    r"&?\[?\]?[\w.]*(?:\[[\w.]*\])?\{|new\b|(?:\w+\.)*(?:create|new|make|build|default"
    r"|generate|render|get_?default|prepare|V1|deepcopy\(base)\w*\(|\{|<[\w.]+>\{"
    r"|(?:\w+\.)*[A-Z]\w*\((?!\w+\))",
    re.IGNORECASE,
)
_WHOLE: Final = (
    r"(?<![\w.])%s(?:\s*=\s*&?[\w.]*\{"
    r"|\.[cC]ontainers\s*=\s*\[(?:\][\w.]+\{|(?!\]|\s*\.\.\.|\s*\*)))"
)
"""What is given all of its containers at once is made there, and by nobody else."""
_NOTHING: Final = re.compile(r"nil|null|undefined|None|\[\s*\](?:[\w.]+\s*\{\s*\})?")
"""Who takes all away means it: nobody forgets entries that way."""
_PATCH: Final = re.compile(r"/imagePullSecrets[\"'`]?$")
_WHOLE_PATCH: Final = re.compile(
    r"\"op\\?\":\s*\\?\"replace\\?\"[^{}]*/imagePullSecrets\\?\""
    r"|/imagePullSecrets\\?\"\s*,[^{}]*\"op\\?\":\s*\\?\"replace"
)
"""An operation of a JSON patch that is written out in a string."""
_CLIMB: Final = 60
"""Steps up a tree: deeper code is not followed to its function."""
_ALIASES: Final = 3
_PLACES: Final = 500
"""No code written by hand has more; each costs a look at its whole function."""


def sniff(data: bytes) -> bool:
    """Whether it names such a list at all."""
    return _LIST.search(data) is not None and is_written(data)


def read(source: Source) -> Iterator[Fact]:
    """Read all places that do something with a list of pull secrets."""
    ending = source.path.lower().rpartition(".")[2]
    grammar, language = _LANGUAGES[ending]
    root = parse(grammar, source.data)
    seen: set[int] = set()
    for found in islice(_LIST.finditer(source.data), _PLACES):
        leaf = root.descendant_for_byte_range(found.start(), found.end())
        if leaf is None:
            continue
        for fact in (
            _read_assignment(source, leaf, language),
            _read_patch(source, leaf, language),
            _read_entries(source, leaf, language),
        ):
            if fact is not None and fact.start not in seen:
                seen.add(fact.start)
                yield fact


def _say(node: Node | None) -> str:
    return node.text.decode(errors="replace") if node and node.text else ""


def _text(source: Source, node: Node) -> Text:
    return source.make_text(_say(node), node.start_byte, node.end_byte)


def _plain(target: str) -> str:
    """Write a path through objects without what only types need."""
    return re.sub(r"[!?\s]|\[0\]", "", target)


def _read_assignment(
    source: Source, leaf: Node, language: Language
) -> SecretsCode | None:
    """Read an assignment whose left side is the list itself."""
    node = _climb(leaf, _ASSIGNMENTS, 5)
    if node is None:
        return None
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or not left.end_byte >= leaf.end_byte:
        return None
    target = _say(left)
    holder, _, last = _plain(target).rpartition(".")
    if "[" in last or not _LIST.fullmatch(last.encode()):
        holder, last = _subscript(_plain(target))
    if not holder or not _LIST.fullmatch(last.encode()):
        return None
    operator = node.child_by_field_name("operator")
    if operator is not None and _say(operator) != "=":
        return None
    value = _say(right)
    loses = (
        _HOLDER.search(holder) is not None
        and _NOTHING.fullmatch(value) is None
        and not _keeps(node, _plain(target), value)
        and not _is_asked(node)
        and not _is_fresh(node, holder)
    )
    return SecretsCode(
        path=source.path,
        start=node.start_byte,
        stop=node.end_byte,
        language=language,
        target=target,
        value=_text(source, right),
        overwrites=loses,
        faults=tuple(_find_faults(source, right)) if _HOLDER.search(holder) else (),
    )


def _subscript(target: str) -> tuple[str, str]:
    """Take apart `spec["imagePullSecrets"]`."""
    found = re.fullmatch(r"(.*)\[[\"'](\w+)[\"']\]", target)
    return (found[1], found[2]) if found else ("", "")


def _climb(leaf: Node, kinds: set[str], steps: int = _CLIMB) -> Node | None:
    """Find the nearest node of some kinds that a leaf is in."""
    node: Node | None = leaf
    for _ in range(steps):
        if node is None or node.type in kinds:
            return node
        node = node.parent
    return None


def _keeps(node: Node, target: str, value: str) -> bool:
    """Whether what is assigned has the old list in it, perhaps by another name."""
    if target in _plain(value):
        return True
    name = value.strip()
    function = _climb(node, _FUNCTIONS)
    if not re.fullmatch(r"\w+", name) or function is None:
        return False
    head = _say(function)[: max(0, node.start_byte - function.start_byte)]
    lines = [line for line in head.splitlines() if re.search(rf"\b{name}\b", line)]
    return any(target in _plain(line) for line in lines)


def _is_asked(node: Node) -> bool:
    """Whether a condition around it asks for the list."""
    at: Node | None = node
    for _ in range(_CLIMB):
        at = at.parent if at else None
        if at is None or at.type in _FUNCTIONS:
            return False
        if at.type in _CONDITIONS:
            asked = _say(at.child_by_field_name("condition"))
            about = re.sub(
                r"(?:config|provider|settings|opts|options)[\w.?!]*", "", asked
            )
            if _LIST.search(about.encode()):
                return True
    return False


def _is_fresh(node: Node, holder: str) -> bool:
    """Whether its holder was made in the same function: nobody has put anything in."""
    function = _climb(node, _FUNCTIONS)
    if function is None:
        return False
    said = _say(function)
    head = said[: max(0, node.start_byte - function.start_byte)]
    whole = re.search(_WHOLE % re.escape(holder), said)
    name = re.split(r"[.\[(]", holder, maxsplit=1)[0]
    for _ in range(_ALIASES):
        if whole or re.search(rf"\bvar\s+{name}\s+[\w.]+\s*$", head, re.MULTILINE):
            return True
        if not re.fullmatch(r"\w+", name):
            return False
        made = re.findall(
            rf"\b{name}\b(?:\s*:[^=\n]+)?(?:,\s*\w+)?\s*:?=\s*([^\n]+)", head
        )
        if not made:
            return False
        first = re.sub(r"^await\s+", "", made[0].strip())
        if _FRESH.match(first):
            return not re.match(r"(?:\w+\.)*(?:cloneDeep|DeepCopy)", first)
        name = re.split(r"[.\[(!? ]", first.lstrip("&*(<"), maxsplit=1)[0]
    return False


def _read_patch(source: Source, leaf: Node, language: Language) -> SecretsCode | None:
    """Read a JSON patch that replaces the whole list."""
    quoted = _climb(
        leaf, {"interpreted_string_literal", "string", "raw_string_literal"}, 3
    )
    if quoted is not None and _WHOLE_PATCH.search(_say(quoted)):
        return SecretsCode(
            path=source.path,
            start=quoted.start_byte,
            stop=quoted.end_byte,
            language=language,
            target="imagePullSecrets",
            overwrites=True,
            patch=True,
        )
    if quoted is None or not _PATCH.search(_say(quoted)):
        return None
    around = _climb(
        quoted,
        {"call_expression", "call", "object", "dictionary", "composite_literal"},
        5,
    )
    if around is None:
        return None
    said = _say(around)[:400]
    verb = re.search(r"replace\w*\s*\(|[\"'`]replace[\"'`]", said, re.IGNORECASE)
    if verb is None and not re.match(r"\w*\.?Replace", said):
        return None
    return SecretsCode(
        path=source.path,
        start=quoted.start_byte,
        stop=quoted.end_byte,
        language=language,
        target=_say(quoted).strip("\"'`"),
        overwrites=True,
        patch=True,
    )


def _read_entries(source: Source, leaf: Node, language: Language) -> SecretsCode | None:
    """Read a list that is written out, or that something is pushed into."""
    pair = _climb(leaf, {"pair", "keyed_element"}, 3)
    call = _climb(leaf, {"call_expression", "call"}, 4)
    faults: list[CodeEntry] = []
    at = pair
    if pair is not None:
        key = pair.child_by_field_name("key")
        value = pair.child_by_field_name("value")
        named = key is not None and key.end_byte >= leaf.end_byte
        if value is not None and named and _is_in_pod(pair):
            faults = list(_find_faults(source, value))
    elif call is not None:
        called = call.child_by_field_name("function")
        given = call.child_by_field_name("arguments")
        said = _plain(_say(called))
        if given is not None and re.search(
            r"(?i)spec\.image_?pull_?secrets\.(push|append)$", said
        ):
            faults = list(_find_faults(source, given))
            at = call
    if at is None or not faults:
        return None
    return SecretsCode(
        path=source.path,
        start=at.start_byte,
        stop=at.end_byte,
        language=language,
        target=_say(at.named_children[0] if at.named_children else at),
        faults=tuple(faults),
    )


def _is_in_pod(pair: Node) -> bool:
    """Whether a key stands beside the containers of a pod."""
    around = pair.parent
    keys = [_key(child) for child in around.named_children] if around else []
    return any(key in ("containers", "initContainers") for key in keys)


def _find_faults(source: Source, value: Node) -> Iterator[CodeEntry]:
    """Find entries that are written out, and are not an object with a name alone."""
    if value.type not in ("array", "list", "arguments", "argument_list"):
        return
    for item in value.named_children:
        if item.type == "string":
            yield CodeEntry(
                _text(source, item), "a text instead of an object with a name"
            )
        elif item.type in ("object", "dictionary"):
            names = [_key(child) for child in item.named_children]
            others = sorted(name for name in names if name not in ("name", ""))
            if others:
                yield CodeEntry(
                    _text(source, item),
                    f"with {', '.join(others)}, which is not allowed",
                )
        elif item.type == "spread_element":
            said = _say(item).lstrip(".")
            if re.fullmatch(
                r"[\w.?!]*(?:config|settings|options)\.imagePullSecrets", said
            ):
                yield CodeEntry(
                    _text(source, item),
                    "taken from settings as they are, with all that their entries have",
                )


def _key(child: Node) -> str:
    if child.type == "pair":
        return _say(child.child_by_field_name("key")).strip("\"'")
    return _say(child) if child.type == "shorthand_property_identifier" else ""


READER = Reader(
    name="code of pods",
    names=tuple(f"*.{ending}" for ending in _LANGUAGES),
    read=read,
    sniff=sniff,
)
