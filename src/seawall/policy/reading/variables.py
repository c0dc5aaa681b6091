"""Variables of Dockerfiles, filled in as far as their values are known."""

import re
from collections.abc import Iterator, Mapping

from seawall.policy.facts.images import Blank

_VARIABLE = re.compile(
    r"\\(?P<escaped>.)"
    r"|\$(?P<bare>[A-Za-z_]\w*)"
    r"|\$\{(?P<name>[A-Za-z_]\w*|\d+)(?:(?P<how>:?[-+?])(?P<word>[^{}]*))?\}"
)
_PAIR = re.compile(
    r"([A-Za-z_][\w.-]*)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:[^\s\\]|\\.)*)"
)
_CHOOSES = re.compile(r"\$(?:[a-z_]\w*|\{[a-z_]\w*\})", re.IGNORECASE)
_MAX_CHARS = 4096


def expand(text: str, known: Mapping[str, str]) -> tuple[str, list[str]]:
    """Fill in what is known, and leave the rest as it is written.

    Returns:
        The text, and the names of the variables that were filled in.

    >>> expand("${A:-'x'}/$B:${C}", {"B": "app"})
    ('x/app:${C}', ['B'])
    """
    used: list[str] = []

    def fill(match: re.Match[str]) -> str:
        if match["escaped"] is not None:
            return match[0]
        name = match["bare"] or match["name"]
        value = known.get(name)
        how, word = match["how"] or "", _unquote(match["word"] or "")
        if how.endswith("+"):
            return word if value else ""
        if value or (value is not None and how != ":-"):
            used.append(name)
            return value
        return word if how.endswith("-") else match[0]

    filled = _VARIABLE.sub(fill, text)
    return filled[:_MAX_CHARS], used  # defaults that name each other would grow


def _unquote(word: str) -> str:
    quoted = len(word) > 1 and word[0] == word[-1] and word[0] in "\"'"
    return word[1:-1] if quoted else word


def find_blanks(text: str) -> tuple[Blank, ...]:
    """Find where variables come in.

    >>> [(blank.begin, blank.end, blank.name) for blank in find_blanks("a:${B:-1}")]
    [(2, 9, 'B')]
    """
    return tuple(
        Blank(match.start(), match.end(), match["bare"] or match["name"])
        for match in _VARIABLE.finditer(text)
        if match["escaped"] is None
    )


def match_choices(name: str) -> re.Pattern[str] | None:
    """Make a pattern of a name in which the platform, or an argument, chooses a stage.

    `FROM binaries-$TARGETOS` is one of `binaries-linux` and `binaries-windows`. A name
    that is a variable alone says nothing, nor one with what no stage's name has.
    """
    parts = _CHOOSES.split(name)
    if len(parts) == 1 or not any(parts) or set("/:@$") & set("".join(parts)):
        return None
    return re.compile(r"[\w.-]+".join(map(re.escape, parts)))


def composed(path: str) -> str:
    """Name what all Compose files of a folder are known by to the `.env` beside them.

    >>> composed("deploy/.env") == composed("deploy/compose.yaml")
    True
    """
    return f"compose in {path.rpartition('/')[0]}"


def dockerfile_key(path: str) -> str:
    """Name what a Dockerfile's arguments are passed to, by those who build it."""
    return f"docker@{path}"


def read_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Read what ENV sets: `a=b c="d e"`, or `a b` of old.

    >>> list(read_pairs('A=1 B="x y"')), list(read_pairs("HOME /root"))
    ([('A', '1'), ('B', 'x y')], [('HOME', '/root')])
    """
    first = text.split(maxsplit=1)
    if first and "=" not in first[0]:
        if len(first) > 1:
            yield first[0], first[1]
        return
    for match in _PAIR.finditer(text):
        yield match[1], _unquote(match[2])
