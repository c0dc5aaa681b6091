"""Shell text of pipelines: its commands, and what they pull."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf

import msgspec

from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Text
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


class Script(msgspec.Struct, frozen=True):
    """What a step's shell text does.

    Attributes:
        commands: Its commands, in order.
        images: What they pull.
    """

    commands: tuple[Command, ...] = ()
    images: tuple[ImageUse, ...] = ()


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
    for at, one in enumerate(commands):
        filled = fill_words(one, known)
        images += read_images(filled)
        if is_judged_filled(one):
            words = tuple(fill(word) if fill else word for word in filled.words)
            commands[at] = msgspec.structs.replace(one, words=words)
    return Script(tuple(commands), tuple(images))


def _scalars(node: Node | None, depth: int = 0) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        if not node.is_null and not node.tag:
            yield node
    elif isinstance(node, Sequence) and not node.tag and depth < _DEPTH:
        for item in node.items:
            yield from _scalars(item, depth + 1)
