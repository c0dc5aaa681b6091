"""Kubernetes objects in texts of YAML files: of ConfigMaps, of Ansible's tasks."""

import re
from collections.abc import Iterator
from itertools import islice

from seawall.policy.facts.text import Fact
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import kubernetes, objects
from seawall.policy.reading.source import Source

_BEGIN = re.compile(
    rb"\|[-+\d]*[ \t]*(?:#[^\n]*)?\r?\n"
    rb"(?:[ \t]*(?:#[^\n]*|---[ \t]*)?\r?\n){0,20}"
    rb"(?P<indent> +)(?:apiVersion|kind):"
)
"""The bar in front of a text that begins as an object does."""
_KEY = re.compile(rb"^[ \t]*(?:- +)*([\w./\"'-]+) *: *$")
_BREAK = re.compile(rb"^ *---(?:[ \t][^\n]*)?$")
_OTHERS = ("kustomization.yaml", "kustomization.yml")
_NOT = frozenset({b"patch", b"description", b"message", b"example", b"notes"})
"""Keys of texts that change objects, or tell of some."""
_MOST = 200
"""Texts that are looked at in one file."""


def sniff(data: bytes) -> bool:
    """Whether any of its texts begins as an object does."""
    return b"image" in data and _BEGIN.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read the objects in texts, each where it stands.

    Texts with actions of a template are left out, and those that are no YAML: nobody
    says that they have to be. What patches objects is not one.
    """
    if source.path.rpartition("/")[2].lower() in _OTHERS or not source.is_exact:
        return
    shown = _show(source.data)
    if shown is None:
        return
    inner = Source(source.path, shown, source.limits)
    for root in inner.documents:
        for node in objects.list_objects(root):
            yield from kubernetes.read_object(inner, node)


def _show(data: bytes) -> bytes | None:
    """Blank all but the objects in texts, as documents that stand where they stood.

    `None`, if there are none.
    """
    shown = bytearray(re.sub(rb"[^\r\n]", b" ", data))
    found = False
    for match in islice(_BEGIN.finditer(data), _MOST):
        line = data.rfind(b"\n", 0, match.start()) + 1
        key = _KEY.match(data[line : match.start()])
        begin = data.index(b"\n", match.start()) + 1
        stop = _find_end(data, begin, len(match["indent"]))
        held = data[begin:stop]
        if key is None or key[1].strip(b"\"'").lower() in _NOT:
            continue
        if not kubernetes.sniff(held):
            continue
        found = True
        shown[begin:stop] = held
        _break(shown, line)
        for start, words in _lines(data, begin, stop):
            bare = words.rstrip(b"\r\n")
            if _BREAK.match(bare):
                shown[start : start + len(bare)] = b" " * len(bare)
                _break(shown, start)
    return bytes(shown) if found else None


def _break(shown: bytearray, at: int) -> None:
    """Begin a document with a line; it has three bytes, as a key or a break has."""
    shown[at : at + 3] = b"---"


def _find_end(data: bytes, at: int, indent: int) -> int:
    """Find the first line that stands less deep."""
    for start, line in _lines(data, at, len(data)):
        words = line.strip()
        if words and len(line) - len(line.lstrip(b" ")) < indent:
            return start
    return len(data)


def _lines(data: bytes, at: int, stop: int) -> Iterator[tuple[int, bytes]]:
    while at < stop:
        end = data.find(b"\n", at, stop)
        end = stop if end < 0 else end + 1
        yield at, data[at:end]
        at = end


READER = Reader(
    name="objects in texts",
    names=("*.yaml", "*.yml"),
    read=read,
    sniff=sniff,
)
