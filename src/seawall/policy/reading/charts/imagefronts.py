"""What templates write in front of images: a registry, as a rule."""

import re
from collections.abc import Iterator

from seawall.policy.facts.charts import Front
from seawall.policy.reading.charts.gotemplates import find_actions

_NAMED = re.compile(r"(?:\$\w*)?\.Values\.((?:\w+\.)*(?:repository|repo))(?:\s*\|.*)?")
_OTHER = re.compile(
    r"(?:(?:\$\w*)?(?:\.\w+)*\.(?:repository|repo)|\$[rR]epo\w*)(?:\s*\|.*)?"
)
_WHOLE = re.compile(
    r"(?:\$\w*)?\.Values\.((?:\w+\.)*\w*[iI]mage\w*)(?:\s*\|.*)?"
    r"|(?:\$\w*)?(?:\.\w+)*(\.\w*[iI]mage\w*)(?:\s*\|.*)?|(\$)\w*[iI]mage\w*"
)
"""An image in one value: by its path, by the last key of it, or by another name."""
_PRINTF = re.compile(r'\bprintf\s+"([^"\n]*)"([^|]*)')
_TERMS = re.compile(r'\([^()]*\)|"[^"]*"|[^\s()"]+')
_VERB = re.compile(r"%[sv]")
_PLAIN = re.compile(r"[\w.:/-]")
_LONGEST = 300
"""Characters in front of a repository that are looked at."""
_MOST_TERMS = 20
"""Terms of one `printf` that are looked at."""


def read_fronts(text: str) -> tuple[Front, ...]:
    """Read what stands in front of repositories in the text of a template."""
    return tuple(dict.fromkeys(_read(text)))


def _read(text: str) -> Iterator[Front]:
    begins: dict[int, int] = {}
    for action in find_actions(text):
        begins[action.stop] = action.start
        if path := _path(action.body):
            yield from _make(path, text, action.start, begins)
        for found in _PRINTF.finditer(action.body):
            yield from _read_format(found[1], _TERMS.findall(found[2]))


def _read_format(form: str, terms: list[str]) -> Iterator[Front]:
    """Read a `printf`: the terms take the places of its verbs."""
    done, shown = 0, ""
    begins: dict[int, int] = {}
    for verb, term in zip(_VERB.finditer(form), terms[:_MOST_TERMS], strict=False):
        shown += form[done : verb.start()]
        if path := _path(term):
            yield from _make(path, shown, len(shown), begins)
        at = len(shown)
        shown += f"{{{{ {term} }}}}"
        begins[len(shown)], done = at, verb.end()


def _path(body: str) -> str:
    """Name the value that is a repository; `.` if it has a name of its own here.

    What is a whole image, or may be one, has `=` before its name.
    """
    found = _NAMED.fullmatch(body)
    if found:
        return found[1]
    if _OTHER.fullmatch(body):
        return "."
    whole = _WHOLE.fullmatch(body)
    return f"={whole[1] or whole[2] or whole[3]}" if whole else ""


def _make(path: str, text: str, stop: int, begins: dict[int, int]) -> Iterator[Front]:
    start = stop
    while start > 0 and stop - begins.get(start, start) < _LONGEST:
        if start in begins:
            start = begins[start]
        elif _PLAIN.match(text[start - 1]):
            start -= 1
        else:
            break
    lead = text[start:stop]
    name = path.removeprefix(".")
    if not lead.endswith("/"):
        if not path.startswith("="):  # a whole one needs nothing before it
            yield Front(name, "")
    elif (
        not lead.startswith("/") and "//" not in lead
    ):  # else a path of files, or an address
        yield Front(name, lead[:-1])
