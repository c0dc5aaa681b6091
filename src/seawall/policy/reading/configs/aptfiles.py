"""Configurations of apt: names with their groups, and what they are set to."""

import re
from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source

_WORTH = re.compile(rb"^[ \t]*(?:Acquire|APT|DPkg)\b", re.MULTILINE | re.IGNORECASE)
_TOKENS = re.compile(
    r"//[^\n]*|/\*.*?\*/|\#[^\n]*|\"(?P<quoted>[^\"\n]*)\"|(?P<sign>[{};])"
    r"|(?P<word>[^\s{};\"]+)",
    re.DOTALL,
)
_DEPTH = 32


def sniff(data: bytes) -> bool:
    """Whether a line sets something of apt's."""
    return _WORTH.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read a configuration as one table: full names, with what they are set to."""
    entries = tuple(_read_entries(source))
    if entries:
        start, stop = entries[0][0].start, len(source.data)
        yield ClientConfig(
            path=source.path,
            start=start,
            stop=stop,
            client=Client.APT,
            tree=Value(start, stop, "table", entries=entries),
        )


def _read_entries(source: Source) -> Iterator[tuple[Text, Value]]:
    groups: list[str] = []
    name: re.Match[str] | None = None
    for match in _TOKENS.finditer(source.text):
        sign = match["sign"]
        if sign == "{":
            groups.append(name[0] if name else "")
            name = None
            if len(groups) > _DEPTH:
                return
        elif sign == "}":
            groups[-1:] = []
        elif sign == ";":
            name = None
        elif name is not None and (match["quoted"] is not None or match["word"]):
            yield _entry(source, groups, name, match)
        elif match["word"]:
            name = match


def _entry(
    source: Source, groups: list[str], name: re.Match[str], value: re.Match[str]
) -> tuple[Text, Value]:
    full = "::".join([*filter(None, groups), name[0]])
    start, stop = source.byte_at(name.start()), source.byte_at(name.end())
    group = "quoted" if value["quoted"] is not None else "word"
    begin, end = (source.byte_at(at) for at in value.span(group))
    said = source.make_text(value[group], begin, end)
    key = source.make_text(full, start, stop)
    return key, Value(begin, end, "string", word=said)


READER = Reader(
    name="apt.conf",
    names=(
        *("**/apt.conf.d/*", "apt.conf", "*apt.conf", "apt*.conf", "*retries"),
        *("*retries.conf", "80*retr*", "99*retr*"),
    ),
    read=read,
    sniff=sniff,
)
