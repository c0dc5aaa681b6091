"""Skaffold: the images that it builds, and what it pulls for building and testing."""

import re
from collections.abc import Iterator

from seawall.policy.facts.builds import Artifact
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Fact
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import read_head, text, word
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_API = re.compile(rb"^[\"']?apiVersion[\"']?[ \t]*:[ \t]*[\"']?skaffold/", re.MULTILINE)
_ARTIFACTS = ("build", "artifacts")
_OTHERS = (("build", "artifacts", "requires"), ("test",))
"""Where images of the build are named once more (skaffold.dev, skaffold.yaml)."""


def sniff(data: bytes) -> bool:
    """Whether it says that it is Skaffold's, whatever it is called."""
    return b"skaffold/" in data and _API.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read what each configuration of a file builds, then what it pulls.

    A container of `verify` or of a custom action may run an image of the build.
    """
    artifacts: list[Artifact] = []
    pulled: list[ImageUse] = []
    for root in source.documents:
        if not isinstance(root, Mapping):
            continue
        head = read_head(source, root)
        if head is None or not head.api.startswith("skaffold/"):
            continue
        for keys, node in _walk(root):
            found = text(node.get("image"))
            if found is None or not found.value or keys in _OTHERS:
                continue
            if keys == _ARTIFACTS:
                artifacts.append(
                    Artifact(
                        path=source.path,
                        start=found.start,
                        stop=found.stop,
                        name=found.value,
                    )
                )
            else:
                owner = word(node.get("name")) or head.name or "skaffold"
                pulled.append(
                    name_image(source.path, found, Role.CONTAINER, owner=owner)
                )
    names = {artifact.name for artifact in artifacts}
    yield from artifacts
    yield from (use for use in pulled if use.text.value not in names)


def _walk(root: Mapping) -> Iterator[tuple[tuple[str, ...], Mapping]]:
    """Yield all mappings once with their keys; a profile has those of the whole."""
    seen: set[int] = set()
    stack: list[tuple[tuple[str, ...], Node]] = [((), root)]
    while stack:
        keys, node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            inner = () if keys == ("profiles",) else keys
            stack += [(inner, item) for item in reversed(node.items)]
        elif isinstance(node, Mapping):
            yield keys, node
            stack += [
                ((*keys, key.value), value)
                for key, value in reversed(list(node.pairs()))
            ]


READER = Reader(name="Skaffold", names=("*.yaml", "*.yml"), read=read, sniff=sniff)
