"""Parameters of Tekton's and Argo's objects, with the values that files give them."""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf

import msgspec

from seawall.policy.facts.images import ImageUse, Role, name_image, resolve
from seawall.policy.facts.text import Text
from seawall.policy.reading.manifests.objects import text, word
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_TEKTON, _ARGO = "tekton.dev/", "argoproj.io/"
_USE = re.compile(
    r"\$[({](?:inputs\.|tt\.)?params(?:\.([\w.-]+)|\[[\"']([\w.-]+)[\"']\])[)}]"
    r"|\{\{\s*((?:inputs|workflow)\.parameters\.[\w-]+)\s*\}\}"
)
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


class Scope(msgspec.Struct, frozen=True):
    """The parameters that are known at a place within an object.

    Attributes:
        known: Their values by name, as placeholders have it.
        active: Whether the object is one of Tekton's or Argo's.
    """

    known: MappingOf[str, Value] = {}
    active: bool = False

    @classmethod
    def of(cls, api: str) -> "Scope":
        """Begin with an object, which knows nothing yet."""
        return cls(active=_TEKTON in api or api.startswith(_ARGO))

    def within(self, node: Mapping) -> "Scope":
        """Go into a mapping, with the parameters that it declares or is given."""
        if not self.active:
            return self
        new = dict(_declared(node))
        if not new:
            return self
        known = dict(self.known)
        for name, (found, bound) in new.items():
            before = known.get(name)
            if before is None or bound or not before.bound:
                known[name] = Value(self.fill(found.value)[0], found, bound)
        return Scope(known, active=True)

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
        value, used = self.fill(found.value) if self.active else (found.value, [])
        if not used or not value:
            return name_image(path, found, role, owner=owner, policy=policy)
        one = self.known[used[0]]
        whole = _USE.fullmatch(found.value) is not None and one.text.value == value
        return name_image(
            path,
            found,
            role,
            value=value,
            owner=owner,
            policy=policy,
            origin=f"parameter {used[0]}",
            written=one.text if whole else None,
        )


def _declared(node: Mapping) -> Iterator[tuple[str, tuple[Text, bool]]]:
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


def read_defaults(
    path: str, node: Mapping, scope: Scope, owner: str
) -> Iterator[ImageUse]:
    """Yield defaults that are images by their parameter's name and by their look.

    They reach a command line, such as a builder's base, and are pulled all the same.
    """
    if not scope.active:
        return
    for name, (found, bound) in _declared(node):
        last = found.value.rpartition("/")[2]
        full = "/" in found.value and (":" in last or "@" in last)
        named = full and not bound and _IMAGE.search(name)
        if named and resolve(found.value).reference is not None:
            yield name_image(path, found, Role.PARAMETER, owner=owner)
