"""Variables of a script that have one value, filled in where its commands use them."""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from seawall.policy.facts.commands import Command
from seawall.policy.facts.text import Style, Text
from seawall.policy.reading.variables import expand

_ASSIGNMENT = re.compile(
    rb"(?:^|[;&|]|\bthen|\bdo|\{)[ \t]*"
    rb"(?:(?:export|readonly|local|declare|typeset)[ \t]+(?:-\w+[ \t]+)*)?"
    rb"([A-Za-z_]\w*)(\+?=)"
    rb"(\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[^\s;&|()\"'`]*)(?=[\s;&|]|$)",
    re.MULTILINE,
)
_SET = re.compile(
    rb"\b(?:for|read|select|getopts[ \t]+\S+)[ \t]+(?:-\w+[ \t]+)*([A-Za-z_]\w*)"
    rb"|([A-Za-z_]\w*)\+?="
)
_OWN_DEFAULT = re.compile(r"\$\{(\w+):?[-=]([^{}]*)\}")
_ENGINES = {"docker", "podman", "nerdctl", "buildah"}
_NAMING = {"build", "buildx", "bud", "tag", "commit", "pull", "push", "save"}
_JUDGED = {"curl", "wget", "kind", "k3d", "minikube", "make"}
_LEVELS = 4
"""So often a value may be said by other variables."""
_MOST = 2000
"""Longer scripts are not looked at: nobody writes so many assignments by hand."""


def read_assignments(
    data: bytes, outer: Mapping[str, str] | None = None
) -> dict[str, str]:
    r"""Read the variables that a script gives one value, and no other way a second one.

    `X=${X:-a}` is `a`, as it is where nobody says something else. Variables that are
    set around the script (`outer`) are filled into the values.

    >>> read_assignments(b'R=team\nexport I="${R}/app:${T:-1}"\nR2=$(date)\n')
    {'R': 'team', 'I': 'team/app:1'}
    """
    found: dict[str, set[str]] = {}
    matches = list(_ASSIGNMENT.finditer(data))
    if len(matches) > _MOST:
        return {}
    for match in matches:
        name, value = match[1].decode(), match[3].decode(errors="replace")
        if value[:1] in ("'", '"'):
            value = value[1:-1]
        own = _OWN_DEFAULT.fullmatch(value)
        if own is not None and own[1] == name:
            value = own[2]
        found.setdefault(name, set()).add(value if match[2] == b"=" else "\0")
    times = _count(data)
    seen: dict[str, int] = {}
    for match in matches:
        name = match[1].decode()
        seen[name] = seen.get(name, 0) + 1
    known = {
        name: next(iter(values))
        for name, values in found.items()
        if len(values) == 1 and times.get(name) == seen[name]
    }
    return settle(known, outer)


def _count(data: bytes) -> dict[str, int]:
    """Count what may give each variable a value, in whatever way."""
    times: dict[str, int] = {}
    for match in _SET.finditer(data):
        name = (match[1] or match[2]).decode()
        times[name] = times.get(name, 0) + 1
    return times


def settle(
    known: dict[str, str], outer: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Fill variables into the values of others; leave out what stays open."""
    for _ in range(_LEVELS):
        around = {**(outer or {}), **known}
        known = {name: expand(value, around)[0] for name, value in known.items()}
    return {
        name: value
        for name, value in known.items()
        if value and not set(value) & set("$`\0*? ")
    }


def is_judged_filled(command: Command) -> bool:
    """Whether its variables are filled in, since no fix changes the words they are in.

    That is what says how images of this machine are called, and what is fetched.
    """
    if command.program in _ENGINES:
        return not _NAMING.isdisjoint(command.operands[:2])
    return command.program in _JUDGED


def fill_judged(
    commands: Iterable[Command], data: bytes, outer: Mapping[str, str]
) -> Iterator[Command]:
    """Fill in what is known where a script is told around it what variables are."""
    own = _count(data)
    said = {name: value for name, value in outer.items() if value and name not in own}
    known = {**said, **read_assignments(data, said)}
    for command in commands:
        judged = is_judged_filled(command)
        yield fill_words(command, known) if judged else command


def fill_words(command: Command, known: Mapping[str, str]) -> Command:
    """Fill in the variables of a command's words; no fix may change these."""
    words = tuple(_fill(word, known) for word in command.words)
    if words == command.words:
        return command
    return msgspec.structs.replace(command, words=words)


def _fill(word: Text, known: Mapping[str, str]) -> Text:
    value = expand(word.value, known)[0] if "$" in word.value else word.value
    if value == word.value or not value:
        return word
    return Text(value, word.start, word.stop, Style.MADE, exact=False)
