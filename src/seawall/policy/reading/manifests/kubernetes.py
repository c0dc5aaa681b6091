"""Kubernetes objects in YAML: pods of any kind, service accounts, secrets."""

import re
from collections.abc import Iterator

from seawall.policy.facts.text import Fact
from seawall.policy.facts.workloads import Manifest
from seawall.policy.reading import blanked
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import callers, hooks, objects, podspecs, secrets
from seawall.policy.reading.manifests.objects import Head
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping

# Blanks without line ends: else each of a million empty lines looks at all behind it.
_KIND = re.compile(
    rb"(?:^[ \t]*(?:-[ \t]+)?|[{,]\s*)[\"']?kind[\"']?[ \t]*:", re.MULTILINE
)
"""At the beginning of a line, or anywhere between braces: JSON may be one line."""

# Lines that only a template engine understands: what they make is another's to read.
_TEMPLATE = re.compile(
    rb"^[ \t]*\{\{-?|\{\{-?\s*(?:\.[A-Z]|\$|(?:include|template)\b)", re.MULTILINE
)
_BLOCK = re.compile(rb"(?:^|[:-]) *[|>][-+\d]*[ \t]*(?:#.*)?$")
_NO_PODS = {"CustomResourceDefinition", "ConfigMap"}
"""Kinds whose `containers` and `image` are words about pods, or text."""

_ASSERTED = re.compile(
    r"(?:^|[/-])(?:\d+-(?:assert|errors?)(?:-\d+)*|assert|[a-z-]+-assert)\.ya?ml$"
)
"""What Chainsaw and kuttl compare with what is there, and apply nothing of:
https://kuttl.dev/docs/kuttl-test-harness.html#writing-test-cases"""
_NOT_OURS = "skaffold/"
"""What only looks like an object: its images are built, and have their own reader."""


def sniff(data: bytes) -> bool:
    """Whether it may hold Kubernetes objects that are written out."""
    if _KIND.search(data) is None:
        return False
    return not _is_template(data) or not _is_template(_hide_texts(data))


def _is_template(data: bytes) -> bool:
    computed = b"{{" in data and _TEMPLATE.search(data) is not None
    return computed or blanked.FILLED.search(data) is not None


def _hide_texts(data: bytes) -> bytes:
    """Leave texts of several lines out: what stands in them is no template's to YAML.

    A ConfigMap may have the templates of others in it, such as those of sidecars.
    """
    kept: list[bytes] = []
    deeper: int | None = None
    for line in data.splitlines():
        bare = line.strip(b" \t")
        indent = len(line) - len(line.lstrip(b" "))
        if deeper is not None and (not bare or indent > deeper):
            continue
        deeper = indent if _BLOCK.search(line) else None
        kept.append(line)
    return b"\n".join(kept)


def read(source: Source) -> Iterator[Fact]:
    """Read all objects of a file; of what a test only compares, their names."""
    is_compared = _ASSERTED.search(source.path) is not None
    for root in source.documents:
        for node in objects.list_objects(root):
            head = objects.read_head(source, node) if is_compared else None
            if head is not None:
                yield Manifest(**head.fields())
            elif not is_compared:
                yield from read_object(source, node)


def read_object(source: Source, node: Mapping) -> Iterator[Fact]:
    """Read one object: what it starts, or what it lets others pull."""
    head = objects.read_head(source, node)
    if head is None or head.api.startswith(_NOT_OURS):
        return
    if head.kind == "ServiceAccount":
        yield secrets.read_account(source, node, head)
    elif head.kind in secrets.KINDS:
        yield from secrets.read_secrets(source, node, head)
    elif head.kind in hooks.KINDS:
        yield from hooks.read_webhooks(node, head)
    elif head.kind not in _NO_PODS:
        yield from _read_pods(source, node, head)


def _read_pods(source: Source, node: Mapping, head: Head) -> Iterator[Fact]:
    """Read its pods; an object without any is told by its name, beside its images."""
    empty = True
    yield from callers.read_calls(source, node)
    for fact in podspecs.read_pods(source, node, head):
        empty = empty and not isinstance(fact, Manifest)
        yield fact
    if empty:
        yield Manifest(**head.fields())


READER = Reader(
    name="Kubernetes", names=("*.yaml", "*.yml", "*.json"), read=read, sniff=sniff
)
