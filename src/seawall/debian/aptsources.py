"""Lists of sources as apt reads them: one-line lists and deb822 files."""

import re
from dataclasses import dataclass

from seawall.debian import deb822
from seawall.debian.deb822 import Paragraph
from seawall.errors import ArchiveSyntaxError
from seawall.kit import redact

_TYPES = frozenset({"deb", "deb-src"})
_FALSE = frozenset({"no", "false", "without", "off", "disable", "0"})
_TRUE = frozenset({"yes", "true", "with", "on", "enable", "1"})
_LINE = re.compile(r"(\S+)[ \t]+(?:\[([^\]]*)\][ \t]*)?(.*)")
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{16,64}!?")
_ARMOR = "-----BEGIN PGP PUBLIC KEY BLOCK-----"


@dataclass(frozen=True, slots=True)
class AptSource:
    """One entry: which suites of which archives a machine uses.

    Attributes:
        types: ``deb``, ``deb-src`` or both.
        uris: Where the archive is, as written.
        suites: Names below ``dists/``; flat ones end in a slash.
        signed_by: Paths of keyring files; empty for the machine's own.
        signed_by_keys: Armored keys that stand in the entry itself.
        signers: Fingerprints to which the machine's keyrings are narrowed.
        trusted: Whether nothing need be signed.
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
        ArchiveSyntaxError: A line is none; as with apt, the list is refused whole.
    """
    sources = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        try:
            sources.append(_read_line(line))
        except ArchiveSyntaxError as exc:
            raise ArchiveSyntaxError(f"line {number}: {exc}") from exc
    return sources


def _read_line(line: str) -> AptSource:
    match = _LINE.fullmatch(line)
    words = match[3].split() if match else []
    if match is None or len(words) < 2:  # noqa: PLR2004
        raise ArchiveSyntaxError(f"not a source: {redact.show_input(line)}")
    fields = {"types": match[1], "uris": words[0], "suites": words[1]}
    fields["components"] = " ".join(words[2:])
    for option in (match[2] or "").split():
        name, _, value = option.partition("=")
        name = {"arch": "architectures"}.get(name.lower(), name.lower())
        fields[name] = value.replace(",", " ")
    return _make(fields)


def parse_sources(text: str) -> list[AptSource]:
    """Read a deb822-style file, such as ``/etc/apt/sources.list.d/x.sources``.

    Raises:
        ArchiveSyntaxError: A paragraph is no source; the file is refused whole.
    """
    return [_make(it) for it in deb822.parse_paragraphs(text, comments=True)]


def _make(fields: Paragraph) -> AptSource:
    types, uris, suites = (
        tuple(fields.get(name, "").split()) for name in ("types", "uris", "suites")
    )
    if not (types and uris and suites and _TYPES.issuperset(types)):
        raise ArchiveSyntaxError("an entry without types, URIs or suites")
    signed_by, keys = fields.get("signed-by", ""), ""
    if _ARMOR in signed_by:
        keys = "\n".join(
            "" if line == "." else line for line in signed_by.strip().split("\n")
        )
        signed_by = ""
    words = signed_by.replace(",", " ").split()
    return AptSource(
        types,
        uris,
        suites,
        components=tuple(fields.get("components", "").split()),
        architectures=tuple(fields.get("architectures", "").split()),
        signed_by=tuple(word for word in words if word.startswith("/")),
        signed_by_keys=keys,
        signers=tuple(word for word in words if _FINGERPRINT.fullmatch(word)),
        trusted=fields.get("trusted", "").lower() in _TRUE,
        enabled=fields.get("enabled", "yes").lower() not in _FALSE,
    )
