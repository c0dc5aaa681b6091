"""Shell text of pipelines: its commands, and what they pull."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as MappingOf

import msgspec

from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Text
from seawall.policy.knowledge.pulling import VARIABLE
from seawall.policy.reading.embedded import embed_scalar
from seawall.policy.reading.scripts.assignments import (
    fill_words,
    is_judged_filled,
    read_assignments,
)
from seawall.policy.reading.scripts.shelltext import read_commands
from seawall.policy.reading.scripts.unnamed import read_images
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Node, Scalar, Sequence

_DEPTH = 8
"""So deep lists of lines are nested; GitLab flattens ten levels."""
_LIST = re.compile(
    r"\bfor[ \t]+(\w+)[ \t]+in[ \t]((?:[^;\n\\]|\\.)*)|\b(\w+)\+?=\(([^()]{0,2000})\)",
    re.DOTALL,
)
"""What a loop goes through, and a list."""
_TAKEN = re.compile(r"\b(\w+)=\"?(\$(?:\w+|\{\w+\}))\"?(?=[\s;&|]|$)")
"""A variable that is another one, or a parameter."""
_FUNCTION = re.compile(
    r"^[ \t]*(?:function[ \t]+([\w-]+)|([\w-]+)[ \t]*\([ \t]*\))", re.MULTILINE
)
_USED = re.compile(r"\$\{?(\w+)")
_WHOLE_NAME = re.compile(r"[a-z0-9][\w./:@-]*", re.ASCII)
_LONGEST = 50_000
"""Longer scripts are not followed: each of their names costs a look."""


class Script(msgspec.Struct, frozen=True):
    """What a step's shell text does.

    Attributes:
        commands: Its commands, in order.
        images: What they pull.
        pulled: Variables that loops and functions of it pull, by whatever names.
    """

    commands: tuple[Command, ...] = ()
    images: tuple[ImageUse, ...] = ()
    pulled: tuple[str, ...] = ()


def read_script(
    source: Source,
    node: Node | None,
    owner: str,
    variables: MappingOf[str, str] | None = None,
    fill: Callable[[Text], Text] | None = None,
) -> Script:
    """Read shell text that stands in one value, or in a list of lines.

    Args:
        source: The file.
        node: The value.
        owner: Whose it is.
        variables: What the pipeline says of its variables, for the images it names.
        fill: Fills in the pipeline's own expressions, for commands that are judged so.
    """
    commands = [
        command
        for scalar in _scalars(node)
        for command in read_commands(
            embed_scalar(source, scalar), Setting.PIPELINE, owner
        )
    ]
    scripts = "\n".join(scalar.text.value for scalar in _scalars(node))
    known = {  # a script may say something else itself
        **{
            name: said
            for name, said in (variables or {}).items()
            if f"{name}=" not in scripts
        },
        **read_assignments(scripts.encode()),
    }
    images: list[ImageUse] = []
    pulled: set[str] = set()
    for at, one in enumerate(commands):
        filled = fill_words(one, known)
        found = list(read_images(filled))
        images += found
        pulled.update(_name(use.text.value, _function_of(one)) for use in found)
        if is_judged_filled(one):
            words = tuple(fill(word) if fill else word for word in filled.words)
            commands[at] = msgspec.structs.replace(one, words=words)
    return Script(
        tuple(commands), tuple(images), tuple(_follow(pulled - {""}, scripts, commands))
    )


def name_pulled(
    path: str, script: Script, known: MappingOf[str, Text], owner: str
) -> Iterator[ImageUse]:
    """Yield the images that a pipeline's variables say, and loops of a script pull."""
    for name in script.pulled:
        said = known.get(name)
        if said is not None and _WHOLE_NAME.fullmatch(said.value):
            yield name_image(path, said, Role.COMMAND, owner=owner)


def _follow(pulled: set[str], text: str, commands: Iterable[Command]) -> list[str]:
    """List the variables that what is pulled was taken from, the outermost alone.

    >>> _follow({"i"}, 'for i in "$A" $B; do docker pull $i; done', [])
    ['A', 'B']
    """
    if not pulled or len(text) > _LONGEST:
        return []
    taken: dict[str, list[str]] = {}
    functions = [
        (match.start(), match[1] or match[2]) for match in _FUNCTION.finditer(text)
    ]
    for match in _LIST.finditer(text):
        names, name = _USED.findall(match[2] or match[4] or ""), match[1] or match[3]
        if taken.setdefault(name, names) != names:
            taken[name] = [""]  # another loop's: which of them pulls is not known
    for match in _TAKEN.finditer(text):
        above = bisect_left(functions, (match.start(), ""))
        said = _name(match[2], functions[above - 1][1] if above else "")
        taken.setdefault(match[1], []).append(said)
    called = {name for _, name in functions}
    for one in commands:
        if one.program in called:
            for at, word in enumerate(one.arguments, 1):
                said = _name(word, _function_of(one))
                taken.setdefault(f"{one.program} {at}", []).append(said)
    ends: list[str] = []
    waiting, seen = sorted(pulled), set(pulled)
    while waiting:
        name = waiting.pop(0)
        if name not in taken and f"{name}=" not in text:
            ends.append(name)
        fresh = [one for one in taken.get(name, ()) if one and one not in seen]
        seen.update(fresh)
        waiting += fresh
    return ends


def _function_of(command: Command) -> str:
    around = [one for one in command.within if one.startswith("function ")]
    return around[-1].removeprefix("function ") if around else ""


def _name(word: str, function: str) -> str:
    """Name the variable that is all of a word; a parameter is its function's."""
    if not VARIABLE.fullmatch(word):
        return ""
    name = word.strip("${}").partition(":-")[0].removesuffix("[@]")
    return f"{function} {name}" if name.isdecimal() else name


def _scalars(node: Node | None, depth: int = 0) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        if not node.is_null and not node.tag:
            yield node
    elif isinstance(node, Sequence) and not node.tag and depth < _DEPTH:
        for item in node.items:
            yield from _scalars(item, depth + 1)
