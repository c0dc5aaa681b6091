"""Makefiles: the commands of their recipes, and the images that those pull."""

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from seawall.policy.facts.commands import Setting as Where
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.embedded import Embedded, embed_pieces
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.scripts.assignments import fill_words, settle
from seawall.policy.reading.scripts.makelines import Recipe, Setting, read_lines
from seawall.policy.reading.scripts.shelltext import read_commands
from seawall.policy.reading.scripts.unnamed import read_images
from seawall.policy.reading.source import Source
from seawall.policy.reading.variables import expand

_WORTH = re.compile(
    rb"(?i)(?:docker|podman|nerdctl|buildah|container|engine|crictl|skopeo|kind|k3d"
    rb"|minikube|curl|wget|helm|kubectl|\boc\b|apt|\bgo\b|\bnpm\b|\bpip)"
    rb"|[)}][ \t]+(?:pull|run|build|create|load)\b"
)
"""A program by its name, or in that of a variable: `$(CONTAINER_TOOL)`."""
_REFERENCE = re.compile(rb"\$(?:\$|[(]|[{]|[^\w\s])")
_NAME = re.compile(rb"[A-Za-z_]\w*")
_SHELL_NAME = re.compile(rb"\$\$\{?([A-Za-z_]\w*)")
_MAKE_NAME = re.compile(r"\$\((\w+)\)")
_COMPUTED = re.compile(r"\$\{_+\}|\$[_Z](?![A-Za-z0-9])")
"""What stands for functions, and for `$@` and its like; no variable is called so."""
_BRACKET = re.compile(rb"[(){}]")
_CLOSES = {b"(": b")", b"{": b"}"}


def sniff(data: bytes) -> bool:
    """Whether it uses anything that fetches, or builds."""
    return _WORTH.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read the commands of all recipes, each line as a shell gets it.

    Variables that the file gives one value are filled in; what functions make of them,
    and what one target alone has, is not known.
    """
    recipes: list[Recipe] = []
    settings: list[Setting] = []
    for line in read_lines(source.data):
        if isinstance(line, Setting):
            settings.append(line)
        elif _WORTH.search(source.data, line.start, line.stop):
            recipes.append(line)
    known = _settle(settings, source.data)
    for recipe in recipes:
        text = _embed(source, recipe)
        names = {**known, **_settle_target(recipe.target, known)}
        for command in read_commands(text, Where.SCRIPT, f"target {recipe.target}"):
            # A line of its own would be a shell of its own.
            filled = fill_words(command, names)
            words = tuple(_say(word) for word in filled.words)
            filled = msgspec.structs.replace(filled, words=words, line=None)
            yield filled
            yield from read_images(filled)


def _settle_target(target: str, known: dict[str, str]) -> dict[str, str]:
    """Say what `$@` is, if the rule has one target, and no pattern."""
    said = expand(_MAKE_NAME.sub(r"${\1}", target), known)[0]
    return {} if set(said) & set(" %$\t") else {"_": said}


def _say(word: Text) -> Text:
    """Let a word say dots where make computes something."""
    value = _COMPUTED.sub("${...}", word.value)
    return word if value == word.value else msgspec.structs.replace(word, value=value)


def _settle(settings: list[Setting], data: bytes) -> dict[str, str]:
    """Say which variables have one value; those that a shell has, too, are left out."""
    said: dict[str, set[str | None]] = {}
    for one in settings:
        said.setdefault(one.name, set()).add(one.value if one.sure else None)
    shells = {name.decode() for name in _SHELL_NAME.findall(data)}
    return settle(
        {
            name: _MAKE_NAME.sub(r"${\1}", value)
            for name, values in said.items()
            if len(values) == 1 and name not in shells | {"Z"}
            for value in values
            if value is not None
        }
    )


def _embed(source: Source, recipe: Recipe) -> Embedded:
    """Take out a recipe as a shell gets it, with `$(X)` written as `${X}`."""
    raw = source.data[recipe.start : recipe.stop]
    text = bytearray(raw)
    ranges: list[tuple[int, int]] = []
    at = done = 0
    while (match := _REFERENCE.search(raw, at)) is not None:
        start, at = match.span()
        sign = raw[start + 1 : start + 2]
        if sign == b"$":  # the shell gets one of them
            ranges.append((done, start))
            done = start + 1
        elif sign in _CLOSES:
            at = _find_close(raw, start + 1, sign)
            name = raw[start + 2 : at - 1]
            if not _NAME.fullmatch(name):
                name = b"_" * len(name)  # a function, or a part of a value
            text[start:at] = b"${" + name + b"}"
        else:
            text[start:at] = b"$_" if sign == b"@" else b"$Z"
    ranges.append((done, len(raw)))
    ranges = [(begin, end) for begin, end in ranges if begin < end]
    data = b"".join(text[begin:end] for begin, end in ranges)
    places = [(recipe.start + begin, recipe.start + end) for begin, end in ranges]
    return replace(embed_pieces(source, places), data=data)


def _find_close(raw: bytes, at: int, opens: bytes) -> int:
    """Find the byte behind the bracket that closes one; else that behind the last."""
    closes = _CLOSES[opens]
    depth = 0
    for match in _BRACKET.finditer(raw, at):
        depth += (match[0] == opens) - (match[0] == closes)
        if depth == 0:
            return match.end()
    return len(raw)


READER = Reader(
    name="makefile",
    names=("makefile", "gnumakefile", "makefile.*", "*.mk"),
    read=read,
    sniff=sniff,
)
