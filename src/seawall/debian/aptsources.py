"""Lists of sources as apt reads them: one-line lists and deb822 files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from seawall.debian import deb822
from seawall.debian.deb822 import Paragraph
from seawall.errors import ArchiveSyntaxError
from seawall.kit import redact

MAX_LIST_CHARS = 1024 * 1024
"""No honest list is longer."""

_TYPES = frozenset({"deb", "deb-src"})
# apt's StringToBool.
_YES = frozenset({"yes", "true", "with", "on", "enable", "1"})
_NO = frozenset({"no", "false", "without", "off", "disable", "0"})

# A comment ends the line, but not within brackets: some URIs of discs have a "#".
_COMMENT = re.compile(r"((?:\[[^\]]*\]|[^#\[]|\[(?![^\]]*\]))*)(?:#.*)?")
_LINE = re.compile(r"(\S+) +(?:\[([^\]]*)\] *)?([^\[ ].*)")
_WORD = re.compile(r"(?:\[[^\]]*\]|\S)+")
_OPTION_FIELDS = {"arch": "architectures"}

_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})!?")
_ARMOR = "-----BEGIN PGP PUBLIC KEY BLOCK-----"


@dataclass(frozen=True, slots=True)
class AptSource:
    """One entry: which suites of which archives a machine uses.

    Attributes:
        types: ``deb``, ``deb-src`` or both.
        uris: Where the archive is, as written.
        suites: Names below ``dists/``; flat ones end in a slash.
        components: Empty for a flat one.
        architectures: Empty for the machine's own.
        signed_by: Paths of keyring files; empty for the machine's own keyrings, unless
            keys or signers are named.
        signed_by_keys: Armored keys that stand in the entry itself.
        signers: Fingerprints; only these keys of the machine's keyrings count.
        trusted: Whether nothing need be signed.
        enabled: Whether apt uses it.
    """

    types: tuple[str, ...]
    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    signed_by_keys: str = ""
    signers: tuple[str, ...] = ()
    trusted: bool = False
    enabled: bool = True


def parse_list(text: str) -> list[AptSource]:
    """Read a one-line-style list, such as ``/etc/apt/sources.list``.

    Raises:
        ArchiveSyntaxError: A line is no source; as with apt, the list is refused whole.

    >>> parse_list("deb [arch=amd64] http://deb.example/debian sid main")[0].suites
    ('sid',)
    """
    _check_length(text)
    sources = []
    for number, raw in enumerate(text.split("\n"), start=1):
        match = _COMMENT.match(raw)
        line = match[1].replace("\t", " ").strip() if match else ""
        if line:
            try:
                sources.append(_make_source(_read_line(line)))
            except ArchiveSyntaxError as exc:
                raise ArchiveSyntaxError(f"line {number} {exc}") from exc
    return sources


def parse_sources(text: str) -> list[AptSource]:
    """Read a deb822-style file, such as ``/etc/apt/sources.list.d/x.sources``.

    Raises:
        ArchiveSyntaxError: A paragraph is no source; the file is refused whole.
    """
    _check_length(text)
    sources = []
    paragraphs = deb822.parse_paragraphs(text, comments=True)
    for number, paragraph in enumerate(paragraphs, start=1):
        try:
            sources.append(_make_source(paragraph))
        except ArchiveSyntaxError as exc:
            raise ArchiveSyntaxError(f"paragraph {number} {exc}") from exc
    return sources


def _check_length(text: str) -> None:
    if len(text) > MAX_LIST_CHARS:
        raise ArchiveSyntaxError(f"a list of sources of {len(text)} characters is none")


def _read_line(line: str) -> Paragraph:
    """Read one line as the paragraph that means the same."""
    match = _LINE.fullmatch(line)
    if match is None or not line.isprintable():
        raise _refuse("is no source", line)
    uri, *rest = _WORD.findall(match[3])
    fields = {"types": match[1], "uris": uri}
    fields["suites"], fields["components"] = " ".join(rest[:1]), " ".join(rest[1:])
    for option in (match[2] or "").split():
        name, equals, value = option.partition("=")
        if not equals:
            raise _refuse("has an option without a value", option)
        name = _OPTION_FIELDS.get(name.lower(), name.lower())
        if name in fields:
            raise _refuse("has an option twice", option)
        fields[name] = value.replace(",", " ")
    return fields


def _make_source(fields: Paragraph) -> AptSource:
    types, uris, suites, components = (
        tuple(_WORD.findall(fields.get(name, "")))
        for name in ("types", "uris", "suites", "components")
    )
    if not _TYPES.issuperset(types) or not types:
        raise _refuse("is neither deb nor deb-src", fields.get("types", ""))
    if not (uris and suites):
        raise _refuse("names no URI or no suite", " ".join(uris + suites))
    paths, keys, signers = _read_signers(fields.get("signed-by", ""))
    return AptSource(
        types,
        uris,
        suites,
        components,
        architectures=tuple(fields.get("architectures", "").split()),
        signed_by=paths,
        signed_by_keys=keys,
        signers=signers,
        trusted=_read_switch(fields, "trusted", usual=False),
        enabled=_read_switch(fields, "enabled", usual=True),
    )


def _read_signers(text: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Tell apart what ``Signed-By`` may be: paths, a key, or fingerprints."""
    if _ARMOR in text:
        lines = (line if line != "." else "" for line in text.strip().split("\n"))
        return (), "\n".join(lines), ()
    words = text.replace(",", " ").split()
    paths = tuple(word for word in words if word.startswith("/"))
    signers = tuple(word for word in words if _FINGERPRINT.fullmatch(word))
    # A word that is passed over would have every key of the machine trusted instead.
    _refuse_others(words, (*paths, *signers))
    return paths, "", signers


def _refuse_others(words: Iterable[str], known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            raise _refuse("is signed by neither a path, a key nor fingerprints", word)


def _read_switch(fields: Paragraph, name: str, *, usual: bool) -> bool:
    value = fields.get(name, "").lower()
    if not value:
        return usual
    if value not in _YES | _NO:
        raise _refuse(f"says neither yes nor no for {name}", value)
    return value in _YES


def _refuse(why: str, text: str) -> ArchiveSyntaxError:
    return ArchiveSyntaxError(f"{why}: {redact.show_input(text)}")
