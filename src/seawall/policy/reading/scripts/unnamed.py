"""Images that commands pull, those included that their words do not name."""

from collections.abc import Iterator

from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Style, Text
from seawall.policy.knowledge.hiddenpulls import COMMANDS, Hidden, is_given
from seawall.policy.reading.scripts.pulls import read_pulls


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
