"""Parameters of Tekton's and Argo's objects, with the values that files give them."""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf

import msgspec

from seawall.policy.facts.images import (
    INNER,
    Blank,
    ImageUse,
    Role,
    name_image,
    resolve,
)
from seawall.policy.facts.text import Text
from seawall.policy.reading.manifests.objects import text, word
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_TEKTON, _ARGO = "tekton.dev/", "argoproj.io/"
_USE = re.compile(
    r"\$[({](?:inputs\.|tt\.)?params(?:\.([\w.-]+)|\[[\"']([\w.-]+)[\"']\])[)}]"
    r"|\{\{\s*((?:inputs|workflow)\.parameters\.[\w-]+)\s*\}\}"
)
_ANY = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_CALLED = frozenset(
    (
        "Task",
        "ClusterTask",
        "Pipeline",
        "StepAction",
        "WorkflowTemplate",
        "ClusterWorkflowTemplate",
    )
)
"""Kinds that others call by their name."""
_BODIES = ("container", "script", "steps", "dag", "containerSet", "resource")
"""What a template of Argo's does; each has one of these."""
_IMAGE = re.compile(r"image(?:[_-]?(?:name|url|ref))?$", re.IGNORECASE)
_MAX_CHARS = 4096


class Value(msgspec.Struct, frozen=True):
    """What a parameter comes to.

    Attributes:
        value: Its value, with what other parameters say filled in.
        text: Where that is written.
        bound: Whether whoever starts the thing says it; a default does not count then.
    """

    value: str
    text: Text
    bound: bool


class Known(msgspec.Struct, frozen=True):
    """The parameters that are known at a place within an object.

    Attributes:
        known: Their values by name, as placeholders have it.
        active: Whether the object is one of Tekton's or Argo's.
        path: The file.
        home: What the object is called by, as `Scope` has it.
        key: What the template is called by that this place is in, or the object.
    """

    known: MappingOf[str, Value] = {}
    active: bool = False
    path: str = ""
    home: str = ""
    key: str = ""

    def within(self, node: Mapping) -> "Known":
        """Go into a mapping, with the parameters that it declares or is given."""
        inner = self._enter(node)
        new = dict(list_declared(node)) if inner.active else {}
        if not new:
            return inner
        known = dict(self.known)
        for name, (found, bound) in new.items():
            before = known.get(name)
            if before is None or bound or not before.bound:
                known[name] = Value(self.fill(found.value)[0], found, bound)
        return msgspec.structs.replace(inner, known=known)

    def _enter(self, node: Mapping) -> "Known":
        """Go into an object, or a template of one, which have names of their own."""
        kind = node.get("kind")
        api = word(node.get("apiVersion")) if kind is not None else ""
        if api and (_TEKTON in api or api.startswith(_ARGO)):
            home = f"{self.path}#{node.start}"
            meta = node.get("metadata")
            if word(kind) in _CALLED and isinstance(meta, Mapping):
                home = f"{word(kind)}/{word(meta.get('name'))}"
            return msgspec.structs.replace(self, active=True, home=home, key=home)
        if self.active and any(node.get(part) is not None for part in _BODIES):
            name = word(node.get("name"))
            if name and node.get("template") is None:
                key = f"{self.home}{INNER}{name}"
                return msgspec.structs.replace(self, key=key)
        return self

    def fill(self, value: str) -> tuple[str, list[str]]:
        """Fill in what is known; give the names of that, too."""
        used: list[str] = []

        def say(match: re.Match[str]) -> str:
            name = match[1] or match[2] or match[3]
            known = self.known.get(name)
            if known is None:
                return match[0]
            used.append(name)
            return known.value

        return _USE.sub(say, value)[:_MAX_CHARS], used

    def name_image(
        self, path: str, found: Text, role: Role, *, owner: str, policy: Text | None
    ) -> ImageUse:
        """Make the fact of an image whose name may have parameters in it."""
        if not self.active:
            return name_image(path, found, role, owner=owner, policy=policy)
        value, used = self.fill(found.value)
        one = self.known[used[0]] if used and value else None
        whole = _USE.fullmatch(found.value) is not None
        use = name_image(
            path,
            found,
            role,
            value=value if one else None,
            owner=owner,
            policy=policy,
            origin=f"parameter {used[0]}" if one else "",
            written=one.text if one and whole and one.text.value == value else None,
        )
        blanks = find_blanks(found.value)
        if not blanks or any(self.known[name].bound for name in used):
            return use
        return msgspec.structs.replace(use, scope=self.key, blanks=blanks)


def list_declared(node: Mapping) -> Iterator[tuple[str, tuple[Text, bool]]]:
    """Yield the parameters of a mapping: with what they come to, and if that is bound.

    Tekton: `params`, in old tasks below `inputs`. Argo: `parameters` below `inputs` of
    a template and below `arguments` of a workflow.
    """
    yield from _list(node.get("params"), "")
    inputs, arguments = node.get("inputs"), node.get("arguments")
    if isinstance(inputs, Mapping):
        yield from _list(inputs.get("params"), "")
        yield from _list(inputs.get("parameters"), "inputs.parameters.")
    if isinstance(arguments, Mapping):
        yield from _list(arguments.get("parameters"), "workflow.parameters.")


def _list(node: Node | None, lead: str) -> Iterator[tuple[str, tuple[Text, bool]]]:
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping):
            given, default = text(item.get("value")), text(item.get("default"))
            said = given or default
            if said is not None and word(item.get("name")):
                yield f"{lead}{word(item.get('name'))}", (said, given is not None)


def find_blanks(value: str) -> tuple[Blank, ...]:
    """Find the parameters in a text, by the names that scopes know them by."""
    return tuple(
        Blank(match.start(), match.end(), match[1] or match[2] or match[3])
        for match in _USE.finditer(value)
    )


def fill_name(value: str, name: str, said: str) -> str:
    """Fill in one of Argo's names.

    >>> fill_name("alpine:{{item}}", "item", "3")
    'alpine:3'
    """
    return _ANY.sub(lambda match: said if match[1] == name else match[0], value)


def read_defaults(
    path: str, node: Mapping, scope: Known, owner: str
) -> Iterator[ImageUse]:
    """Yield defaults that are images by their parameter's name and by their look.

    They reach a command line, such as a builder's base, and are pulled all the same.
    """
    if not scope.active:
        return
    for name, (found, bound) in list_declared(node):
        last = found.value.rpartition("/")[2]
        full = "/" in found.value and (":" in last or "@" in last)
        named = full and not bound and _IMAGE.search(name)
        if named and resolve(found.value).reference is not None:
            yield name_image(path, found, Role.PARAMETER, owner=owner)
