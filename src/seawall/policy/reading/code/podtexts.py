"""Kubernetes objects in texts of programs: those that one text deploys together."""

import re
from collections.abc import Iterator

from seawall.policy.facts.injections import PodText
from seawall.policy.facts.text import Fact
from seawall.policy.facts.workloads import SecretObject, ServiceAccount, Workload
from seawall.policy.reading.code import literals
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.grammars import is_written
from seawall.policy.reading.manifests import kubernetes, objects
from seawall.policy.reading.source import Source

_BLANK = re.compile(rb"[^\r\n]")
_BREAK = re.compile(rb"^([ \t]+)---([ \t]*)$", re.MULTILINE)
_MOST = 100
"""Texts that are looked at in one file."""


def sniff(data: bytes) -> bool:
    """Whether any object in it says of pull secrets; else there is nothing to tell."""
    has_both = b"imagePullSecrets" in data and b"apiVersion:" in data
    return has_both and is_written(data)


def read(source: Source) -> Iterator[Fact]:
    """Read the objects of each text that has several.

    Their images are told by who reads literals; here it matters what they are given.
    """
    if not source.is_exact:
        return
    count = 0
    for start, stop in literals.list_texts(source):
        text = source.data[start:stop]
        if b"imagePullSecrets" not in text or not kubernetes.sniff(text):
            continue
        count += 1
        if count > _MOST:
            return
        found = tuple(_read_objects(source, start, stop))
        if sum(isinstance(one, Workload) for one in found) > 1:
            yield PodText(path=source.path, start=start, stop=stop, objects=found)


def _read_objects(source: Source, start: int, stop: int) -> Iterator[Fact]:
    """Read a text's objects at their own places: all around them is blanked."""
    # The quote becomes a line's end, so that the first line is no further in.
    before = _BLANK.sub(b" ", source.data[: start - 1]) + b"\n"
    inner = Source(source.path, before + _begin(source.data[start:stop]), source.limits)
    for root in inner.documents:
        for node in objects.list_objects(root):
            for fact in kubernetes.read_object(inner, node):
                if isinstance(fact, Workload | ServiceAccount | SecretObject):
                    yield fact


def _begin(text: bytes) -> bytes:
    """Let the lines that part documents begin where others do: texts are dedented."""
    return _BREAK.sub(lambda found: b"---" + found[1] + found[2], text)


READER = Reader(
    name="objects in programs",
    names=tuple(f"*{ending}" for ending in literals.ENDINGS),
    read=read,
    sniff=sniff,
)
