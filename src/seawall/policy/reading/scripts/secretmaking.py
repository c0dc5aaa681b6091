"""Secrets that commands, documents, Terraform and templates make, by their names."""

import re
from collections.abc import Iterator

from seawall.policy.facts.text import Fact
from seawall.policy.facts.workloads import MadeSecret
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source

_CREATE = re.compile(
    r"\bcreate[\"', \t]+secret[\"', \t]+(?:docker-registry|generic)\b[\"',]*"
)
_RESOURCE = re.compile(
    r"(?ms)^resource[ \t]+\"kubernetes_secret(?:_v1)?\"[^\n]*\n(.{0,2000}?)^\}"
)
_GENERATE = re.compile(
    r"(?m)^([ \t]*)(?:- )?generate:[^\n]*\n((?:\1[ \t]+[^\n]*\n){1,30})"
)
"""What a policy of Kyverno puts into each namespace."""
_METADATA = re.compile(r"(?m)^metadata:[ \t]*\n((?:[ \t]+[^\n]*\n|[ \t]*\n){1,40})")
_KIND = re.compile(r"(?m)^[ \t]*kind:[ \t]*[\"']?Secret\b")
_VALUE = r"[ \t]*[:=][ \t]*[\"']?([\w.-]+)[\"']?[ \t]*$"
_NAME = re.compile(rf"(?m)^[ \t]*name{_VALUE}")
_SPACE = re.compile(rf"(?m)^[ \t]*namespace{_VALUE}")
_WORD = re.compile(r"(?:[^\s\"',\[\]]|\"[^\"\n]*\"|'[^'\n]*')+")
_EXPRESSION = re.compile(r"\$\{\{[ \t]*([\w.]+)[ \t]*\}\}")
_IN_SPACE = re.compile(r"(?:^|\s)[\"']?(?:-n|--namespace)[=\s\"',]+([^\s\"',]+)")
_HELD = re.compile(r"\$+[({]{0,2}\s*(?:env\.)?(\w+)(?::?-([\w.-]+))?\s*[)}]{0,2}")
_WHOLE = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_ENDS = "\n|;&`("
_FAR = 2000
"""So many characters around its verb are looked at for the rest of a command."""
_LONGEST = 200_000
"""So much of a file is looked at for what a variable is."""
_MOST = 200
"""Secrets that one file makes: nobody has as many."""
_WORTH = (b"create", b"secret"), (b"kubernetes_secret",), (b"kind:", b"Secret", b"{{")


def sniff(data: bytes) -> bool:
    """Whether it has the words with which secrets are made."""
    return any(all(word in data for word in words) for words in _WORTH)


def read(source: Source) -> Iterator[Fact]:
    """Read what makes secrets, and is no object that says so.

    A document that tells people to make one counts, too: it does not come from nowhere.
    """
    text = _EXPRESSION.sub(r"${{\1}}", source.text.replace("\\\n", "  "))
    found = [*_read_commands(text), *_read_tables(text)]
    for name, namespace in dict.fromkeys(found[:_MOST]):
        yield MadeSecret(
            path=source.path,
            start=0,
            stop=len(source.data),
            name=name,
            namespace=namespace,
        )


def _read_commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield the secrets of `kubectl create secret`, each with its namespace."""
    for number, match in enumerate(_CREATE.finditer(text)):
        if number >= _MOST:
            return
        before = text[max(0, match.start() - _FAR) : match.start()]
        before = before[max(before.rfind(end) for end in _ENDS) + 1 :]
        behind = re.split(r"[\n|;&`]", text[match.end() : match.end() + _FAR])[0]
        name = _fill(_find_name(behind), text)
        said = _IN_SPACE.search(f"{before} {behind}")
        space = _fill(said[1], text) if said else ""
        if name:
            yield name, space


def _find_name(words: str) -> str:
    """Find the first word that is neither an option nor what one takes."""
    takes = False
    for match in _WORD.finditer(words):
        word = match[0].strip("\"'")
        if takes or not word:
            takes = False
        elif not word.startswith("-"):
            return word
        else:
            takes = "=" not in word
    return ""


def _fill(said: str, text: str) -> str:
    """Give a name, or the one value that its file has for a variable; else nothing."""
    held = _HELD.fullmatch(said)
    if held is not None:
        one = rf"\b{held[1]}[ \t]*:?[?]?[=:][ \t]*[\"']?([a-z0-9][\w.-]*)[\"']?[ \t]*$"
        values = set(re.findall(one, text[:_LONGEST], re.MULTILINE))
        said = values.pop() if len(values) == 1 else held[2] or ""
    return said if _WHOLE.fullmatch(said) else ""


def _read_tables(text: str) -> Iterator[tuple[str, str]]:
    """Yield the secrets of resources, policies and templates."""
    blocks = [match[1] for match in _RESOURCE.finditer(text)]
    blocks += [match[2] for match in _GENERATE.finditer(text) if _KIND.search(match[2])]
    spaces = len(blocks)  # that of a template may be its release's
    if "{{" in text:
        for part in text.split("\n---"):
            found = _METADATA.search(part) if _KIND.search(part) else None
            blocks += [found[1]] if found else []
    for at, block in enumerate(blocks):
        name, space = _NAME.search(block), _SPACE.search(block)
        if name is not None:
            yield name[1], space[1] if space and at < spaces else ""


READER = Reader(
    name="makers of secrets",
    names=(
        *("*.md", "*.markdown", "*.adoc", "*.rst", "notes.txt"),
        *("*.sh", "*.bash", "*.bats", "makefile", "*.mk", "*.tf", "jenkinsfile"),
        *("*.yaml", "*.yml", "*.tpl", "*.tmpl", "*.j2"),
    ),
    read=read,
    sniff=sniff,
)
