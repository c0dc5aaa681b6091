"""`.env` beside Compose files: what their variables are, where nobody says else."""

import re
from collections.abc import Iterator

from seawall.policy.facts.images import Call, Given, Scope
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source
from seawall.policy.reading.variables import composed, find_blanks

_LINE = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*"
    r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'"
    r"|(?P<bare>[^\s#'\"](?:[^\s#]|[^\S\n]+(?![\s#])|(?<!\s)#)*))",
    re.MULTILINE,
)
_SAMPLES = ("example", "sample", "template", "dist", "default", "defaults")


def read(source: Source) -> Iterator[Fact]:
    """Read the variables that Compose files of the same folder are given."""
    values = {
        name: Given(text, find_blanks(text.value) if blanks else ())
        for name, text, blanks in _read_lines(source)
    }
    if not values:
        return
    key = f"env@{source.path}"
    place = {"path": source.path, "start": 0, "stop": len(source.data)}
    yield Scope(**place, key=key, defaults=values)  # type: ignore[arg-type]
    yield Call(
        **place,  # type: ignore[arg-type]
        caller=key,
        callee=composed(source.path),
        values={name: (given,) for name, given in values.items()},
    )


def _read_lines(source: Source) -> Iterator[tuple[str, Text, bool]]:
    """Yield names and values, and whether variables are filled into the value."""
    for match in _LINE.finditer(source.text):
        kind = next(
            one for one in ("double", "single", "bare") if match[one] is not None
        )
        start, stop = (source.byte_at(at) for at in match.span(kind))
        text = source.make_text(match[kind], start, stop)
        yield match["name"], text, kind != "single"


READER = Reader(
    name="variables of Compose",
    names=(
        ".env",
        *(f".env.{one}" for one in _SAMPLES),
        *(f"{one}.env" for one in _SAMPLES),
    ),
    read=read,
    sniff=lambda data: b"=" in data,
)
