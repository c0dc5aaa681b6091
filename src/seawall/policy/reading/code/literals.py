"""Images in programs: literals that are named so, and YAML within longer texts."""

import re
from collections.abc import Iterator

import msgspec

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.facts.images import (
    ImageUse,
    Resolution,
    Role,
    Unresolved,
    name_image,
    resolve,
)
from seawall.policy.facts.text import Fact, Style
from seawall.policy.knowledge.mirrorhosts import LIBRARY
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.grammars import Grammar, Node, is_written, parse
from seawall.policy.reading.source import Source

_GRAMMARS = {
    ".go": Grammar.GO,
    ".py": Grammar.PYTHON,
    ".ts": Grammar.TYPESCRIPT,
    ".tsx": Grammar.TSX,
    ".js": Grammar.TSX,
    ".mjs": Grammar.TSX,
}
ENDINGS = tuple(_GRAMMARS)
_LITERALS = {
    "interpreted_string_literal",
    "raw_string_literal",
    "string",
    "template_string",
}
_THROUGH = {"literal_element", "expression_list", "parenthesized_expression"}
"""What may stand between a literal and what it is the value of."""
_JOINED = {"binary_expression", "binary_operator", "concatenated_string"}
"""What makes a literal a part of a longer text."""
_FIELDS = ("key", "name", "left")
_KNOWN = re.compile(
    r"(?:(?:index\.|registry-1\.)?docker\.io|quay\.io|ghcr\.io|(?:[a-z0-9-]+\.)?gcr\.io"
    r"|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|nvcr\.io|nixery\.dev|ttl\.sh"
    r"|[\w.-]+\.azurecr\.io|[\w.-]+\.dkr\.ecr\.[\w.-]+|[\w-]+\.pkg\.dev)/[a-z0-9]"
)
_HOLDER = re.compile(r"(?:registr(?:y|ies)|prefix|host|org|namespace)\W*$")
"""The end of a name of what images are in; its value is none itself."""
_TAGLESS = re.compile(r"(?:repo(?:sitory)?|base_?image)\W*$")
"""The end of a name whose value is an image but for the tag, said elsewhere."""
_YAML = re.compile(
    rb"^[ \t]*(?:-[ \t]+)?image:[ \t]*(?:\"([^\"\s]+)\"|'([^'\s]+)'|([^\s\"'#{}%,]+))"
    rb"[ \t]*\r?$",
    re.MULTILINE,
)
_UNIT = re.compile(
    r"(?:^|/)(?:__tests__|tests?/unit)/|(?:^|/)test_[^/]*\.py$|_test\.py$"
    r"|\.(?:spec|test)\.[cm]?[jt]sx?$|_test\.go$"
)
_WHOLE = re.compile(r"(?:^|/)(?:tests?|e2e|integration)/(?!unit/)")
"""Where tests of the whole stand, which do pull: `tests/integration/x_test.go`."""
_WORTH = (b"image", b"docker.io", b"quay.io", b"ghcr.io", b"gcr.io", b"nixery.dev")
_MAX_CHARS = 512


def sniff(data: bytes) -> bool:
    """Whether it speaks of images at all, and is no program pressed into a line."""
    small = data.lower()
    return any(word in small for word in _WORTH) and is_written(data)


def read(source: Source) -> Iterator[Fact]:
    """Read the images of a program's literals.

    A literal counts if what it is the value of is called an image and it could be one,
    or if it is the full name of an image in a registry that is known as one. Unit
    tests are left out: their names are made up, and nothing is pulled. So are names
    that nobody can pull: of one word that Docker Hub does not have, or with a digest
    of one figure.
    """
    for node in _list_nodes(source):
        start, stop = _inside(source.data, node)
        raw = source.data[start:stop]
        if b"\n" in raw:
            yield from _read_yaml(source, start, stop)
        elif raw and len(raw) <= _MAX_CHARS:
            use = _read_literal(source, node, start, stop)
            if use is not None:
                yield use


def list_texts(source: Source) -> Iterator[tuple[int, int]]:
    """Say where a program's literals of several lines stand, but for unit tests."""
    for node in _list_nodes(source):
        start, stop = _inside(source.data, node)
        if b"\n" in source.data[start:stop]:
            yield start, stop


def _list_nodes(source: Source) -> Iterator[Node]:
    suffix = source.path[source.path.rindex(".") :].lower()
    if not _UNIT.search(source.path) or _WHOLE.search(source.path):
        yield from _list_literals(parse(_GRAMMARS[suffix], source.data))


def _list_literals(root: Node) -> Iterator[Node]:
    """Yield all literals, without calling itself: programs may nest deeply."""
    open_nodes = [root]
    while open_nodes:
        node = open_nodes.pop()
        if node.type in _LITERALS:
            yield node
        else:
            open_nodes.extend(reversed(node.children))


def _inside(data: bytes, node: Node) -> tuple[int, int]:
    """Say where a literal's text stands, without its quotes and prefix."""
    start, stop = node.start_byte, node.end_byte
    while start < stop and data[start : start + 1] not in (b'"', b"'", b"`"):
        start += 1
    quote = data[start : start + 1]
    width = 3 if data[start : start + 3] == quote * 3 and stop - start >= 6 else 1  # noqa: PLR2004
    return start + width, max(start + width, stop - width)


def _read_literal(source: Source, node: Node, start: int, stop: int) -> ImageUse | None:
    raw = source.data[start:stop]
    if b"\\" in raw or b" " in raw or b"://" in raw:
        return None
    if node.parent is not None and node.parent.type in _JOINED:
        return None
    value = raw.decode(errors="replace")
    known = _KNOWN.match(value) is not None
    found = resolve(value)
    whole = found.reference is not None and (
        found.reference.tag is not None or found.reference.digest is not None
    )
    name = _name_of(source.data, node)
    named = "image" in name and (whole or not _HOLDER.search(name))
    counts = (named and (whole or known)) or (known and whole)
    if not counts or (found.reference is None and not (known and found.repository)):
        return None
    if _is_made_up(found):
        return None
    text = source.make_text(value, start, stop, style=Style.DOUBLE)
    use = name_image(source.path, text, Role.CODE)
    if whole or not _TAGLESS.search(name):
        return use
    return msgspec.structs.replace(
        use, reference=None, unresolved=Unresolved.PLACEHOLDER
    )


def _is_made_up(found: Resolution) -> bool:
    """Whether a name stands for any image: nobody can pull that one."""
    digest = found.reference.digest if found.reference else None
    if digest is not None and len(set(str(digest).partition(":")[2])) == 1:
        return True
    one = found.repository
    if one is None or one.registry != DOCKER_HUB or not one.path.startswith("library/"):
        return False
    return one.path.removeprefix("library/") not in LIBRARY


def _name_of(data: bytes, node: Node) -> str:
    """Name what a literal is the value of, in lower case; empty if it has no name."""
    at = node.parent
    while at is not None and at.type in _THROUGH:
        at = at.parent
    if at is None:
        return ""
    for field in _FIELDS:
        named = at.child_by_field_name(field)
        if (
            named is not None
            and not named.start_byte <= node.start_byte < named.end_byte
        ):
            return (
                data[named.start_byte : named.end_byte].decode(errors="replace").lower()
            )
    if at.type == "keyed_element" and at.child_count:
        first = at.children[0]
        if first.end_byte <= node.start_byte:
            return (
                data[first.start_byte : first.end_byte].decode(errors="replace").lower()
            )
    return ""


def _read_yaml(source: Source, start: int, stop: int) -> Iterator[ImageUse]:
    """Read the lines `image: …` of a longer text."""
    for match in _YAML.finditer(source.data, start, stop):
        group = next(n for n in (1, 2, 3) if match[n] is not None)
        begin, end = match.span(group)
        value = match[group].decode(errors="replace")
        found = resolve(value)
        if found.repository is not None and not _is_made_up(found):
            text = source.make_text(value, begin, end)
            yield name_image(source.path, text, Role.CODE, owner="YAML in code")


READER = Reader(
    name="program",
    names=tuple(f"*{suffix}" for suffix in _GRAMMARS),
    read=read,
    sniff=sniff,
)
