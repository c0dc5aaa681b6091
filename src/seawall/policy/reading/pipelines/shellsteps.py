"""Shell text of pipelines: commands, what they pull, and what they pull unsaid."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Style, Text
from seawall.policy.knowledge.hiddenpulls import COMMANDS, Hidden, is_given
from seawall.policy.reading.embedded import embed_scalar
from seawall.policy.reading.scripts.pulls import read_pulls
from seawall.policy.reading.scripts.shelltext import read_commands
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


def read_script(source: Source, node: Node | None, owner: str) -> Script:
    """Read shell text that stands in one value, or in a list of lines."""
    commands = [
        command
        for scalar in _scalars(node)
        for command in read_commands(
            embed_scalar(source, scalar), Setting.PIPELINE, owner
        )
    ]
    images = [use for command in commands for use in read_images(command)]
    return Script(tuple(commands), tuple(images))


def _scalars(node: Node | None, depth: int = 0) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        if not node.is_null and not node.tag:
            yield node
    elif isinstance(node, Sequence) and depth < _DEPTH:
        for item in node.items:
            yield from _scalars(item, depth + 1)


def read_images(command: Command) -> Iterator[ImageUse]:
    """Yield what a command pulls, named or not."""
    yield from read_pulls(command)
    for verbs, hidden in COMMANDS.items():
        rest = command.operands[: len(verbs) - 1]
        if command.program == verbs[0] and rest == verbs[1:]:
            if not _is_named(command, hidden):
                yield hide(command.path, command.argv[0], hidden, command.owner, verbs)
            return


def _is_named(command: Command, hidden: Hidden) -> bool:
    """Whether options name the image, or mean that there is none."""
    words = command.arguments
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        said = value if equals else " ".join(words[at + 1 : at + 2])
        if name == hidden.input and hidden.lead in said:
            return True
        if name in hidden.unless and is_given(said, hidden.unless[name]):
            return True
    return False


def hide(
    path: str, at: Text, hidden: Hidden, owner: str, verbs: tuple[str, ...]
) -> ImageUse:
    """Make the fact of an image that nobody names, at the words that pull it."""
    text = Text(hidden.image, at.start, at.stop, Style.MADE, exact=False)
    origin = f"pulled by {' '.join(verbs)}"
    return name_image(path, text, Role.IMPLICIT, owner=owner, origin=origin)
