"""Kustomizations: what they take in, rename, generate and patch."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.charts import Kustomization
from seawall.policy.facts.images import ImageUse, Pieces, Role, name_image
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import text, word
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_TAKES = ("resources", "bases", "components")
_TAG = "{{ tag of the image }}"
"""What an entry leaves to the images that it renames."""


def read(source: Source) -> Iterator[Fact]:
    """Read a kustomization."""
    for root in source.documents:
        if isinstance(root, Mapping):
            yield Kustomization(
                path=source.path,
                start=0,
                stop=len(source.data),
                namespace=word(root.get("namespace")),
                resources=tuple(_read_texts(root, *_TAKES)),
                images=tuple(_read_images(source, root)),
                generated=tuple(_read_generated(root)),
            )


def _items(root: Mapping, key: str) -> tuple[Node, ...]:
    listed = root.get(key)
    return tuple(listed.items) if isinstance(listed, Sequence) else ()


def _read_texts(root: Mapping, *keys: str) -> Iterator[Text]:
    for key in keys:
        for item in _items(root, key):
            found = text(item)
            if found is not None:
                yield found


def _read_images(source: Source, root: Mapping) -> Iterator[ImageUse]:
    """Read what takes the place of other images.

    Without a tag of its own, an entry keeps those of the images that it renames.
    """
    for item in _items(root, "images"):
        if not isinstance(item, Mapping):
            continue
        name = text(item.get("newName")) or text(item.get("name"))
        tag, digest = text(item.get("newTag")), text(item.get("digest"))
        renamed = item.get("newName") is not None
        if name is None or not name.value or not (tag or digest or renamed):
            continue
        says = tag.value if tag else "" if digest else _TAG
        value = f"{name.value}:{says}" if says else name.value
        value = f"{value}@{digest.value}" if digest else value
        use = name_image(
            source.path, name, Role.CONTAINER, value=value, owner=f"image {name.value}"
        )
        yield msgspec.structs.replace(
            use,
            text=Text(value, name.start, name.stop, exact=False),
            pieces=Pieces(name, None, tag, digest),
        )


def _read_generated(root: Mapping) -> Iterator[str]:
    for item in _items(root, "secretGenerator"):
        if isinstance(item, Mapping) and word(item.get("name")):
            yield word(item.get("name"))


READER = Reader(
    name="Kustomization",
    names=("kustomization.yaml", "kustomization.yml", "kustomization"),
    read=read,
)
