"""Commands of shell text: their words with places, and what surrounds them."""

import re
from enum import StrEnum
from typing import Final

import msgspec

from seawall.policy.facts.text import Fact, Insertion, Text


class Setting(StrEnum):
    """Where a command stands."""

    BUILD = "a Dockerfile"
    PIPELINE = "a pipeline"
    SCRIPT = "a script"
    CODE = "code"


class Redirect(msgspec.Struct, frozen=True):
    """A redirection: `>` and where to, `<<` and what from.

    Attributes:
        operator: As written, without a number in front.
        target: The file's name, or the text of a heredoc.
    """

    operator: str
    target: Text


_WRAPPERS: Final = {
    "builtin": "",
    "command": "",
    "doas": "uC",
    "eatmydata": "",
    "env": "uCS",
    "exec": "a",
    "ionice": "cn",
    "nice": "n",
    "nohup": "",
    "retry": "",
    "stdbuf": "ioe",
    "sudo": "ughpCrtTU",
    "time": "fo",
    "timeout": "ks",
}
"""Programs that run another one, with their options that take a word of their own."""

_HELD: Final = re.compile(
    r"\$\{?([A-Za-z]+)(?:_BIN|_CMD|_bin|_cmd)?(?::?-([\w./-]+))?\}?"
)
"""A variable that holds a program, with its default."""
_ENGINE: Final = re.compile(
    r"\$\{?(?:container|oci)_(?:engine|tool|runtime|cli|cmd|bin)"
    r"(?::?-([\w./-]+))?\}?",
    re.IGNORECASE,
)
"""A variable that holds docker, or what takes the same words."""
_TAKES_ONE_WORD: Final = frozenset({"timeout"})


class Command(Fact, frozen=True, kw_only=True):
    """One simple command, as a shell would run it.

    Attributes:
        words: The program and its arguments, without assignments and redirections.
        assignments: `NAME=value` in front of it.
        redirects: Its redirections, in order.
        within: What surrounds it, the outermost first: `for`, `while`, `until`, `if`,
            `case`, `function NAME`, `subshell`, `substitution`.
        before: The operator before it: `&&`, `||`, `;`, `|`, or empty for the first.
        after: The operator behind it; empty for the last.
        pipeline: The programs that its output goes through, in order.
        setting: In what kind of file it stands.
        owner: Whose it is: `stage build`, `job test`, or empty.
        line: Where a line may be put before the one that it begins on; `None` where
            that would change what is written, as within another command.
    """

    words: tuple[Text, ...]
    assignments: tuple[Text, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    within: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    pipeline: tuple[str, ...] = ()
    setting: Setting = Setting.SCRIPT
    owner: str = ""
    line: Insertion | None = None

    @property
    def argv(self) -> tuple[Text, ...]:
        """The words from the program that does the work on: no `sudo` and its like."""
        words = self.words
        while words and _name(words[0]) in _WRAPPERS:
            words = _skip_wrapper(words)
        return words

    @property
    def program(self) -> str:
        """The program that does the work, without its folder."""
        argv = self.argv
        return _name(argv[0]) if argv else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What it is given, options included."""
        return tuple(word.value for word in self.argv[1:])

    @property
    def operands(self) -> tuple[str, ...]:
        """Its arguments that are no options: the first is often a verb."""
        return tuple(word for word in self.arguments if not word.startswith("-"))

    def has_option(self, *names: str) -> bool:
        """Whether an option is given: `--retry`, `--retry=5`, or `-f` in `-fsSL`."""
        for word in self.arguments:
            for name in names:
                if name.startswith("--"):
                    if word == name or word.startswith(f"{name}="):
                        return True
                elif _has_letter(word, name[1:]):
                    return True
        return False


def _has_letter(word: str, letter: str) -> bool:
    """Whether a word is a bundle of short options with this one among them."""
    return word.startswith("-") and not word.startswith("--") and letter in word[1:]


def _name(word: Text) -> str:
    """Name the program of a word; a variable is taken for the program it is named as.

    `$kubectl`, `"${DOCKER}"` and `${CURL:-curl}` are what scripts write that let others
    say where a program is; `$CONTAINER_ENGINE` is docker or podman, as they like.
    """
    value = word.value
    if value.startswith("$"):
        held, engine = _HELD.fullmatch(value), _ENGINE.fullmatch(value)
        value = (held[2] or held[1].lower()) if held else value
        value = (engine[1] or "docker") if engine else value
    return value.rpartition("/")[2]


def _skip_wrapper(words: tuple[Text, ...]) -> tuple[Text, ...]:
    wrapper = _name(words[0])
    takes = _WRAPPERS[wrapper]
    at = 1
    while at < len(words):
        value = words[at].value
        if value.startswith("-") and value != "--":
            at += 2 if len(value) == 2 and value[1] in takes else 1  # noqa: PLR2004
        elif "=" in value and wrapper in ("env", "sudo"):
            at += 1
        elif value == "--":
            at += 1
            break
        else:
            break
    return words[at + 1 :] if wrapper in _TAKES_ONE_WORD else words[at:]
